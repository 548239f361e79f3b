"""What of a record a viewer may read: the second half of the one decision, as conditions of a query.

`REQUIREMENTS` is the whole of it. A row is visible when every requirement holds, and the first that does
not is the rule that hides it: the filter and its explanation cannot come apart.

They are written in SQL, always the same, with the viewer's values beside it: nothing is put together
from parts for each request, so that what a reader reads here is what the database is asked (ADR 9).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import BooleanField, CharField
from django.db.models.expressions import RawSQL

from accounts.models import User
from audit.kept import Named
from proxy_access.access import Access
from records.result_categories import CATEGORIES
from surgeries.models import Patient
from surgeries.terms import DATE_FREE_SECTIONS, Level, Section

LOWEST_LEVEL = {
    Section.ALLERGIES: Level.SUMMARY,
    Section.MEDICINES: Level.SUMMARY,
    Section.DOCUMENTS: Level.DOCUMENTS,
}


class OpenText(Enum):
    """Of which rows the free text can be open to a reader (R1.7)."""

    NONE = "none"
    NEW = "new"
    ALL = "all"


@dataclass(frozen=True)
class Levels:
    """How much of a patient's record is open, to whoever looks (R1.6).

    `starts_at` is the first moment of the day from which entries are current (R1.2); None when the
    surgery has not gone live, and then nothing is current. `read_until` is until when what came here counts
    as read before older entries were opened (R1.5); None for nothing.
    """

    current: Level
    historical: Level
    starts_at: datetime | None
    read_until: datetime | None


@dataclass(frozen=True)
class RecordAccess:
    """Who is looking at whose record, which sections, and how much: what every record page is given."""

    access: Access
    levels: Levels
    restricted: frozenset[str] = frozenset()
    words_for_patient: str = ""
    """What staff wrote to the patient with the decision that holds; empty for anybody else (R4.11)."""
    asks_wishes: bool = field(default=True, compare=False)
    """Whether the patient may have asked to be warned of results by name; False only where they never did (ADR 43)."""

    @property
    def patient(self) -> Patient:
        """Whose record it is."""
        return self.access.patient

    @property
    def viewer(self) -> User:
        """Who is looking."""
        return self.access.viewer

    @property
    def is_own_record(self) -> bool:
        """Whether the viewer is the patient."""
        return self.access.is_own_record

    @property
    def scopes(self) -> frozenset[str]:
        """The sections that the viewer may see of the record, as far as they are open."""
        return self.access.scopes

    @property
    def opens_from(self) -> datetime | None:
        """The first moment of what is current (R1.2)."""
        return self.levels.starts_at

    @property
    def highest(self) -> Level:
        """The most that any entry can be open to: before go-live nothing is current (R1.2)."""
        return self.levels.current if self.levels.starts_at else self.levels.historical

    @property
    def is_summary_only(self) -> bool:
        """Whether medicines and allergies are all that is open (R6.2)."""
        return self.highest is Level.SUMMARY

    @property
    def is_older_part_closed(self) -> bool:
        """Whether what was written before the start date is less open than what comes after."""
        levels = self.levels
        return levels.starts_at is not None and levels.historical.rank < levels.current.rank

    def opens_older(self, section: str) -> bool:
        """Whether what was written before the start date is open in a section, with or without free text."""
        needed = LOWEST_LEVEL.get(Section(section), Level.DETAILED)
        return self.levels.historical.rank >= needed.rank

    @property
    def open_text(self) -> OpenText:
        """Of which rows the free text can be open (R1.7)."""
        if self.opens_older_notes:
            return OpenText.ALL
        return OpenText.NEW if self.opens_notes else OpenText.NONE

    @property
    def opens_notes(self) -> bool:
        """Whether the free text of new entries is open (R1.7)."""
        return self.highest is Level.FULL

    @property
    def opens_older_notes(self) -> bool:
        """Whether the free text of older entries is open too."""
        return self.levels.historical is Level.FULL

    @property
    def opens_everything(self) -> bool:
        """Whether level, date and sections keep nothing back, so that there is no more to ask for (R8.2)."""
        return self.opens_notes and self.opens_older_notes and not self.restricted

    @cached_property
    def values(self) -> dict[str, Any]:
        """`values_of`."""
        levels = self.levels
        return {
            "patient": self.patient.pk,
            "viewer": self.viewer.pk,
            "is_proxy": not self.is_own_record,
            "scopes": array_of(sorted(self.scopes)),
            "restricted": array_of(sorted(self.restricted)),
            "current": levels_below(levels.current),
            "historical": levels_below(levels.historical),
            "starts_at": levels.starts_at,
            "read_until": levels.read_until,
        } | of_everybody()

    def allows(self, section: str) -> bool:
        """Whether anything of a section can be open at all: to show a link or the refusal page."""
        needed = LOWEST_LEVEL.get(Section(section), Level.DETAILED)
        # medicines and allergies do not depend on dates, and so not on go-live (R1.8)
        held = self.levels.current if needed is Level.SUMMARY else self.highest
        is_high_enough = held.rank >= needed.rank
        return section in self.scopes and section not in self.restricted and is_high_enough


class Anyone(NamedTuple):
    """Stands for a reader while a statement is built (ADR 22): all that it can be asked is how much text is open, and
    whether wishes have to be asked.

    A rule that looked at a reader's level, scope or id in Python would find no such thing here and fail.
    """

    open_text: OpenText
    asks_wishes: bool = True


class Condition(NamedTuple):
    """A condition on a row in SQL, and the names of the values that its placeholders stand for."""

    sql: str
    names: tuple[str, ...]

    def on(self, access: "RecordAccess | Anyone", **more: Any) -> RawSQL:
        """The condition for one viewer, to filter or to annotate with; `more` are values of its own."""
        return RawSQL(self.sql, self._values(access, more), BooleanField())  # noqa: S611

    def _values(self, access: "RecordAccess | Anyone", more: dict[str, Any]) -> list[Any]:
        if isinstance(access, Anyone):
            return [Named(name) for name in self.names]
        values = values_of(access) | more
        return [values[name] for name in self.names]


def condition(sql: str) -> Condition:
    """A condition written with named placeholders; all columns are those of the entries."""
    # without its line breaks and indents: the driver reads a statement from end to end each time
    columns = re.sub(r"\brow\.", "records_entry.", " ".join(sql.split()))
    return Condition(re.sub(r"%\((\w+)\)s", "%s", columns), tuple(re.findall(r"%\((\w+)\)s", sql)))


def values_of(access: RecordAccess) -> dict[str, Any]:
    """What the conditions below are asked with: all there is to know about viewer, levels and sections."""
    return access.values


def array_of(words: Iterable[str]) -> str:
    """Words as PostgreSQL reads a list of them: the driver takes longer over each list than over all other values."""
    return _array(tuple(words))


@lru_cache(1000)  # of levels, sections and categories there are few lists, which are nobody's
def _array(words: tuple[str, ...]) -> str:
    quoted = ('"{}"'.format(re.sub(r'(["\\])', r"\\\1", word)) for word in words)
    return "{" + ",".join(quoted) + "}"


@cache
def levels_below(level: Level) -> str:
    """A level with those that it includes, as a list."""
    return array_of(each.value for each in level.includes)


@cache
def of_everybody() -> dict[str, str]:
    """The values that are the same whoever looks."""
    return {"date_free": array_of(sorted(DATE_FREE_SECTIONS))} | categories()


@cache
def categories() -> dict[str, str]:
    """The categories of results that a wish can name, each with its pattern in the same place."""
    return {
        "categories": array_of(CATEGORIES),
        "patterns": array_of(category.pattern for category in CATEGORIES.values()),
    }


IS_CURRENT = "(row.origin = 'native' and row.recorded_at >= %(starts_at)s::timestamptz)"
"""Recorded here, on or after the start date (R1.1, R1.4); what has no recorded date is not (R1.3)."""

IS_SUMMARY = "(row.section = any(%(date_free)s::text[]) and row.level_needed = 'summary')"
"""Medicines and allergies, which do not depend on dates (R1.8)."""

IS_READ = "(coalesce(row.readable_since, row.added_at) <= %(read_until)s::timestamptz)"
"""It was here when older entries were opened: what comes later was in no review (R1.5)."""

IS_WITHIN_LEVELS = f"""(
    (row.level_needed = any(%(historical)s::text[]) and {IS_READ})
    or (row.level_needed = any(%(current)s::text[]) and ({IS_CURRENT} or {IS_SUMMARY}))
)"""
"""The level that the row needs is open for its age, and what is older was read before it opened.

The historical level is never above the current one (a constraint of AccessGrant), so that what was read is open
at it whatever its age.
"""

IS_NOT_HIDDEN = """not exists (
    select from records_redaction redaction
    where redaction.patient_id = %(patient)s
        and redaction.undone_at is null
        and redaction.entry_id in (row.id, row.root_id, row.repeats_id)
        and (
            redaction.audience = 'everyone'
            or (%(is_proxy)s and redaction.audience = 'proxies')
            or (%(is_proxy)s and redaction.audience = 'one-proxy' and redaction.proxy_id = %(viewer)s)
        )
)"""
"""The surgery hides neither the row, nor its entry, nor the entry whose words it repeats (R2.2, R2.3)."""

REQUIREMENTS = (
    ("R7.3", "row.withdrawn_at is null"),
    ("R2.4", "row.unreleased_because <> 'source-withheld'"),
    ("R1.10", "row.released"),
    ("R4.3", "row.section = any(%(scopes)s::text[])"),
    ("R1.12", "row.section <> all(%(restricted)s::text[])"),
    ("R2.2", IS_NOT_HIDDEN),
    ("R1.6", IS_WITHIN_LEVELS),
)
"""What must hold for a row to be seen, each with the rule that asks for it, in the order of telling."""

REASONS_OF_LEVEL = f"""case
    when row.level_needed <> all(%(current)s::text[])
        then case row.level_needed when 'full' then 'R1.7' else 'R1.6' end
    when row.level_needed = any(%(historical)s::text[]) then 'R1.5'
    when row.origin <> 'native' then 'R1.4'
    when row.recorded_at is null then 'R1.3'
    else 'R1.1'
end"""  # noqa: F541 - ours alone
"""Why a row is above the level for its age, most telling first."""

OF_PATIENT = "row.patient_id = %(patient)s"
IS_VISIBLE = " and ".join([OF_PATIENT, *(sql for _, sql in REQUIREMENTS)])
VISIBLE = condition(IS_VISIBLE)
WAS_VISIBLE = condition(
    IS_VISIBLE.replace(
        "row.withdrawn_at is null", "row.withdrawn_at > %(since)s and row.added_at <= %(since)s"
    ).replace(
        "redaction.undone_at is null",
        "(redaction.undone_at is null or redaction.undone_at > %(since)s)",
    )
)
"""What the viewer could see at some moment and the source took back since: only to say that it is gone (R7.3).

What was hidden then and is not hidden now was never seen, so it is not missed (R2.3).
"""

ONLY_HIDDEN = condition(
    " and ".join(
        [OF_PATIENT, *(f"not ({sql})" if rule == "R2.2" else sql for rule, sql in REQUIREMENTS)]
    )
)
"""What the viewer would see but for the surgery's hiding it: all of it that can make a difference to them."""

LOADED_WRONGLY = "Loaded into the wrong record, and taken back"
"""Why a row was withdrawn that is perhaps somebody else's: to a patient it has no name and no date (ADR 35)."""

GONE = condition(IS_VISIBLE.replace("row.withdrawn_at is null", "row.withdrawn_at is not null"))
"""What the source took back and the viewer could see today otherwise: for whoever wrote about it before (R7.3)."""

CURRENT = condition(IS_CURRENT)
READ_OR_CURRENT = condition(f"({IS_READ} or {IS_CURRENT})")
HIDING = condition(
    "case "
    + " ".join(
        f"when ({sql}) is not true then {REASONS_OF_LEVEL if rule == 'R1.6' else repr(rule)}"
        for rule, sql in REQUIREMENTS
    )
    + " else '' end"
)
SHOWING = condition(
    f"case when ({' and '.join(sql for _, sql in REQUIREMENTS)}) is not true then ''"
    f" when {IS_SUMMARY} then 'R1.8' when {IS_CURRENT} then 'R1.1' else 'R1.6' end"
)


def is_visible(access: RecordAccess) -> RawSQL:
    """The condition that a row is visible to a viewer."""
    return VISIBLE.on(access)


def was_visible(access: RecordAccess, since: datetime) -> RawSQL:
    """The condition that the source took a row back which the viewer could see at that moment."""
    return WAS_VISIBLE.on(access, since=since)


def is_only_hidden(access: RecordAccess) -> RawSQL:
    """The condition that nothing but a redaction keeps a row from a viewer."""
    return ONLY_HIDDEN.on(access)


def is_gone(access: RecordAccess) -> RawSQL:
    """The condition that the source took a row back which the viewer could see today otherwise."""
    return GONE.on(access)


def hiding_rule(access: RecordAccess) -> RawSQL:
    """The first rule that hides a row; empty where none does."""
    return told(HIDING, access)


def shown_rule(access: RecordAccess) -> RawSQL:
    """The rule that shows a visible row: always summary, current, or granted as historical."""
    return told(SHOWING, access)


def told(rule: Condition, access: RecordAccess) -> RawSQL:
    """A rule's number for each row."""
    found = rule.on(access)
    found.output_field = CharField()
    return found

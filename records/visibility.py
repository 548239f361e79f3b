"""What of a record a viewer may read: the second half of the one decision, as conditions of a query.

`requirements` is the whole of it. A row is visible when every requirement holds, and the first that does
not is the rule that hides it: the filter and its explanation cannot come apart.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Exists, F, JSONField, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable

from accounts.models import User
from proxy_access.access import Access
from records.models.redaction import Redaction
from surgeries.models import Patient
from surgeries.terms import DATE_FREE_SECTIONS, Level, Section

LOWEST_LEVEL = {
    Section.ALLERGIES: Level.SUMMARY,
    Section.MEDICINES: Level.SUMMARY,
    Section.DOCUMENTS: Level.DOCUMENTS,
}
NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Levels:
    """How much of a patient's record is open, to whoever looks (R1.6).

    `starts_at` is the first moment of the day from which entries are current (R1.2); None when the
    surgery has not gone live, and then nothing is current.
    """

    current: Level
    historical: Level
    starts_at: datetime | None


@dataclass(frozen=True)
class RecordAccess:
    """Who is looking at whose record, which sections, and how much: what every record page is given."""

    access: Access
    levels: Levels
    restricted: frozenset[str] = frozenset()

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

    def allows(self, section: str) -> bool:
        """Whether anything of a section can be open at all: to show a link or the refusal page."""
        needed = LOWEST_LEVEL.get(Section(section), Level.DETAILED)
        # medicines and allergies do not depend on dates, and so not on go-live (R1.8)
        held = self.levels.current if needed is Level.SUMMARY else self.highest
        is_high_enough = held.rank >= needed.rank
        return section in self.scopes and section not in self.restricted and is_high_enough


def requirements(access: RecordAccess) -> list[tuple[str, Q]]:
    """What must hold for a row to be seen, each with the rule that asks for it, in the order of telling."""
    found: list[tuple[str, Q]] = [
        ("R7.3", Q(withdrawn_at=None)),
        ("R2.4", ~Q(unreleased_because="source-withheld")),
        ("R1.10", Q(released=True)),
    ]
    if access.scopes != frozenset(Section):
        found.append(("R4.3", Q(section__in=sorted(access.scopes))))
    if access.restricted:
        found.append(("R1.12", Q(section__in=sorted(set(Section) - access.restricted))))
    found.append(("R2.2", ~Q(is_hidden_from(access))))
    found.append(("R1.6", is_within(access.levels)))
    return found


def is_visible(access: RecordAccess) -> Q:
    """The condition that a row is visible to a viewer."""
    rows = Q(patient=access.patient)
    for _, condition in requirements(access):
        rows &= condition
    return rows


def is_current(levels: Levels) -> Q:
    """Recorded here, on or after the start date (R1.1, R1.4); what has no recorded date is not (R1.3)."""
    if levels.starts_at is None:
        return NOTHING
    return Q(origin="native", recorded_at__gte=levels.starts_at)


def is_within(levels: Levels) -> Q:
    """That the level which a row needs is open for its age.

    The historical level is never above the current one (a constraint of AccessGrant), so it opens rows
    of either age. Medicines and allergies at summary do not depend on dates (R1.8).
    """
    opened = Q(level_needed__in=levels.historical.includes)
    if levels.current is levels.historical:
        return opened
    opened |= is_current(levels) & Q(level_needed__in=levels.current.includes)
    return opened | Q(section__in=sorted(DATE_FREE_SECTIONS), level_needed=Level.SUMMARY)


def is_hidden_from(access: RecordAccess) -> Exists:
    """That the surgery hides the row, its entry, or the entry whose words it repeats (R2.2, R2.3)."""
    audience = Q(audience="everyone")
    if not access.is_own_record:
        audience |= Q(audience="proxies") | Q(audience="one-proxy", proxy_id=access.viewer.pk)
    row = (
        Q(entry_id=OuterRef("id"))
        | Q(entry_id=OuterRef("root_id"))
        | Q(entry_id=OuterRef("repeats_id"))
    )
    return Exists(
        Redaction.objects.filter(audience, row, patient_id=access.patient.pk, undone_at=None)
    )


def text_is_open(access: RecordAccess) -> Combinable:
    """The free text of a row where the level for its age is full, else nothing (R1.7)."""
    levels = access.levels
    if levels.historical is Level.FULL:
        return F("free_text")
    if levels.current is Level.FULL and levels.starts_at is not None:
        return Case(When(is_current(levels), then=F("free_text")), default=None)
    return Value(None, output_field=JSONField())


def hiding_rule(access: RecordAccess) -> Case:
    """The first rule that hides a row; empty where none does."""
    cases = []
    for rule, condition in requirements(access):
        if rule == "R1.6":
            cases += _reasons_of_level(access.levels, hidden=~condition)
        else:
            cases.append(When(~Q(condition), then=Value(rule)))
    return Case(*cases, default=Value(""), output_field=CharField())


def _reasons_of_level(levels: Levels, *, hidden: Q) -> list[When]:
    """Why a row is above the level for its age, most telling first."""
    closed_to_all = hidden & ~Q(level_needed__in=levels.current.includes)
    return [
        When(closed_to_all & Q(level_needed=Level.FULL), then=Value("R1.7")),
        When(closed_to_all, then=Value("R1.6")),
        When(hidden & ~Q(origin="native"), then=Value("R1.4")),
        When(hidden & Q(recorded_at=None), then=Value("R1.3")),
        When(hidden, then=Value("R1.1")),
    ]


def shown_rule(access: RecordAccess) -> Case:
    """The rule that shows a visible row: always summary, current, or granted as historical."""
    summary = Q(section__in=sorted(DATE_FREE_SECTIONS), level_needed=Level.SUMMARY)
    return Case(
        When(~is_visible(access), then=Value("")),
        When(summary, then=Value("R1.8")),
        When(is_current(access.levels), then=Value("R1.1")),
        default=Value("R1.6"),
        output_field=CharField(),
    )

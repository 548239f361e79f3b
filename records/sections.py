"""The seven sections of a record as pages show them: what is in each, and how each stands (R6.1, R6.2)."""

import logging
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import BooleanField, F, IntegerField
from django.db.models.expressions import RawSQL

from audit.kept import Named, text_of
from records.limits import Limit, limit_of, sections_open_from_date
from records.models import Entry
from records.models.entry import EntryQuerySet, Row
from records.notices import Facts, notices_of
from records.section_groups import GROUPS, address_of, group_called, place
from records.showing import Broken, Shown, attachments_of, by_whole
from records.statements import Statement
from records.visibility import RecordAccess
from surgeries.models import Patient
from surgeries.terms import Section

logger = logging.getLogger(__name__)

PER_PAGE = 25
REPORTS_PER_PAGE = 6
IN_SHORT = 20


class State(StrEnum):
    """How a section stands; an error is never one of the others (R2.6, R6.2)."""

    ENTRIES = "entries"
    NOTHING_RECORDED = "nothing-recorded"
    NOT_AVAILABLE = "not-available"
    NO_ACCESS = "no-access"
    FAILED = "failed"


COVERED, NOT_AVAILABLE = "covered", "not-available"


class Group(NamedTuple):
    """Entries below one heading; most sections have one group without a name."""

    name: str
    entries: list[Shown]


class Way(NamedTuple):
    """The way to one group of a section, whatever page it begins on."""

    name: str
    address: str


class SectionPage(NamedTuple):
    """One page of a section."""

    section: Section
    state: State
    notices: list[str]
    groups: list[Group]
    number: int = 1
    has_next: bool = False
    limit: Limit = Limit.NONE
    first: int = 1
    ways: Sequence[Way] = ()
    group: Way | None = None
    """The only group that is shown, where one was asked for."""

    @property
    def last(self) -> int:
        """The place of the last entry of this page in the section, counted from 1."""
        return self.first + sum(len(group.entries) for group in self.groups) - 1


class Short(NamedTuple):
    """The first current entries of a section, for the home of a record."""

    state: State
    entries: list[Shown]
    has_more: bool = False


class Home(NamedTuple):
    """The home of a record: two sections in short, how each of the seven stands, and which open from a date only.

    `notices` are what the sources warn of in each section that is open.
    """

    allergies: Short
    medicines: Short
    states: dict[Section, State]
    only_since: frozenset[Section] = frozenset()
    notices: Mapping[Section, list[str]] = MappingProxyType({})


SAID_OF_SECTIONS = f"""
    select section, code, source_text from records_sectionnotice
    where patient_id = %(patient)s and ended_at is null
    union
    select jsonb_array_elements_text(sections), '{COVERED}', '' from records_importedextract
    where patient_id = %(patient)s and undone_at is null
"""  # noqa: S608 - ours alone
FACTS = text_of(SAID_OF_SECTIONS.replace("%(patient)s", "%s"), [Named("patient"), Named("patient")])


def facts_of(patient: Patient) -> Facts:
    """What the sources say about each section of a patient's record as a whole."""
    found = FACTS.ask({"patient": patient.pk})
    return {(section, code): words for section, code, words in found}


def sections_with_entries(access: RecordAccess) -> set[str]:
    """The sections in which the reader may see anything at all.

    One look into each section that stops at the first row, so that a long record costs no more than a
    short one; written out because seven such conditions take Django longer than the database.
    """
    found = SECTIONS.ask(access, sections=list(Section.values))
    return {section for (section,) in found}


SECTIONS = Statement(
    lambda access: Entry.objects.visible_to(access).entries().values("section"),
    around="select s from unnest(%(sections)s::text[]) s where exists (select 1 from ({rows}) e where section = s)",
)


def state_of(access: RecordAccess, section: Section, facts: Facts, *, has_entries: bool) -> State:
    """How a section stands. What is hidden counts for nothing here, so it leaves no trace (R2.3)."""
    if not access.allows(section):
        return State.NO_ACCESS
    if has_entries:
        return State.ENTRIES
    if (section, NOT_AVAILABLE) in facts or (section, COVERED) not in facts:
        return State.NOT_AVAILABLE
    return State.NOTHING_RECORDED


def read_home(access: RecordAccess) -> Home:
    """The home of a record; a section that cannot be shown says so and the others still work."""
    facts, present = facts_of(access.patient), sections_with_entries(access)
    states = {
        section: state_of(access, section, facts, has_entries=section in present)
        for section in Section
    }
    rows = CURRENT_ROWS.rows(access)
    short = {section: _short(section, states, rows) for section in IN_SHORT_SECTIONS}
    states |= {section: found.state for section, found in short.items()}
    allergies, medicines = (short[section] for section in IN_SHORT_SECTIONS)
    notices = {section: notices_of(section, facts) for section in Section if access.allows(section)}
    return Home(allergies, medicines, states, sections_open_from_date(access), notices)


IN_SHORT_SECTIONS = (Section.ALLERGIES, Section.MEDICINES)
HAS_NOT_ENDED = """case records_entry.section
    when 'allergies' then not (
        coalesce(records_entry.details ->> 'status', '') in ('inactive', 'resolved')
        or records_entry.details ? 'ended_on'
    )
    else not (
        coalesce(records_entry.details ->> 'status', '') in ('stopped', 'completed')
        or records_entry.details ? 'stopped_on'
    )
end"""
"""HAS_ENDED and HAS_STOPPED, each for its section, the other way round."""
NEWEST_OF_SECTION = """row_number() over (
    partition by records_entry.section
    order by records_entry.effective_on desc nulls last, records_entry.effective_time desc nulls last,
        records_entry.position, records_entry.id
)"""
"""The first of each section, then the second of each: a long list cannot push the other one out."""


def current_rows(access: RecordAccess) -> EntryQuerySet:
    """The newest allergies and medicines that have not ended: of each no fewer than the home needs."""
    rows = Entry.objects.visible_to(access).entries().filter(section__in=IN_SHORT_SECTIONS)
    current = rows.outside_reports(access).filter(RawSQL(HAS_NOT_ENDED, (), BooleanField()))  # noqa: S611
    newest = current.order_by(RawSQL(NEWEST_OF_SECTION, ()))  # noqa: S611
    return newest[: len(IN_SHORT_SECTIONS) * (IN_SHORT + 1)]


CURRENT_ROWS = Statement(current_rows)


def _short(section: Section, states: dict[Section, State], rows: list[Row]) -> Short:
    own = [row for row in rows if row.section == section]
    try:
        shown = [Shown(row) for row in own[:IN_SHORT]]
    except Broken as error:
        _say_failed(section, error)
        return Short(State.FAILED, [])
    return Short(states[section], shown, len(own) > IN_SHORT)


def read_section(
    access: RecordAccess, section: Section, *, number: int, group: str = ""
) -> SectionPage:
    """One page of a section, from 1, or of one group of it; it is the caller who asks for one beyond the last.

    A group that is not there, or in which nothing may be seen, is as if none had been asked for (R2.3).
    """
    size = REPORTS_PER_PAGE if section is Section.TEST_RESULTS else PER_PAGE
    start = (number - 1) * size
    ways = ways_to_groups(access, section)
    chosen = next((way for way in ways if way.address == group), None)
    only = group_called(section, chosen.address) if chosen else None
    rows, parts, facts = _rows_and_facts(access, section, start, size + 1, only)
    state = state_of(access, section, facts, has_entries=bool(rows))
    notices = notices_of(section, facts)
    try:
        groups = _grouped(section, rows[:size], _shown(access, section, rows[:size], parts))
    except Broken as error:
        _say_failed(section, error)
        return SectionPage(section, State.FAILED, notices, [])
    has_next, limit = len(rows) > size, limit_of(access, section)
    page = SectionPage(section, state, notices, groups, number, has_next, limit, start + 1)
    return page._replace(ways=ways if len(ways) > 1 else (), group=chosen)


def ways_to_groups(access: RecordAccess, section: Section) -> list[Way]:
    """The groups of a section in which anything may be seen (R2.3): one look into each, that stops at the first row."""
    if section not in GROUPS:
        return []
    names = GROUPS[section]
    found = GROUPS_WITH_ENTRIES.ask(access, section, groups=list(names))
    return [Way(names[group], address_of(section, group)) for (group,) in found]


def in_reading_order(access: RecordAccess, section: Section) -> EntryQuerySet:
    """What may be seen of a section: newest first, inside the groups that the section has."""
    entries = Entry.objects.visible_to(access).entries().in_section(section).newest_first()
    newest = entries.query.order_by
    entries = entries.annotate(place=place())
    return entries.order_by(F("place"), *newest) if section in GROUPS else entries


def _page_of_section(
    access: RecordAccess, section: Section, start: int, size: int, group: int | None = None
) -> EntryQuerySet:
    rows = in_reading_order(access, section)
    is_reports = section is Section.TEST_RESULTS
    rows = rows.without_text() if is_reports else rows.outside_reports(access)
    if group is not None:
        rows = rows.filter(place__gte=group * 10, place__lt=group * 10 + 10)  # type: ignore[misc]  # annotated there
    return rows[start : start + size]


def _places(access: RecordAccess, section: Section) -> Any:
    return in_reading_order(access, section).order_by().values("place")  # type: ignore[misc]  # annotated there


PAGE_OF_SECTION = Statement(_page_of_section)
GROUPS_WITH_ENTRIES = Statement(
    _places,
    around="""
    with ends as materialized (
        select
            (select place / 10 from ({rows}) e order by place limit 1) as first,
            (select place / 10 from ({rows}) e order by place desc limit 1) as last
    )
    select g from ends, unnest(%(groups)s::int[]) g
    where g in (first, last)
        or (g > first and g < last and exists (select from ({rows}) e where e.place / 10 = g))
    order by g
    """,
)
"""The first and the last group stand at the ends of an index; only what may lie between is looked for."""


def _rows_and_facts(
    access: RecordAccess, section: Section, start: int, size: int, only: int | None
) -> tuple[list[Row], list[Row], Facts]:
    """The rows of a page, of reports with those of their parts as far as they are open, and `facts_of`."""
    if section is not Section.TEST_RESULTS:
        rows = PAGE_OF_SECTION.rows(access, section, start, size, only)
        return rows, [], facts_of(access.patient)
    found = PAGE_OF_REPORTS.rows(access, start, size)
    facts = {(row.section, row.kind): row.title for row in found if row.id is None}
    rows = [row for row in found if row.id and row.root_id is None]
    return rows, [row for row in found if row.root_id], facts


def _page_of_reports(access: RecordAccess, start: int, size: int) -> EntryQuerySet:
    return _page_of_section(access, Section.TEST_RESULTS, start, size)


def _parts_of_these(access: RecordAccess, _start: int, size: int) -> EntryQuerySet:
    # the last report only says that there is a next page
    shown = f"select id, coded from report limit {size - 1}"  # noqa: S608 - a number of ours
    open_ones = f"array(select id from ({shown}) shown where coded is not null)"  # noqa: S608
    of_these = RawSQL(f"records_entry.root_id = any({open_ones})", (), BooleanField())  # noqa: S611
    parts = Entry.objects.visible_to(access).in_open_reports(access, of_these)
    placed = parts.annotate(place=RawSQL("0", (), IntegerField()))
    return placed.order_by("root_id", "position", "id")


PAGE_OF_REPORTS = Statement(
    _page_of_reports,
    around=f"""
    with report as materialized ({{rows}})
    select * from report union all select * from ({{parts}}) part
    union all
    select null, null, section, code, source_text, null, null, '', null, null, 0
    from ({SAID_OF_SECTIONS}) said
    """,  # noqa: S608 - ours alone
    parts=_parts_of_these,
)
"""Reports, the parts of those that are open, and what is said of sections, as rows of nothing with code and words.

What seals a report is asked once for all that is in it.
"""


def _shown(
    access: RecordAccess, section: Section, rows: list[Row], parts: list[Row]
) -> list[Shown]:
    if section is Section.TEST_RESULTS:
        below = by_whole(parts)
        return [Shown(row, below.get(row.id, ())) for row in rows]
    if section is Section.DOCUMENTS:
        attached = attachments_of(access, rows)
        return [Shown(row, (), attached.get(row.id, ())) for row in rows]
    return [Shown(row) for row in rows]


def _grouped(section: Section, rows: list[Row], shown: list[Shown]) -> list[Group]:
    names = GROUPS.get(section, {})
    found: dict[int, list[Shown]] = {}
    for row, entry in zip(rows, shown, strict=True):
        found.setdefault(row.place // 10, []).append(entry)
    return [Group(names.get(tens, ""), entries) for tens, entries in found.items()]


def _say_failed(section: Section, error: Exception) -> None:
    """For the operator: which section and what kind of error, never the words of a record."""
    logger.error("the section %s could not be shown: %s", section, type(error).__name__)

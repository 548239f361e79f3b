"""A record by clinical date: everything that may be seen, newest first.

What was recorded in an entry of another day stands at its own date too, and leads to that entry (R1.1).
"""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, IntegerField, Q, Value, When

from audit.kept import named
from records.lines import Listed, listed
from records.models import Entry
from records.models.entry import EntryQuerySet, Precision, Row
from records.own_dates import IN_A_TIMELINE
from records.sealing import is_sealed
from records.statements import Statement, among
from records.visibility import RecordAccess
from surgeries.terms import Section

PER_PAGE = 25
UNKNOWN = "unknown"
Start = int | str | None
"""Where a timeline begins: a year, UNKNOWN for what has no date, or None for the newest."""


class Year(NamedTuple):
    """Entries of one year, or without a date: then the year is None."""

    year: int | None
    entries: list[Listed]


class Timeline(NamedTuple):
    """One page of a timeline, and the years that there are to go to, the newest first."""

    groups: list[Year]
    years: list[int]
    has_undated: bool
    section: Section | None
    start: Start
    number: int
    has_next: bool

    @property
    def sections(self) -> list[Section]:
        """The parts of a record, to choose one from."""
        return list(Section)

    @property
    def newer(self) -> int | None:
        """The nearest year that is newer than where the timeline begins."""
        start = self.start or UNKNOWN
        is_newer = (year for year in reversed(self.years) if start == UNKNOWN or year > int(start))
        return next(is_newer, None)


def read_timeline(
    access: RecordAccess, section: Section | None, start: Start, *, number: int
) -> Timeline:
    """One page from a start, from 1. Each page goes on where the one before ended, whatever the dates."""
    first = (number - 1) * PER_PAGE
    before = date(start + 1, 1, 1) if isinstance(start, int) else None
    begins = UNKNOWN if start == UNKNOWN else before is not None
    rows = PAGE.rows(access, section, begins, first, before=before)
    years = [year for (year,) in YEARS.ask(access, section)]
    return Timeline(
        groups=by_year(rows[:PER_PAGE], wholes_of(access, rows[:PER_PAGE])),
        years=[year for year in years if year is not None],
        has_undated=None in years,
        section=section,
        start=start,
        number=number,
        has_next=len(rows) > PER_PAGE,
    )


def of_section(access: RecordAccess, section: Section | None) -> EntryQuerySet:
    """The entries that may be seen, and what is of another day than its entry; of one section or of all.

    What stands below a sealed report is not named, nor that it has a date (R5.5).
    """
    of_own_date = Q(root_id=None) | Q(dated_apart=True)  # as the index has it
    is_named = ~Q(section=Section.TEST_RESULTS) | Q(is_sealed(access), _negated=True)
    entries = Entry.objects.visible_to(access).filter(
        of_own_date, Q(root_id=None) | (Q(kind__in=IN_A_TIMELINE) & is_named)
    )
    return entries.in_section(section) if section else entries


def in_order(access: RecordAccess, section: Section | None) -> EntryQuerySet:
    """Newest first; what has only a month or a year after all that is known to be of its first day.

    The id ends every tie, so that no page leaves an entry out or has one twice.
    """
    entries = of_section(access, section).newest_first()
    newest, *rest = entries.query.order_by
    is_partial = Case(
        When(effective_precision=Precision.MONTH, then=Value(1)),
        When(effective_precision=Precision.YEAR, then=Value(2)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return entries.order_by(newest, is_partial, *rest)


def _page(
    access: RecordAccess, section: Section | None, begins: bool | str, first: int
) -> EntryQuerySet:
    """The rows of a page: from the newest, from the day `before` which is the year to begin with, or undated."""
    rows = in_order(access, section)
    if begins == UNKNOWN:
        rows = rows.filter(effective_on=None)
    elif begins:
        rows = rows.filter(Q(effective_on__lt=named("before")) | Q(effective_on=None))
    return rows.in_lines(access)[first : first + PER_PAGE + 1]


def _days(access: RecordAccess, section: Section | None) -> Any:
    return of_section(access, section).order_by().values("effective_on")


PAGE = Statement(_page)
YEARS = Statement(
    _days,
    around="""
    with recursive newest (day) as (
        select 'infinity'::date
        union all
        select found.effective_on from newest, lateral (
            select effective_on from ({rows}) one where effective_on < date_trunc('year', day)::date
            order by effective_on desc nulls last limit 1
        ) found
    )
    select extract(year from day)::int from newest where isfinite(day)
    union all
    select null where exists (select from ({rows}) one where effective_on is null)
    """,
)
"""The years with entries, the newest first: one look into each, however many entries it has; at last null for no date."""


def wholes_of(access: RecordAccess, rows: list[Row]) -> dict[UUID, Listed]:
    """The entries in which some parts were recorded."""
    ids = {row.root_id for row in rows if row.root_id}
    if not ids:
        return {}
    return {row.id: listed(row) for row in WHOLES.rows(access, ids=list(ids))}


def _wholes(access: RecordAccess) -> EntryQuerySet:
    rows = Entry.objects.visible_to(access).entries().filter(among("id", "ids"))
    return rows.in_lines(access)


WHOLES = Statement(_wholes)


def by_year(rows: list[Row], wholes: Mapping[UUID, Listed]) -> list[Year]:
    """Rows below the year of their date; a part without its entry has no page to lead to."""
    led = [row for row in rows if row.root_id is None or row.root_id in wholes]
    found = groupby(led, lambda row: row.effective_on and row.effective_on.year)
    return [Year(year, [_line(row, wholes) for row in each]) for year, each in found]


def _line(row: Row, wholes: Mapping[UUID, Listed]) -> Listed:
    line = listed(row)
    return line._replace(whole=wholes[row.root_id]) if row.root_id else line

"""All results of one test over time (R6.6).

A test is told by its name as written, whatever its letters' case and the spaces between its words, and by its code
where both have one. What is sealed is counted and never read (R5.5).
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import BooleanField, TextField
from django.db.models.expressions import RawSQL

from audit.kept import named
from records.content import PartialDate
from records.lines import Listed, listed, when_of
from records.models import Entry
from records.models.entry import EntryQuerySet, Row
from records.results import measured
from records.same_code import SAME_CODE, Codes, codes_in, codes_of, telling
from records.sealing import is_sealed
from records.showing import Broken, Cells, Shown
from records.statements import Statement, among
from records.visibility import RecordAccess
from surgeries.terms import Section

logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 15
STRETCH = 30
"""How many of the newest rows of a name the first page tells of: many years of most tests, and of a few only the last one."""
MOST_IN_CHART = 500
MOST_NAMED = 50
MOST_COMPARED = 20
"""The newest rows that tell by which codes a test goes."""
MOST_COUNTED = 100
"""More unopened results than this are "more than 100": a long record is not read to the end for a number."""


class Measured(NamedTuple):
    """As much of a result as a chart asks for: there are hundreds of them."""

    id: UUID
    page_id: UUID
    section: str
    when: PartialDate
    content: Any


class Unopened(NamedTuple):
    """How many results stand behind a page of their own, and the newest of them, one for each entry that they are in.

    Of each there is its date alone: its name is that of the page. `is_more` says that there are more than were counted.
    """

    how_many: int
    entries: list[Listed]
    is_more: bool = False


class OtherCode(NamedTuple):
    """Results with the same name and another code, which may be of another test: the newest, and how many."""

    newest: Shown
    how_many: int


class OverTime(NamedTuple):
    """A page of all results of one test, newest first.

    `newest` are those that a chart is made of, empty on pages beyond them; `has_older` says that there are more of
    them than that. `samples` are what the reports of results say was tested, by the report's id. `stretch` is the
    number of the newest rows of which the page tells, where it does not tell of all.
    """

    title: str
    section: str
    unopened: Unopened
    other_codes: list[OtherCode]
    number: int
    has_next: bool
    results: Sequence[Shown] = ()
    newest: Sequence[Measured] = ()
    has_older: bool = False
    samples: Mapping[UUID, str] = {}
    failed: bool = False
    stretch: int = 0

    @property
    def cells(self) -> list[Cells]:
        """What the table says of each of them."""
        return [shown.in_cells for shown in self.results]

    @property
    def first(self) -> int:
        """The place of the first result of this page among all, counted from 1."""
        return (self.number - 1) * ROWS_PER_PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last one."""
        return self.first + len(self.results) - 1


class Course(NamedTuple):
    """A result or observation, the name of its test, and the newest rows of that name, one more than `STRETCH` at most."""

    row: Row
    test_name: str
    newest: list[Row]


def find_course(access: RecordAccess, entry_id: UUID) -> Course | None:
    """The row of a result or observation with the newest of its name; None where it may not be seen."""
    found = COURSE.rows_with_more(access, STRETCH + 1, id=entry_id)
    if not found:
        return None
    (row, (test_name,)), *others = found
    newest = [each for each, _ in others]
    own = next((each for each in newest if each.id == row.id), None)
    own = own or next(iter(ONE.rows(access, id=row.id)), None)
    return Course(own, test_name, newest) if own else None


def _one(access: RecordAccess) -> EntryQuerySet:
    return measured(access).filter(id=named("id"))


def _name_of(access: RecordAccess, _: int) -> EntryQuerySet:
    # its content is among the newest, or asked for by itself
    return _one(access).without_content()


def _named_as_this(access: RecordAccess, most: int) -> EntryQuerySet:
    its_name = RawSQL("records_entry.test_name = (select test_name from this)", (), BooleanField())
    return measured(access).filter(its_name).newest_first()[:most]


ONE = Statement(_one)
COURSE = Statement(
    _name_of,
    around="""
    with this as materialized ({rows})
    select * from this union all select * from ({newest}) newest
    """,
    more=("test_name",),
    newest=_named_as_this,
)


def read_over_time(
    access: RecordAccess, course: Course, *, number: int, is_whole: bool = False
) -> OverTime:
    """A page, from 1, of the visible results of the test of which a row is one.

    A row that is sealed stands for its name alone. Content that is not what its kind says makes a page that failed.
    The first page of a test with very many results tells of the newest, unless all are asked for: its length then
    does not grow with the record.
    """
    page = None if is_whole or number > 1 else _of_stretch(access, course)
    return page or _of_whole(access, course, number)


def _of_stretch(access: RecordAccess, course: Course) -> OverTime | None:
    """The first page from the newest rows of the name alone; None where these do not settle what its table holds."""
    rows, has_more = course.newest[:STRETCH], len(course.newest) > STRETCH
    try:
        opened = [(row, row.content) for row in rows if not row.is_sealed]
    except Broken:
        return None  # whoever reads the whole says that it failed
    given = [codes_in(content) for _, content in opened]
    coded = [each for each in given if each][:MOST_COMPARED]
    codes = codes_of(_codes(course.row), coded)
    held = [codes.holds(found) for found in given]
    same = list(compress(opened, held))
    others = [row for (row, _), is_same in zip(opened, held, strict=True) if not is_same]
    is_open = len(coded) < MOST_COMPARED and any(map(codes.may_yet_hold, given))
    if has_more and (is_open or len(same) <= ROWS_PER_PAGE):
        return None  # the next pages compare older rows too, and go on where this one ends
    page = OverTime(
        course.row.title,
        course.row.section,
        _unopened([row for row in rows if row.is_sealed]),
        _other_codes(others) if codes.own else [],
        1,
        has_next=len(same) > ROWS_PER_PAGE,
        stretch=STRETCH if has_more else 0,
    )
    return _filled(access, page, same, slice(ROWS_PER_PAGE), drawn=len(same))


Opened = tuple[Row, Any]
"""A row that is open, and its content."""


def _codes(row: Row) -> Codes:
    """The codes of a row; what cannot be read has none, and is told of by whoever shows it."""
    try:
        return codes_in(row.content)
    except Broken:
        return frozenset()


def _of_whole(access: RecordAccess, course: Course, number: int) -> OverTime:
    row, name = course.row, course.test_name
    codes = codes_of(_codes(row), map(_codes, CODED.rows(access, test=name)))
    values = {"test": name} | codes.values
    start = (number - 1) * ROWS_PER_PAGE
    is_drawn = start < MOST_IN_CHART
    first, end = 0 if is_drawn else start, start + ROWS_PER_PAGE
    most = max(MOST_IN_CHART, end) if is_drawn else ROWS_PER_PAGE
    rows = OF_TEST.rows(access, first, most + 1, **values)
    page = OverTime(
        row.title,
        row.section,
        _unopened(SEALED_OF_TEST.rows(access, test=name)),
        _other_codes(OF_OTHERS.rows(access, **values)) if codes.own else [],
        number,
        has_next=len(rows) > end - first,
        has_older=is_drawn and len(rows) > MOST_IN_CHART,
    )
    opened = ((each, each.content) for each in rows[:most])
    shown = slice(start - first, end - first)
    return _filled(access, page, opened, shown, drawn=MOST_IN_CHART if is_drawn else 0)


def _named_so(access: RecordAccess) -> EntryQuerySet:
    return measured(access).filter(test_name=named("test")).newest_first()


def _coded(access: RecordAccess) -> EntryQuerySet:
    return _named_so(access).opened_to(access).filter(details__has_key="codes")[:MOST_COMPARED]


def _of_test(access: RecordAccess, start: int, size: int) -> EntryQuerySet:
    return _named_so(access).opened_to(access).filter(SAME_CODE)[start : start + size]


def _of_others(access: RecordAccess) -> EntryQuerySet:
    return _named_so(access).opened_to(access).exclude(SAME_CODE)[:MOST_IN_CHART]


def _sealed_of_test(access: RecordAccess) -> EntryQuerySet:
    return _named_so(access).filter(is_sealed(access)).without_content()[: MOST_COUNTED + 1]


def _tested_in(access: RecordAccess) -> Any:
    reports = Entry.objects.visible_to(access).filter(among("id", "ids"), kind="report")
    return reports.opened_to(access).values_list("id", RawSQL(SAMPLES, (), TextField()))  # noqa: S611


SAMPLES = "jsonb_path_query_array(records_entry.details, '$.specimens[*].kind')"
"""The kinds of sample of a report and no more of it: a chart of 500 results asks 500 reports."""


CODED, OF_TEST, OF_OTHERS = Statement(_coded), Statement(_of_test), Statement(_of_others)
SEALED_OF_TEST = Statement(_sealed_of_test)
TESTED_IN = Statement(_tested_in)


def _filled(
    access: RecordAccess, page: OverTime, opened: Iterable[Opened], shown: slice, *, drawn: int
) -> OverTime:
    try:
        rows = list(opened)
        results = [Shown(row, content=content) for row, content in rows[shown]]
        newest = [
            Measured(row.id, row.root_id or row.id, row.section, when_of(row), content)
            for row, content in rows[:drawn]
        ]
        samples = _samples(access, newest)
    except Broken as error:
        logger.error("a test over time could not be shown: %s", type(error).__name__)
        return page._replace(failed=True)
    return page._replace(results=results, newest=newest, samples=samples)


def _other_codes(others: Iterable[Row]) -> list[OtherCode]:
    """The newest result of each other code that goes with the same name, and how many there are."""
    found: dict[Codes, list[Row]] = {}
    for row in others:
        found.setdefault(telling(_codes(row)), []).append(row)
    return [OtherCode(Shown(rows[0]), len(rows)) for rows in found.values()]


def _unopened(sealed: Sequence[Row]) -> Unopened:
    """What is sealed of a test, the newest first, by the entries that a reader can open; few, or the newest of many."""
    entries: dict[UUID, Listed] = {}
    for row in sealed:
        entries.setdefault(row.root_id or row.id, listed(row))
    newest = list(islice(entries.values(), MOST_NAMED))
    return Unopened(min(len(sealed), MOST_COUNTED), newest, len(sealed) > MOST_COUNTED)


def _samples(access: RecordAccess, shown: Sequence[Measured]) -> dict[UUID, str]:
    """What was tested, where the report says so and not the result itself."""
    in_reports = [each for each in shown if each.section == Section.TEST_RESULTS]
    ids = {each.page_id for each in in_reports if not sample_in(each)}
    if not ids:
        return {}
    found = TESTED_IN.ask(access, ids=list(ids))
    return {id_: _named_once(msgspec.json.decode(kinds, type=list[str])) for id_, kinds in found}


def sample_in(shown: Measured) -> str:
    """The kinds of sample that a result or report names, in one order."""
    specimens = shown.content.specimens
    if len(specimens) == 1:
        return str(specimens[0].kind)
    return _named_once(each.kind for each in specimens)


def _named_once(kinds: Iterable[str]) -> str:
    return ", ".join(sorted({kind for kind in kinds if kind}))

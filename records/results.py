"""The same test again: names of tests, and all results of one over time (R6.6).

A test is told by its name as written, whatever its letters' case and the spaces between its words, and by its code
where both have one. What is sealed is counted and never read (R5.5).
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import BooleanField, Q, TextField
from django.db.models.expressions import RawSQL
from psycopg.types.json import Jsonb

from audit.kept import Named, named
from records.content import PartialDate
from records.importing.fhir.terms import DEGRADED_CODES, SNOMED
from records.models import Entry
from records.models.entry import EntryQuerySet, Row
from records.sealing import SEALED, is_sealed, is_sealed_alone
from records.showing import Broken, Shown
from records.statements import Statement, among
from records.visibility import RecordAccess
from surgeries.terms import Section

logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 25
MOST_IN_CHART = 500
MOST_NAMED = 50
MOST_COUNTED = 100
"""More unopened results than this are "more than 100": a long record is not read to the end for a number."""

Codes = frozenset[tuple[str, str]]
"""(system, code) of everything by which a test is coded."""


class TestName(NamedTuple):
    """A test by name: `id` is that of its newest row, `when` its date."""

    id: UUID
    title: str
    when: PartialDate
    is_sealed: bool


class Unopened(NamedTuple):
    """How many results stand behind a page of their own, and the newest of the entries that they are in.

    `is_more` says that there are more than were counted.
    """

    how_many: int
    entries: list[Shown]
    is_more: bool = False


class OtherCode(NamedTuple):
    """Results with the same name and another code, which may be of another test: the newest, and how many."""

    newest: Shown
    how_many: int


class OverTime(NamedTuple):
    """A page of all results of one test, newest first.

    `newest` are those that a chart is made of, empty on pages beyond them; `has_older` says that there are more of
    them than that. `samples` are what the reports of results say was tested, by the report's id.
    """

    title: str
    section: str
    unopened: Unopened
    other_codes: list[OtherCode]
    number: int
    has_next: bool
    results: Sequence[Shown] = ()
    newest: Sequence[Shown] = ()
    has_older: bool = False
    samples: Mapping[UUID, str] = {}
    failed: bool = False

    @property
    def first(self) -> int:
        """The place of the first result of this page among all, counted from 1."""
        return (self.number - 1) * ROWS_PER_PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last one."""
        return self.first + len(self.results) - 1


EACH_NAME_ONCE = """
select found.* from unnest(%(sections)s::text[]) part (section), lateral (
    with recursive test as (
        (
            select * from ({rows}) one where one.section = part.section
            order by test_name, effective_on desc nulls last limit 1
        )
        union all
        select another.* from test, lateral (
            select * from ({rows}) one where one.section = part.section and one.test_name > test.test_name
            order by test_name, effective_on desc nulls last limit 1
        ) another
    )
    select * from test
) found
"""
"""The newest row of each name in each section: one look into the index for a name, however many rows have it."""


def measured(access: RecordAccess) -> EntryQuerySet:
    """The visible rows that are results or observations."""
    return Entry.objects.visible_to(access).filter(test_name__isnull=False)


def tests_of(access: RecordAccess) -> list[TestName]:
    """The names of the tests in reports, A to Z; what stands below a sealed report is not named (R5.5)."""
    return _names(TESTS, access, [Section.TEST_RESULTS])


def measurements_of(access: RecordAccess) -> list[TestName]:
    """The names of what was measured outside reports, A to Z: blood pressure, weight, peak flow.

    What is sealed out there carries a laboratory's mark, and so was measured.
    """
    outside = [section for section in Section if section is not Section.TEST_RESULTS]
    return _names(MEASUREMENTS, access, outside)


def _tests(access: RecordAccess) -> Any:
    rows = measured(access).filter(Q(root_id=None) | _is_open(access))
    return _named(rows, is_sealed(access))


def _measurements(access: RecordAccess) -> Any:
    return _named(measured_outside(access), is_sealed_alone(access))


def measured_outside(access: RecordAccess) -> EntryQuerySet:
    """What was measured at a visit or sent in, and not by a laboratory with a report."""
    was_measured = Q(is_sealed_alone(access)) | Q(details__has_any_keys=["value", "components"])
    return measured(access).filter(was_measured).exclude(section=Section.TEST_RESULTS)


def _named(rows: EntryQuerySet, sealed: RawSQL) -> Any:
    columns = ("effective_on", "effective_time", "effective_precision", "test_name", "sealed")
    return rows.annotate(sealed=sealed).values("id", "title", *columns, "section")


TESTS, MEASUREMENTS = (
    Statement(_tests, around=EACH_NAME_ONCE),
    Statement(_measurements, around=EACH_NAME_ONCE),
)


def _is_open(access: RecordAccess) -> Q:
    return Q(SEALED.on(access), _negated=True)


def _names(
    statement: Statement, access: RecordAccess, sections: Sequence[Section]
) -> list[TestName]:
    found = [
        (name, TestName(id, title, PartialDate(*when), sealed))
        for id, title, *when, name, sealed, _ in statement.ask(access, sections=list(sections))
    ]
    newest: dict[str, TestName] = {}
    for name, test in found:
        newest[name] = max(test, newest.get(name, test), key=_age)
    return [test for _, test in sorted(newest.items())]


def _age(test: TestName) -> tuple[bool, Any]:
    return (test.when.on is not None, test.when.on)


def by_letter(tests: Sequence[TestName]) -> list[tuple[str, list[TestName]]]:
    """Tests below the letter that their name begins with; what begins with none comes below "0 to 9"."""
    found: dict[str, list[TestName]] = {}
    for test in tests:
        first = test.title.lstrip()[:1].upper()
        found.setdefault(first if first.isalpha() else "0 to 9", []).append(test)
    return sorted(found.items())


def read_over_time(access: RecordAccess, row: Entry, *, number: int) -> OverTime:
    """A page, from 1, of all visible results of the test of which a row is one.

    A row that is sealed stands for its name alone. Content that is not what its kind says makes a page that failed.
    """
    codes = _codes_of(row, CODED.rows(access, test=row.test_name))
    values = {"test": row.test_name} | _code_values(*codes)
    start = (number - 1) * ROWS_PER_PAGE
    is_drawn = start < MOST_IN_CHART
    first, end = 0 if is_drawn else start, start + ROWS_PER_PAGE
    most = max(MOST_IN_CHART, end) if is_drawn else ROWS_PER_PAGE
    rows = OF_TEST.rows(access, first, most + 1, **values)
    page = OverTime(
        row.title,
        row.section,
        _unopened(access, row.test_name),
        _other_codes(OF_OTHERS.rows(access, **values)) if codes[0] else [],
        number,
        has_next=len(rows) > end - first,
        has_older=is_drawn and len(rows) > MOST_IN_CHART,
    )
    return _filled(access, page, rows[:most], start - first, is_drawn=is_drawn)


def find_measured(access: RecordAccess, entry_id: UUID) -> Entry | None:
    """The row of a result or observation; None where it may not be seen."""
    return next(iter(ONE.entries(access, id=entry_id)), None)


def _named_so(access: RecordAccess) -> EntryQuerySet:
    return measured(access).filter(test_name=named("test")).newest_first()


def _coded(access: RecordAccess) -> EntryQuerySet:
    return _named_so(access).opened_to(access).filter(details__has_key="codes")[:20]


def _of_test(access: RecordAccess, start: int, size: int) -> EntryQuerySet:
    return _named_so(access).opened_to(access).filter(SAME_CODE)[start : start + size]


def _of_others(access: RecordAccess) -> EntryQuerySet:
    return _named_so(access).opened_to(access).exclude(SAME_CODE)[:MOST_IN_CHART]


def _sealed_of_test(access: RecordAccess) -> Any:
    rows = _named_so(access).filter(is_sealed(access))
    return rows.values_list("id", "root_id")[: MOST_COUNTED + 1]


def _wholes(access: RecordAccess) -> EntryQuerySet:
    return Entry.objects.visible_to(access).entries().filter(among("id", "ids")).newest_first()


def _tested_in(access: RecordAccess) -> Any:
    reports = Entry.objects.visible_to(access).filter(among("id", "ids"), kind="report")
    return reports.opened_to(access).values_list("id", RawSQL(SAMPLES, (), TextField()))  # noqa: S611


SAMPLES = "jsonb_path_query_array(records_entry.details, '$.specimens[*].kind')"
"""The kinds of sample of a report and no more of it: a chart of 500 results asks 500 reports."""


SAME_CODE = Q(
    RawSQL(
        """(records_entry.details @> any(%s::jsonb[]) or (
            not records_entry.details @> any(%s::jsonb[])
            and (records_entry.details @> any(%s::jsonb[]) or not records_entry.details @> any(%s::jsonb[]))
        ))""",
        [Named("same"), Named("coded"), Named("near"), Named("near_coded")],
        BooleanField(),
    )
)
"""Rows that share a code, or have none of a system in which there is one; all where there is none."""
ONE = Statement(lambda access: measured(access).filter(id=named("id")))
CODED, OF_TEST, OF_OTHERS = Statement(_coded), Statement(_of_test), Statement(_of_others)
SEALED_OF_TEST = Statement(_sealed_of_test)
NEWEST_WHOLES = Statement(lambda access: _wholes(access)[:MOST_NAMED])
TESTED_IN = Statement(_tested_in)


def _filled(
    access: RecordAccess, page: OverTime, rows: list[Row], start: int, *, is_drawn: bool
) -> OverTime:
    try:
        shown = [Shown(each) for each in rows]
        newest = shown[:MOST_IN_CHART] if is_drawn else []
        samples = _samples(access, newest)
    except Broken as error:
        logger.error("a test over time could not be shown: %s", type(error).__name__)
        return page._replace(failed=True)
    results = shown[start : start + ROWS_PER_PAGE]
    return page._replace(results=results, newest=newest, samples=samples)


def codes_in(coded: dict[str, Any] | None) -> Codes:
    """The codes of a row; without those that only say that a code was lost, which compare nothing."""
    given = ((each.get("system"), each.get("code")) for each in (coded or {}).get("codes", ()))
    return frozenset((s, code) for s, code in given if s and code and code not in DEGRADED_CODES)


def _codes_of(row: Entry, rows: Iterable[Row]) -> tuple[Codes, Codes]:
    """The codes of a test, and those of other systems that its newest results go with.

    A row without a code takes the newest; without the others, a code of one system would stand for every code of
    another, and two tests would share an axis.
    """
    newest = [codes_in(each.coded) for each in rows]
    own = codes_in(row.coded) or next(filter(None, newest), frozenset())
    known = own
    for codes in newest:
        systems = dict(known)
        if codes & known or systems.keys().isdisjoint(dict(codes)):
            known |= {each for each in codes if each[0] not in systems}
    return own, known - own


def _code_values(own: Codes, others: Codes) -> dict[str, list[Jsonb]]:
    """What `SAME_CODE` is asked with: parts of content that tell a code or a system, own and others."""
    same, coded = _shared(own)
    near, near_coded = _shared(others)
    return {"same": same, "coded": coded, "near": near, "near_coded": near_coded}


def _shared(codes: Codes) -> tuple[list[Jsonb], list[Jsonb]]:
    """Content that has one of some codes or lost theirs, and content that has any code of their systems."""
    lost = [(SNOMED, code) for code in DEGRADED_CODES] if SNOMED in dict(codes) else []
    each = [{"system": system, "code": code} for system, code in sorted([*codes, *lost])]
    systems = [{"system": system} for system in sorted(dict(codes))]
    return [Jsonb({"codes": [one]}) for one in each], [Jsonb({"codes": [one]}) for one in systems]


def _other_codes(others: Iterable[Row]) -> list[OtherCode]:
    """The newest result of each other code that goes with the same name, and how many there are."""
    found: dict[Codes, list[Row]] = {}
    for row in others:
        found.setdefault(codes_in(row.coded), []).append(row)
    return [OtherCode(Shown(rows[0]), len(rows)) for rows in found.values()]


def _unopened(access: RecordAccess, test_name: str | None) -> Unopened:
    """What is sealed of a test, by the entries that a reader can open; few, or the newest of many."""
    found = SEALED_OF_TEST.ask(access, test=test_name)
    ids = {root or id for id, root in found}
    if not ids:
        return Unopened(0, [])
    shown = [Shown(each) for each in NEWEST_WHOLES.rows(access, ids=list(ids))]
    return Unopened(min(len(found), MOST_COUNTED), shown, len(found) > MOST_COUNTED)


def _samples(access: RecordAccess, shown: Sequence[Shown]) -> dict[UUID, str]:
    """What was tested, where the report says so and not the result itself."""
    in_reports = [each for each in shown if each.section == Section.TEST_RESULTS]
    ids = {each.page_id for each in in_reports if not sample_in(each)}
    if not ids:
        return {}
    found = TESTED_IN.ask(access, ids=list(ids))
    return {id_: _named_once(msgspec.json.decode(kinds, type=list[str])) for id_, kinds in found}


def sample_in(shown: Shown) -> str:
    """The kinds of sample that a result or report names, in one order."""
    specimens = shown.content.specimens
    return _named_once(each.kind for each in specimens) if specimens else ""


def _named_once(kinds: Iterable[str]) -> str:
    return ", ".join(sorted({kind for kind in kinds if kind}))

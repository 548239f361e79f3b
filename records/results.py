"""The same test again: names of tests, and all results of one over time (R6.6).

A test is told by its name as written, whatever its letters' case and the spaces between its words, and by its code
where both have one. What is sealed is counted and never read (R5.5).
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Q, TextField
from django.db.models.expressions import RawSQL

from records.content import PartialDate
from records.importing.gpconnect.codes import DEGRADED_CODES, SNOMED
from records.models import Entry
from records.models.entry import EntryQuerySet, Row
from records.sealing import SEALED, is_sealed
from records.showing import Broken, Shown
from records.visibility import RecordAccess
from surgeries.terms import Section

logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 200
MOST_IN_CHART = 500
MOST_NAMED = 50

Codes = frozenset[tuple[str, str]]
"""(system, code) of everything by which a test is coded."""


class TestName(NamedTuple):
    """A test by name: `id` is that of its newest row, `when` its date."""

    id: UUID
    title: str
    when: PartialDate
    is_sealed: bool


class Unopened(NamedTuple):
    """How many results stand behind a page of their own, and the newest of the entries that they are in."""

    how_many: int
    entries: list[Shown]


class OtherCode(NamedTuple):
    """Results with the same name and another code, which may be of another test: the newest, and how many."""

    newest: Shown
    how_many: int


class OverTime(NamedTuple):
    """A page of all results of one test, newest first.

    `newest` are those that a chart is made of, empty on later pages; `has_older` says that there are more of them
    than that. `samples` are what the reports of results say was tested, by the report's id.
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


# Written out so that they match the index `entry_by_test`, whose expression and condition hold no values.
KEY = "lower(left(records_entry.title, 80))"
IS_MEASURED = "records_entry.kind in ('result', 'observation')"
IS_NAME = (
    r"regexp_replace(lower(btrim(records_entry.title)), '\s+', ' ', 'g')"
    r" = regexp_replace(lower(btrim(%s)), '\s+', ' ', 'g')"
)
IS_KEY = f"{KEY} = any(array(select lower(left(name, 80)) from unnest(%s::text[]) name))"  # noqa: S608 - ours alone
EACH_NAME_ONCE = """
with recursive test as (
    (select * from ({rows}) one order by key, effective_on desc nulls last limit 1)
    union all
    select another.* from test, lateral (
        select * from ({rows}) one where key > test.key
        order by key, effective_on desc nulls last limit 1
    ) another
)
select id, title, effective_on, effective_time, effective_precision, sealed from test
"""
"""The newest row of each name: one look into the index for a name, however many rows have it."""


def raw(sql: str, *values: Any) -> RawSQL:
    """A condition on rows in SQL of ours."""
    return RawSQL(sql, values, BooleanField())  # noqa: S611


def measured(access: RecordAccess) -> EntryQuerySet:
    """The visible rows that are results or observations."""
    return Entry.objects.visible_to(access).filter(raw(IS_MEASURED))


def tests_of(access: RecordAccess) -> list[TestName]:
    """The names of the tests in reports, A to Z; what stands below a sealed report is not named (R5.5)."""
    rows = measured(access).filter(Q(root_id=None) | _is_open(access), section=Section.TEST_RESULTS)
    return _names(rows, access)


def measurements_of(access: RecordAccess) -> list[TestName]:
    """The names of what was measured outside reports, A to Z: blood pressure, weight, peak flow.

    What is sealed out there carries a laboratory's mark, and so was measured.
    """
    was_measured = Q(is_sealed(access)) | Q(details__has_any_keys=["value", "components"])
    rows = measured(access).filter(was_measured).exclude(section=Section.TEST_RESULTS)
    return _names(rows, access)


def _is_open(access: RecordAccess) -> Q:
    return Q(SEALED.on(access), _negated=True)


def _names(rows: EntryQuerySet, access: RecordAccess) -> list[TestName]:
    rows = rows.annotate(key=RawSQL(KEY, (), TextField()), sealed=is_sealed(access))  # noqa: S611
    columns = ("effective_on", "effective_time", "effective_precision", "key", "sealed")
    sql, values = rows.values("id", "title", *columns).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(EACH_NAME_ONCE.format(rows=sql), [*values, *values])
        found = [
            TestName(id, title, PartialDate(*when), sealed)
            for id, title, *when, sealed in cursor.fetchall()
        ]
    newest: dict[str, TestName] = {}
    for test in found:
        name = name_of(test.title)
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


def name_of(title: str) -> str:
    """A name without regard to case and spaces."""
    return " ".join(title.lower().split())


def read_over_time(access: RecordAccess, row: Entry, *, number: int) -> OverTime:
    """A page, from 1, of all visible results of the test of which a row is one.

    A row that is sealed stands for its name alone. Content that is not what its kind says makes a page that failed.
    """
    named = measured(access).filter(raw(IS_KEY, _spellings(row.title)), raw(IS_NAME, row.title))
    opened = named.filter(_is_open(access))
    same = _same_code(*_codes_of(row, opened))
    start = (number - 1) * ROWS_PER_PAGE
    most = ROWS_PER_PAGE if number > 1 else MOST_IN_CHART
    rows = opened.filter(same).newest_first()[start : start + most + 1].as_rows()
    page = OverTime(
        row.title,
        row.section,
        _unopened(access, named.filter(is_sealed(access))),
        _other_codes(opened.exclude(same)) if same else [],
        number,
        has_next=len(rows) > ROWS_PER_PAGE,
    )
    return _filled(access, page, rows, most)


def _filled(access: RecordAccess, page: OverTime, rows: list[Row], most: int) -> OverTime:
    try:
        shown = [Shown(each) for each in rows[:most]]
        samples = _samples(access, shown) if page.number == 1 else {}
    except Broken as error:
        logger.error("a test over time could not be shown: %s", type(error).__name__)
        return page._replace(failed=True)
    if page.number > 1:
        return page._replace(results=shown)
    return page._replace(
        results=shown[:ROWS_PER_PAGE], newest=shown, has_older=len(rows) > most, samples=samples
    )


def _spellings(title: str) -> list[str]:
    """How a name may stand in the index: as written, with single spaces, and with one of them twice."""
    words = title.split()
    gaps = range(1, min(len(words), 20))
    doubled = [" ".join(words[:gap]) + "  " + " ".join(words[gap:]) for gap in gaps]
    return [title, " ".join(words), *doubled]


def codes_in(coded: dict[str, Any] | None) -> Codes:
    """The codes of a row; without those that only say that a code was lost, which compare nothing."""
    given = ((each.get("system"), each.get("code")) for each in (coded or {}).get("codes", ()))
    return frozenset((s, code) for s, code in given if s and code and code not in DEGRADED_CODES)


def _codes_of(row: Entry, opened: EntryQuerySet) -> tuple[Codes, Codes]:
    """The codes of a test, and those of other systems that its newest results go with.

    A row without a code takes the newest; without the others, a code of one system would stand for every code of
    another, and two tests would share an axis.
    """
    rows = opened.filter(details__has_key="codes").newest_first()[:20].as_rows()
    newest = [codes_in(each.coded) for each in rows]
    own = codes_in(row.coded) or next(filter(None, newest), frozenset())
    known = own
    for codes in newest:
        systems = dict(known)
        if codes & known or systems.keys().isdisjoint(dict(codes)):
            known |= {each for each in codes if each[0] not in systems}
    return own, known - own


def _same_code(own: Codes, others: Codes) -> Q:
    """Rows that share a code, or have none of a system in which there is one; all where there is none."""
    if not own:
        return Q()
    same, coded = _shared(own)
    if not others:
        return same | ~coded
    near, near_coded = _shared(others)
    return same | (~coded & (near | ~near_coded))


def _shared(codes: Codes) -> tuple[Q, Q]:
    """Rows that have one of some codes or lost theirs, and rows that have any code of their systems."""
    lost = [(SNOMED, code) for code in DEGRADED_CODES] if SNOMED in dict(codes) else []
    same, coded = Q(), Q()
    for system, code in sorted([*codes, *lost]):
        same |= Q(details__contains={"codes": [{"system": system, "code": code}]})
        coded |= Q(details__contains={"codes": [{"system": system}]})
    return same, coded


def _other_codes(others: EntryQuerySet) -> list[OtherCode]:
    """The newest result of each other code that goes with the same name, and how many there are."""
    found: dict[Codes, list[Row]] = {}
    for row in others.newest_first()[:MOST_IN_CHART].as_rows():
        found.setdefault(codes_in(row.coded), []).append(row)
    return [OtherCode(Shown(rows[0]), len(rows)) for rows in found.values()]


def _unopened(access: RecordAccess, sealed: EntryQuerySet) -> Unopened:
    """What is sealed of a test, by the entries that a reader can open; few, or the newest of many."""
    rows = sealed.newest_first().values_list("id", "root_id")
    found = list(rows)
    ids = {root or id for id, root in found}
    if not ids:
        return Unopened(0, [])
    entries = Entry.objects.visible_to(access).entries().filter(id__in=ids).newest_first()
    return Unopened(len(found), [Shown(each) for each in entries[:MOST_NAMED].as_rows()])


def _samples(access: RecordAccess, shown: Sequence[Shown]) -> dict[UUID, str]:
    """What was tested, where the report says so and not the result itself."""
    in_reports = [each for each in shown if each.section == Section.TEST_RESULTS]
    ids = {each.page_id for each in in_reports if not sample_in(each)}
    if not ids:
        return {}
    reports = Entry.objects.visible_to(access).entries().filter(id__in=ids, kind="report")
    return {each.id: sample_in(Shown(each)) for each in reports.as_rows()}


def sample_in(shown: Shown) -> str:
    """The kinds of sample that a result or report names, in one order."""
    kinds: Iterable[str] = (each.kind for each in shown.content.specimens)
    return ", ".join(sorted({kind for kind in kinds if kind}))

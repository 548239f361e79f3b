"""The names of tests and measurements, each with the way to its results over time (R6.6).

A test is told by its name as written, whatever its letters' case and the spaces between its words.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from records.content import PartialDate
from records.models import Entry
from records.models.entry import EntryQuerySet
from records.sealing import is_sealed, is_sealed_alone
from records.statements import Statement
from records.test_names import HAS_VALUE, OUTSIDE_REPORTS
from records.visibility import RecordAccess
from surgeries.terms import Section


class TestName(NamedTuple):
    """A test by name: `id` is that of its newest row, `when` its date."""

    id: UUID
    title: str
    when: PartialDate
    is_sealed: bool


NAMED_COLUMNS = (
    "id", "title", "effective_on", "effective_time", "effective_precision", "test_name", "sealed", "section"
)  # fmt: skip
EACH_NAME_ONCE = f"""
select found.* from unnest(%(sections)s::text[]) part (section), lateral (
    with recursive test as (
        select null::uuid as id, null::text as title, null::date as effective_on, null::time as effective_time,
            null::varchar(10) as effective_precision, null::varchar(200) collate "C" as test_name,
            null::boolean as sealed, null::varchar(20) as section, ''::text collate "C" as least
        union all
        select another.*, another.test_name || chr(1) from test, lateral (
            select * from ({{rows}}) one where one.section = part.section and one.test_name >= test.least
            order by test_name, effective_on desc nulls last limit 1
        ) another
    )
    select {", ".join(NAMED_COLUMNS)} from test where id is not null
) found
"""  # noqa: S608 - ours alone
"""The newest row of each name in each section: one look into the index for a name, however many rows have it.

It begins at a row of nothing, so that the query stands in it once. Bytes order the names: nothing comes between one and
the same with the least of all characters behind it.
"""


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
    has_value = RawSQL(HAS_VALUE, (), BooleanField())  # noqa: S611
    was_measured = Q(is_sealed_alone(access)) | Q(has_value)
    rows = measured(access).filter(was_measured)
    return rows.filter(RawSQL(OUTSIDE_REPORTS, (), BooleanField()))  # noqa: S611


def _named(rows: EntryQuerySet, sealed: RawSQL) -> Any:
    return rows.annotate(sealed=sealed).values(*NAMED_COLUMNS)


TESTS, MEASUREMENTS = (
    Statement(_tests, around=EACH_NAME_ONCE),
    Statement(_measurements, around=EACH_NAME_ONCE),
)


def _is_open(access: RecordAccess) -> Q:
    return Q(is_sealed(access), _negated=True)


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

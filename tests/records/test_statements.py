"""Statements that are built once say what a query built for each reader says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.entry_pages import find_whole
from records.models import Entry
from records.sections import (
    CURRENT_ROWS,
    PAGE_OF_REPORTS,
    PAGE_OF_SECTION,
    current_rows,
    in_reading_order,
)
from records.showing import PARTS
from records.statements import Statement
from records.visibility import Anyone, OpenText, array_of
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_proxy_grant, make_user, record_access
from tests.clock import NOW, TODAY
from tests.records.views.record import hide_from, make_part, make_report

pytestmark = pytest.mark.django_db
STARTS = NOW - timedelta(days=100)
OLD = NOW - timedelta(days=300)
LEVELS = [
    (Level.FULL, Level.FULL), (Level.FULL, Level.SUMMARY), (Level.DETAILED, Level.SUMMARY),
    (Level.SUMMARY, Level.SUMMARY), (Level.FULL, Level.DETAILED), (Level.DOCUMENTS, Level.NONE),
]  # fmt: skip


@pytest.fixture
def readers(patient, patient_user):
    """The patient at many levels, and two proxies with other sections, one of whom sees less of them."""
    own = access_of(patient_user, patient.pk, on=TODAY)
    found = [record_access(own, *levels, starts_at=STARTS) for levels in LEVELS]
    found += [
        record_access(own, starts_at=None),
        record_access(own, restricted=frozenset({"consultations"})),
    ]
    for number, scopes in enumerate([[Section.CONSULTATIONS], list(Section)]):
        proxy = make_user(f"proxy{number}@example.test")
        make_proxy_grant(patient, proxy, scopes=scopes)
        acting = access_of(proxy, patient.pk, on=TODAY)
        found += [record_access(acting, *levels, starts_at=STARTS) for levels in LEVELS[:3]]
    return found


@pytest.fixture
def record(patient, readers):
    """Rows of every section that differ in age, level, text, hiding and mark."""
    for place, section in enumerate(Section):
        for number, values in enumerate([
            {}, {"recorded_at": OLD}, {"recorded_at": None}, {"origin": "transferred"},
            {"level_needed": Level.FULL}, {"released": False, "unreleased_because": "draft"},
        ]):  # fmt: skip
            make_entry(
                patient, f"{section}{number}", section=section, kind="observation", position=number,
                effective_on=TODAY - timedelta(days=place), free_text={"comment": "words"}, **values
            )  # fmt: skip
    hidden = make_entry(patient, "hidden", free_text={"comment": "hidden"})
    hide_from(patient, hidden, "proxies")
    report = make_report(patient)
    make_part(report, "p1", 1, flagged=True, free_text={"comment": "SEE A DOCTOR"})
    make_part(report, "p2", 2)
    return report


def test_a_page_of_a_section_is_the_same_for_every_reader_in_any_order(patient, readers, record):
    """The statement that one reader's page was made with serves the next one: nothing of theirs may stay in it."""
    with rows_of(patient.pk):
        for access in [*readers, *reversed(readers)]:
            for section in Section:
                wanted = in_reading_order(access, section).without_text()[0:26].as_rows()
                assert PAGE_OF_SECTION.rows(access, section, 0, 26) == wanted


def test_the_readers_differ_in_what_they_see(patient, readers, record):
    """Otherwise the test above would say nothing."""
    with rows_of(patient.pk):
        seen = {
            str([PAGE_OF_SECTION.rows(access, section, 0, 26) for section in Section])
            for access in readers
        }
    assert len(seen) >= 10


def test_parts_and_the_home_are_the_same_too(patient, readers, record):
    with rows_of(patient.pk):
        for access in readers:
            parts = Entry.objects.visible_to(access).filter(root_id=record.id)
            wanted = parts.order_by("root_id", "position", "id").as_rows()
            assert PARTS.rows(access, roots=[record.id]) == wanted
            assert CURRENT_ROWS.rows(access) == current_rows(access).as_rows()


def test_a_page_of_reports_has_the_parts_of_those_that_are_open(patient, readers, record):
    """R5.5: of a sealed report, and of one that only says that there is a next page, no part is loaded at all."""
    for number in range(3):
        report = make_report(patient, f"more{number}", effective_on=TODAY - timedelta(days=number))
        make_part(report, f"q{number}", 1, free_text={"comment": "typed"})
    with rows_of(patient.pk):
        for access in readers:
            for size in (2, 4, 26):
                found = PAGE_OF_REPORTS.rows(access, 0, size)
                reports = PAGE_OF_SECTION.rows(access, Section.TEST_RESULTS, 0, size)
                assert found[: len(reports)] == reports
                opened = [row.id for row in reports[: size - 1] if not row.is_sealed]
                parts = PARTS.rows(access, roots=opened)
                below = [row for row in found[len(reports) :] if row.id]
                assert below == [part._replace(place=0) for part in parts]


def test_an_entry_with_its_parts_is_what_the_filter_gives(patient, readers, record):
    with rows_of(patient.pk):
        for access in readers:
            for entry_id in Entry.objects.of(patient).values_list("id", flat=True):
                visible = Entry.objects.visible_to(access).filter(
                    Q(id=entry_id) | Q(root_id=entry_id)
                )
                wanted = {row.id: row for row in visible.as_rows()}
                whole = find_whole(access, entry_id)
                assert (whole is None) == (entry_id not in wanted)
                if whole:
                    assert {row.id: row for row in whole.rows} == wanted
                    row = wanted[entry_id]
                    assert (whole.entry.coded, whole.entry.text) == (row.coded, row.text)
                    assert whole.rows[0].id == whole.entry.id == entry_id


def test_free_text_beside_sealed_content_is_not_loaded(patient, readers, record):
    """R5.5: what seals a row is asked once for content and text, of rows in any order and of whole entries."""
    sealed = 0
    with rows_of(patient.pk):
        for access in readers:
            for row in PARTS.rows(access, roots=[record.id]):
                sealed += row.is_sealed
                assert not (row.is_sealed and row.text)
            entries = Statement(lambda access: Entry.objects.visible_to(access)).entries(access)
            assert not [each for each in entries if each.is_sealed and each.text]
    assert sealed


def test_what_a_list_leaves_out_decides_nothing(patient, readers, record):
    """R5.5, R1.7: lines, sections without reports and what is open seal the same rows as the whole does."""
    make_entry(patient, "marked", kind="observation", flagged=True, free_text={"comment": "marked"})
    sealed = 0
    with rows_of(patient.pk):
        for access in readers:
            visible = Entry.objects.visible_to(access)
            whole = {row.id: row for row in visible.as_rows()}
            sealed += sum(row.is_sealed for row in whole.values())
            lines = {row.id: row.is_sealed for row in visible.in_lines(access).as_rows()}
            assert lines == {key: row.is_sealed for key, row in whole.items()}
            outside = {row.id: row.coded for row in visible.outside_reports(access).as_rows()}
            assert outside == {
                key: row.coded for key, row in whole.items() if row.section != Section.TEST_RESULTS
            }
            opened = {row.id: row for row in visible.opened_to(access).as_rows()}
            assert opened == {key: row for key, row in whole.items() if not row.is_sealed}
    assert sealed > 10


@pytest.mark.parametrize("asked", ["levels", "scopes", "patient", "viewer", "restricted"])
def test_a_statement_that_looks_at_its_reader_cannot_be_built(patient, readers, asked):
    """What it would find is one reader's, and the text is everybody's."""
    looking = Statement(
        lambda access: Entry.objects.visible_to(access).filter(title=getattr(access, asked))
    )
    with pytest.raises(AttributeError):
        looking.rows(readers[0])


def test_a_value_of_the_statement_must_be_given(patient, readers):
    with rows_of(patient.pk), pytest.raises(KeyError):
        PARTS.rows(readers[0])


def test_anyone_has_nothing_but_how_much_text_is_open_and_whether_wishes_are_asked():
    assert Anyone._fields == ("open_text", "asks_wishes")
    assert len(OpenText) == 3


def test_lists_of_words_reach_the_database_as_they_are():
    """Patterns of categories hold backslashes; whatever a word holds, it stays one word."""
    words = ['a"b', r"\bhiv\b", "c,d", "{e}", "", "null", " f ", "Łukasz"]
    with connection.cursor() as cursor:
        cursor.execute("select unnest(%s::text[])", [array_of(words)])
        assert [word for (word,) in cursor.fetchall()] == words
        cursor.execute("select cardinality(%s::text[])", [array_of([])])
        assert cursor.fetchone() == (0,)

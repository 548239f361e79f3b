"""The table of test results: what each line says, and that no spreadsheet runs it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.row_security import rows_of
from records.models import OpenedResult
from records.takeaway.results_csv import COLUMNS, PER_CHUNK, harmless
from tests.cast import make_grant
from tests.clock import NOW
from tests.records.takeaway.copies import content, lines_of, made
from tests.records.views.record import hide_from, make_medicine, make_part, make_report

pytestmark = pytest.mark.django_db
RANGE = [{"low": {"number": "115", "unit": "g/L"}, "high": {"number": "165", "unit": "g/L"}}]
VALUE = {"value": {"number": "131.50", "unit": "g/L", "comparator": "<"}, "ranges": RANGE}
RESULTS = {"sections": ["test-results"]}


def table(patient, viewer, **asked):
    return lines_of(made(patient, viewer, kind="results", **RESULTS | asked))


def as_dict(line):
    return {name: cell for name, cell in zip(COLUMNS, line, strict=True) if cell}


def test_a_line_says_what_the_laboratory_gave(open_to_patient, patient_user):
    report = make_report(open_to_patient, details={"specimens": [{"kind": "Blood"}]})
    make_part(
        report, "p1", 1,
        details=VALUE | {"flags": [{"code": "N"}]},
        free_text={"comment": "Taken late"},
        effective_on=date(2024, 4, 1), effective_precision="month",
    )  # fmt: skip
    [line] = table(open_to_patient, patient_user)
    assert as_dict(line) == {
        "Date": "2024-04",
        "Report": "Full blood count",
        "Test": "Haemoglobin",
        "Comparator": "<",
        "Value": "131.50",
        "Unit": "g/L",
        "Range": "115 to 165 g/L",
        "Laboratory's remark": "N",
        "Sample": "Blood",
        "Comment": "Taken late",
    }


def test_the_file_is_what_spreadsheets_expect(open_to_patient, patient_user):
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE, title='Says "high", or\nnot')
    copy = made(open_to_patient, patient_user, kind="results", **RESULTS)
    data = content(copy)
    assert data.startswith(b"\xef\xbb\xbfDate,Report,")
    assert data.endswith(b"\r\n")
    assert b'"Says ""high"", or\nnot"' in data
    assert (copy.file_name, copy.content_type) == (
        "gp-record-test-results.csv",
        "text/csv; charset=utf-8",
    )


def test_free_text_is_inside_only_where_it_is_open(patient, patient_user):
    make_grant(patient, current="detailed", historical="summary")
    report = make_report(patient, free_text={"conclusion": "All fine"})
    make_part(report, "p1", 1, details=VALUE, free_text={"comment": "Taken late"})
    make_part(report, "n1", 2, kind="comment", title="Comment", free_text={"text": "Call us"})
    assert [as_dict(line).get("Comment") for line in table(patient, patient_user)] == [None]
    make_grant(patient, historical="full")
    comments = [as_dict(line).get("Comment") for line in table(patient, patient_user)]
    assert comments == ["All fine", "Taken late", "Call us"]


def test_two_values_of_one_test_are_two_lines(open_to_patient, patient_user):
    two = [
        {"title": "Systolic", "value": {"number": "120", "unit": "mmHg"}},
        {"title": "Diastolic", "value": {"number": "80", "unit": "mmHg"}},
    ]
    make_part(make_report(open_to_patient), "p1", 1, title="BP", details={"components": two})
    tests = [as_dict(line)["Test"] for line in table(open_to_patient, patient_user)]
    assert tests == ["BP: Systolic", "BP: Diastolic"]


def test_what_was_not_opened_is_counted_and_not_inside(open_to_patient, patient_user):
    report = make_report(open_to_patient)
    flagged = VALUE | {"flags": [{"code": "H"}]}
    make_part(report, "p1", 1, details=flagged, flagged=True)
    [line] = table(open_to_patient, patient_user)
    assert as_dict(line) == {
        "Comment": "1 result that you have not opened yet is not in this copy."
    }
    with rows_of(open_to_patient.pk):
        OpenedResult.objects.create(
            patient=open_to_patient, viewer_id=patient_user.pk, entry_id=report.id, opened_at=NOW
        )
    [line] = table(open_to_patient, patient_user)
    assert as_dict(line)["Value"] == "131.50"


def test_a_hidden_result_leaves_no_trace(open_to_patient, patient_user):
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE)
    before = table(open_to_patient, patient_user)
    hidden = make_report(open_to_patient, "r2", title="Secret")
    make_part(hidden, "p2", 1, details=VALUE | {"flags": [{"code": "H"}]}, flagged=True)
    hide_from(open_to_patient, hidden)
    assert table(open_to_patient, patient_user) == before


def test_only_results_of_the_chosen_days(open_to_patient, patient_user):
    make_medicine(open_to_patient)
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE)
    make_part(make_report(open_to_patient, "r2", effective_on=date(2020, 1, 1)), "p2", 1)
    assert len(table(open_to_patient, patient_user)) == 2
    assert len(table(open_to_patient, patient_user, from_on=date(2024, 1, 1))) == 1
    assert len(table(open_to_patient, patient_user, to_on=date(2024, 1, 1))) == 1


def test_a_long_table_is_whole(open_to_patient, patient_user):
    for number in range(PER_CHUNK + 5):
        make_part(make_report(open_to_patient, f"r{number}"), f"p{number}", 1, details=VALUE)
    copy = made(open_to_patient, patient_user, kind="results", **RESULTS)
    assert len(lines_of(copy)) == copy.total == PER_CHUNK + 5


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-", "'-"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        (" =1+1", "' =1+1"),
        ("-1.5", "-1.5"),
        ("+2", "+2"),
        ("-1+cmd|x", "'-1+cmd|x"),
        ("negative", "negative"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula_and_numbers_stay_numbers(cell, written):
    assert harmless(cell) == written


@given(st.text())
def test_nothing_is_lost_and_nothing_begins_a_formula(cell):
    written = harmless(cell)
    assert written.removeprefix("'").endswith(cell.removeprefix("'"))
    assert written[:1] not in tuple("=@\t\r")

"""The table of test results: what each line says, and that no spreadsheet runs it."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.row_security import rows_of
from records.models import OpenedResult
from records.takeaway.results_csv import COLUMNS, PER_CHUNK, harmless
from records.takeaway.told import NOT_INSIDE
from tests.cast import make_entry, make_grant, make_proxy_grant
from tests.clock import NOW
from tests.records.takeaway.copies import cells_of, content, first_lines_of, lines_of, made
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
        "Part of the record": "Test results",
        "Report or visit": "Full blood count",
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
    assert data.startswith(b"\xef\xbb\xbfIt has only what was open to you online")
    assert b"\r\nDate,Part of the record,Report or visit," in data
    assert len({len(line) for line in cells_of(copy)}) == 1
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
    copy = made(open_to_patient, patient_user, kind="results", **RESULTS)
    assert lines_of(copy) == []
    assert "1 result that you have not opened yet is not in this copy." in first_lines_of(copy)
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


@pytest.mark.parametrize("days", [{}, {"from_on": date(2024, 1, 1)}])
def test_it_always_says_first_what_it_does_not_have(open_to_patient, patient_user, days):
    first = first_lines_of(made(open_to_patient, patient_user, kind="results", **RESULTS | days))
    assert first[: len(NOT_INSIDE["results"])] == NOT_INSIDE["results"]
    only = "It has only the days from 1 January 2024, and what has no date."
    assert (only in first) is bool(days)
    assert first[-1] == ""


@pytest.mark.parametrize(
    ("at", "precision", "written"),
    [
        (None, "day", "2024-05-01"),
        (time(0), "time", "2024-05-01"),
        (time(9, 5), "time", "2024-05-01 09:05"),
    ],
)
def test_a_day_without_a_time_has_none_in_the_table(
    open_to_patient, patient_user, at, precision, written
):
    """Midnight is how sources write a day (R6.7)."""
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE, effective_on=date(2024, 5, 1),
              effective_time=at, effective_precision=precision)  # fmt: skip
    [line] = table(open_to_patient, patient_user)
    assert as_dict(line)["Date"] == written


def test_what_was_measured_outside_reports_is_in_the_table(open_to_patient, patient_user):
    """Whoever compares their cholesterol looks for all of it."""
    visit = make_entry(open_to_patient, "v", kind="consultation", title="GP surgery",
                       effective_on=date(2024, 6, 1), effective_precision="day")  # fmt: skip
    undated = make_part(visit, "o1", 1, kind="observation", title="Cholesterol", details=VALUE)
    make_part(visit, "o2", 2, kind="observation", title="Cough")
    make_part(visit, "o3", 3, kind="observation", title="Marked", flagged=True, details=VALUE)
    make_part(make_report(open_to_patient), "p1", 1, title="Cholesterol", details=VALUE)
    make_entry(open_to_patient, "a", title="Weight", details=VALUE,
               effective_on=date(2019, 1, 1), effective_precision="year")  # fmt: skip
    hide_from(open_to_patient, make_entry(open_to_patient, "h", title="Hidden", details=VALUE))
    copy = made(open_to_patient, patient_user, kind="results", **RESULTS)
    told = [tuple(as_dict(line).get(name, "") for name in
            ("Date", "Part of the record", "Report or visit", "Test")) for line in lines_of(copy)]  # fmt: skip
    assert told == [
        ("2024-06-01", "Consultations and events", "GP surgery", "Cholesterol"),
        ("", "Test results", "Full blood count", "Cholesterol"),
        ("2019", "Consultations and events", "", "Weight"),
    ]
    assert "1 result that you have not opened yet is not in this copy." in first_lines_of(copy)
    days = {"from_on": date(2020, 1, 1), "to_on": date(2024, 5, 31)}
    assert [line[3] for line in table(open_to_patient, patient_user, **days)] == ["Cholesterol"]
    hide_from(open_to_patient, undated)
    assert len(table(open_to_patient, patient_user)) == 2


def test_a_table_of_a_proxy_has_what_their_scopes_open(open_to_patient, proxy_user):
    make_entry(open_to_patient, "a", title="Weight", details=VALUE)
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE)
    make_proxy_grant(open_to_patient, proxy_user, scopes=["test-results"], ends_on=None,
                     open_ended_because="For a test")  # fmt: skip
    assert [line[3] for line in table(open_to_patient, proxy_user)] == ["Haemoglobin"]


def test_a_report_of_another_day_is_there_for_a_result_of_the_chosen_days(
    open_to_patient, patient_user
):
    """R1.1."""
    make_part(make_report(open_to_patient), "p1", 1, details=VALUE,
              effective_on=date(2012, 1, 1), effective_precision="day")  # fmt: skip
    days = {"from_on": date(2012, 1, 1), "to_on": date(2012, 12, 31)}
    assert len(table(open_to_patient, patient_user, **days)) == 1


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

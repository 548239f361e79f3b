"""Results by test, measurements, and one of either over time."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import Entry, OpenedResult
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant
from tests.clock import NOW
from tests.records.views.record import (
    cover,
    entry_of,
    hide_from,
    make_part,
    make_report,
    page_of,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db

SNOMED = "http://snomed.info/sct"
HIGH = [{"words": "Above range", "code": "HI"}]


def names_of(patient, which="tests"):
    return reverse(f"records:{which}", args=[patient.pk])


def over_time(entry, page=""):
    return reverse("records:over-time", args=[entry.patient_id, entry.id]) + page


def quantity(number, unit="mmol/L", **values):
    return {"value": {"number": str(number), "unit": unit} | values}


def make_result(patient, key, number, on=date(2024, 5, 1), report="Blood test", **values):
    """A result in a report of its own; `values` are those of the part."""
    dated = {"effective_on": on, "effective_precision": "day" if on else "unknown"}
    root = make_report(patient, f"r{key}", title=report, effective_on=on)
    details = quantity(number) | values.pop("details", {})
    return make_part(root, f"p{key}", 1, details=details, **dated | {"title": "HbA1c"} | values)


def make_measurement(patient, key, number, on=date(2024, 5, 1), **values):
    values = {"title": "Body weight", "details": quantity(number, "kg")} | values
    return make_entry(patient, f"m{key}", effective_on=on, effective_precision="day", **values)


def opened(patient, viewer, *entries):
    with rows_of(patient.pk):
        for entry in entries:
            OpenedResult.objects.create(
                patient=patient,
                viewer_id=viewer.pk,
                entry_id=entry.root_id or entry.id,
                opened_at=NOW + timedelta(minutes=1),
            )


@pytest.fixture
def live_proxy(patient, proxy_user):
    make_proxy_grant(patient, proxy_user, ends_on=None, open_ended_because="For a test")
    return proxy_user


@pytest.fixture
def main_of(client, open_to_patient, patient_user):
    """The main part of a page, as the patient."""
    reader(client, patient_user, open_to_patient)

    def main(address):
        response = client.get(address)
        assert response.status_code == 200, address
        return response.content.decode().split("<main")[1].split("</main>")[0]

    return main


def rows_in(page):
    body = page.split("<tbody")[1].split("</tbody>")[0] if "<tbody" in page else ""
    return [re.sub(r"<[^>]+>", " ", row) for row in body.split("<tr")[1:]]


def test_the_patient_finds_their_tests_from_a_to_z_without_values(main_of, open_to_patient):
    newest = make_result(open_to_patient, 1, 41, date(2024, 5, 1))
    make_result(open_to_patient, 2, 42, date(2020, 5, 1), title="hba1c")
    make_result(open_to_patient, 3, 77, title="Albumin")
    make_measurement(open_to_patient, 4, 70)
    page = main_of(names_of(open_to_patient))
    assert page.index("Albumin") < page.index("HbA1c")
    # whatever its letters; the foot of the page explains it
    assert page.lower().count("hba1c</a>") == 1
    assert over_time(newest) in page
    assert "1 May 2024" in page
    assert "Body weight" not in page
    assert not re.search(r"\b(41|42|77|70)\b", re.sub(r'(href|id)="[^"]*"', "", page))


def test_names_that_begin_alike_and_an_empty_one_are_each_listed(main_of, open_to_patient):
    """Each name is found from the one before it, in the order of their bytes."""
    titles = [
        "Iron",
        "Iron ",
        "Iron saturation",
        "Iron-binding",
        "Iro",
        "Ärger",
        "IRON",
        " ",
        "Z",
        "~",
    ]
    for number, title in enumerate(titles):
        make_result(open_to_patient, number, number, date(2024, 1, 1 + number), title=title)
    page = main_of(names_of(open_to_patient))
    listed = re.findall(r'over-time">([^<]*)</a>', page)
    assert sorted(listed) == sorted(
        ["IRON", "Iron saturation", "Iron-binding", "Iro", "Ärger", " ", "Z", "~"]
    )


def test_measurements_are_what_has_a_value_outside_reports(main_of, open_to_patient):
    weight = make_measurement(open_to_patient, 1, 70)
    pressure = {"components": [{"title": "Systolic"} | quantity(120, "mmHg")]}
    make_measurement(open_to_patient, 2, 0, title="Blood pressure", details=pressure)
    make_measurement(open_to_patient, 3, 0, title="Never smoked", details={})
    make_result(open_to_patient, 4, 41)
    page = main_of(names_of(open_to_patient, "measurements"))
    assert "Body weight" in page
    assert over_time(weight) in page
    assert "Blood pressure" in page
    assert "Never smoked" not in page
    assert "HbA1c" not in page


def test_all_results_of_a_test_are_in_the_table_newest_first_with_what_was_given(
    main_of, open_to_patient
):
    details = {"ranges": [{"low": {"number": "20", "unit": "mmol/L"}}], "status": "preliminary"}
    old = make_result(open_to_patient, 1, "41.0", date(2020, 5, 1))
    new = make_result(
        open_to_patient, 2, "<5", date(2024, 5, 1), title="HBA1C", details=details,
        free_text={"comment": "Fasting <b>sample</b>"},
    )  # fmt: skip
    for start in (old, new):
        rows = rows_in(main_of(over_time(start)))
        assert len(rows) == 2
        assert "1 May 2024" in rows[0]
        assert "from 20 mmol/L" in rows[0]
        assert "Preliminary" in rows[0]
        assert "&lt;b&gt;" in rows[0]
        assert "41.0 mmol/L" in rows[1]
    assert entry_of_root(old) in main_of(over_time(new))


def entry_of_root(part):
    return reverse("records:entry", args=[part.patient_id, part.root_id])


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("HbA1c", True), ("HBA1C", True), ("hba1C", True), ("HbA1c level", False), ("HbA1", False),
    ],
)  # fmt: skip
def test_a_test_is_told_by_its_name_without_regard_to_case_and_spaces(
    main_of, open_to_patient, title, same
):
    first = make_result(open_to_patient, 1, 41)
    make_result(open_to_patient, 2, 42, title=title)
    assert len(rows_in(main_of(over_time(first)))) == (2 if same else 1)


def test_a_space_too_many_or_a_very_long_name_parts_no_test(main_of, open_to_patient):
    for number, name in enumerate(["Serum  iron level", "Serum iron  level", "Serum iron level"]):
        last = make_result(open_to_patient, number, number, title=name)
    assert len(rows_in(main_of(over_time(last)))) == 3
    same_start = "Long name " * 12
    one = make_result(open_to_patient, 8, 8, title=same_start + "one")
    make_result(open_to_patient, 9, 9, title=same_start + "two")
    assert len(rows_in(main_of(over_time(one)))) == 1


def coded(code, system=SNOMED):
    return {"codes": [{"system": system, "code": code, "display": "label"}]}


@pytest.mark.parametrize("newest", [1, 3, 4, 5])
def test_another_code_is_another_test_and_one_without_code_goes_with_either(
    newest, main_of, open_to_patient
):
    def made(key, number, **values):
        day = date(2024, 5, 2 if key == newest else 1)
        return make_result(open_to_patient, key, number, on=day, **values)

    one = made(1, 41, details=coded("111"))
    bare = made(2, 42)
    other = made(3, 43, details=coded("222"))
    elsewhere = made(4, 44, details=coded("999", "read"))
    made(5, 45, details=coded("196411000000103"))  # a code that was lost
    page = main_of(over_time(one))
    assert len(rows_in(page)) == 4
    assert "43 mmol/L" not in page
    assert over_time(other) in page
    assert "222" not in re.sub(r'="[^"]*"', "", page)
    for either in (bare, elsewhere):  # with one of the two tests, never with both on one axis
        page = main_of(over_time(either))
        assert len(rows_in(page)) == 4
        assert ("41 mmol/L" in page) != ("43 mmol/L" in page)
    page = main_of(over_time(other))
    assert "41 mmol/L" not in page
    assert over_time(one) in page


def test_two_numbers_with_one_unit_make_a_chart_that_says_what_it_is(main_of, open_to_patient):
    result = make_result(open_to_patient, 1, 41, date(2020, 5, 1))
    assert '<svg class="app-chart' not in main_of(over_time(result))
    make_result(open_to_patient, 2, 43, date(2024, 5, 1))
    page = main_of(over_time(result))
    assert page.count('role="img"') == 1
    assert "HbA1c over time in mmol/L" in page
    assert "2 values from 1 May 2020 to 1 May 2024. Newest: 43 mmol/L" in page
    named = re.search(r'aria-labelledby="([^"]+)"', page).group(1).split()
    assert all(f'id="{name}"' in page for name in named)
    assert "style=" not in page


def test_units_that_are_not_exactly_the_same_share_no_chart(main_of, open_to_patient):
    for number, unit in enumerate(["mmol/L", "mmol/L", "mmol/l", "mmol/l", "%"]):
        last = make_result(
            open_to_patient, number, 40 + number, details=quantity(40 + number, unit)
        )
    page = main_of(over_time(last))
    assert page.count('role="img"') == 2
    assert "in mmol/L" in page
    assert "in mmol/l" in page
    rows = rows_in(page)
    assert [("Not on a chart: it is the only one" in row) for row in rows].count(True) == 1


def test_samples_that_differ_share_no_chart(main_of, open_to_patient):
    """The sample may be named by the result or by its report."""
    for number, kind in enumerate(["Blood", "Blood", "Urine", "Urine"]):
        on_result = {"specimens": [{"kind": kind}]} if number % 2 else {}
        root = make_report(open_to_patient, f"r{number}", details={"specimens": [{"kind": kind}]})
        last = make_part(
            root, f"p{number}", 1, title="Glucose", details=quantity(number) | on_result,
            effective_on=date(2024, 1, 1 + number), effective_precision="day",
        )  # fmt: skip
    page = main_of(over_time(last))
    assert page.count('role="img"') == 2
    assert "sample: Blood" in page
    assert "sample: Urine" in page


def test_both_parts_of_a_blood_pressure_are_in_one_chart_with_a_key(main_of, open_to_patient):
    for number in range(3):
        both = [
            {"title": name} | quantity(value + number, "mmHg")
            for name, value in (("Systolic", 120), ("Diastolic", 70))
        ]
        last = make_measurement(
            open_to_patient, number, 0, date(2024, 5, 1 + number), title="BP", details={"components": both}
        )  # fmt: skip
    page = main_of(over_time(last))
    assert page.count('role="img"') == 1
    assert page.count("stroke-dasharray") == 2
    assert "Newest: Systolic 122 mmHg; Diastolic 72 mmHg" in page
    assert "Systolic:" in page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"details": {"value": {"number": "5,5", "unit": "mmol/L"}}}, "it is not sure"),
        ({"on": None}, "it has no date"),
        ({"details": {"value": None, "words": "Not seen"}}, "it is not a number"),
    ],
)
def test_what_cannot_be_drawn_is_in_the_table_and_said(main_of, open_to_patient, values, said):
    said = {"it is not sure": "we cannot be sure how to read the number"}.get(said, said)
    for number in range(2):
        make_result(open_to_patient, number, 40, date(2024, 1, 1 + number))
    last = make_result(open_to_patient, 9, 40, **{"on": date(2024, 6, 1)} | values)
    page = main_of(over_time(last))
    assert "1 result is not on a chart" in page
    rows = rows_in(page)
    assert len(rows) == 3
    assert [f"Not on a chart: {said}" in row for row in rows].count(True) == 1
    assert "2 values from" in page


def test_huge_negative_and_inexact_numbers_are_drawn(main_of, open_to_patient):
    numbers = [("1E+80", ""), ("-123456789012", ""), ("5", "<"), ("1,234", "")]
    for place, (number, comparator) in enumerate(numbers):
        details = quantity(number, comparator=comparator)
        last = make_result(open_to_patient, place, 0, date(2024, 1, 1 + place), details=details)
    page = main_of(over_time(last))
    assert "4 values from" in page
    assert "Open mark" in page
    assert "nan" not in "".join(re.findall(r' d="[^"]*"', page)).lower()


def test_a_month_is_drawn_as_a_period_and_a_year_too(main_of, open_to_patient):
    for place, precision in enumerate(["day", "month", "year"]):
        last = make_result(
            open_to_patient, place, place, date(2020 + place, 1, 1), effective_precision=precision
        )
    page = main_of(over_time(last))
    assert "Line across a mark" in page
    assert "2022" in rows_in(page)[0]
    assert "January 2021" in rows_in(page)[1]


def test_a_long_table_has_pages_and_the_chart_says_how_many_it_holds(
    main_of, open_to_patient, monkeypatch
):
    monkeypatch.setattr("records.over_time.ROWS_PER_PAGE", 3)
    monkeypatch.setattr("records.over_time.STRETCH", 2)
    monkeypatch.setattr("records.over_time.MOST_IN_CHART", 5)
    for number in range(7):
        last = make_result(open_to_patient, number, number, date(2024, 1, 1 + number))
    first = main_of(over_time(last))
    assert len(rows_in(first)) == 3
    assert "Only the newest 5 results are drawn" in first
    assert "5 values from 3 January 2024" in first
    assert "Older results" in first
    assert "Page 1: results 1 to 3. There are more on the next page." in first
    assert "in the table that begins on this page" in first
    second = main_of(over_time(last, "?page=2"))
    assert len(rows_in(second)) == 3
    assert "Page 2: results 4 to 6. There are more on the next page." in second
    third = main_of(over_time(last, "?page=3"))
    assert len(rows_in(third)) == 1
    assert 'role="img"' not in third
    assert "first page" in third
    assert "Older results" not in third
    assert "Page 3: result 7. It is the last." in third


def test_the_first_page_of_very_many_tells_of_the_newest_and_leads_to_all(
    main_of, open_to_patient, monkeypatch
):
    monkeypatch.setattr("records.over_time.ROWS_PER_PAGE", 3)
    monkeypatch.setattr("records.over_time.STRETCH", 5)
    for number in range(7):
        last = make_result(open_to_patient, number, number, date(2024, 1, 1 + number))
    first = main_of(over_time(last))
    assert "This page is about the newest 5." in first
    assert "5 values from 3 January 2024" in first
    assert "Page 1: results 1 to 3. There are more on the next page." in first
    assert len(rows_in(first)) == 3
    assert "?all=yes" in first
    whole = main_of(over_time(last, "?all=yes"))
    assert "7 values from 1 January 2024" in whole
    assert "This page is about the newest" not in whole
    assert "?all=yes" not in whole
    third = main_of(over_time(last, "?page=3"))
    assert "Page 3: result 7 of 7. It is the last." in third


def test_a_test_with_no_more_than_fit_the_first_page_has_one_view_of_it(
    main_of, open_to_patient, monkeypatch
):
    monkeypatch.setattr("records.over_time.STRETCH", 7)
    for number in range(7):
        last = make_result(open_to_patient, number, number, date(2024, 1, 1 + number))
    page = main_of(over_time(last))
    assert "7 values from 1 January 2024" in page
    assert page == main_of(over_time(last, "?all=yes"))


def test_what_is_unopened_among_the_newest_is_said_to_be_of_them(
    main_of, open_to_patient, monkeypatch
):
    """R5.5: what is older and unopened is told on the pages of what is older, and where all are asked for."""
    monkeypatch.setattr("records.over_time.ROWS_PER_PAGE", 2)
    monkeypatch.setattr("records.over_time.STRETCH", 4)
    for number in range(7):
        last = make_result(
            open_to_patient, number, number, date(2024, 1, 1 + number), flagged=number in (0, 5)
        )
    first = main_of(over_time(last))
    assert "Of the newest 4, 1 result of this test is not shown here" in first
    assert "6 January 2024" in first
    assert "1 January 2024" not in first
    for address in ("?all=yes", "?page=2"):
        assert "2 results of this test are not shown here" in main_of(over_time(last, address))


def test_newest_rows_that_do_not_fill_the_table_leave_no_gap(main_of, open_to_patient, monkeypatch):
    """Where most of the newest are unopened, the table goes on with older ones, as it always did."""
    monkeypatch.setattr("records.over_time.ROWS_PER_PAGE", 3)
    monkeypatch.setattr("records.over_time.STRETCH", 4)
    for number in range(8):
        last = make_result(
            open_to_patient, number, number, date(2024, 1, 1 + number), flagged=number in (4, 5)
        )
    first = main_of(over_time(last))
    assert len(rows_in(first)) == 3
    assert "4 January 2024" in rows_in(first)[2]
    assert "2 results of this test are not shown here" in first


def test_what_an_older_code_decides_stands_on_one_page_only(main_of, open_to_patient, monkeypatch):
    """R6.6: an older result brings a code of one more system, by which a newer one is of the test as well."""
    monkeypatch.setattr("records.over_time.ROWS_PER_PAGE", 2)
    monkeypatch.setattr("records.over_time.STRETCH", 4)
    own, other, third = ({"system": name, "code": name} for name in "abc")
    codes = [[other, third], [own], [own], [own], [other | {"code": "x"}, third], [own, other]]
    found = [
        make_result(
            open_to_patient, number, number, date(2024, 1, 1 + number), details={"codes": given}
        )
        for number, given in enumerate(codes)
    ]
    pages = [rows_in(main_of(over_time(found[3], f"?page={number}"))) for number in (1, 2, 3)]
    told = [each.split(" January")[0].split()[-1] for page in pages for each in page]
    assert told == ["6", "5", "4", "3", "2", "1"]


def test_each_page_of_the_table_says_why_a_result_is_on_no_chart(
    main_of, open_to_patient, monkeypatch
):
    monkeypatch.setattr("records.over_time.ROWS_PER_PAGE", 2)
    for number, value in enumerate(["about", "5", "6", "7"]):
        last = make_result(open_to_patient, number, value, date(2024, 1, 1 + number))
    first = main_of(over_time(last))
    assert "1 result is not on a chart" in first
    assert "Page 1: results 1 to 2 of 4. There are more on the next page." in first
    second = main_of(over_time(last, "?page=2"))
    assert "Not on a chart: we cannot be sure how to read the number" in rows_in(second)[1]
    assert "Page 2: results 3 to 4 of 4. These are the last." in second


def test_a_page_beyond_the_last_is_not_found(client, open_to_patient, patient_user):
    result = make_result(open_to_patient, 1, 41)
    reader(client, patient_user, open_to_patient)
    assert client.get(over_time(result, "?page=2")).status_code == 404


def test_what_is_no_measurement_has_no_page(client, open_to_patient, patient_user):
    report = make_report(open_to_patient)
    reader(client, patient_user, open_to_patient)
    assert client.get(over_time(report)).status_code == 404
    unknown = reverse("records:over-time", args=[open_to_patient.pk, uuid4()])
    assert client.get(unknown).status_code == 404


def test_content_that_is_not_what_its_kind_says_fails_alone(main_of, open_to_patient):
    result = make_result(open_to_patient, 1, 41, details={"ranges": "no list"})
    page = main_of(over_time(result))
    assert "This part could not be shown" in page


# Sealed results


def test_a_sealed_result_is_neither_in_table_nor_chart_but_counted_with_its_date(
    main_of, open_to_patient, patient_user
):
    """R5.5."""
    for number in range(2):
        first = make_result(open_to_patient, number, 40 + number, date(2023, 1, 1 + number))
    sealed = make_result(
        open_to_patient, 9, 987.65, date(2024, 4, 4), "Sealed report", flagged=True,
        details={"flags": HIGH, "ranges": [{"text": "RANGE"}]},
        free_text={"comment": "COMMENT"},
    )  # fmt: skip
    page = main_of(over_time(first))
    assert "1 result of this test is not shown here" in page
    assert entry_of_root(sealed) in page
    assert "Result: 4 April 2024" in page
    assert "Sealed report" not in page
    assert "Open when you are ready" in page
    assert len(rows_in(page)) == 2
    for word in ("987.65", "Above", "RANGE", "COMMENT"):
        assert word not in page
    opened(open_to_patient, patient_user, sealed)
    page = main_of(over_time(first))
    assert "not shown here" not in page
    assert "987.65" in page
    assert len(rows_in(page)) == 3


@pytest.mark.parametrize("address", ["", "?all=yes"])
def test_sealed_results_of_one_report_are_counted_each_and_lead_to_it_once(
    main_of, open_to_patient, address
):
    """Such as the same test an hour apart; the report opens with all that is in it."""
    first = make_result(open_to_patient, 0, 40, date(2023, 1, 1))
    sealed = make_result(open_to_patient, 9, 98, date(2024, 4, 4), flagged=True)
    with rows_of(open_to_patient.pk):
        root = Entry.objects.of(open_to_patient).get(id=sealed.root_id)
    make_part(root, "p10", 2, title="HbA1c", details=quantity(99), flagged=True, effective_on=None)
    make_result(open_to_patient, 8, 97, None, flagged=True)
    page = main_of(over_time(first, address))
    assert "3 results of this test are not shown here" in page
    assert page.count(entry_of_root(sealed)) == 1
    assert page.index("Result: 4 April 2024") < page.index("Result: Unknown date")
    assert page.count("Open when you are ready") == 2


def test_a_test_of_which_all_results_are_sealed_is_not_named(
    client, main_of, open_to_patient, patient_user
):
    """R5.5: its name is part of the report."""
    sealed = make_result(open_to_patient, 9, 987.65, title="SECRET TEST", flagged=True)
    for address in (names_of(open_to_patient), section_of(open_to_patient, "test-results")):
        assert "SECRET TEST" not in main_of(address)
    response = client.get(over_time(sealed))
    assert response.status_code == 302
    assert response["Location"] == reverse(
        "records:before-result", args=[open_to_patient.pk, sealed.root_id]
    )
    opened(open_to_patient, patient_user, sealed)
    assert "SECRET TEST" in main_of(names_of(open_to_patient))


def test_a_sealed_entry_of_its_own_is_named_with_its_date_alone(main_of, open_to_patient):
    sealed = make_measurement(
        open_to_patient, 1, 987.65, flagged=True, details=quantity(987.65) | {"flags": HIGH}
    )
    page = main_of(names_of(open_to_patient, "measurements"))
    assert "Body weight" in page
    assert "Open when you are ready" in page
    page = main_of(over_time(sealed))
    assert "1 result of this test is not shown here" in page
    assert entry_of(sealed) in page
    assert rows_in(page) == []
    assert "987.65" not in page


def test_a_sealed_report_in_the_section_shows_title_and_date_alone(main_of, open_to_patient):
    make_result(
        open_to_patient, 1, 987.65, date(2024, 4, 4), "Sealed report", flagged=True,
        details={"flags": HIGH}, title="SECRET TEST",
    )  # fmt: skip
    page = main_of(section_of(open_to_patient, "test-results"))
    assert "Sealed report" in page
    assert "4 April 2024" in page
    assert "Open when you are ready" in page
    assert "<table" not in page
    assert not [word for word in ("987.65", "Above", "SECRET TEST") if word in page]


def test_the_details_of_a_sealed_result_decide_nothing(main_of, open_to_patient):
    """Whatever its code, it is counted by its name alone."""
    first = make_result(open_to_patient, 1, 41, details=coded("111"))
    make_result(open_to_patient, 2, 987.65, flagged=True, details=coded("222") | {"flags": HIGH})
    page = main_of(over_time(first))
    assert "1 result of this test is not shown here" in page
    assert "The same name" not in page


# Hidden and closed results


HIDDEN = {
    "hidden from everyone": lambda patient, part: hide_from(patient, part),
    "withdrawn": lambda patient, part: change(part, withdrawn_at=NOW, withdrawn_because="gone"),
    "not released": lambda patient, part: change(
        part, released=False, unreleased_because="not-filed"
    ),
    "above the level": lambda patient, part: change(
        part, level_needed="full", origin="transferred"
    ),
}


def change(entry, **values):
    with rows_of(entry.patient_id):
        type(entry).objects.filter(patient=entry.patient_id, id=entry.id).update(**values)


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("flagged", [False, True])
def test_a_hidden_result_leaves_no_trace(client, patient, patient_user, how, flagged):
    """R2.3: pages with it and without it are the same to the letter."""
    make_grant(patient, current="full", historical="detailed")
    cover(patient)
    shown = [make_result(patient, n, 40 + n, date(2023, 1, 1 + n)) for n in range(2)]
    weights = [make_measurement(patient, n, 70 + n, date(2023, 1, 1 + n)) for n in range(2)]
    reader(client, patient_user, patient)
    addresses = [
        names_of(patient), names_of(patient, "measurements"), section_of(patient, "test-results"),
        over_time(shown[0]), over_time(weights[0]),
    ]  # fmt: skip
    before = [page_of(client, address) for address in addresses]
    details = {"flags": HIGH} | coded("222")
    parts = [
        make_result(patient, 8, 987.65, date(2024, 4, 4), flagged=flagged, details=details),
        make_result(patient, 9, 987.65, date(2024, 4, 4), title="Other", flagged=flagged),
        make_measurement(patient, 8, 987.65, date(2024, 4, 4), flagged=flagged),
    ]
    for part in parts:
        HIDDEN[how](patient, part)
        if part.root_id:
            change(
                type(part)(id=part.root_id, patient_id=patient.pk),
                withdrawn_at=NOW,
                withdrawn_because="x",
            )
    assert [page_of(client, address) for address in addresses] == before
    assert all(client.get(over_time(part)).status_code == 404 for part in parts)


@pytest.mark.parametrize(
    ("audience", "patient_sees", "proxy_sees"),
    [("everyone", 1, 1), ("proxies", 2, 1), ("", 2, 2)],
)
def test_each_viewer_sees_what_is_not_hidden_from_them(
    client, open_to_patient, patient_user, live_proxy, audience, patient_sees, proxy_sees
):
    first = make_result(open_to_patient, 1, 41)
    second = make_result(open_to_patient, 2, 42)
    if audience:
        hide_from(open_to_patient, second, audience)
    for user, count in ((patient_user, patient_sees), (live_proxy, proxy_sees)):
        page = reader(client, user, open_to_patient).get(over_time(first)).content.decode()
        assert len(rows_in(page)) == count
        assert page.count('role="img"') == (count == 2)


@pytest.mark.parametrize(
    ("level", "sees", "reads_comment"),
    [("summary", False, False), ("detailed", True, False), ("full", True, True)],
)
def test_levels_open_results_and_the_comment_beside_them(
    client, patient, patient_user, level, sees, reads_comment
):
    """R1.6, R1.7."""
    make_grant(patient, current=level, historical="summary")
    result = make_result(patient, 1, 41, free_text={"comment": "Filed by hand"})
    reader(client, patient_user, patient)
    assert (client.get(names_of(patient)).status_code == 200) == sees
    response = client.get(over_time(result))
    assert (response.status_code == 200) == sees
    assert ("Filed by hand" in response.content.decode()) == reads_comment


def test_the_filing_comment_stands_in_the_report_at_the_level_that_opens_it(
    client, patient, patient_user
):
    make_grant(patient, current="full", historical="detailed")
    result = make_result(patient, 1, 41)
    for origin, key in (("native", "c1"), ("transferred", "c2")):
        make_part(
            type(result)(patient=patient, id=result.root_id, section=result.section), key, 2,
            kind="comment", title="Comment", level_needed="full", origin=origin,
            free_text={"text": f"Filed {origin}"},
        )  # fmt: skip
    page = reader(client, patient_user, patient).get(section_of(patient, "test-results")).text
    assert "Comment: Filed native" in page
    assert "Filed transferred" not in page


# Who


def addresses_of(patient):
    result, weight = make_result(patient, 1, 41), make_measurement(patient, 1, 70)
    names = [names_of(patient), names_of(patient, "measurements")]
    return [*names, over_time(result), over_time(weight)]


def test_the_patient_reads_every_page_and_each_is_on_file(client, open_to_patient, patient_user):
    addresses = addresses_of(open_to_patient)
    reader(client, patient_user, open_to_patient)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert client.post(address).status_code == 405
    with rows_of(open_to_patient.pk):
        about = list(
            AuditEvent.objects.filter(action="record opened").values_list("object", flat=True)
        )
    assert [words.split()[0] for words in about] == ["tests", "measurements", "over", "over"]
    assert not any("HbA1c" in words for words in about)


def test_a_proxy_reads_the_sections_in_their_scopes_only(client, open_to_patient, live_proxy):
    tests, measurements, result, weight = addresses_of(open_to_patient)
    reader(client, live_proxy, open_to_patient)
    answers = [client.get(each).status_code for each in (tests, measurements, result, weight)]
    assert answers == [200, 403, 200, 404]


def test_an_ended_proxy_is_told_no_more_than_that(client, open_to_patient, proxy_user):
    make_proxy_grant(open_to_patient, proxy_user, ends_on=date(2024, 6, 1))
    addresses = addresses_of(open_to_patient)
    reader(client, proxy_user, open_to_patient)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 403
        assert "HbA1c" not in response.content.decode()


def test_strangers_and_staff_get_404_and_who_is_signed_out_is_sent_to_sign_in(
    client, open_to_patient, stranger, staff, other_staff
):
    addresses = addresses_of(open_to_patient)
    assert all("/sign-in" in client.get(address)["Location"] for address in addresses)
    for user in (stranger, staff, other_staff):
        reader(client, user, open_to_patient)
        assert all(client.get(address).status_code == 404 for address in addresses)


@pytest.mark.parametrize(
    ("covered", "words"),
    [((), "Information not available"), (("test-results", "consultations"), "nothing to list")],
)
def test_nothing_to_list_and_nothing_sent_are_two_states(main_of, open_to_patient, covered, words):
    """R2.6."""
    if covered:
        cover(open_to_patient, *covered)
    for which in ("tests", "measurements"):
        assert words in main_of(names_of(open_to_patient, which))


def test_a_closed_older_part_is_said_to_the_patient_alone(
    client, patient, patient_user, live_proxy
):
    make_grant(patient, current="full", historical="summary")
    make_result(patient, 1, 41)
    page = reader(client, patient_user, patient).get(names_of(patient)).text
    assert "Most of what is older is not open to you online" in page
    page = reader(client, live_proxy, patient).get(names_of(patient)).text
    assert "Most of what is older" not in page


@pytest.mark.parametrize("which", ["tests", "measurements", "over time"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_results(
    client, open_to_patient, patient_user, django_assert_num_queries, which
):
    result = make_result(open_to_patient, 1, 41)
    make_measurement(open_to_patient, 1, 41)
    reader(client, patient_user, open_to_patient)
    address = over_time(result) if which == "over time" else names_of(open_to_patient, which)
    client.get(address)
    with django_assert_num_queries(QUERIES[which]):
        assert client.get(address).status_code == 200
    for number in range(2, 14):
        make_result(open_to_patient, number, number, title="HbA1c" if number % 2 else f"T{number}")
        make_measurement(open_to_patient, number, number, title=f"M{number}")
    with django_assert_num_queries(QUERIES[which]):
        assert client.get(address).status_code == 200


QUERIES = {"tests": 12, "measurements": 12, "over time": 12}


def test_each_measured_result_in_a_report_leads_to_its_course(main_of, open_to_patient):
    result = make_result(open_to_patient, 1, 41)
    make_part(type(result)(patient=open_to_patient, id=result.root_id, section=Section.TEST_RESULTS),
              "empty", 2, title="Without value")  # fmt: skip
    for address in (section_of(open_to_patient, "test-results"), entry_of_root(result)):
        page = main_of(address)
        assert over_time(result) in page
        assert page.count("/over-time") == 1
    assert names_of(open_to_patient) in main_of(section_of(open_to_patient, "test-results"))

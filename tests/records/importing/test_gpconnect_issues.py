"""The prescriptions of a medicine: when each was issued, and which were taken back (R6.4)."""

from datetime import date

import pytest

from records.content import PartialDate
from records.importing.fhir.dates import instant, partial_date
from records.importing.gpconnect import read
from tests.conftest import SHARED
from tests.records.importing.gpconnect_resources import coded, content, extract_of, one, resource

DANIELS = (
    SHARED / "gpc-structured-gp2gp/full-record/tc7-2021-06/9465698490_Daniels_full_20210602.json"
)
NOTE = "Cancellation Reason: Prescribing Error, Cancellation Date: 2010-12-02"
DAY = PartialDate(date(2010, 12, 2), None, "day")


def order(**more):
    return resource(
        "MedicationRequest", "order", intent="order", basedOn=[{"reference": "MedicationRequest/p"}],
        medicationCodeableConcept=coded(), authoredOn="2010-01-14", **more,
    )  # fmt: skip


def plan():
    return resource(
        "MedicationRequest", "p", intent="plan", status="stopped", medicationCodeableConcept=coded()
    )


@pytest.mark.parametrize(
    ("body", "name", "found"),
    [
        ({"a": {"b": {"c": "2020-01-02"}}}, "a.b.c", date(2020, 1, 2)),
        ({"a": {"b": {}}}, "a.b.c", None),
        ({"a": "2020"}, "a.b.c", None),
        ({"a.b": {"c": "2020-01-02"}}, "a.b.c", None),
    ],
)
def test_a_date_is_found_at_the_end_of_its_path(body, name, found):
    assert partial_date(body, name).on == found
    assert (instant(body, name) is None) == (found is None)


def test_an_issue_is_dated_by_its_supply_and_not_by_when_it_was_written():
    supply = {"validityPeriod": {"start": "2010-03-11"}}
    issue = one(extract_of(plan(), order(status="completed", dispenseRequest=supply)), "order")
    assert issue.effective.on == date(2010, 3, 11)


@pytest.mark.parametrize(
    ("status", "note", "cancelled", "day"),
    [
        ("stopped", NOTE, True, DAY),
        ("cancelled", NOTE, True, DAY),
        ("stopped", "Prescriber Notes: Cancellation Date: 2010-12-02", True, None),
        ("stopped", None, True, None),
        ("completed", NOTE, False, None),
        ("active", None, False, None),
    ],
)
def test_a_prescription_that_was_taken_back_says_so_with_its_day(status, note, cancelled, day):
    noted = {"note": [{"text": note}]} if note else {}
    issue = content(one(extract_of(plan(), order(status=status, **noted)), "order"))
    assert (issue.cancelled, issue.cancelled_on) == (cancelled, day)
    assert "Error" not in str(issue)


def test_an_order_that_no_medicine_names_says_so_too():
    alone = content(one(extract_of(order(status="stopped", note=[{"text": NOTE}])), "order"))
    assert (alone.reason_stopped, alone.stopped_on) == ("The prescription was cancelled", DAY)


@pytest.mark.skipif(not DANIELS.exists(), reason="the development data is not beside the project")
def test_the_issues_of_a_real_record():
    medicines = [each for each in read(DANIELS.read_bytes()).entries if each.kind == "medicine"]
    days = [
        {part.effective.on for part in each.parts}
        for each in medicines
        if each.title.startswith("Ramipril 10mg")
    ]
    supplied = {date(2010, 2, 11), date(2010, 3, 11), date(2010, 4, 8)}
    assert any(supplied <= each for each in days)
    issues = [content(part) for each in medicines for part in each.parts]
    cancelled = [each for each in issues if each.cancelled]
    assert len(cancelled) + sum("cancelled" in str(each.details) for each in medicines) == 16
    assert all(each.cancelled_on for each in cancelled)

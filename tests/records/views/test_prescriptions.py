"""The prescriptions of a medicine: the newest first, and what was cancelled looks cancelled (R6.4)."""

from datetime import date

import pytest

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.takeaway.ips.summary import summary_of
from tests.cast import make_entry, record_access
from tests.clock import NOW, TODAY
from tests.records.views.record import entry_of, make_medicine, make_part, page_of, reader

pytestmark = pytest.mark.django_db
CANCELLED = {
    "cancelled": True,
    "cancelled_on": {"on": "2010-12-02", "precision": "day"},
}


@pytest.fixture
def medicine(open_to_patient):
    medicine = make_medicine(open_to_patient, title="Ramipril 10mg")
    days = [date(2010, 2, 11), None, date(2010, 4, 8), date(2010, 3, 11)]
    for number, day in enumerate(days):
        details = CANCELLED if number == 2 else {}
        make_part(
            medicine, f"i{number}", number, kind="issue", title=f"Supply {number}", details=details,
            effective_on=day, effective_precision="day" if day else "unknown", level_needed="summary",
        )  # fmt: skip
    return medicine


def test_prescriptions_stand_newest_first(client, patient_user, open_to_patient, medicine):
    page = page_of(reader(client, patient_user, open_to_patient), entry_of(medicine))
    places = [page.index(f"Supply {number}") for number in (2, 3, 0, 1)]
    assert places == sorted(places)


def test_a_cancelled_prescription_says_so_and_when(client, patient_user, open_to_patient, medicine):
    page = page_of(reader(client, patient_user, open_to_patient), entry_of(medicine))
    line = page[page.index("Supply 2") : page.index("Supply 3")]
    assert "<strong>Cancelled</strong>: 2 December 2010" in line
    assert page.count("Cancelled") == 1
    assert "stopped" not in page.lower()


def test_a_consultation_names_a_cancelled_prescription_as_such(
    client, patient_user, open_to_patient, medicine
):
    issue = make_part(medicine, "i9", 9, kind="issue", title="Supply 9", details=CANCELLED)
    items = [{"title": "Medication", "items": [{"entry": str(issue.id)}]}]
    visit = make_entry(
        open_to_patient, "c", kind="consultation", details={"topics": [{"headings": items}]}
    )
    page = page_of(reader(client, patient_user, open_to_patient), entry_of(visit))
    assert "(cancelled)" in page[page.index("Supply 9") :]


def test_the_summary_for_other_systems_says_what_was_cancelled(
    patient_user, open_to_patient, medicine
):
    access = record_access(access_of(patient_user, open_to_patient.pk, on=TODAY))
    with rows_of(open_to_patient.pk):
        made = [each["resource"] for each in summary_of(access, now=NOW)["entry"]]
    orders = [each for each in made if each["resourceType"] == "MedicationRequest"]
    told = {each["medicationCodeableConcept"]["text"]: each for each in orders}
    assert {name: each["status"] for name, each in told.items()} == {
        "Supply 0": "unknown", "Supply 1": "unknown", "Supply 2": "cancelled", "Supply 3": "unknown",
    }  # fmt: skip
    assert "Cancelled: 2 December 2010" in str(told["Supply 2"]["note"])

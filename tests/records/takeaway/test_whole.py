"""All that a record says of a measurement or a referral reaches its page and every copy, wherever it stands."""

import pytest

from audit.row_security import rows_of
from records.importing.store import store
from records.models import Entry
from tests.cast import read_all
from tests.clock import NOW
from tests.records.importing.gpconnect_resources import (
    coded,
    consultation,
    extract_of,
    observation,
    resource,
)
from tests.records.takeaway.copies import access_to, lines_of, made
from tests.records.takeaway.ips_made import bundle_of, of_type
from tests.records.views.record import entry_of, reader, section_of, unmarked

pytestmark = pytest.mark.django_db

WHEN = {"effectiveDateTime": "2021-03-03", "issued": "2021-03-03T10:00:00+00:00"}
VALUE = {"valueQuantity": {"value": 6, "unit": "line"}}
PLACES = ("consultation", "report", "alone")


def measured(id):
    """An observation with a place on the body and a method that no other one has."""
    site = {"bodySite": {"text": f"Left eye {id}"}, "method": {"text": f"Snellen chart {id}"}}
    return observation(id, code=coded(display=f"Vision {id}"), **WHEN, **VALUE, **site)


@pytest.fixture
def measured_in_places(open_to_patient):
    """The same kind of measurement in a consultation, in a report, and on its own."""
    report = resource("DiagnosticReport", "r", status="final", code=coded(display="Eye test"),
                      issued=WHEN["issued"], result=[{"reference": "Observation/report"}])  # fmt: skip
    extract = extract_of(
        *consultation("Observation/consultation"),
        resource("Encounter", "e", period={"start": "2021-03-03"}),
        report, *map(measured, PLACES),
    )  # fmt: skip
    store(extract, open_to_patient, by=None, now=NOW)
    read_all(open_to_patient)
    return open_to_patient


def row_of(patient, source_id):
    with rows_of(patient.pk):
        found = Entry.objects.of(patient).get(source_id=source_id)
        return Entry.objects.of(patient).get(id=found.root_id or found.id)


@pytest.mark.parametrize("place", PLACES)
def test_where_on_the_body_and_how_it_was_measured_is_told(
    client, measured_in_places, patient_user, place
):
    """Left is not right: an eye, an ear, a knee."""
    patient, told = measured_in_places, (f"Left eye {place}", f"Snellen chart {place}")
    reader(client, patient_user, patient)
    row = row_of(patient, place)
    with rows_of(patient.pk):
        own = Entry.objects.of(patient).get(source_id=place)
    addresses = [entry_of(row), entry_of(own) + "/over-time"]
    addresses += [section_of(patient, "test-results")] if place == "report" else []
    for address in addresses:
        page = unmarked(client.get(address).content.decode())
        assert all(words in page for words in told), address
    [line] = [
        each for each in lines_of(made(patient, patient_user, kind="results")) if told[0] in each
    ]
    assert told[1] in line
    sites = {each["bodySite"]["text"]: each for each in of_type(bundle_of(access_to(patient)), "Observation")
             if "bodySite" in each}  # fmt: skip
    assert sites[told[0]]["method"]["text"] == told[1]
    assert all(words in sites[told[0]]["text"]["div"] for words in told)


@pytest.mark.parametrize("is_in_consultation", [True, False])
def test_a_referral_says_how_soon_to_whom_and_by_whom(
    client, open_to_patient, patient_user, is_in_consultation
):
    """Also where it was made in a consultation."""
    referral = resource(
        "ReferralRequest", "x", status="active", intent="order", priority="asap",
        authoredOn="2021-03-03T10:00:00+00:00", reasonCode=[coded(display="Cataract")],
        specialty={"text": "Ophthalmology"}, recipient=[{"reference": "Organization/h"}],
        requester={"agent": {"reference": "Practitioner/d"}},
        supportingInfo=[{"reference": "DocumentReference/l"}],
    )  # fmt: skip
    store(
        extract_of(
            *(consultation("ReferralRequest/x") if is_in_consultation else []),
            resource("Encounter", "e", period={"start": "2021-03-03"}),
            resource("Organization", "h", name="Riverside Eye Hospital"),
            resource("Practitioner", "d", name=[{"text": "Dr Rosa Sample"}]),
            resource("DocumentReference", "l", status="current", type={"text": "Letter to the eye hospital"},
                     created="2021-03-03", indexed="2021-03-03T10:00:00+00:00"),
            referral,
        ),
        open_to_patient, by=None, now=NOW,
    )  # fmt: skip
    read_all(open_to_patient)
    reader(client, patient_user, open_to_patient)
    told = ("As soon as possible", "Riverside Eye Hospital", "Ophthalmology", "Dr Rosa Sample")
    page = unmarked(client.get(entry_of(row_of(open_to_patient, "x"))).content.decode())
    for words in (*told, "Letter to the eye hospital"):
        assert words in page, words


def test_an_empty_referral_in_a_consultation_has_no_empty_list(
    client, open_to_patient, patient_user
):
    referral = resource("ReferralRequest", "x", status="active", reasonCode=[coded()])
    store(
        extract_of(*consultation("ReferralRequest/x"), referral), open_to_patient, by=None, now=NOW
    )
    read_all(open_to_patient)
    reader(client, patient_user, open_to_patient)
    page = client.get(entry_of(row_of(open_to_patient, "x"))).content.decode()
    assert page.count('<dl class="nhsuk-summary-list">') == 1 + ("Why" in page)

"""The page "Since you last looked", and its words on the home of a record."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import Entry, Visit
from tests.cast import make_entry, make_grant, make_proxy_grant, sign_in
from tests.clock import NOW
from tests.records.views.record import (
    entry_of,
    hide_from,
    home_of,
    make_medicine,
    make_part,
    make_report,
    page_of,
    reader,
)

pytestmark = pytest.mark.django_db

AT = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def _one_moment():
    with time_machine.travel(AT, tick=False):
        yield


def since_of(patient):
    return reverse("records:since", args=[patient.pk])


def looked(patient, viewer, at=AT - timedelta(days=7)):
    with rows_of(patient.pk):
        Visit.objects.create(patient=patient, viewer_id=viewer.pk, began_at=at)


def new(patient, source_id, **values):
    moment = AT - timedelta(days=1)
    return make_medicine(patient, source_id, added_at=moment, changed_at=moment, **values)


def test_a_first_visit_says_so(client, open_to_patient, patient_user):
    new(open_to_patient, "m")
    reader(client, patient_user, open_to_patient)
    assert "Since then" not in client.get(home_of(open_to_patient)).text
    page = client.get(since_of(open_to_patient)).text
    assert "This is the first time you have looked at this record here" in page
    assert "Atorvastatin" not in page


def test_the_page_lists_what_is_new_with_links_and_counts_what_is_gone(
    client, open_to_patient, patient_user
):
    looked(open_to_patient, patient_user)
    made = new(open_to_patient, "m", title="Amlodipine 5mg tablets")
    gone = make_medicine(open_to_patient, "gone", title="Old tablets")
    with rows_of(open_to_patient.pk):
        moment = AT - timedelta(days=1)
        Entry.objects.of(open_to_patient).filter(id=gone.id).update(
            withdrawn_at=moment, changed_at=moment, withdrawn_because="gone"
        )
    reader(client, patient_user, open_to_patient)
    home = client.get(home_of(open_to_patient)).text
    assert "You last looked at this record on 26 June 2024 at 10:30am." in home
    assert "Since then: 1 new, 1 no longer there" in home
    page = client.get(since_of(open_to_patient)).text
    assert f'<a href="{entry_of(made)}">Amlodipine 5mg tablets</a>' in page
    assert "1 new, 1 no longer there" in page
    assert "Old tablets" not in page


def test_nothing_new_is_said(client, open_to_patient, patient_user):
    looked(open_to_patient, patient_user)
    make_medicine(open_to_patient)
    reader(client, patient_user, open_to_patient)
    for address in (home_of(open_to_patient), since_of(open_to_patient)):
        assert "Nothing that you can see here has changed since then" in client.get(address).text


def test_a_session_compares_with_the_visit_before_it_and_the_next_with_this_one(
    open_to_patient, patient_user
):
    looked(open_to_patient, patient_user)
    new(open_to_patient, "m")
    client = reader(Client(), patient_user, open_to_patient)
    for _ in range(2):
        assert "1 new" in client.get(home_of(open_to_patient)).text
    client = reader(Client(), patient_user, open_to_patient)
    assert "has changed since then" in client.get(home_of(open_to_patient)).text
    with rows_of(open_to_patient.pk):
        assert Visit.objects.filter(patient=open_to_patient).count() == 3


def test_what_the_surgery_opened_is_said_to_the_patient_alone(
    client, open_to_patient, patient_user, proxy_user, staff
):
    make_proxy_grant(open_to_patient, proxy_user)
    for viewer in (patient_user, proxy_user):
        looked(open_to_patient, viewer)
    make_grant(
        open_to_patient, historical="detailed", decided_at=AT - timedelta(days=2),
        decided_by=staff, duty="decide-access",
    )  # fmt: skip
    said = "Your surgery changed what you can see on 1 July 2024"
    for viewer, told in ((patient_user, True), (proxy_user, False)):
        reader(client, viewer, open_to_patient)
        for address in (home_of(open_to_patient), since_of(open_to_patient)):
            assert (said in client.get(address).text) is told


def test_a_proxy_reads_of_their_sections_only(client, open_to_patient, proxy_user):
    make_proxy_grant(open_to_patient, proxy_user)
    looked(open_to_patient, proxy_user)
    new(open_to_patient, "m")
    moment = AT - timedelta(days=1)
    make_entry(open_to_patient, "e", title="Not theirs", added_at=moment, changed_at=moment)
    reader(client, proxy_user, open_to_patient)
    page = client.get(since_of(open_to_patient)).text
    assert "Atorvastatin" in page
    assert "Not theirs" not in page
    assert "Consultations" not in page


def test_something_hidden_changes_neither_page(client, open_to_patient, patient_user):
    """R2.3."""
    looked(open_to_patient, patient_user)
    new(open_to_patient, "seen")
    reader(client, patient_user, open_to_patient)
    addresses = [home_of(open_to_patient), since_of(open_to_patient)]
    client.get(addresses[0])
    before = [page_of(client, address) for address in addresses]
    hide_from(open_to_patient, new(open_to_patient, "hidden"))
    assert [page_of(client, address) for address in addresses] == before


def test_a_sealed_result_has_its_title_and_the_way_to_it(client, open_to_patient, patient_user):
    """R5.5."""
    looked(open_to_patient, patient_user)
    moment = AT - timedelta(days=1)
    values = {"added_at": moment, "changed_at": moment}
    report = make_report(open_to_patient, title="Liver function", **values)
    details = {"value": {"number": "987.65", "unit": "U/L"}, "flags": [{"words": "Too high"}]}
    make_part(report, "p", 1, title="Enzyme seventeen", flagged=True, details=details, **values)
    reader(client, patient_user, open_to_patient)
    page = client.get(since_of(open_to_patient)).text
    assert "Liver function</a>, 1 May 2024. Open when you are ready" in page
    assert not [words for words in ("987.65", "Too high", "Enzyme seventeen") if words in page]


def test_who_may_not_open_the_record_gets_no_page(
    client, open_to_patient, patient_user, proxy_user, stranger, staff
):
    address = since_of(open_to_patient)
    assert client.get(address)["Location"].startswith("/sign-in")
    sign_in(client, patient_user)
    assert "before-you-open" in client.get(address)["Location"]
    make_proxy_grant(open_to_patient, proxy_user, ends_on=NOW.date())
    for viewer, status in ((proxy_user, 403), (stranger, 404), (staff, 404)):
        assert reader(client, viewer, open_to_patient).get(address).status_code == status
    assert reader(client, patient_user, open_to_patient).post(address).status_code == 405
    with rows_of(open_to_patient.pk):
        assert not Visit.objects.filter(patient=open_to_patient).exists()


def test_looking_is_logged(client, open_to_patient, patient_user):
    """R9.1."""
    reader(client, patient_user, open_to_patient).get(since_of(open_to_patient))
    with rows_of(open_to_patient.pk):
        opened = AuditEvent.objects.filter(action="record opened", actor_id=patient_user.pk)
        assert [event.object for event in opened] == ["since"]


@pytest.mark.parametrize("many", [1, 30])
def test_the_number_of_queries_does_not_depend_on_how_much_is_new(
    client, open_to_patient, patient_user, django_assert_num_queries, many
):
    looked(open_to_patient, patient_user)
    reader(client, patient_user, open_to_patient)
    client.get(home_of(open_to_patient))
    for number in range(many):
        new(open_to_patient, f"m{number}")
    with django_assert_num_queries(17):
        client.get(home_of(open_to_patient))
    with django_assert_num_queries(16):
        client.get(since_of(open_to_patient))

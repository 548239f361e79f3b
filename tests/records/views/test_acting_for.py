"""Acting for somebody: for whom, what may not be done, and one step back (R4.11)."""

from datetime import date

import pytest
from django.test import Client

from records.models import Correction
from tests.cast import make_entry, make_grant, make_online, make_patient, make_proxy_grant
from tests.records.views.record import agreed, cover, reader

pytestmark = pytest.mark.django_db

ALL = [
    "allergies",
    "medicines",
    "immunisations",
    "health-conditions",
    "test-results",
    "consultations",
    "documents",
]
OWN_ONLY = (
    "people", "people/invite", "full-record", "online-access", "warn-me", "hidden-from-people",
)  # fmt: skip


@pytest.fixture
def open_one(open_to_patient, proxy_user):
    cover(open_to_patient)
    make_proxy_grant(open_to_patient, proxy_user, scopes=ALL, ends_on=date(2099, 1, 1))
    return open_to_patient


@pytest.fixture
def theirs(client, proxy_user, open_one):
    return reader(client, proxy_user, open_one)


@pytest.mark.parametrize("rest", OWN_ONLY)
def test_what_only_the_patient_can_do_is_said_with_the_way_back(theirs, open_one, rest):
    page = theirs.get(f"/records/{open_one.pk}/{rest}")
    assert page.status_code == 403
    for words in ("Only the person themself can do this", f"Only {open_one.full_name} can do this",
                  f"Acting for {open_one.full_name}", "Back to your own profile", "You cannot ask for more"):  # fmt: skip
        assert words in page.text


@pytest.mark.parametrize("rest", OWN_ONLY)
def test_of_a_record_that_is_closed_it_says_only_that_it_ended(theirs, open_one, rest):
    """R4.8: not even that there is a patient's page of that kind."""
    make_grant(open_one, decision="paused", current="none", historical="none")
    page = theirs.get(f"/records/{open_one.pk}/{rest}")
    assert page.status_code == 403
    assert "You can no longer see this record" in page.text
    assert open_one.full_name not in page.text


def test_every_act_says_for_whom_it_is(theirs, open_one):
    entry = make_entry(open_one, "c1", title="Seen about sleep")
    for rest in ("copies", f"entries/{entry.id}/looks-wrong"):
        page = theirs.get(f"/records/{open_one.pk}/{rest}").text
        assert f"You do this for <strong>{open_one.full_name}</strong>" in page
    own = f"/records/{open_one.pk}/"
    assert "What you can and cannot do" in theirs.get(own).text


def test_the_patient_reads_none_of_it(client, open_one, patient_user):
    own = reader(Client(), patient_user, open_one)
    for rest in ("", "copies"):
        page = own.get(f"/records/{open_one.pk}/{rest}").text
        assert "You do this for" not in page
        assert "What you can and cannot do when" not in page


def test_who_is_a_patient_and_acts_for_several_is_never_at_the_wrong_one(
    theirs, open_one, proxy_user, surgery
):
    """Warnings are agreed to for each person apart, and what is written stays with whose page it was on."""
    second = make_patient(surgery, "9990000026", given_names="Bea")
    make_grant(second, historical="full")
    cover(second)
    make_proxy_grant(second, proxy_user, scopes=ALL, ends_on=date(2099, 1, 1))
    own = make_patient(surgery, "9990000034", given_names="Ruth")
    make_grant(own, historical="full")
    cover(own)
    make_online(own, proxy_user)
    start = theirs.get("/").text
    for patient in (own, open_one, second):
        assert f"/records/{patient.pk}/" in start
    for patient in (own, second):
        assert "before-you-open" in theirs.get(f"/records/{patient.pk}/").headers["Location"]
        agreed(theirs, patient)
        assert theirs.get(f"/records/{patient.pk}/").status_code == 200
    entries = {
        patient: make_entry(patient, "c1", title="Seen about sleep")
        for patient in (open_one, second)
    }
    words = {"about": "facts-wrong", "words": "Not on that day", "text": "Not on that day"}
    crossed = theirs.post(f"/records/{second.pk}/entries/{entries[open_one].id}/looks-wrong", words)
    assert crossed.status_code == 404
    assert not Correction.objects.exists()
    assert "Acting for" not in agreed(theirs, own).get(f"/records/{own.pk}/").text
    assert "Acting for Bea" in agreed(theirs, second).get(f"/records/{second.pk}/").text

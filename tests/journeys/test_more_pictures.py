"""Pages that are taken only where somebody asks for pictures (`bin/screens`): other tests know them by their words."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.row_security import rows_of
from proxy_access.statuses import ProxyStatus
from records.models import Entry, Visit
from surgeries.terms import Level
from tests.cast import make_grant, make_online, make_patient, make_proxy_grant, make_user
from tests.journeys.axe import assert_faultless
from tests.journeys.conftest import load_demo_record
from tests.journeys.pictures import FOLDER
from tests.journeys.test_every_page import each_page, follow, over_by, pages_of, picture, send
from tests.records.views.record import reader

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not FOLDER, reason="only for pictures"),
]


def somebody(surgery, key):
    """A patient who sees all that somebody of the demo has in their record."""
    now = timezone.now()
    patient = make_patient(surgery, given_names=key.title())
    user = make_user(f"{key}@example.test", name=f"{key.title()} Testwell")
    make_online(patient, user)
    make_grant(patient, Level.FULL, Level.FULL)
    load_demo_record(key, patient, timezone.localdate(now), now)
    return patient, user


@pytest.fixture
def whole(surgery):
    return somebody(surgery, "ada")


@pytest.mark.parametrize("key", ["niamh", "oliver", "rowan", "lukasz", "amara", "edith"])
def test_every_page_of_the_demo_is_in_a_picture(key, surgery, open_in, live_server):
    """Marked and unread results, charts, referrals, procedures, files of each kind, what came from elsewhere."""
    patient, user = somebody(surgery, key)
    for is_opened in (False, True):
        client, found = pages_of(patient, user)
        page = open_in(client)
        for name in each_page(page, live_server.url, found):
            assert over_by(page) <= 0, name
            assert_faultless(page, name)
            picture(page, f"{key}-opened" if is_opened else key, name)
        client.post(f"/records/{patient.pk}/older-results", {"which": "all"})


def test_what_a_list_says_of_less_than_all_is_in_a_picture(whole, open_in, live_server):
    """One part, one year, between two dates, what nobody has dated, copies that wait, what changed and what is gone."""
    patient, user = whole
    now, here = timezone.now(), f"/records/{patient.pk}/"
    with rows_of(patient.pk):
        Visit.objects.create(patient=patient, viewer_id=user.pk, began_at=now - timedelta(days=7))
        loaded = Entry.objects.of(patient)
        loaded.update(added_at=now - timedelta(days=90), changed_at=now - timedelta(days=90))
        loaded.filter(kind="medicine").update(changed_at=now - timedelta(hours=3))
        gone = loaded.filter(kind="allergy").first()
        Entry.objects.filter(pk=gone.pk).update(
            withdrawn_at=now, changed_at=now, withdrawn_because="gone"
        )
    client = reader(Client(), user, patient)
    page = open_in(client)

    def look(name, path=""):
        if path:
            page.goto(f"{live_server.url}{here}{path}")
        assert over_by(page) <= 0, name
        assert_faultless(page, name)
        picture(page, "less", name)

    look("since", "since-you-last-looked")
    look("timeline-medicines", "timeline?section=medicines")
    look("timeline-unknown", "timeline?year=unknown")
    for name, answers in (
        ("part", {"words": "level", "section": "test-results"}),
        ("dates", {"words": "blood", "since-day": "1", "since-month": "1", "since-year": "2026"}),
        ("none", {"words": "zzyzx", "section": "medicines"}),
    ):
        page.goto(f"{live_server.url}{here}find")
        page.locator("main details summary").first.click()
        for field, value in answers.items():
            found = page.locator(f"main [name='{field}']")
            found.select_option(value) if field == "section" else found.fill(value)
        follow(page, "main form button[type=submit]")
        look(f"find-{name}")
    page.goto(f"{live_server.url}{here}copies")
    send(page, kind="results", agreed="on")
    look("copies-kept", "copies")


def test_whoever_acts_for_a_patient_stands_in_a_picture(whole, open_in, live_server):
    """In force, not yet begun, stopped by the surgery, over, and not granted."""
    patient, user = whole
    today = timezone.localdate()
    for number, values in enumerate(
        (
            {"ends_on": today + timedelta(days=90)},
            {"starts_on": today + timedelta(days=9), "ends_on": today + timedelta(days=90)},
            {"status": ProxyStatus.SUSPENDED, "ends_on": today + timedelta(days=90)},
            {"status": ProxyStatus.ENDED, "ends_on": today + timedelta(days=90)},
            {"legal_basis": "best-interest", "ends_on": today + timedelta(days=90)},
        )
    ):
        who = make_user(f"p{number}@example.test", name=f"Pat Proxy the {number}th")
        make_proxy_grant(patient, who, **values)
    client = reader(Client(), user, patient)
    page = open_in(client)
    page.goto(f"{live_server.url}/records/{patient.pk}/people")
    assert over_by(page) <= 0
    assert_faultless(page, "people")
    picture(page, "less", "people")

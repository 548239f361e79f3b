"""A patient stops somebody who acts for them while they read, and somebody resigns, in a real browser (R4.8)."""

from datetime import date

import pytest

from accounts.models import Duty
from proxy_access.models import ProxyGrant
from surgeries.terms import Section
from tests.cast import make_grant, make_proxy_grant, make_staff
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def grant(patient, patient_user, proxy_user):
    make_grant(patient, historical="full")
    proxy_user.name = "Ruth Makepiece"
    proxy_user.save()
    scopes = [Section.MEDICINES, Section.CONSULTATIONS]
    return make_proxy_grant(patient, proxy_user, scopes=scopes, ends_on=date(2090, 1, 1))


def read(visitor, patient):
    """The record, through the pages before it."""
    visitor.goto(f"/records/{patient.pk}/")
    while "before-you-open" in visitor.page.url:
        visitor.click(visitor.page.locator("main form button[type=submit]").first)
    return visitor.page.locator("h1").inner_text()


def press(visitor, name):
    visitor.click(visitor.page.get_by_role("button", name=name))
    visitor.check()


def test_a_patient_stops_starts_narrows_and_ends_it_while_the_other_reads(
    visit, grant, patient, patient_user, proxy_user
):
    """Given somebody who reads the record, when the patient stops it, then the next page they ask for is closed, and
    says only that their access has ended."""
    other, own = visit(proxy_user), visit(patient_user)
    assert "record" in read(other, patient).lower()
    own.goto(f"/records/{patient.pk}/people")
    picture(own, "people")
    press(own, "Stop for now")
    assert "cannot see your record now" in own.page.content()
    assert "ended" in read(other, patient).lower()
    picture(other, "ended")
    press(own, "Let them see it again")
    assert "record" in read(other, patient).lower()
    own.click(own.page.get_by_role("link", name="Let them see less"))
    own.check()
    picture(own, "less")
    own.page.get_by_label("Consultations and events").uncheck()
    press(own, "Save")
    other.goto(f"/records/{patient.pk}/consultations")
    assert other.page.locator("h1").inner_text() != "Consultations and events"
    press(own, "End it now")
    picture(own, "ended-for-the-patient")
    assert "ended" in read(other, patient).lower()
    assert ProxyGrant.objects.get().status == "ended"


def test_whoever_acts_for_somebody_resigns(visit, grant, patient, proxy_user):
    """Given somebody who acts for a patient, when they stop, then the record is closed to them."""
    other = visit(proxy_user)
    read(other, patient)
    other.click(other.page.get_by_role("link", name="Stop acting for"))
    other.check()
    picture(other, "resign")
    press(other, "Stop acting for")
    assert "You no longer act for" in other.page.content()
    assert "ended" in read(other, patient).lower()


def test_staff_stop_it_and_the_patient_is_not_told(visit, grant, patient, patient_user):
    """Given a concern, when staff stop it without telling, then the patient's page says what it said."""
    desk = visit(make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    desk.goto(f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/stop")
    if "reason" in desk.page.url:
        desk.page.get_by_role("radio").first.check()
        desk.click(desk.page.locator("main form button[type=submit]").first)
        desk.goto(f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/stop")
    desk.check()
    picture(desk, "staff-stop")
    desk.page.get_by_label("Reason, for colleagues").fill("Their sister rang")
    desk.page.get_by_label("No", exact=True).check()
    press(desk, "Save")
    picture(desk, "staff-proxy")
    assert ProxyGrant.objects.get().status == "suspended"
    own = visit(patient_user)
    own.goto(f"/records/{patient.pk}/people")
    assert "Can see your record" in own.page.content()

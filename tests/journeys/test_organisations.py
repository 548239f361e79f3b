"""Staff keep a care home and its people, one of whom acts for a patient until they leave, in a real browser (R4.2, R4.9)."""

from datetime import date

import pytest

from accounts.models import Duty
from proxy_access.changing import follow
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.steps import Words
from tests.cast import make_grant, make_staff
from tests.clock import NOW
from tests.journeys.pictures import picture
from tests.journeys.test_stopping import press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def write(page, label, words):
    page.get_by_label(label, exact=True).fill(words)


def kept(visitor, name):
    visitor.check()
    picture(visitor, f"organisations-{name}")


def test_somebody_of_a_care_home_acts_for_a_patient_until_they_leave(
    visit, patient, patient_user, proxy_user
):
    """Given a care home whose person acts for a patient, when the surgery says that they left, then the next page they
    ask for is closed; the patient reads who it was, of which organisation, and that it has ended."""
    make_grant(patient, historical="full")
    desk = visit(make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    page = desk.page
    desk.goto("/surgery/")
    desk.click(page.get_by_role("link", name="Organisations whose people act for patients"))
    kept(desk, "none")
    desk.click(page.get_by_role("button", name="Add an organisation"))
    press(desk, "Add it")
    kept(desk, "new-wrong")
    write(page, "Name of the organisation", "Willow House")
    write(page, "ODS code, if it has one", "VL1A2")
    press(desk, "Add it")
    desk.click(page.get_by_role("button", name="Add a person"))
    write(page, "Email address of their account", "nobody@example.test")
    press(desk, "Add this person")
    assert "No account with a proved identity" in page.inner_text("main")
    kept(desk, "person-wrong")
    write(page, "Email address of their account", proxy_user.email)
    press(desk, "Add this person")
    kept(desk, "one")
    _write_down(desk, patient)
    grant = ProxyGrant.objects.get()
    decided = (ProxyStatus.ACTIVE, StatusReason.ACTIVATED)
    follow(grant, *decided, by=None, at=NOW, words=Words("Decided"))
    _reads_until_they_leave(visit, desk, patient, patient_user, proxy_user)


def _write_down(desk, patient):
    """Somebody of the organisation is to act for the patient."""
    page = desk.page
    to_say = f"/surgery/patients/{patient.pk}/proxies/of-organisation"
    desk.goto(to_say)
    if "reason" in page.url:
        page.get_by_role("radio").first.check()
        desk.click(page.locator("main form button[type=submit]").first)
        desk.goto(to_say)
    page.get_by_label("Cara Helper, of Willow House").check()
    page.get_by_label("The patient agreed").check()
    page.get_by_label("Test results").check()
    for part, value in zip(("Day", "Month", "Year"), ("1", "1", "2090"), strict=True):
        page.get_by_label(part, exact=True).fill(value)
    press(desk, "Write it down")
    assert "Say why they need more than medicines and allergies" in page.inner_text("main")
    kept(desk, "acting-wrong")
    page.get_by_label("Test results").uncheck()
    press(desk, "Write it down")
    assert "Cara Helper, of Willow House" in page.inner_text("main")
    kept(desk, "acting")


def _reads_until_they_leave(visit, desk, patient, patient_user, proxy_user):
    other, own = visit(proxy_user), visit(patient_user)
    assert "ended" not in read(other, patient)
    own.goto(f"/records/{patient.pk}/people")
    assert "Cara Helper, of Willow House" in own.page.inner_text("main")
    kept(own, "patient")
    desk.goto("/surgery/organisations/")
    kept(desk, "list")
    desk.click(desk.page.get_by_role("link", name="Willow House"))
    desk.click(desk.page.get_by_role("link", name="This person leaves"))
    kept(desk, "leaves")
    desk.page.get_by_label("At once").check()
    write(desk.page, "Reason, for colleagues", "Left the home")
    press(desk, "Save")
    kept(desk, "left")
    other.page.reload()
    assert "Your access to this record has ended" in other.page.inner_text("main")
    own.page.reload()
    assert "Ended" in own.page.inner_text("main")
    kept(own, "patient-ended")


def test_a_whole_organisation_ends(visit, patient, surgery):
    home = surgery.organisations.create(name="Elm Court", starts_on=date(2024, 1, 1))
    desk = visit(make_staff(surgery, "d@example.test", Duty.DECIDE_ACCESS))
    desk.goto(f"/surgery/organisations/{home.pk}/end")
    press(desk, "Save")
    kept(desk, "end-wrong")
    desk.page.get_by_label("At once").check()
    write(desk.page, "Reason, for colleagues", "Closed")
    press(desk, "Save")
    assert "Not in force" in desk.page.inner_text("main")
    kept(desk, "ended")

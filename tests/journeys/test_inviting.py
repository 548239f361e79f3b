"""From a nomination to reading to the end, in a real browser: the basis is the patient's agreement (R4.2 to R4.8)."""

import re

import pytest
from django.utils import timezone

from accounts.models import Duty
from proxy_access.models import ProxyConsent, ProxyGrant
from tests.cast import make_grant, make_staff, make_user
from tests.journeys.conftest import load_demo_record
from tests.journeys.pictures import picture
from tests.journeys.test_stopping import press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def record(patient, patient_user):
    now = timezone.now()
    load_demo_record("ada", patient, timezone.localdate(now), now)
    make_grant(patient, historical="full", decided_at=now)
    return patient


@pytest.fixture
def people(patient_user, surgery):
    ruth = make_user("ruth@example.test", name="Ruth Makepiece")
    return patient_user, ruth, make_staff(surgery, "iris@example.test", *Duty)


def invite(own, patient):
    """The four steps; the code."""
    own.goto(f"/records/{patient.pk}/people")
    own.press("Invite somebody")
    picture(own, "invite-who")
    own.fill("Their full name", "Ruth Makepiece")
    own.fill("Their own email address", "ruth@example.test")
    own.page.get_by_label("Friend or neighbour").check()
    own.press("Continue")
    for part in ("Allergies and adverse reactions", "Medicines"):
        own.page.get_by_label(part, exact=True).check()
    for box, value in (("Day", "1"), ("Month", "6"), ("Year", str(timezone.localdate().year + 1))):
        own.fill(box, value)
    picture(own, "invite-what")
    own.press("Continue")
    assert own.reads("Nothing: you did not choose it")
    picture(own, "invite-look")
    hidden = hide_one(own)
    assert own.reads("You hide 1 entry")
    picture(own, "invite-look-hidden")
    own.press("Continue")
    picture(own, "invite-agree")
    own.page.get_by_label("I have read this and I agree").check()
    own.page.get_by_label("Nobody makes me do this").check()
    own.press("Agree and get a code for Ruth Makepiece")
    picture(own, "invite-code")
    return re.search(r"\b(?:\w{4} ){2}\w{4}\b", own.page.locator("main strong").first.inner_text())[
        0
    ], hidden


def hide_one(own):
    """Hide the first medicine, from its page as the person would see it; its title."""
    own.follow("Medicines")
    own.click(own.page.locator("main a[href*='/entries/']").first)
    own.check()
    picture(own, "invite-as-entry")
    title = own.page.locator("h1").inner_text()
    own.press("Hide this entry from Ruth Makepiece")
    return title


def accept(theirs, code):
    theirs.goto("/invited")
    picture(theirs, "invited")
    theirs.press("Enter the code")
    theirs.fill("The code from the person who invited you", "nonsense")
    theirs.press("Continue")
    assert theirs.reads("We could not use this code")
    theirs.fill("The code from the person who invited you", code.lower())
    theirs.press("Continue")
    picture(theirs, "invitation")
    theirs.press("Accept")
    assert "Tick that you will keep to it" in theirs.page.content()
    theirs.page.get_by_label("I have read what I may and may not do").check()
    theirs.press("Accept")
    assert "You accepted" in theirs.page.content()


def decide(staff, patient):
    """Every flagged entry is looked at, the checklist answered, and it is granted."""
    grant = ProxyGrant.objects.get()
    staff.goto(f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/decide")
    picture(staff, "proxy-decide")
    while staff.page.get_by_role("button", name="Let them see it").count():
        staff.click(staff.page.get_by_role("button", name="Let them see it").first)
    staff.press("Go through the checklist, to grant it")
    for name in staff.page.locator("input[type=radio][value=yes]").evaluate_all(
        "all => all.map(each => each.name)"
    ):
        value = "no" if name == "yes_coercion" else "yes"
        staff.page.locator(f"input[name={name}][value={value}]").check()
    for box in staff.page.locator("main textarea").all():
        if box.get_attribute("name") not in ("open_ended_because", "words_coercion"):
            box.fill("For a test")
    picture(staff, "proxy-grant")
    staff.press("Grant it")
    assert "Granted" in staff.page.content()


def test_from_the_nomination_to_reading_to_the_end(visit, record, people, let_in):
    """Given a patient with a record, when they invite a friend who accepts and the surgery agrees, then the friend reads
    what was chosen, not what was hidden, and nothing more once the patient ends it."""
    own, theirs, staff = (visit(user) for user in people)
    own.goto(f"/records/{record.pk}/")
    own.agree()
    code, hidden = invite(own, record)
    accept(theirs, code)
    own.goto(f"/records/{record.pk}/people")
    assert own.reads("Accepted. Your surgery decides")
    picture(own, "people-accepted")
    theirs.goto(f"/records/{record.pk}/")
    assert (
        "Not found" in theirs.page.title()
        or "not" in theirs.page.locator("h1").inner_text().lower()
    )
    decide(staff, record)
    read(theirs, record)
    theirs.goto(f"/records/{record.pk}/medicines")
    assert f"Acting for {record.full_name}" in theirs.page.content()
    picture(theirs, "acting-medicines")
    assert hidden not in theirs.page.inner_text("main")
    assert len(ProxyConsent.objects.get().facts) == 8
    own.goto(f"/records/{record.pk}/people")
    press(own, "End it now")
    assert "ended" in read(theirs, record).lower()

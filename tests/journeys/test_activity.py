"""A patient reads their activity on a phone, says that something looks wrong, and checks a receipt, in real browsers (R9.1, R9.2)."""

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import Duty
from audit import log
from surgeries.terms import Section
from tests.cast import make_grant, make_proxy_grant, make_staff
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def grant(patient, patient_user, proxy_user):
    make_grant(patient, historical="full")
    proxy_user.name = "Dora Asker"
    proxy_user.save()
    return make_proxy_grant(patient, proxy_user, scopes=list(Section), ends_on=date(2090, 1, 1))


def read(actor, patient, *sections):
    """That somebody read, some while ago."""
    for section in sections:
        log.record(
            "record opened", at=timezone.now(), actor_id=actor.pk, patient_id=patient.pk,
            about=f"section {section}", details={"device": "Chrome on Android"},
        )  # fmt: skip


def link(visitor, words):
    """Where the first link that begins with some words leads."""
    return visitor.page.locator("main a", has_text=words).first.get_attribute("href")


def test_what_looks_wrong_is_told_and_answered_and_a_receipt_is_checked(
    visit, tmp_path, grant, patient, patient_user, proxy_user
):
    """Given somebody who read the record, when the patient asks about it, then the surgery answers by a day that both read;
    and the receipt that they took before still fits."""
    read(
        proxy_user, patient, "medicines", "allergies", "documents", "consultations", "test-results"
    )
    staff = make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS)
    own = visit(patient_user)
    own.page.set_viewport_size({"width": 320, "height": 800})
    own.follow("See who looked at your record, and what else happened")
    assert own.reads("opened Medicines, Allergies and adverse reactions and 3 more")
    picture(own, "activity")
    own.page.locator("summary", has_text="Show only some of it").click()
    own.page.get_by_label("Who", exact=True).select_option("Dora Asker")
    picture(own, "activity-filter")
    own.press("Show only this")
    assert own.reads("You see only a part of your activity: Dora Asker.")
    assert not own.reads("signed in")
    picture(own, "activity-of-one")
    own.goto(link(own, "This looks wrong"))
    picture(own, "activity-wrong")
    own.fill("What looks wrong? (optional)", "She was abroad on this day")
    own.press("Send to your surgery")
    assert own.reads("answers by")
    picture(own, "activity-report")

    desk = visit(staff)
    desk.goto(f"/surgery/patients/{patient.pk}/")
    desk.follow("Read it and answer")
    assert desk.reads("She was abroad on this day")
    picture(desk, "activity-desk")
    desk.press("Tell the patient that we look at it")
    desk.press("Send the answer")
    assert desk.reads("Write the answer for the patient")
    desk.fill("Answer for the patient", "We asked her. She used her phone there")
    desk.press("Send the answer")
    assert desk.reads("Your answer is saved")

    own.goto(f"/records/{patient.pk}/activity")
    own.press("Show everything")
    assert own.reads("signed in")
    own.goto(link(own, "You told your surgery"))
    assert own.reads("We asked her. She used her phone there")
    picture(own, "activity-answered")

    own.goto(f"/records/{patient.pk}/activity/receipt")
    picture(own, "receipt")
    with own.page.expect_download() as download:
        own.page.get_by_role("button", name="Download a receipt").click()
    file = tmp_path / "receipt.json"
    download.value.save_as(file)
    own.goto(f"/records/{patient.pk}/activity/receipt")
    own.page.get_by_label("Choose the file of your receipt").set_input_files(file)
    own.press("Check it")
    assert own.reads("The log is as it was")
    picture(own, "receipt-fits")
    own.fill("Or paste the text of the receipt", "gAAAAA and nothing else")
    own.press("Check it")
    assert own.reads("This is not a receipt")


def test_whoever_acts_reads_what_they_did_alone(visit, grant, patient, patient_user, proxy_user):
    """Given both read the record, when the one who acts for the patient looks, then they read of themself."""
    read(patient_user, patient, "documents")
    other = visit(proxy_user)
    other.goto(f"/records/{patient.pk}/medicines")
    other.agree()
    other.goto(f"/records/{patient.pk}/what-you-did")
    assert other.reads("opened")
    assert not other.reads("opened Documents")
    picture(other, "what-you-did")

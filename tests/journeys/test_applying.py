"""Somebody asks to act for a patient, staff find the patient, look and decide, and they read until it ends: for each
legal basis, in a real browser (R4.1 to R4.9)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Duty
from proxy_access.changing import begin
from proxy_access.models import LegalBasis, ProxyDecision, ProxyGrant
from records.models import StaffTask
from records.queue import open_task
from tests.cast import make_entry, make_grant, make_staff, make_user
from tests.journeys.pictures import picture
from tests.journeys.test_stopping import read
from tests.proxy_access.test_checklist import all_well
from tests.records.views.test_desk_admitting import boxes

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SAYS = {
    LegalBasis.PARENTAL_RESPONSIBILITY: "I have parental responsibility for them",
    LegalBasis.ATTORNEY: "I am their attorney for health and welfare",
    LegalBasis.DEPUTY: "A court made me their deputy for personal welfare",
    LegalBasis.BEST_INTEREST: "They cannot decide for themselves, and it would be best for them",
}


@pytest.fixture
def record(patient):
    """A record that is open, with one entry that a rule flags."""
    make_grant(patient, historical="full", decided_at=timezone.now())
    make_entry(patient, "f1", title="Domestic abuse disclosed")
    make_entry(patient, "e1", title="Sore throat seen")
    return patient


@pytest.fixture
def dora(db):
    return make_user("dora@example.test", name="Dora Asker")


@pytest.fixture
def joel(surgery):
    duties = (Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)
    return make_staff(surgery, "joel@example.test", *duties)


def fill_day(visitor, name, day):
    for field, value in boxes(name, day).items():
        visitor.page.locator(f"[name={field}]").fill(str(value))


def ask(visitor, patient, basis):
    """From the start page to what was sent."""
    page = visitor.page
    visitor.goto("/")
    visitor.follow("Ask to act for somebody, or see where that stands")
    picture(visitor, "act-for-somebody")
    visitor.press("Ask the surgery")
    picture(visitor, "apply")
    page.get_by_label("At which GP surgery is this person?").select_option(str(patient.surgery_id))
    page.get_by_label(SAYS[basis], exact=True).check()
    visitor.fill("Their first names", patient.given_names)
    visitor.fill("Their family name", patient.family_name)
    fill_day(visitor, "date_of_birth", patient.date_of_birth)
    visitor.fill("Their NHS number (optional)", patient.nhs_number)
    visitor.fill("What are you to them?", "Mother")
    page.get_by_label("Birth certificate that names me").check()
    visitor.fill("Why do you need to see their record?", "To give the right medicine")
    page.get_by_label("Consultations and events").check()
    fill_day(visitor, "ends_on", timezone.localdate() + timedelta(days=100))
    visitor.press("Send")
    assert visitor.reads("Being looked at")


def find_patient(desk, patient):
    """From the desk to the page of the decision."""
    desk.goto("/surgery/")
    desk.follow("1 application waits for you to find the patient")
    picture(desk, "applications")
    desk.click(desk.page.get_by_role("link", name="Dora Asker"))
    desk.check()
    picture(desk, "application")
    desk.press("Look whether this is the patient")
    picture(desk, "match")
    desk.press("Yes, this is the patient")
    assert desk.reads("Somebody wants to act for the patient")


def look_and_grant(desk, basis, *, of_child):
    """Hide what is flagged from this person, answer the checklist, grant."""
    page = desk.page
    picture(desk, "decide")
    assert desk.reads("1 flagged entry has no decision yet")
    desk.click(page.get_by_role("link", name="See the record as they would see it"))
    desk.check()
    assert "Nothing is open to them yet" in page.content()
    page.go_back(wait_until="load")
    desk.click(page.get_by_role("link", name="Hide it from"))
    desk.check()
    assert page.get_by_label("One proxy", exact=True).is_checked()
    desk.fill("Reason", "Told in confidence")
    desk.click(page.locator("main form button[type=submit]").last)
    desk.check()
    assert desk.reads("1 entry is hidden from this person alone")
    desk.press("Go through the checklist, to grant it")
    picture(desk, "checklist")
    for key, answer in (all_well(basis) | ({"asked": None} if of_child else {})).items():
        wanted = "no" if key == "coercion" else "yes"
        page.locator(f"[name=yes_{key}][value={wanted}]").check()
        page.locator(f"[name=words_{key}]").fill("Looked at" if answer else "Alone, by the nurse")
    if "capacity" in all_well(basis):
        fill_day(desk, "on_capacity", timezone.localdate())
    desk.fill("Reason, for colleagues", "All is well")
    desk.press("Grant it")
    picture(desk, "granted")
    assert desk.reads("In force today")


@pytest.mark.parametrize("basis", SAYS)
def test_from_asking_to_reading_to_the_end(visit, record, dora, joel, basis):
    """Given somebody who asks, when staff find the patient, look and grant it, then they read what is not hidden,
    until staff end it."""
    if basis == LegalBasis.PARENTAL_RESPONSIBILITY:
        record.date_of_birth = timezone.localdate() - timedelta(days=365 * 12)
        record.save()
    asks, desk = visit(dora), visit(joel)
    ask(asks, record, basis)
    assert asks.goto(f"/records/{record.pk}/").status == 404
    find_patient(desk, record)
    look_and_grant(desk, basis, of_child=basis == LegalBasis.PARENTAL_RESPONSIBILITY)
    asks.goto("/act-for-somebody")
    assert asks.reads("Granted")
    asks.click(asks.page.get_by_role("link", name="For Ada Testwell"))
    asks.check()
    picture(asks, "granted-to-who-asked")
    assert "record" in read(asks, record).lower()
    asks.goto(f"/records/{record.pk}/consultations")
    assert asks.reads("Sore throat seen")
    assert not asks.reads("Domestic abuse disclosed")
    desk.press("End it")
    desk.page.get_by_label("Misuse").check()
    desk.fill("Reason, for colleagues", "Not any more")
    desk.page.get_by_label("Yes", exact=True).check()
    desk.press("Save")
    assert "ended" in read(asks, record).lower()
    asks.goto("/act-for-somebody")
    assert asks.reads("Granted")
    assert ProxyDecision.objects.get().legal_basis == basis


def test_a_patients_own_wish_is_decided_the_same_way(visit, record, dora, joel, patient_user):
    """Given somebody whom the patient wants to act for them, when staff spoke to the patient alone and grant it, then they
    read until the patient ends it."""
    ends_on = timezone.localdate() + timedelta(days=100)
    grant = begin(
        ProxyGrant(
            patient=record, proxy=dora, status="proposed", legal_basis=LegalBasis.CONSENT,
            scopes=["consultations"], starts_on=timezone.localdate(), ends_on=ends_on,
        ),
        by=dora, at=timezone.now(),
    )  # fmt: skip
    kind = StaffTask.Kind.PROXY_APPLICATION
    open_task(record, kind, because="Decide", now=timezone.now(), about_id=grant.pk)
    desk, asks = visit(joel), visit(dora)
    desk.goto("/surgery/")
    desk.click(desk.page.get_by_role("link", name="Somebody wants to act for the patient").first)
    desk.check()
    look_and_grant(desk, LegalBasis.CONSENT, of_child=False)
    assert "record" in read(asks, record).lower()
    own = visit(patient_user)
    own.goto(f"/records/{record.pk}/people")
    own.click(own.page.get_by_role("button", name="End it now"))
    own.check()
    assert "ended" in read(asks, record).lower()


def test_a_sign_of_coercion_stops_it_and_nobody_is_told(visit, record, dora, joel, patient_user):
    """Given a sign of coercion, when staff tick it, then it cannot be granted; rejected, neither side's pages say so."""
    asks, desk, own = visit(dora), visit(joel), visit(patient_user)
    ask(asks, record, LegalBasis.BEST_INTEREST)
    find_patient(desk, record)
    desk.press("Go through the checklist, to grant it")
    desk.page.locator("[name=yes_coercion][value=yes]").check()
    desk.press("Grant it")
    assert desk.reads("A sign of coercion stops this")
    picture(desk, "coercion")
    desk.follow("Do not grant it, because of a sign of coercion")
    picture(desk, "reject")
    desk.fill("Reason, for colleagues", "He spoke for her")
    desk.press("Do not grant it")
    assert desk.reads("Rejected: sign of coercion")
    asks.goto("/act-for-somebody")
    assert asks.reads("Being looked at")
    own.goto(f"/records/{record.pk}/people")
    assert own.reads("Nobody acts for you online, and nobody has before")
    asks.click(asks.page.get_by_role("link", name="For Ada Testwell"))
    asks.check()
    asks.press("Take it back")
    assert asks.reads("You took it back. You can ask again at any time")


def test_there_is_no_such_patient(visit, record, dora, joel):
    """Given somebody who asks for a person who is no patient, when staff say so, then they read that it was not granted."""
    asks, desk = visit(dora), visit(joel)
    record.family_name = "Somebodyelse"
    ask(asks, record, LegalBasis.ATTORNEY)
    desk.goto("/surgery/applications")
    desk.click(desk.page.get_by_role("link", name="Dora Asker"))
    assert desk.reads("No patient here has this NHS number, date of birth and family name together")
    desk.fill("Family name", "Nobody")
    fill_day(desk, "date_of_birth", date(1980, 2, 3))
    desk.press("Find")
    assert desk.reads("No patients found")
    desk.follow("Say that there is no such patient")
    picture(desk, "no-patient")
    desk.fill("Reason, for colleagues", "Looked twice")
    desk.page.get_by_label("Yes", exact=True).check()
    desk.press("Save")
    asks.goto("/act-for-somebody")
    assert asks.reads("Not granted")
    asks.click(asks.page.get_by_role("link", name="For Ada"))
    asks.check()
    assert asks.reads("We cannot say why here")
    picture(asks, "not-granted")

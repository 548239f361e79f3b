"""A patient pauses from the page about pressure while somebody reads, comes back, and asks for a talk, in a real browser (R5.2)."""

from datetime import date

import pytest

from accounts.models import Duty
from records.models import StaffTask
from surgeries.terms import Section
from tests.cast import make_grant, make_proxy_grant, make_staff
from tests.journeys.conftest import code_of
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

HOURS = {
    day: ["00:00", "23:59"]
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}


@pytest.fixture
def grant(patient, patient_user, proxy_user):
    patient.surgery.opening_hours, patient.surgery.phone = HOURS, "01632 960001"
    patient.surgery.save()
    make_grant(patient, historical="full")
    proxy_user.name = "Ruth Makepiece"
    proxy_user.save()
    return make_proxy_grant(patient, proxy_user, scopes=list(Section), ends_on=date(2090, 1, 1))


def click(visitor, locator):
    """Click, and look at the page that comes."""
    visitor.click(locator)
    visitor.check()


def press(visitor, name, role="button"):
    click(visitor, visitor.page.get_by_role(role, name=name).first)


def read(visitor, patient):
    """The record, through the pages before it."""
    visitor.goto(f"/records/{patient.pk}/")
    while "before-you-open" in visitor.page.url:
        click(visitor, visitor.page.locator("main form button[type=submit]").first)
    return visitor.page.locator("h1").inner_text()


def test_a_pause_from_the_page_about_pressure_closes_it_to_who_reads(
    visit, grant, patient, patient_user, proxy_user
):
    """Given somebody who reads the record, when the patient pauses it in one press, then both find it closed, the other as
    after an end; and when the patient uses their second step again, both find it open."""
    other, own = visit(proxy_user), visit(patient_user)
    assert "record" in read(other, patient).lower()
    own.goto(f"/records/{patient.pk}/")
    while not own.reads("3 of 4"):
        click(own, own.page.locator("main form button[type=submit]").first)
    picture(own, "pressure")
    press(own, "Pause online access")
    assert own.reads("Your online access is paused")
    picture(own, "paused")
    assert "has ended" in read(other, patient)
    assert "paused" in read(own, patient)
    picture(own, "refused")
    press(own, "See until when", role="link")
    press(own, "Show that it is you")
    own.page.locator("main input[inputmode=numeric]").fill(code_of(patient_user))
    click(own, own.page.locator("main form button[type=submit]").first)
    picture(own, "come-back")
    press(own, "Open it again now")
    assert own.reads("It is not paused any more")
    picture(own, "pause")
    assert "ended" not in read(other, patient)


def test_staff_open_it_once_they_have_spoken_to_the_patient(visit, grant, patient, patient_user):
    """Given a pause that only the surgery ends, when the patient asks, then staff find a task and end it."""
    own = visit(patient_user)
    own.goto(f"/records/{patient.pk}/pause")
    own.page.get_by_label("Only my surgery, once they have spoken to me alone").check()
    own.page.get_by_label("7 days").check()
    press(own, "Pause online access")
    picture(own, "through-the-surgery")
    assert not own.reads("7 days")
    press(own, "Ask for it to be opened again")
    desk = visit(make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    desk.goto(f"/surgery/patients/{patient.pk}/")
    picture(desk, "desk-patient")
    press(desk, "End the pause", role="link")
    desk.page.get_by_label("Reason, for colleagues").fill("Seen alone in room 2")
    press(desk, "End the pause")
    assert desk.reads("There is a problem")
    picture(desk, "desk-end-refused")
    desk.page.get_by_label("I spoke to the patient alone").check()
    press(desk, "End the pause")
    assert "paused" not in read(own, patient)


def test_everybody_at_once_and_one_for_some_days(visit, grant, patient, patient_user, proxy_user):
    """Given somebody who reads the record, when the patient stops everybody, their own access stays."""
    other, own = visit(proxy_user), visit(patient_user)
    read(other, patient)
    own.goto(f"/records/{patient.pk}/people")
    picture(own, "people")
    own.page.get_by_label("For how long? Ruth Makepiece").select_option("7")
    press(own, "Stop for now")
    picture(own, "people-one-stopped")
    assert "has ended" in read(other, patient)
    press(own, "Let them see it again")
    press(own, "Stop everybody for now")
    picture(own, "people-stopped")
    assert "has ended" in read(other, patient)
    assert "ended" not in read(own, patient)


def test_asking_for_a_talk_leaves_the_page_as_it_was(visit, grant, patient, patient_user):
    """Given somebody who cannot call, when they ask from the page about their surgery, then it reads as before, the history
    has that one address, and staff find how to reach them."""
    own = visit(patient_user)
    own.goto("/")
    press(own, "Your surgery", role="link")
    before = own.page.inner_text("body")
    picture(own, "your-surgery")
    own.page.locator("summary").click()
    picture(own, "your-surgery-open")
    press(own, "Send")
    assert own.reads("There is a problem")
    picture(own, "your-surgery-error")
    own.page.get_by_label("Call me, but only when I say here").check()
    own.page.get_by_label("If you want a call, when is it safe?").fill("Weekdays, 10am to noon")
    press(own, "Send")
    assert own.page.url.endswith("/your-surgery")
    assert own.page.inner_text("body") == before
    picture(own, "your-surgery-sent")
    desk = visit(make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    desk.goto("/surgery/")
    picture(desk, "desk-queue")
    press(desk, "The patient asks for a talk alone", role="link")
    picture(desk, "desk-contact")
    desk.page.get_by_label("What was done, for colleagues").fill("Called at 10:15, seen today")
    press(desk, "Save, and end the task")
    assert StaffTask.objects.get().closed_at is not None


def test_every_page_can_be_left_also_without_script(visit, grant, patient, patient_user):
    """R5.3: a plain link, seen wherever on the page somebody is."""
    own = visit(patient_user)
    read(own, patient)
    own.page.mouse.wheel(0, 4000)
    link = own.page.get_by_role("link", name="Exit this page")
    assert link.is_visible()
    assert link.get_attribute("href") == "https://www.bbc.co.uk/weather"
    picture(own, "exit")

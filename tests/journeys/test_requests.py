"""A patient asks for their full record; staff put it off, then refuse: on phones, with axe, and without JavaScript."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Duty
from records.models import AccessRequest
from tests.cast import make_grant, make_staff, sign_in
from tests.journeys.conftest import Visitor
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def imogen(surgery, let_in):
    user = make_staff(surgery, "imogen@example.test", Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)
    return let_in(user)[0]


@pytest.fixture
def ada(patient, patient_user, let_in):
    make_grant(patient)
    return let_in(patient_user)[0]


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def people(request, new_context, live_server):
    """Two people at two browsers."""
    contexts = [new_context(java_script_enabled=request.param) for _ in range(2)]
    visitors = [Visitor(context.new_page(), live_server.url) for context in contexts]
    for visitor in visitors if not request.param else ():
        visitor.check = lambda: None  # axe needs a script
    return visitors


def press_in_row(visitor, name, role="button"):
    """Press what stands in a row of the queue: for who hears it, its name says whose row it is too."""
    visitor.click(visitor.page.get_by_role(role, name=name).first)
    visitor.check()


def enter_day(visitor, name, day):
    for part in ("day", "month", "year"):
        visitor.page.locator(f"[name={name}-{part}]").fill(str(getattr(day, part)))


def test_from_asking_to_being_put_off_and_refused(people, patient, ada, imogen):
    """Given a request, when staff put it off and then refuse it, then the patient reads why and what else to do."""
    visitor, staff = people
    visitor.sign_in(ada)
    visitor.goto("/")
    visitor.goto(f"/records/{patient.pk}/")
    visitor.agree()
    visitor.follow("Ask for older ones")
    picture(visitor, "asking")
    visitor.fill("Is there something that you want to see most? (optional)", "My vaccinations")
    visitor.press("Send your request")
    assert visitor.reads("Your request was sent to Riverbank Surgery")
    picture(visitor, "asked")

    staff.sign_in(imogen)
    staff.goto("/surgery/")
    assert staff.reads("The patient asks for their full record")
    picture(staff, "queue")
    press_in_row(staff, "Assign to me")
    assert staff.reads("You hold this task now")
    press_in_row(staff, "The patient asks for their full record", role="link")
    assert staff.reads("My vaccinations")
    picture(staff, "request")
    staff.press("Say that we have read it")
    staff.follow("Put it off until a day")
    staff.press("Put it off")
    assert staff.reads("Enter the reason, for the surgery")
    enter_day(staff, "until", timezone.localdate() + timedelta(days=7))
    staff.fill("Reason, for the surgery", "Dr Example is away")
    staff.fill("Words for the patient", "The doctor who reads it is away")
    picture(staff, "put-off")
    staff.press("Put it off")
    assert staff.reads("comes back to the queue on its day")
    staff.goto("/surgery/")
    assert staff.reads("Nothing waits")

    visitor.goto(f"/records/{patient.pk}/full-record")
    assert visitor.reads("Your surgery has put off its decision")
    assert visitor.reads("The doctor who reads it is away")
    assert not visitor.reads("Dr Example")

    made = AccessRequest.objects.get()
    staff.goto(f"/surgery/patients/{patient.pk}/requests/{made.pk}/refuse")
    staff.page.get_by_label("What another person said, or what is about them").check()
    staff.fill("Reason, for the surgery", "The notes are about two people")
    staff.fill("Words for the patient", "Most of it is about other people")
    picture(staff, "refuse")
    staff.press("Refuse the request")
    assert staff.reads("The request is refused")
    picture(staff, "refused")
    staff.follow("Letter about what was decided")
    assert staff.reads("If you do not agree")
    picture(staff, "letter")

    visitor.goto(f"/records/{patient.pk}/full-record")
    assert visitor.reads("decided not to open more of your record")
    assert visitor.reads("Most of it is about other people")
    assert visitor.reads("subject access request")
    assert not visitor.reads("two people")
    picture(visitor, "answered")


def test_two_staff_at_once_and_a_patient_who_changes_their_mind(
    visitor, another_visitor, patient, ada, imogen, staff, let_in, client
):
    """Given two staff on one request, when one is faster, then the other reads so and nothing typed is lost."""
    let_in(staff)
    sign_in(client, ada).post(f"/records/{patient.pk}/full-record", {"words": ""})
    made = AccessRequest.objects.get()
    page = f"/surgery/patients/{patient.pk}/requests/{made.pk}/"
    visitor.sign_in(imogen)
    another_visitor.sign_in(staff)
    visitor.goto("/surgery/")
    another_visitor.goto("/surgery/")
    press_in_row(visitor, "Assign to me")
    press_in_row(another_visitor, "Assign to me")
    assert another_visitor.reads("imogen@example.test was faster")
    another_visitor.goto(f"{page}withdrawn")
    another_visitor.fill("Who told you, or why is the request over?", "She called")
    visitor.goto(page)
    visitor.press("Say that we have read it")
    another_visitor.press("Write it down")
    assert another_visitor.reads("Somebody else did something with this request")
    assert another_visitor.page.get_by_label("Who told you").input_value() == "She called"
    another_visitor.press("Write it down")
    assert another_visitor.reads("It is written down that the request is over")
    assert AccessRequest.objects.get().state == "withdrawn"

"""Staff are asked why they look at a patient for whom nothing waits."""

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.doors import NOT_SAVED
from records.models import AccessGrant, StaffTask
from tests.cast import make_entry, make_online, make_staff, sign_in
from tests.records.views.test_desk_deciding import GRANT

pytestmark = pytest.mark.django_db


def page_of(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff, reason=False)


def events(patient, action):
    with rows_of(patient.pk):
        return list(AuditEvent.objects.filter(patient_id=patient.pk, action=action))


def give(client, patient, next_page="", **answers):
    query = f"?next={next_page}" if next_page else ""
    return client.post(page_of(patient, f"reason{query}"), {"reason": "asked"} | answers)


@pytest.mark.parametrize("rest", ["", "record/", "access", "record/medicines/?page=2"])
def test_every_page_about_a_patient_asks_first_and_leads_on(at_desk, patient, rest):
    asked = at_desk.get(page_of(patient, rest))
    assert asked.status_code == 302
    assert asked.url.startswith(page_of(patient, "reason?next="))
    assert events(patient, "staff looked") == []
    assert "Why do you look at this patient?" in at_desk.get(asked.url).text
    answered = at_desk.post(asked.url, {"reason": "asked", "words": ""})
    assert answered.url == page_of(patient, rest)
    assert at_desk.get(answered.url).status_code == 200


def test_a_reason_is_on_file_with_who_gave_it_and_their_words(at_desk, staff, patient):
    give(at_desk, patient, reason="other", words="Found their letter at the printer")
    (event,) = events(patient, "reason to look given")
    assert (event.actor_id, event.outcome) == (staff.pk, "done")
    assert event.details == {"reason": "other", "said": "Found their letter at the printer"}
    assert set(event.duty.split()) == set(Duty)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"reason": ""}, "Choose why you need to look"),
        ({"reason": "curiosity"}, "Choose one of the answers"),
        ({"reason": "other"}, "Say what the other reason is"),
        ({"reason": "other", "words": " "}, "Say what the other reason is"),
        ({"words": "x" * 201}, "200 characters"),
    ],
)
def test_no_reason_lets_nobody_in(at_desk, patient, answers, words):
    answered = give(at_desk, patient, **answers)
    assert answered.status_code == 422
    assert words in answered.text
    assert at_desk.get(page_of(patient)).status_code == 302
    assert events(patient, "reason to look given") == []


def test_a_reason_for_one_patient_is_none_for_another(at_desk, patient, other_patient):
    give(at_desk, patient)
    assert at_desk.get(page_of(patient)).status_code == 200
    assert at_desk.get(page_of(other_patient)).status_code == 302


def test_a_reason_is_over_after_two_hours(at_desk, patient):
    give(at_desk, patient)
    for minute in range(0, 120, 10):  # always active
        with time_machine.travel(timezone.now() + timezone.timedelta(minutes=minute)):
            assert at_desk.get(page_of(patient)).status_code == 200
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=121)):
        assert at_desk.get(page_of(patient)).url.startswith(page_of(patient, "reason"))


def test_nothing_is_asked_while_a_task_waits(at_desk, patient):
    StaffTask.objects.create(patient=patient, kind="dormant", because="x", opened_at=timezone.now())
    assert at_desk.get(page_of(patient)).status_code == 200


def test_a_form_that_is_sent_without_a_reason_changes_nothing_and_is_not_sent_again(
    at_desk, patient
):
    form = page_of(patient, "access")
    answered = at_desk.post(form, GRANT, headers={"Referer": f"http://testserver{form}"})
    assert answered.url == page_of(patient, f"reason?next={form}")
    assert [str(said) for said in get_messages(answered.wsgi_request)] == [NOT_SAVED]
    assert give(at_desk, patient, form).url == form
    assert not AccessGrant.objects.of(patient).exists()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/account",
        "/surgery/nowhere",
        "/surgery/",
        "[",
        "",
    ],
)
def test_a_reason_leads_nowhere_but_to_pages_about_the_patient(at_desk, patient, elsewhere):
    assert give(at_desk, patient, elsewhere).url == page_of(patient)


def test_a_reason_does_not_lead_to_another_patient(at_desk, patient, other_patient):
    assert give(at_desk, patient, page_of(other_patient)).url == page_of(patient)


def test_a_missing_duty_is_told_before_a_reason_is_asked_for(client, surgery, patient):
    iris = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    sign_in(client, iris, reason=False)
    assert client.get(page_of(patient, "access")).status_code == 403


def test_the_page_that_asks_shows_nothing_of_the_record(at_desk, patient):
    make_entry(patient, title="Something secret")
    assert "secret" not in at_desk.get(page_of(patient, "reason")).text
    assert len(events(patient, "reason to look asked for")) == 1


def test_nobody_gives_a_reason_to_look_at_themself_as_staff(at_desk, staff, patient):
    make_online(patient, staff)
    assert at_desk.get(page_of(patient, "reason")).status_code == 404
    assert give(at_desk, patient).status_code == 404


def test_a_reason_given_does_not_outlive_the_sign_in(at_desk, staff, patient):
    give(at_desk, patient)
    at_desk.logout()
    sign_in(at_desk, staff, reason=False)
    assert at_desk.get(page_of(patient)).status_code == 302

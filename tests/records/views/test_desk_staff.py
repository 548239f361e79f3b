"""Who has which duty: giving one, ending one, and what a colleague notices of it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp import device_classes

from accounts.duties import LAST_MANAGER
from accounts.models import Duty, StaffRole, User
from audit.models import AuditEvent
from tests.cast import make_online, make_patient, make_proxy_grant, make_staff, sign_in

pytestmark = pytest.mark.django_db

AT = "/surgery/staff/"


@pytest.fixture
def renu(surgery):
    return make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS)


@pytest.fixture
def joel(surgery):
    return make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)


@pytest.fixture
def at_desk(client, renu):
    return sign_in(client, renu)


def ending(user, duty):
    return f"{AT}duties/{StaffRole.objects.get(user=user, duty=duty).pk}/end"


def test_everybody_is_listed_with_since_and_until(at_desk, joel):
    StaffRole.objects.filter(user=joel, duty="review-entries").update(ends_on=date(2099, 1, 2))
    page = at_desk.get(AT).text
    for words in ("joel@example.test", "renu@example.test", "1 January 2020", "2 January 2099"):
        assert words in page
    assert "Has not set up" not in page


def give(client, email="new@example.test", duties=("review-entries",), name="Nia Newhand"):
    return client.post(AT + "appoint", {"email": email, "name": name, "duties": list(duties)})


def test_somebody_new_gets_a_duty_and_a_link_that_is_shown_once(at_desk, renu, surgery):
    answered = give(at_desk)
    assert "/set-up/" in answered.text
    user = User.objects.get(email="new@example.test")
    role = user.staff_roles.get()
    assert (role.surgery, role.duty, role.starts_on) == (
        surgery, "review-entries", timezone.localdate()
    )  # fmt: skip
    assert "Has not set up" in at_desk.get(AT).text
    actors = AuditEvent.objects.filter(action__in=["staff appointed", "set-up link made"])
    assert {event.actor_id for event in actors} == {renu.pk}
    assert len(actors) == 2


@pytest.mark.parametrize(
    "who",
    ["set up", "a patient", "a patient who left", "a proxy", "staff elsewhere", "identified"],
)
def test_no_link_hands_over_more_than_the_duties(at_desk, surgery, other_surgery, who):
    user = User.objects.create_user("new@example.test", name="Nia")
    if who == "set up":
        user.set_password("three words together")
        user.save()
    elif who == "identified":
        User.objects.filter(pk=user.pk).update(identity_level="P9")
    elif "patient" in who:
        ended = {"ended_on": date(2024, 2, 1)} if who == "a patient who left" else {}
        make_online(make_patient(surgery), user, **ended)
    elif who == "a proxy":
        make_proxy_grant(make_patient(surgery), user, status="ended")
    else:
        StaffRole.objects.create(
            user=user, surgery=other_surgery, duty="decide-access", starts_on=date(2020, 1, 1)
        )
    answered = give(at_desk)
    assert answered.url == AT
    assert user.staff_roles.filter(surgery=surgery).exists()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"email": ""}, "Enter an email address"),
        ({"email": "new"}, "email address"),
        ({"duties": []}, "Tick at least one duty"),
        ({"duties": ["everything"]}, "Choose one of the answers"),
    ],
)
def test_what_is_missing_is_said(at_desk, answers, words):
    answered = give(at_desk, **answers)
    assert answered.status_code == 422
    assert words in answered.text


def test_a_closed_account_gets_no_duty(at_desk):
    User.objects.create_user("new@example.test", is_active=False)
    answered = give(at_desk)
    assert answered.status_code == 422
    assert "is closed" in answered.text
    assert not StaffRole.objects.filter(user__email="new@example.test").exists()


def test_rights_that_end_at_once_end_in_a_session_that_is_open(at_desk, joel, patient):
    elsewhere = sign_in(Client(), joel)
    page = f"/surgery/patients/{patient.pk}/"
    assert elsewhere.get(f"{page}access").status_code == 200
    assert at_desk.post(ending(joel, "decide-access"), {"when": "now"}).url == AT
    assert elsewhere.get(f"{page}access").status_code == 403  # one duty is left
    assert elsewhere.post(f"{page}access", {}).status_code == 403
    assert at_desk.post(ending(joel, "review-entries"), {"when": "now"}).url == AT
    for address in (page, f"{page}access", "/surgery/", "/surgery/found"):
        assert elsewhere.get(address).status_code == 404
    assert elsewhere.get("/account").status_code == 200  # they are who they are


@pytest.mark.parametrize(("day", "ends_on"), [("1", date(2099, 1, 1)), ("", None)])
def test_a_duty_ends_after_a_day(at_desk, joel, day, ends_on):
    on = {"on-day": day, "on-month": "1" if day else "", "on-year": "2099" if day else ""}
    answered = at_desk.post(ending(joel, "decide-access"), {"when": "later"} | on)
    assert answered.status_code == (302 if ends_on else 422)
    assert StaffRole.objects.get(user=joel, duty="decide-access").ends_on == ends_on


def test_a_duty_may_go_on_after_all(at_desk, joel):
    tomorrow = timezone.localdate() + timedelta(days=1)
    StaffRole.objects.filter(user=joel).update(ends_on=tomorrow)
    at_desk.post(ending(joel, "decide-access"), {"when": "never"})
    assert StaffRole.objects.get(user=joel, duty="decide-access").ends_on is None


def test_the_last_manager_is_told_why_they_stay(at_desk, renu):
    answered = at_desk.post(ending(renu, "manage-settings"), {"when": "now"})
    assert answered.status_code == 422
    assert LAST_MANAGER in answered.text
    assert at_desk.get(AT).status_code == 200


def test_who_ends_their_own_duty_is_led_home(at_desk, renu, surgery):
    make_staff(surgery, "other@example.test", Duty.MANAGE_SETTINGS)
    assert at_desk.post(ending(renu, "manage-settings"), {"when": "now"}).url == "/"
    assert at_desk.get(AT).status_code == 404


def test_a_duty_at_another_surgery_cannot_be_named(at_desk, other_surgery):
    other = make_staff(other_surgery, "else@example.test", Duty.DECIDE_ACCESS)
    assert at_desk.post(ending(other, "decide-access"), {"when": "now"}).status_code == 404


def test_the_list_costs_the_same_however_many_there_are(
    at_desk, surgery, django_assert_max_num_queries
):
    at_desk.get(AT)
    with CaptureQueriesContext(connection) as few:
        at_desk.get(AT)
    for number in range(8):
        colleague = make_staff(surgery, f"s{number}@example.test")
        colleague.set_unusable_password()
        colleague.save()
    with django_assert_max_num_queries(
        len(few) + len(list(device_classes()))
    ):  # nobody was asked about before
        assert "Has not set up" not in at_desk.get(AT).text

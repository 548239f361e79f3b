"""The session of whoever has a duty at a surgery ends after 15 minutes of doing nothing, with a warning before."""

from datetime import date, timedelta

import pytest
import time_machine

from accounts.models import RecoveryCodes, StaffRole
from tests.cast import make_staff, make_user, sign_in
from tests.clock import NOW
from tests.portal.sessions import PAGE, is_in, let_in_at_once, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def at_page(client, clock, surgery):
    user = person()
    StaffRole.objects.create(
        user=user, surgery=surgery, duty="review-entries", starts_on=date(2020, 1, 1)
    )
    let_in_at_once(client, user)
    assert client.get(PAGE).status_code == 200
    return client


@pytest.mark.parametrize(("seconds", "lasts"), [(899, True), (900, False), (1200, False)])
def test_it_lasts_for_15_minutes(at_page, clock, seconds, lasts):
    clock.shift(timedelta(seconds=seconds))
    assert at_page.get(PAGE).status_code == (200 if lasts else 302)
    assert is_in(at_page) is lasts


def test_a_script_is_told_so(at_page, clock):
    clock.shift(timedelta(minutes=5))
    assert at_page.get("/still-there/time").json()["seconds"] == 600


def test_without_a_script_the_question_comes_two_minutes_before(at_page, clock):
    # the note of the last use may be half a minute late
    assert 'content="750; url=/still-there"' in at_page.get(PAGE).text
    clock.shift(timedelta(seconds=750))
    assert "Stay signed in" in at_page.get("/still-there").text


def test_the_setting_is_minutes_and_never_longer_than_for_others(at_page, clock, settings):
    settings.SESSION_STAFF_IDLE_SECONDS = 60 * 60
    clock.shift(timedelta(minutes=30))
    assert at_page.get(PAGE).status_code == 302


def test_who_had_a_duty_once_has_as_long_as_others(client, clock, surgery):
    user = person()
    StaffRole.objects.create(
        user=user, surgery=surgery, duty="review-entries",
        starts_on=date(2020, 1, 1), ends_on=NOW.date() - timedelta(days=1),
    )  # fmt: skip
    let_in_at_once(client, user)
    clock.shift(timedelta(minutes=20))
    assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize("address", ["/surgery/", "/surgery/patients/{}/"])
def test_who_was_appointed_since_they_signed_in_has_less_from_their_first_page_at_the_desk(
    client, clock, surgery, patient, address
):
    user = make_user("new@example.test")
    sign_in(client, user)
    make = {"user": user, "surgery": surgery, "duty": "review-entries"}
    StaffRole.objects.create(**make, starts_on=date(2020, 1, 1))
    assert client.get(address.format(patient.pk)).status_code in {200, 302}
    clock.shift(timedelta(minutes=16))
    assert client.get(PAGE).url == "/signed-out"


def test_a_recovery_code_opens_no_desk(client, staff, patient):
    """R3.9: it is for adding an app or a passkey, and with that one comes in again."""
    codes = RecoveryCodes.objects.create(user=staff, name="Recovery codes", hashes=["x"])
    sign_in(client, staff)
    session = client.session
    session["otp_device_id"] = codes.persistent_id
    session.save()
    for address in ("/surgery/", f"/surgery/patients/{patient.pk}/"):
        answered = client.get(address)
        assert answered.status_code == 403
        assert "signed in with a recovery code" in answered.text
    assert client.get("/account/devices").status_code == 200


def test_a_desk_needs_the_second_factor(client, surgery):
    """R3.9"""
    client.force_login(
        make_staff(surgery, "s@example.test"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert client.get("/surgery/").url == "/sign-in/code?next=/surgery/"

"""The list of browsers in which somebody is signed in; each can be signed out."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.devices import (
    find_devices,
    sign_out_device,
    sign_out_everywhere,
    sign_out_others,
)
from accounts.mail import Message
from accounts.models import SignedInDevice
from audit.models import AuditEvent
from tests.clock import NOW
from tests.portal.sessions import FIREFOX, is_in, let_in_at_once, person

PAGE = "/account/devices"
PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0"
ON_PHONE, ON_DESK = "Firefox on Android", "Firefox on Windows"
once = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user(db):
    return person()


@pytest.fixture
def told(monkeypatch):
    """What was said to whom, at the border to the mail."""
    said = []
    monkeypatch.setattr("accounts.devices.tell", lambda user, message: said.append((user, message)))
    return said


@pytest.fixture
def desk(user, told):
    return entered(user)


@pytest.fixture
def phone(user, desk):
    return entered(user, PHONE)


def entered(user, agent=FIREFOX):
    client = Client()
    let_in_at_once(client, user, agent)
    return client


def row_of(client):
    return SignedInDevice.objects.get(pk=client.session["device"])


def kinds(user):
    return [one.kind for one in find_devices(user, now=timezone.now())]


def act(client, device):
    return client.post(f"{PAGE}/{device.pk}/sign-out")


@once
def test_each_browser_is_listed_with_its_kind_its_factor_and_which_is_this_one(desk, phone):
    page = desk.get(PAGE).text
    assert f"{ON_DESK} (this one)" in page
    assert ON_PHONE in page
    assert f"{ON_PHONE} (this one)" not in page
    assert page.count("Authenticator app") == 2
    assert "Sign out all other devices" in page
    assert desk.session.session_key not in page


@once
def test_whoever_is_signed_in_nowhere_else_is_told_so(desk):
    page = desk.get(PAGE).text
    assert "You are not signed in anywhere else" in page
    assert "Sign out all other devices" not in page


@once
def test_one_browser_is_signed_out_and_its_next_request_asks_for_sign_in(user, desk, phone):
    assert phone.get(PAGE).status_code == 200
    assert act(desk, row_of(phone)).url == PAGE
    assert phone.get(PAGE).url == f"/sign-in?next={PAGE}"
    assert kinds(user) == [ON_DESK]
    assert desk.get(PAGE).status_code == 200


@once
def test_all_others_are_signed_out_and_this_one_stays(user, desk, phone):
    third = entered(user, PHONE)
    assert desk.post(f"{PAGE}/sign-out-others").url == PAGE
    assert [is_in(one) for one in (desk, phone, third)] == [True, False, False]
    assert kinds(user) == [ON_DESK]
    assert "All your other devices are signed out" in desk.get(PAGE).text


@once
def test_each_sign_out_is_on_file(user, desk, phone):
    device = row_of(phone)
    act(desk, device)
    device.refresh_from_db()
    event = AuditEvent.objects.get(action="device signed out")
    assert (event.actor_id, event.details) == (user.pk, {"device": str(device.pk)})
    assert (device.ended_at, device.session_key) == (event.at, "")


@once
def test_the_device_of_somebody_else_is_not_found(desk):
    other = entered(person("bilal@example.test", "Bilal Demoson"))
    assert act(desk, row_of(other)).status_code == 404
    assert is_in(other)
    assert other.get(PAGE).status_code == 200


@once
@pytest.mark.parametrize(
    "path", ["00000000-0000-4000-8000-000000000000/sign-out", "1/sign-out", "x/sign-out"]
)
def test_no_such_device_is_not_found(desk, path):
    assert desk.post(f"{PAGE}/{path}").status_code == 404


@once
def test_this_browser_is_signed_out_by_signing_out(desk):
    device = row_of(desk)
    assert act(desk, device).status_code == 404
    desk.post("/sign-out")
    device.refresh_from_db()
    assert device.ended_at
    assert device.session_key == ""


@once
def test_signing_out_needs_a_post_and_a_token(desk, phone):
    device = row_of(phone)
    assert desk.get(f"{PAGE}/{device.pk}/sign-out").status_code == 405
    assert desk.get(f"{PAGE}/sign-out-others").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert act(strict, device).status_code == 403
    assert is_in(phone)


@once
def test_the_list_needs_both_factors(client, user):
    assert client.get(PAGE).url.startswith("/sign-in?")
    client.post("/sign-in", {"email": user.email, "password": "three words together"})
    assert client.get(PAGE).url.startswith("/sign-in/code")
    assert not SignedInDevice.objects.exists()


@once
def test_a_new_kind_of_browser_is_told_by_mail_and_a_known_one_or_the_first_is_not(
    user, desk, told
):
    assert told == []
    entered(user)
    assert told == []
    entered(user, PHONE)
    assert told == [(user, Message.NEW_DEVICE)]
    entered(user, PHONE)
    assert len(told) == 1


@once
def test_what_others_use_is_not_known_to_a_person(user, told):
    entered(user)
    other = person("bilal@example.test")
    entered(other, PHONE)
    entered(other)
    assert told == [(other, Message.NEW_DEVICE)]


@once
def test_a_browser_that_says_nothing_is_a_browser(user, told):
    client = entered(user, "")
    assert "A browser (this one)" in client.get(PAGE).text


@once
def test_signing_in_again_in_the_same_browser_ends_the_earlier_row(user, desk):
    before = row_of(desk)
    let_in_at_once(desk, user)
    before.refresh_from_db()
    assert before.ended_at
    assert kinds(user) == [ON_DESK]


@once
def test_a_browser_that_nobody_came_back_to_is_no_longer_listed(user, told):
    with time_machine.travel(NOW, tick=False) as clock:
        left = row_of(entered(user, PHONE))
        clock.shift(timedelta(minutes=31))
        assert kinds(user) == []
        here = entered(user)
        assert ON_PHONE not in here.get(PAGE).text
        left.refresh_from_db()
        assert left.ended_at == NOW + timedelta(minutes=30)


@once
def test_a_session_that_was_cleared_away_is_no_longer_listed(user, desk, phone):
    Session.objects.filter(session_key=phone.session.session_key).delete()
    assert kinds(user) == [ON_DESK]
    assert not sign_out_device(user, row_of_key(user, ON_PHONE).pk, now=timezone.now())


def row_of_key(user, kind):
    return user.signed_in_devices.get(kind=kind)


@once
def test_signing_out_everywhere_leaves_nobody_in(user, desk, phone):
    assert sign_out_everywhere(user, now=timezone.now()) == 2
    assert not is_in(desk)
    assert not is_in(phone)
    assert sign_out_everywhere(user, now=timezone.now()) == 0


@once
def test_a_session_whose_key_changed_is_still_the_one_that_stays(user, desk, phone):
    session = desk.session
    session.cycle_key()
    assert sign_out_others(user, keep=session, now=timezone.now()) == 1
    assert session.exists(session.session_key)
    assert kinds(user) == [ON_DESK]


@committed
def test_signing_out_the_same_browser_twice_at_once_happens_once(told):
    user = person()
    device = row_of(entered(user))
    assert sorted(at_once(lambda: sign_out_device(user, device.pk, now=timezone.now()))) == [
        False,
        True,
    ]
    assert AuditEvent.objects.filter(action="device signed out").count() == 1


@committed
def test_a_sign_in_during_signing_out_everywhere_is_whole_or_ended(told):
    """Never a session that lives without being listed."""
    user = person()
    client = Client()
    acts = [
        lambda: let_in_at_once(client, user) and None,
        lambda: sign_out_everywhere(user, now=timezone.now()),
    ]
    at_once(*acts)
    assert is_in(client) == (kinds(user) == [ON_DESK])


@committed
def test_a_request_under_way_cannot_bring_a_session_back(told):
    user = person()
    client = entered(user)
    session = client.session
    session["seen_at"] = "under way"
    sign_out_everywhere(user, now=timezone.now())
    with pytest.raises(UpdateError):
        session.save()
    assert not is_in(client)


def at_once(*acts):
    """Do things in threads of their own, as far as possible at the same moment; what they answered."""
    acts = acts if len(acts) > 1 else acts * 2
    start, answers = threading.Barrier(len(acts)), []

    def run(act):
        try:
            start.wait()
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

"""The one-time link: password, app, and then no more."""

import re
import time
from base64 import b32decode
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.utils.http import urlsafe_base64_encode
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.set_up import set_up_link
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db

PASSWORD = "three words together"


@pytest.fixture
def user():
    return User.objects.create_user("new@example.test", name="Nina Newly")


@pytest.fixture
def link(user, settings):
    return set_up_link(user).removeprefix(settings.PORTAL_URL)


@pytest.fixture
def with_password(client, link):
    """A client that has chosen a password and sees the page for the app."""
    response = client.post(link, {"password": PASSWORD})
    assert (response.status_code, response.url) == (302, f"{link}/app")
    return client


def secret_on(page):
    text = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    return b32decode(text)


def finish(client, link):
    code = totp(secret_on(client.get(f"{link}/app").text))
    return client.post(f"{link}/app", {"code": f"{code:06}"})


def test_password_and_app_make_an_account_that_signs_in(with_password, link, user):
    response = finish(with_password, link)
    assert (response.status_code, response.url) == (302, "/sign-in")
    assert "Your account is ready" in with_password.get("/sign-in").text
    with time_machine.travel(time.time() + 31, tick=False):
        client = Client()
        client.post("/sign-in", {"email": user.email, "password": PASSWORD})
        code = totp(TOTPDevice.objects.get(user=user).bin_key)
        assert client.post("/sign-in/code", {"code": f"{code:06}"}).url == "/"


def test_the_code_that_finished_the_account_does_not_sign_in(with_password, link, user):
    with time_machine.travel(time.time(), tick=False):
        finish(with_password, link)
        client = Client()
        client.post("/sign-in", {"email": user.email, "password": PASSWORD})
        code = totp(TOTPDevice.objects.get(user=user).bin_key)
        assert client.post("/sign-in/code", {"code": f"{code:06}"}).status_code == 422


def test_nothing_changes_before_the_last_step(with_password, link, user):
    page = with_password.get(f"{link}/app").text
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not TOTPDevice.objects.exists()
    assert secret_on(page) == secret_on(with_password.get(f"{link}/app").text)


def test_the_link_works_once(with_password, link):
    finish(with_password, link)
    for page in (link, f"{link}/app"):
        response = with_password.get(page)
        assert response.status_code == 404
        assert "This link does not work" in response.text


def test_of_two_visitors_with_one_link_the_first_wins(link, user):
    first, second = Client(), Client()
    for client in (first, second):
        client.post(link, {"password": PASSWORD})
    code = totp(secret_on(second.get(f"{link}/app").text))
    finish(first, link)
    assert second.post(f"{link}/app", {"code": f"{code:06}"}).status_code == 404
    assert TOTPDevice.objects.filter(user=user).count() == 1


def test_the_link_works_for_three_days(client, user, settings):
    with time_machine.travel("2024-06-03 09:30", tick=False) as clock:
        link = set_up_link(user).removeprefix(settings.PORTAL_URL)
        clock.shift(timedelta(days=3))
        assert client.get(link).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert client.get(link).status_code == 404


def test_a_tampered_link_does_not_work(client, link, user):
    other = User.objects.create_user("other@example.test")
    person, token = link.split("/")[-2:]
    somebody_else = urlsafe_base64_encode(other.pk.bytes)
    nobody = urlsafe_base64_encode(b"0" * 16)
    tampered = [(person, token[:-1] + "zz"), (person, "x"), (person, "a-b"), (somebody_else, token)]
    tampered += [
        (nobody, token),
        ("!!", token),
        ("eHg", token),
        (person, default_token_generator.make_token(user)),
    ]
    for who, what in tampered:
        assert client.get(f"/set-up/{who}/{what}").status_code == 404
        assert client.post(f"/set-up/{who}/{what}", {"password": PASSWORD}).status_code == 404


def test_the_link_of_a_closed_account_does_not_work(client, link, user):
    user.is_active = False
    user.save()
    assert client.get(link).status_code == 404


def test_the_app_page_comes_after_the_password_of_this_person(client, link, settings):
    assert client.get(f"{link}/app").url == link
    other = set_up_link(User.objects.create_user("other@example.test"))
    client.post(link, {"password": PASSWORD})
    other_app = other.removeprefix(settings.PORTAL_URL) + "/app"
    assert client.get(other_app).url == other_app.removesuffix("/app")


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "Enter a password"), ("short", "too short"), ("password1234", "too common")],
)
def test_a_weak_password_is_refused(client, link, password, words):
    response = client.post(link, {"password": password})
    assert response.status_code == 422
    assert words in response.text


def test_a_wrong_code_is_refused_and_may_be_tried_again(with_password, link, user):
    key = secret_on(with_password.get(f"{link}/app").text)
    wrong = f"{(totp(key) + 1) % 1_000_000:06}"
    response = with_password.post(f"{link}/app", {"code": wrong})
    assert response.status_code == 422
    assert "This code is not right" in response.text
    assert finish(with_password, link).status_code == 302


def test_the_picture_passes_a_strict_content_policy(with_password, link):
    page = with_password.get(f"{link}/app")
    picture = re.search(r"<svg.*?</svg>", page.text, re.S)[0]
    assert "style" not in picture
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_a_new_link_replaces_the_app_of_someone_who_lost_it(client, user, settings):
    user.password = make_password("before")
    user.save()
    TOTPDevice.objects.create(user=user, name="lost", confirmed=True)
    link = set_up_link(user).removeprefix(settings.PORTAL_URL)
    client.post(link, {"password": PASSWORD})
    finish(client, link)
    assert [device.name for device in TOTPDevice.objects.filter(user=user)] == ["Authenticator app"]


def test_setting_up_is_on_file(with_password, link, user):
    finish(with_password, link)
    event = AuditEvent.objects.get(action="account set up")
    assert (event.actor_id, event.details) == (user.pk, {})

"""The one-time link: password, app, and then no more."""

import re
import time
from base64 import b32decode
from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.http import urlsafe_base64_encode
from django_otp.oath import totp

from accounts.appointing import appoint_staff
from accounts.models import AuthenticatorApp, Duty, NhsLogin, User
from accounts.recovery_codes import make_codes
from accounts.set_up import set_up_link
from accounts.setting_up import set_up_with_app
from audit.models import AuditEvent
from tests.cast import make_passkey, make_surgery, sign_in
from tests.clock import NOW

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
    response = give_password(client, link)
    assert (response.status_code, response.url) == (302, f"{link}/app")
    return client


def give_password(client, link, password=PASSWORD):
    assert client.post(link, {"way": "app"}).url == f"{link}/password"
    return client.post(f"{link}/password", {"password": password})


def secret_on(page):
    text = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    return b32decode(text)


def finish(client, link):
    code = totp(secret_on(client.get(f"{link}/app").text))
    return client.post(f"{link}/app", {"code": f"{code:06}"})


def test_password_and_app_make_an_account_and_let_in(with_password, link, user):
    response = finish(with_password, link)
    assert (response.status_code, response.url) == (302, "/account/recovery-codes")
    assert with_password.get("/account/recovery-codes").text.count("<li><code>") == 10
    assert with_password.get("/account/factors").status_code == 200
    with time_machine.travel(time.time() + 31, tick=False):
        client = Client()
        client.post("/sign-in", {"email": user.email, "password": PASSWORD})
        code = totp(AuthenticatorApp.objects.get(user=user).bin_key)
        assert client.post("/sign-in/code", {"code": f"{code:06}"}).url == "/"


def test_the_code_that_finished_the_account_does_not_sign_in(with_password, link, user):
    with time_machine.travel(time.time(), tick=False):
        finish(with_password, link)
        client = Client()
        client.post("/sign-in", {"email": user.email, "password": PASSWORD})
        code = totp(AuthenticatorApp.objects.get(user=user).bin_key)
        assert client.post("/sign-in/code", {"code": f"{code:06}"}).status_code == 422


def test_nothing_changes_before_the_last_step(with_password, link, user):
    page = with_password.get(f"{link}/app").text
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not AuthenticatorApp.objects.exists()
    assert secret_on(page) == secret_on(with_password.get(f"{link}/app").text)


def test_the_link_works_once(with_password, link):
    finish(with_password, link)
    for page in ("", "/password", "/app", "/passkey"):
        response = with_password.get(link + page)
        assert response.status_code == 404
        assert "This link does not work" in response.text


def test_of_two_visitors_with_one_link_the_first_wins(link, user):
    first, second = Client(), Client()
    for client in (first, second):
        give_password(client, link)
    code = totp(secret_on(second.get(f"{link}/app").text))
    finish(first, link)
    assert second.post(f"{link}/app", {"code": f"{code:06}"}).status_code == 404
    assert AuthenticatorApp.objects.filter(user=user).count() == 1


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
    give_password(client, link)
    other = other.removeprefix(settings.PORTAL_URL)
    for page in ("password", "app", "passkey"):
        assert client.get(f"{other}/{page}").url == other


@pytest.mark.parametrize(
    ("password", "words"),
    [("", "Enter a password"), ("short", "too short"), ("password1234", "too common")],
)
def test_a_weak_password_is_refused(client, link, password, words):
    response = give_password(client, link, password)
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


def test_a_new_link_replaces_everything_of_someone_who_lost_it(client, user, settings):
    """A lost factor goes through the surgery: whoever found it can do nothing with it any more."""
    user.password = make_password("before")
    user.save()
    lost = AuthenticatorApp.objects.create(user=user, name="lost", confirmed=True)
    make_codes(user, now=NOW)
    elsewhere = sign_in(Client(), user)
    assert elsewhere.get("/account").status_code == 200
    link = set_up_link(user).removeprefix(settings.PORTAL_URL)
    give_password(client, link)
    finish(client, link)
    assert [app.name for app in AuthenticatorApp.objects.filter(user=user)] == ["Authenticator app"]
    assert not AuthenticatorApp.objects.filter(pk=lost.pk).exists()
    assert elsewhere.get("/account").url.startswith("/sign-in")
    assert "How you sign in was changed" in [email.subject for email in mail.outbox]


def test_the_first_time_nobody_is_told_of_a_change(with_password, link):
    finish(with_password, link)
    assert mail.outbox == []


def test_setting_up_confirms_the_address_of_an_account_made_on_the_public_page(client, settings):
    for is_self_made in (True, False):
        user = User.objects.create_user(f"{is_self_made}@example.test", is_self_made=is_self_made)
        link = set_up_link(user).removeprefix(settings.PORTAL_URL)
        client = Client()
        give_password(client, link)
        finish(client, link)
        user.refresh_from_db()
        assert bool(user.email_confirmed_at) is is_self_made


@pytest.mark.parametrize(
    "change", ["identity", "email", "password", "passkey", "NHS login", "duty"]
)
def test_a_link_dies_when_the_account_changes(client, link, user, change):
    """Above all when its owner proved who they are: e-mail alone never opens a proved account."""
    if change == "identity":
        user.identity_level = "P9"
    elif change == "email":
        user.email = "else@example.test"
    elif change == "password":
        user.set_password("another one")
    elif change == "NHS login":
        NhsLogin.objects.create(user=user, name="NHS login", issuer="https://x.test", subject="1")
    elif change == "duty":
        surgery = make_surgery()
        appoint_staff(email=user.email, surgery=surgery, duties=list(Duty), by=None, now=NOW)
    else:
        make_passkey(user)
    user.save()
    assert client.get(link).status_code == 404


def test_two_who_finish_at_once_do_not_both_win(user):
    """Both found the link good; the second to write finds another account than it was made for."""
    stale = User.objects.get(pk=user.pk)
    finish_by_rule(user)
    with pytest.raises(ValidationError, match="used just now"):
        finish_by_rule(stale)
    assert AuthenticatorApp.objects.count() == 1


def finish_by_rule(user):
    app = AuthenticatorApp(user=user, name="app")
    set_up_with_app(
        user, password=make_password(PASSWORD), app=app, code=f"{totp(app.bin_key):06}", now=NOW
    )


def test_the_session_never_holds_the_key_in_clear(with_password, link):
    key = secret_on(with_password.get(f"{link}/app").text).hex()
    kept = str(with_password.session["set_up"])
    assert key not in kept
    assert PASSWORD not in kept


def test_a_key_that_is_no_longer_readable_begins_again(with_password, link, settings):
    settings.PORTAL_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert with_password.get(f"{link}/app").url == link


@pytest.mark.parametrize("answers", [{}, {"way": "email"}])
def test_one_must_choose_a_way(client, link, answers):
    response = client.post(link, answers)
    assert response.status_code == 422
    assert client.get(f"{link}/passkey").url == link


def test_beside_every_passkey_is_another_way(client, link):
    client.post(link, {"way": "passkey"})
    page = client.get(f"{link}/passkey").text
    assert "use a password and an app instead" in page
    assert "This browser cannot use passkeys here" in page


def test_a_password_is_chosen_before_the_passkey_that_goes_with_it(client, link):
    client.post(link, {"way": "password-and-passkey"})
    assert client.get(f"{link}/passkey").url == link
    response = client.post(f"{link}/password", {"password": PASSWORD})
    assert response.url == f"{link}/passkey"
    assert client.get(response.url).status_code == 200


def test_setting_up_is_on_file(with_password, link, user):
    finish(with_password, link)
    rows = AuditEvent.objects.order_by("sequence").values_list("action", "actor_id")
    assert list(rows) == [
        (action, user.pk)
        for action in ("account set up", "sign-in", "second factor", "recovery codes made")
    ]

"""Two steps in, one step out; nothing says whether an account exists."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import totp

from accounts.models import AuthenticatorApp
from accounts.recovery_codes import make_codes
from audit.models import AuditEvent
from tests.cast import make_passkey, make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

PASSWORD = "three words together"
SIGN_IN, CODE = "/sign-in", "/sign-in/code"
WRONG = "The email address or the password is not right"


@pytest.fixture
def user():
    return make_user("ada@example.test", name="Ada Testwell", password=make_password(PASSWORD))


@pytest.fixture
def half_in(client, user):
    """A client that has passed the first step only."""
    give_password(client)
    return client


def give_password(client, email="ada@example.test", password=PASSWORD, query=""):
    return client.post(SIGN_IN + query, {"email": email, "password": password})


def code_now(user, steps=0):
    app = AuthenticatorApp.objects.filter(user=user).order_by("id").first()
    return f"{totp(app.bin_key, drift=steps):06}"


def events():
    return list(AuditEvent.objects.order_by("sequence").values_list("action", "outcome", "details"))


def test_both_steps_let_a_person_in(client, user):
    response = give_password(client)
    assert (response.status_code, response.url) == (302, CODE)
    response = client.post(CODE, {"code": code_now(user)})
    assert (response.status_code, response.url) == (302, "/")
    assert DEVICE_ID_SESSION_KEY in client.session


def test_the_code_may_have_a_space(half_in, user):
    code = code_now(user)
    assert half_in.post(CODE, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302


def test_an_address_is_the_same_in_capitals(client, user):
    assert give_password(client, "ADA@Example.test").status_code == 302


def test_each_step_gives_the_session_a_new_key(client, user):
    client.get(SIGN_IN)
    session = client.session
    session["left over"] = "from before"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    keys = [session.session_key]
    give_password(client)
    keys.append(client.session.session_key)
    assert "left over" not in client.session
    client.post(CODE, {"code": code_now(user)})
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.test", "wrong"), ("no@example.test", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, user, email, password):
    response = give_password(client, email, password)
    assert response.status_code == 422
    assert WRONG in response.text
    other = give_password(Client(), "third@example.test", "x")
    assert same_but_for_tokens(response, email) == same_but_for_tokens(other, "third@example.test")


def same_but_for_tokens(response, email):
    without_address = response.text.replace(email, "")
    return re.sub(r'(nonce|value)="[^"]*"', "", without_address)


@pytest.fixture
def hashings(monkeypatch):
    """Counts how often a password is hashed, to compare or to store."""
    counted = []
    for name in ("verify", "encode"):
        real = getattr(Argon2PasswordHasher, name)

        def count(self, *args, real=real):
            counted.append(real.__name__)
            return real(self, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, count)
    return counted


def test_every_failure_costs_one_hash_and_the_same_queries(user, hashings):
    make_user("blank@example.test", password=make_password(None))
    costs = set()
    for email in ("ada@example.test", "no@example.test", "blank@example.test"):
        hashings.clear()
        with CaptureQueriesContext(connection) as queries:
            give_password(Client(), email, "wrong")
        costs.add((len(hashings), len(queries)))
    assert costs == {(1, 12)}


def test_a_closed_account_answers_as_a_wrong_password(client, user):
    user.is_active = False
    user.save()
    response = give_password(client)
    assert (response.status_code, WRONG in response.text) == (422, True)


@pytest.mark.parametrize("answers", [{}, {"email": "ada"}, {"email": "ada@example.test"}])
def test_an_incomplete_form_says_what_to_mend(client, answers):
    response = client.post(SIGN_IN, answers)
    assert response.status_code == 422
    assert "There is a problem" in response.text


def test_five_wrong_tries_lock_the_address_whether_or_not_it_exists(client, user):
    for email in ("ada@example.test", "no@example.test"):
        codes = [give_password(client, email, "wrong").status_code for _ in range(5)]
        assert codes == [422] * 4 + [429]
    assert give_password(client).status_code == 429
    assert "Too many tries" in give_password(client).text


def test_a_lock_ends_after_a_quarter_of_an_hour(client, user):
    with time_machine.travel("2024-06-03 09:30", tick=False) as clock:
        for _ in range(5):
            give_password(client, password="wrong")
        clock.shift(timedelta(minutes=16))
        assert give_password(client).status_code == 302


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_not_a_code_is_refused(half_in, code):
    assert half_in.post(CODE, {"code": code}).status_code == 422


def test_a_wrong_code_does_not_let_in(half_in, user):
    wrong = f"{(int(code_now(user)) + 1) % 1_000_000:06}"
    response = half_in.post(CODE, {"code": wrong})
    assert response.status_code == 422
    assert "This code is not right" in response.text
    assert DEVICE_ID_SESSION_KEY not in half_in.session


def test_a_code_works_once(half_in, user):
    code = code_now(user)
    assert half_in.post(CODE, {"code": code}).status_code == 302
    again = Client()
    give_password(again)
    assert again.post(CODE, {"code": code}).status_code == 422


def test_after_a_wrong_code_even_the_right_one_must_wait(half_in, user):
    with time_machine.travel(time.time(), tick=False) as clock:
        for _ in range(3):
            half_in.post(CODE, {"code": "000000" if code_now(user) != "000000" else "000001"})
            clock.shift(5)
        half_in.post(CODE, {"code": "000000" if code_now(user) != "000000" else "000001"})
        response = half_in.post(CODE, {"code": code_now(user)})
        assert response.status_code == 422
        assert "too many wrong codes" in response.text
        clock.shift(60)
        assert half_in.post(CODE, {"code": code_now(user)}).status_code == 302


def test_without_a_second_factor_there_is_no_way_in(client, user):
    """Never by e-mail alone: the surgery helps."""
    AuthenticatorApp.objects.all().delete()
    give_password(client)
    page = client.get(CODE).text
    assert "Contact your surgery" in page
    assert 'name="code"' not in page
    response = client.post(CODE, {"code": "123456"})
    assert response.status_code == 422
    assert "no authenticator app" in response.text
    assert client.get("/surgery/").url.startswith(CODE)


def test_the_second_step_offers_what_the_person_has(half_in, user):
    page = half_in.get(CODE).text
    assert 'name="code"' in page
    assert "recovery code" not in page
    assert "Use a passkey" not in page
    make_passkey(user)
    make_codes(user, now=NOW)
    page = half_in.get(CODE).text
    assert "Use a passkey" in page
    assert "/sign-in/recovery-code" in page


def test_any_of_several_apps_lets_in(half_in, user):
    second = AuthenticatorApp.objects.create(user=user, name="tablet")
    code = f"{totp(second.bin_key):06}"
    assert half_in.post(CODE, {"code": code}).status_code == 302
    assert not AuthenticatorApp.objects.exclude(throttling_failure_count=0).exists()


def test_several_apps_do_not_mean_more_guesses(half_in, user):
    """Ten wrong codes in a quarter of an hour, over everything that a person has."""
    make_codes(user, now=NOW)
    with time_machine.travel(time.time(), tick=False) as clock:
        for _ in range(10):
            half_in.post(CODE, {"code": "000000" if code_now(user) != "000000" else "000001"})
            AuthenticatorApp.objects.create(user=user, name="another")
        for page, code in (
            (CODE, code_now_of_newest(user)),
            (f"{SIGN_IN}/recovery-code", "A" * 12),
        ):
            response = half_in.post(page, {"code": code})
            assert (response.status_code, "Wait 15 minutes" in response.text) == (422, True)
        clock.shift(timedelta(minutes=16))
        assert half_in.post(CODE, {"code": code_now_of_newest(user)}).status_code == 302


def code_now_of_newest(user):
    return f"{totp(AuthenticatorApp.objects.filter(user=user).last().bin_key):06}"


def test_right_codes_do_not_use_up_the_tries(client, user):
    with time_machine.travel(time.time(), tick=False) as clock:
        for _ in range(12):
            give_password(client)
            assert client.post(CODE, {"code": code_now(user)}).status_code == 302
            client.post("/sign-out")
            clock.shift(31)


def test_an_app_that_was_never_confirmed_does_not_count(half_in, user):
    code = code_now(user)
    AuthenticatorApp.objects.update(confirmed=False)
    assert half_in.post(CODE, {"code": code}).status_code == 422


def test_the_second_step_asks_for_the_first(client):
    assert client.get(CODE).url == f"{SIGN_IN}?next={CODE}"


def test_between_the_steps_no_page_opens(half_in):
    assert half_in.get("/surgery/").url.startswith(CODE)


@pytest.mark.parametrize("page", [SIGN_IN, CODE])
def test_who_is_in_already_is_sent_on(client, user, page):
    sign_in(client, user)
    assert client.get(f"{page}?next=/surgery/").url == "/surgery/"


def test_both_steps_keep_where_one_wanted_to_go(client, user):
    response = give_password(client, query="?next=/surgery/found%3Fpage=2")
    assert response.url == f"{CODE}?next=%2Fsurgery%2Ffound%3Fpage%3D2"
    response = client.post(response.url, {"code": code_now(user)})
    assert response.url == "/surgery/found?page=2"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test",
        "javascript:alert(1)",
        "http:evil.test",
        "///evil.test",
        " //evil.test",
        "https://testserver.evil.test/",
        "/sign-out",
    ],
)
def test_no_address_leads_out_of_the_portal(client, user, wanted):
    response = client.get(SIGN_IN, {"next": wanted})
    assert "evil" not in response.text.replace(wanted, "")
    sign_in(client, user)
    assert client.get(SIGN_IN, {"next": wanted}).url == "/"


def test_signing_out_needs_a_post_and_ends_the_session(client, user):
    sign_in(client, user)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").url == "/"
    assert not client.session.get("_auth_user_id")


def test_one_can_leave_between_the_steps(half_in):
    assert half_in.post("/sign-out").url == "/"
    assert not half_in.session.get("_auth_user_id")


def test_forms_refuse_a_post_from_elsewhere(user):
    client = Client(enforce_csrf_checks=True)
    assert give_password(client).status_code == 403


def test_every_step_and_every_failure_is_on_file_without_an_address(client, user):
    give_password(client, password="wrong")
    give_password(client, "no@example.test")
    give_password(client)
    client.post(CODE, {"code": "000000" if code_now(user) != "000000" else "000001"})
    with time_machine.travel(time.time() + 40, tick=False):
        client.post(CODE, {"code": code_now(user)})
    client.post(reverse("accounts:sign-out"))
    assert [event[:2] for event in events()] == [
        ("sign-in", "refused"),
        ("sign-in", "refused"),
        ("sign-in", "done"),
        ("second factor", "refused"),
        ("second factor", "done"),
        ("sign-out", "done"),
    ]
    actors = list(AuditEvent.objects.order_by("sequence").values_list("actor_id", flat=True))
    assert actors == [user.pk, None, user.pk, user.pk, user.pk, user.pk]
    assert "example.test" not in str(events())


def test_the_form_lets_password_managers_work(client):
    page = client.get(SIGN_IN).text
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="email"' in page
    assert client.get(SIGN_IN).headers["Cache-Control"] == "no-store, private"

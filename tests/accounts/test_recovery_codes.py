"""Ten codes for the day when the phone is gone: each works once, and none can be read from the database."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from accounts import signing_in
from accounts.models import AuthenticatorApp, RecoveryCodes
from accounts.recovery_codes import count_left, make_codes, note_kept, spend_code
from accounts.second_step import check_recovery_code
from audit.models import AuditEvent
from tests.cast import make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

PASSWORD = "three words together"
PAGE = "/sign-in/recovery-code"
CODES, MAKE = "/account/recovery-codes", "/account/recovery-codes/make"


@pytest.fixture
def user():
    return make_user("ada@example.test", password=make_password(PASSWORD))


@pytest.fixture
def codes(user):
    return make_codes(user, now=NOW)


@pytest.fixture
def half_in(client, user):
    client.post("/sign-in", {"email": user.email, "password": PASSWORD})
    return client


@pytest.fixture
def confirmed(client, user):
    """Someone who has just used both factors."""
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, user)
        session = client.session
        session["confirmed_at"] = NOW.isoformat()
        session.save()
        client.clock = clock
        yield client


def shown(page):
    return re.findall(r"<li><code>([^<]+)</code>", page.text)


def test_there_are_ten_of_sixty_bits_each(codes):
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([2-9A-HJ-NP-Z]{4} ){2}[2-9A-HJ-NP-Z]{4}", code) for code in codes)


def test_no_code_can_be_read_from_the_database(user, codes):
    with connection.cursor() as cursor:
        cursor.execute("select hashes::text from accounts_recoverycodes")
        stored = cursor.fetchone()[0]
    assert not any(code in stored or code.replace(" ", "") in stored for code in codes)


def test_a_code_lets_in_once(half_in, user, codes):
    response = half_in.post(PAGE, {"code": codes[3]})
    assert (response.status_code, response.url) == (302, "/")
    assert half_in.get("/account").status_code == 200
    again = Client()
    again.post("/sign-in", {"email": user.email, "password": PASSWORD})
    response = again.post(PAGE, {"code": codes[3]})
    assert (response.status_code, "used before" in response.text) == (422, True)
    assert again.get("/account").url.startswith("/sign-in/code")
    assert count_left(user) == 9


def test_the_owner_is_told_and_it_is_on_file_without_the_code(half_in, user, codes):
    half_in.post(PAGE, {"code": codes[0]})
    assert [email.subject for email in mail.outbox] == ["A recovery code was used"]
    event = AuditEvent.objects.get(action="recovery code used")
    assert (event.actor_id, event.details) == (user.pk, {"left": 9})
    assert codes[0] not in str(list(AuditEvent.objects.values_list("details", flat=True)))


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace(" ", ""),
                                    lambda code: f" {code.replace(' ', '-')}  "])  # fmt: skip
def test_a_code_may_be_typed_in_any_way(half_in, codes, change):
    assert half_in.post(PAGE, {"code": change(codes[0])}).status_code == 302


@pytest.mark.parametrize(
    "code", ["", "K7WP", "K7WP4M2X9QTRA", "К7WP4M2X9QTR", "🙂" * 12, "１" * 12, "\x00" * 12]
)
def test_what_is_not_a_code_is_refused(half_in, codes, code):
    """The second K is Cyrillic, the ones are full-width."""
    assert half_in.post(PAGE, {"code": code}).status_code == 422


def test_somebody_elses_code_does_not_work(half_in, codes):
    others = make_codes(make_user("bilal@example.test"), now=NOW)
    assert half_in.post(PAGE, {"code": others[0]}).status_code == 422


def test_the_page_asks_for_the_password_first(client, codes):
    assert client.get(PAGE).url.startswith("/sign-in?")
    assert client.post(PAGE, {"code": codes[0]}).url.startswith("/sign-in?")


def test_wrong_codes_make_even_the_right_one_wait(user, codes):
    for _ in range(3):
        assert spend_code(user, "A" * 12, now=NOW) is None
    assert spend_code(user, codes[0], now=NOW) is None
    RecoveryCodes.objects.update(throttling_failure_count=0)
    assert spend_code(user, codes[0], now=NOW)


def test_after_ten_wrong_codes_none_is_right_for_a_quarter_of_an_hour(user, codes):
    for _ in range(10):
        with pytest.raises(ValidationError):
            check_recovery_code(user, "A" * 12, now=NOW)
    RecoveryCodes.objects.update(throttling_failure_count=0)
    with pytest.raises(ValidationError, match="Wait 15 minutes"):
        check_recovery_code(user, codes[0], now=NOW + timedelta(minutes=14))
    assert check_recovery_code(user, codes[0], now=NOW + timedelta(minutes=15))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_one_code_at_once_one_wins(user, codes):
    ready, won = threading.Barrier(2), []

    def enter():
        try:
            ready.wait()
            won.append(spend_code(user, codes[0], now=NOW) is not None)
        finally:
            connection.close()

    both = [threading.Thread(target=enter) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(won) == [False, True]
    assert count_left(user) == 9


def test_few_codes_are_said_on_signing_in(half_in, user, codes):
    RecoveryCodes.objects.update(hashes=RecoveryCodes.objects.get().hashes[:4])
    half_in.post(PAGE, {"code": codes[0]})
    assert "You have 3 recovery codes left" in half_in.get("/").text


def test_new_codes_end_the_old_ones(user, codes):
    new = make_codes(user, now=NOW)
    assert spend_code(user, codes[0], now=NOW) is None
    RecoveryCodes.objects.update(throttling_failure_count=0)
    assert spend_code(user, new[0], now=NOW)


LONG_AGO, JUST_NOW = NOW - timedelta(days=30), NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("made", "kept", "since"),
    [
        (LONG_AGO, LONG_AGO, LONG_AGO),
        (LONG_AGO, JUST_NOW, JUST_NOW),
        (LONG_AGO, None, NOW),  # a page may still show them to whoever holds the phone
        (JUST_NOW, None, NOW),
        (JUST_NOW, JUST_NOW, JUST_NOW),
        (None, None, LONG_AGO),  # from before it was kept when they were made
    ],
)
def test_a_session_knows_since_when_its_owner_had_the_codes(client, user, made, kept, since):
    """R3.9: the row of the codes stays when new ones are made, and they are new all the same."""
    with time_machine.travel(LONG_AGO, tick=False):
        codes = make_codes(user, now=LONG_AGO)
        note_kept(user, now=LONG_AGO)
    if made == JUST_NOW:
        codes = make_codes(user, now=JUST_NOW)
        assert RecoveryCodes.objects.get().kept_at is None
    RecoveryCodes.objects.update(made_at=made, kept_at=kept)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, user)
        client.post("/account/confirm/recovery-code", {"code": codes[0]})
        assert signing_in.confirmed(client.session) == (NOW, since)


@pytest.mark.parametrize("added", [timedelta(days=30), timedelta(minutes=1)])
def test_a_session_knows_since_when_its_owner_had_the_app(client, user, added):
    """R3.9"""
    with time_machine.travel(NOW, tick=False):
        sign_in(client, user)
        app = AuthenticatorApp.objects.get(user=user)
        AuthenticatorApp.objects.filter(pk=app.pk).update(created_at=NOW - added)
        code = f"{TOTP(app.bin_key).token():06}"
        client.post("/account/confirm", {"code": code})
        assert signing_in.confirmed(client.session) == (NOW, NOW - added)


def test_codes_are_shown_until_they_are_kept_and_never_again(confirmed, user):
    assert confirmed.post(MAKE).url == CODES
    first, again = shown(confirmed.get(CODES)), shown(confirmed.get(CODES))
    assert first == again
    assert len(first) == 10
    assert first[0] not in str(dict(confirmed.session))
    response = confirmed.post(CODES)
    assert (response.status_code, "tick that you have kept them" in response.text) == (422, True)
    assert RecoveryCodes.objects.get().kept_at is None
    assert confirmed.post(CODES, {"kept": "on"}).status_code == 302
    assert RecoveryCodes.objects.get().kept_at
    assert confirmed.get(CODES).url == "/account/factors"
    assert spend_code(user, first[9], now=NOW)


def test_who_makes_new_codes_is_told_and_it_is_on_file(confirmed, user):
    for _ in range(2):
        confirmed.post(MAKE)
    assert [email.subject for email in mail.outbox] == ["How you sign in was changed"]
    assert AuditEvent.objects.filter(action="recovery codes made").count() == 2


def test_codes_shown_to_one_person_are_not_shown_to_the_next(confirmed):
    confirmed.post(MAKE)
    kept = confirmed.session["recovery_codes"]
    sign_in(confirmed, make_user("bilal@example.test"))
    session = confirmed.session
    session["recovery_codes"] = kept
    session.save()
    assert confirmed.get(CODES).url == "/account/factors"


def test_making_codes_asks_for_a_second_factor_again_after_a_while(confirmed):
    confirmed.clock.shift(timedelta(minutes=16))
    assert confirmed.post(MAKE).url.startswith("/account/confirm")
    assert not RecoveryCodes.objects.exists()


def test_without_a_password_there_are_no_codes(confirmed, user):
    """A code is a second factor; there is no first for it to go with."""
    user.set_password(None)
    type(user).objects.filter(pk=user.pk).update(password=user.password)
    session = confirmed.session
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    assert confirmed.post(MAKE).url == "/account/factors"
    assert not RecoveryCodes.objects.exists()
    assert "you have none" in confirmed.get("/account/factors").text


def test_someone_who_lost_the_app_takes_another_with_a_recovery_code(half_in, user, codes):
    half_in.post(PAGE, {"code": codes[0]})
    assert AuthenticatorApp.objects.filter(user=user).exists()
    assert half_in.get("/account/factors/app").status_code == 200

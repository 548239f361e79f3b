"""The ways to sign in: seeing, adding, naming and removing them; and keys that lie encrypted."""

import re
import threading
from base64 import b32decode
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from accounts import factors
from accounts.factors import find_factor, find_ways
from accounts.models import AuthenticatorApp, NhsLogin, User
from accounts.recovery_codes import make_codes
from audit.models import AuditEvent
from tests.cast import make_passkey, make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

PASSWORD = "three words together"
PAGE, ADD_APP, CONFIRM = "/account/factors", "/account/factors/app", "/account/confirm"


@pytest.fixture
def user():
    return make_user("ada@example.test", password=make_password(PASSWORD))


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def signed_in(client, user, clock):
    """Someone who signed in with both factors, longer ago than a quarter of an hour."""
    return sign_in(client, user)


@pytest.fixture
def confirmed(signed_in):
    session = signed_in.session
    session["confirmed_at"] = NOW.isoformat()
    session.save()
    return signed_in


def code_of(app):
    return f"{totp(app.bin_key):06}"


def app_of(user):
    return AuthenticatorApp.objects.get(user=user)


def subjects():
    return [email.subject for email in mail.outbox]


# confirming


@pytest.mark.parametrize("page", [PAGE, ADD_APP, f"{PAGE}/passkey", f"{PAGE}/app-1/remove"])
def test_what_keeps_an_account_safe_is_changed_only_after_confirming(signed_in, page):
    response = signed_in.get(page)
    assert response.url == f"{CONFIRM}?next={page.replace('/', '%2F')}"


def test_a_code_confirms_for_a_quarter_of_an_hour(signed_in, user, clock):
    wanted = signed_in.get(PAGE).url
    assert "Confirm that it is you" in signed_in.get(wanted).text
    assert signed_in.post(wanted, {"code": code_of(app_of(user))}).url == PAGE
    clock.shift(timedelta(minutes=15))
    assert signed_in.get(PAGE).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert signed_in.get(PAGE).url.startswith(CONFIRM)


def test_a_recovery_code_confirms_too(signed_in, user):
    code = make_codes(user, now=NOW)[0]
    assert "/account/confirm/recovery-code" in signed_in.get(CONFIRM).text
    page = f"{CONFIRM}/recovery-code?next={PAGE}"
    assert signed_in.post(page, {"code": "A" * 12}).status_code == 422
    with time_machine.travel(NOW + timedelta(seconds=5), tick=False):
        assert signed_in.post(page, {"code": code}).url == PAGE
        assert signed_in.get(PAGE).status_code == 200


def test_wrong_codes_do_not_confirm_and_are_counted(signed_in, user, clock):
    for _ in range(10):
        assert signed_in.post(CONFIRM, {"code": "12345x"}).status_code == 422
    wrong = "000000" if code_of(app_of(user)) != "000000" else "000001"
    for _ in range(10):
        assert signed_in.post(CONFIRM, {"code": wrong}).status_code == 422
    AuthenticatorApp.objects.update(throttling_failure_count=0)
    response = signed_in.post(CONFIRM, {"code": code_of(app_of(user))})
    assert (response.status_code, "Wait 15 minutes" in response.text) == (422, True)
    assert signed_in.get(PAGE).url.startswith(CONFIRM)
    refused = AuditEvent.objects.filter(action="second factor", outcome="refused")
    assert refused.count() == 11


def test_confirming_asks_for_both_factors_first(client, user):
    assert client.get(CONFIRM).url.startswith("/sign-in?")
    client.post("/sign-in", {"email": user.email, "password": PASSWORD})
    assert client.get(CONFIRM).url.startswith("/sign-in/code")


def test_confirming_leads_to_no_other_site(signed_in, user):
    response = signed_in.post(f"{CONFIRM}?next=https://evil.test/", {"code": code_of(app_of(user))})
    assert response.url == "/"


def test_who_sent_a_form_too_late_comes_back_to_its_page(signed_in):
    came_from = "http://testserver/account/factors?x=1"
    response = signed_in.post("/account/recovery-codes/make", headers={"Referer": came_from})
    assert response.url == f"{CONFIRM}?next=%2Faccount%2Ffactors"
    response = signed_in.post(
        "/account/recovery-codes/make", headers={"Referer": "https://evil.test/x"}
    )
    assert response.url == f"{CONFIRM}?next=%2F"


# the list


def test_the_page_shows_what_there_is_and_when_it_was_used(confirmed, user):
    make_passkey(user, name="Zoë’s <phone>")
    AuthenticatorApp.objects.update(last_used_at=NOW)
    page = confirmed.get(PAGE).text
    assert "Zoë’s &lt;phone&gt;" in page
    assert "Last used 3 June 2024" in page
    assert "Not used yet" in page
    assert "You have no recovery codes" in page


def test_a_passkey_that_nobody_named_is_called_so_once(confirmed, user):
    make_passkey(user)
    page = confirmed.get(PAGE).text
    assert page.count(">Passkey<") == 1


def test_the_page_counts_recovery_codes(confirmed, user):
    make_codes(user, now=NOW)
    assert "You have 10 recovery codes left" in confirmed.get(PAGE).text


# adding


def add_app(client):
    page = client.get(ADD_APP).text
    key = b32decode(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", ""))
    return client.post(ADD_APP, {"code": f"{totp(key):06}"})


def test_another_app_is_added_with_a_code_that_shows_that_it_works(confirmed, user):
    assert add_app(confirmed).url == PAGE
    assert AuthenticatorApp.objects.filter(user=user, confirmed=True).count() == 2
    assert subjects() == ["How you sign in was changed"]
    event = AuditEvent.objects.get(action="factor added")
    assert (event.actor_id, event.details) == (user.pk, {"kind": "app"})


def test_a_wrong_code_adds_nothing_and_keeps_the_key(confirmed, user):
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", confirmed.get(ADD_APP).text)[1]
    response = confirmed.post(ADD_APP, {"code": "000000"})
    assert response.status_code == 422
    assert secret in response.text
    assert AuthenticatorApp.objects.count() == 1


def test_two_apps_do_not_share_a_key(confirmed):
    add_app(confirmed)
    add_app(confirmed)
    keys = {app.key for app in AuthenticatorApp.objects.all()}
    assert len(keys) == 3


def test_an_app_needs_a_password_to_go_with_it(confirmed, user):
    make_passkey(user)
    User.objects.filter(pk=user.pk).update(password=make_password(None))
    user.refresh_from_db()
    session = confirmed.session
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    assert confirmed.get(ADD_APP).url == "/account/password"


def test_a_passkey_is_not_added_with_only_a_password(client, user):
    """Whoever knows the password must not be able to make a second factor of their own."""
    client.post("/sign-in", {"email": user.email, "password": PASSWORD})
    for page in (f"{PAGE}/passkey/begin", f"{PAGE}/passkey/end", ADD_APP):
        assert client.post(page, {}, content_type="application/json").url.startswith(
            "/sign-in/code"
        )
    assert not WebAuthnCredential.objects.exists()


def test_a_passkey_is_not_added_long_after_the_second_factor(signed_in):
    for page in ("begin", "end"):
        response = signed_in.post(f"{PAGE}/passkey/{page}", {}, content_type="application/json")
        assert response.url.startswith(CONFIRM)


# naming


def test_a_way_to_sign_in_can_be_named(confirmed, user):
    page = f"{PAGE}/app-{app_of(user).pk}/name"
    assert confirmed.get(page).status_code == 200
    assert confirmed.post(page, {"name": " Łukasz’s télefon 📱 "}).url == PAGE
    assert app_of(user).name == "Łukasz’s télefon 📱"
    assert AuditEvent.objects.get(action="factor named").details == {"kind": "app"}


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\x00b"])
def test_a_name_that_is_none_is_refused(confirmed, user, name):
    assert confirmed.post(f"{PAGE}/app-{app_of(user).pk}/name", {"name": name}).status_code == 422


# removing


def test_one_of_two_can_be_removed(confirmed, user):
    passkey = make_passkey(user)
    page = f"{PAGE}/passkey-{passkey.pk}/remove"
    assert "You are about to remove" in confirmed.get(page).text
    assert WebAuthnCredential.objects.exists()
    assert confirmed.post(page).url == PAGE
    assert not WebAuthnCredential.objects.exists()
    assert subjects() == ["How you sign in was changed"]
    assert AuditEvent.objects.get(action="factor removed").details == {"kind": "passkey"}


def test_the_last_way_in_stays(confirmed, user):
    make_codes(user, now=NOW)
    confirmed.post(f"{PAGE}/app-{app_of(user).pk}/remove")
    assert "You cannot remove your last way to sign in" in confirmed.get(PAGE).text
    assert AuthenticatorApp.objects.filter(user=user).exists()


@pytest.mark.parametrize(
    ("has_password", "apps", "passkeys", "nhs_login", "app_may_go"),
    [
        (True, 2, 0, False, True),
        (True, 1, 0, False, False),
        (True, 1, 1, False, True),
        (False, 1, 1, False, True),
        (False, 2, 0, False, False),
        (False, 1, 0, True, True),
    ],
)
def test_what_remains_must_be_a_whole_way_in(has_password, apps, passkeys, nhs_login, app_may_go):
    user = User.objects.create_user("kim@example.test", PASSWORD if has_password else None)
    for number in range(apps):
        app = AuthenticatorApp.objects.create(user=user, name=str(number))
    for _ in range(passkeys):
        make_passkey(user)
    if nhs_login:
        NhsLogin.objects.create(user=user, name="NHS login", issuer="i", subject="s")
    assert find_ways(user).suffice_without(app) is app_may_go


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_removed_at_once_one_stays(user):
    second = AuthenticatorApp.objects.create(user=user, name="second")
    ready, refused = threading.Barrier(2), []

    def remove(app):
        try:
            ready.wait()
            factors.remove(app, by=user, now=NOW)
        except ValidationError:
            refused.append(app)
        finally:
            connection.close()

    apps = [second, AuthenticatorApp.objects.exclude(pk=second.pk).get()]
    both = [threading.Thread(target=remove, args=[app]) for app in apps]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1
    assert AuthenticatorApp.objects.count() == 1


def test_who_removes_what_they_signed_in_with_is_asked_for_another(confirmed, user):
    app = app_of(user)
    make_passkey(user)
    page = f"{PAGE}/app-{app.pk}/remove"
    assert "we ask for another of your ways" in confirmed.get(page).text
    confirmed.post(page)
    assert confirmed.get("/account").url.startswith("/sign-in/code")


@pytest.mark.parametrize(
    "name", ["app-0", "app-x", "app", "-1", "code-1", "app-１", "app-" + "9" * 30]
)
def test_nothing_else_can_be_named_in_an_address(confirmed, user, name):
    assert find_factor(user, name) is None
    assert confirmed.get(f"{PAGE}/{name}/remove").status_code == 404


def test_nobody_sees_or_changes_what_another_has(confirmed, user):
    other = make_user("bilal@example.test")
    passkey = make_passkey(other)
    for name in (f"app-{app_of(other).pk}", f"passkey-{passkey.pk}"):
        for act in ("name", "remove"):
            assert confirmed.get(f"{PAGE}/{name}/{act}").status_code == 404
            assert confirmed.post(f"{PAGE}/{name}/{act}", {"name": "mine"}).status_code == 404
    assert app_of(other).name == "app"


# keys in the database


def raw_keys():
    with connection.cursor() as cursor:
        cursor.execute("select key from accounts_authenticatorapp order by id")
        return [row[0] for row in cursor.fetchall()]


def test_the_key_of_an_app_lies_encrypted(user):
    app = app_of(user)
    assert app.key not in raw_keys()[0]
    assert raw_keys()[0].startswith("gAAAA")


def test_the_key_that_encrypts_can_be_replaced(user, settings, capsys):
    make_user("bilal@example.test")
    key, old = app_of(user).key, settings.PORTAL_ENCRYPTION_KEYS[0]
    before = raw_keys()
    new = Fernet.generate_key().decode()
    settings.PORTAL_ENCRYPTION_KEYS = [new, old]
    assert app_of(user).key == key
    for _ in range(2):
        call_command("rotate_encryption")
        assert capsys.readouterr().out == "Encrypted with the first key: 2 rows, 0 attachments.\n"
    settings.PORTAL_ENCRYPTION_KEYS = [new]
    assert app_of(user).key == key
    assert not set(before) & set(raw_keys())


def test_a_key_that_is_missing_is_said_in_one_line(user, settings):
    settings.PORTAL_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        app_of(user)
    with pytest.raises(CommandError, match="Put the key back"):
        call_command("rotate_encryption")


def test_rotation_goes_in_batches(user, settings, monkeypatch):
    monkeypatch.setattr("accounts.rotating.BATCH", 2)
    for number in range(4):
        make_user(f"p{number}@example.test")
    before = raw_keys()
    call_command("rotate_encryption")
    assert len(set(before) | set(raw_keys())) == 10


def test_an_app_of_before_the_encryption_moves_with_its_key(user):
    """What the migration does."""
    migration = __import__(
        "accounts.migrations.0004_codes_end_and_keys_are_encrypted", fromlist=["encrypt"]
    )
    old = TOTPDevice.objects.create(user=user, name="old phone", last_t=7, drift=1)
    AuthenticatorApp.objects.all().delete()
    migration.encrypt(apps, SimpleNamespace(connection=connection))
    app = app_of(user)
    assert (app.name, app.key, app.last_t, app.drift) == ("old phone", old.key, 7, 1)
    assert not TOTPDevice.objects.exists()

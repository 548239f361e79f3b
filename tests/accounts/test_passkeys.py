"""Passkeys: made behind the one-time link or by who is in, used for both factors at once, and every lie refused."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import RecoveryCodes, SignedInDevice, User
from accounts.set_up import set_up_link
from audit.models import AuditEvent
from tests.authenticator import PRESENT, Authenticator
from tests.cast import make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

PASSWORD = "three words together"
USE, ADD, CONFIRM = "/sign-in/passkey", "/account/factors/passkey", "/account/confirm/passkey"


@pytest.fixture(autouse=True)
def clock(settings):
    settings.OTP_WEBAUTHN_RP_ID = "localhost"
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = ["http://localhost:8000"]
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def user():
    return User.objects.create_user("new@example.test", name="Nina Newly")


@pytest.fixture
def link(user, settings):
    return set_up_link(user).removeprefix(settings.PORTAL_URL)


@pytest.fixture
def device():
    return Authenticator()


@pytest.fixture
def owner(link, device, user):
    """Someone who has only a passkey, and is not signed in."""
    client = Client()
    client.post(link, {"way": "passkey"})
    assert make(client, f"{link}/passkey", device).status_code == 200
    return user


def send(client, address, body):
    return client.post(address, body, content_type="application/json")


def begin(client, base):
    return send(client, f"{base}/begin", {}).json()


def make(client, base, device, **change):
    return send(client, f"{base}/end", device.make(begin(client, base), **change))


def use(client, device, base=USE, **change):
    return send(client, f"{base}/end", device.use(begin(client, base), **change))


def confirmed(client, user):
    sign_in(client, user)
    session = client.session
    session["confirmed_at"] = NOW.isoformat()
    session.save()
    return client


# setting up


def test_a_passkey_alone_opens_an_account(client, link, device, user):
    client.post(link, {"way": "passkey"})
    answer = make(client, f"{link}/passkey", device)
    assert (answer.status_code, answer.json()) == (200, {"go_to": "/"})
    assert client.get("/account").status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not RecoveryCodes.objects.exists()
    passkey = WebAuthnCredential.objects.get()
    assert (passkey.user, passkey.name, passkey.discoverable) == (user, "Passkey", True)
    actions = AuditEvent.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["account set up", "sign-in", "second factor"]


def test_with_a_password_too_there_are_recovery_codes(client, link, device, user):
    client.post(link, {"way": "password-and-passkey"})
    client.post(f"{link}/password", {"password": PASSWORD})
    assert make(client, f"{link}/passkey", device).json() == {"go_to": "/account/recovery-codes"}
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert client.get("/account/recovery-codes").text.count("<li><code>") == 10


def test_the_link_works_once(client, link, owner):
    assert client.get(link).status_code == 404
    for page in ("begin", "end"):
        assert send(client, f"{link}/passkey/{page}", {}).status_code == 404


def test_of_two_with_one_link_the_first_wins(link):
    first, second = Client(), Client()
    for client in (first, second):
        client.post(link, {"way": "passkey"})
    late = begin(second, f"{link}/passkey")
    assert make(first, f"{link}/passkey", Authenticator()).status_code == 200
    assert send(second, f"{link}/passkey/end", Authenticator().make(late)).status_code == 404
    assert WebAuthnCredential.objects.count() == 1


def test_a_passkey_that_is_refused_changes_nothing(client, link, device, user):
    client.post(link, {"way": "passkey"})
    answer = make(client, f"{link}/passkey", device, origin="https://evil.test")
    assert answer.status_code == 422
    assert "not accepted" in answer.json()["problem"]
    assert client.get(f"{link}/passkey").status_code == 200
    assert not WebAuthnCredential.objects.exists()
    assert not AuditEvent.objects.exists()


def test_nobody_makes_a_passkey_behind_a_link_before_choosing_to(client, link, device):
    options = begin(client, f"{link}/passkey")
    answer = send(client, f"{link}/passkey/end", device.make(options))
    assert answer.json() == {"go_to": link}
    assert not WebAuthnCredential.objects.exists()


# signing in


def test_a_passkey_signs_in_with_both_factors(client, owner, device):
    answer = use(client, device)
    assert (answer.status_code, answer.json()) == (200, {"go_to": "/"})
    assert client.get("/account").status_code == 200
    assert client.get("/account/factors").status_code == 200
    rows = AuditEvent.objects.order_by("sequence").values_list("action", "outcome", "actor_id")
    assert list(rows)[-2:] == [
        ("sign-in", "done", owner.pk),
        ("second factor", "done", owner.pk),
    ]
    assert WebAuthnCredential.objects.get().last_used_at == NOW
    assert SignedInDevice.objects.filter(user=owner, factor="passkey", ended_at=None).count() == 2


def test_signing_in_gives_the_session_a_new_key_and_empties_it(client, owner, device):
    options = begin(client, USE)
    session = client.session
    session["left over"] = "from before"
    session.save()
    before = session.session_key
    send(client, f"{USE}/end", device.use(options))
    assert client.session.session_key != before
    assert "left over" not in client.session


def test_signing_in_goes_where_one_wanted_to_go_and_nowhere_else(client, owner, device):
    for wanted, goes_to in (
        ("/account", "/account"),
        ("https://evil.test/", "/"),
        ("//evil.test", "/"),
    ):
        options = begin(client, USE)
        answer = client.post(
            f"{USE}/end?next={wanted}", device.use(options), content_type="application/json"
        )
        assert answer.json() == {"go_to": goes_to}


def test_a_closed_account_does_not_open(client, owner, device):
    User.objects.filter(pk=owner.pk).update(is_active=False)
    answer = use(client, device)
    assert (answer.status_code, answer.json()["problem"][:29]) == (
        422,
        "This passkey was not accepted",
    )
    assert client.get("/account").url.startswith("/sign-in")
    event = AuditEvent.objects.order_by("sequence").last()
    assert (event.action, event.outcome, event.actor_id) == ("sign-in", "refused", owner.pk)


def test_a_passkey_that_was_removed_does_not_open(client, owner, device):
    WebAuthnCredential.objects.all().delete()
    assert use(client, device).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://localhost:8001"},
        {"type": "webauthn.create"},
        {"challenge": "AAAA"},
    ],
)
def test_an_answer_for_something_else_is_refused(client, owner, device, change):
    assert use(client, device, **change).status_code == 422
    assert client.get("/account").url.startswith("/sign-in")


def test_a_passkey_for_another_site_is_refused(client, owner, device):
    device.rp_id = "evil.test"
    assert use(client, device).status_code == 422


def test_who_holds_the_device_must_be_checked(client, link, owner, device, settings):
    """Else it would be one factor."""
    assert begin(client, USE)["userVerification"] == "required"
    device.flags = PRESENT
    assert use(client, device).status_code == 422
    user = make_user("other@example.test")
    answer = make(confirmed(client, user), ADD, Authenticator(flags=PRESENT))
    assert answer.status_code == 422
    options = begin(client, ADD)["authenticatorSelection"]
    assert (options["userVerification"], options["residentKey"]) == ("required", "required")


def test_a_wrong_signature_is_refused(client, owner, device):
    stranger = Authenticator()
    stranger.id, stranger.handle = device.id, device.handle
    assert use(client, stranger).status_code == 422


def test_each_refused_passkey_is_on_file(client, owner, device):
    stranger, other = Authenticator(), make_user("other@example.test")
    stranger.id, stranger.handle = device.id, device.handle
    use(Client(), stranger)
    use(sign_in(Client(), other), device, base=CONFIRM)
    refused = AuditEvent.objects.filter(outcome="refused", details={"because": "passkey"})
    found = list(refused.order_by("sequence").values_list("action", "actor_id"))
    assert found == [("sign-in", None), ("second factor", other.pk)]


def test_an_answer_works_once(client, owner, device):
    answered = device.use(begin(client, USE))
    assert send(client, f"{USE}/end", answered).status_code == 200
    client.post("/sign-out")
    assert send(client, f"{USE}/end", answered).status_code == 422
    begin(client, USE)
    assert send(client, f"{USE}/end", answered).status_code == 422


def test_a_challenge_is_good_for_one_end_however_it_goes(client, owner, device):
    options = begin(client, USE)
    assert send(client, f"{USE}/end", {}).status_code == 422
    answer = send(client, f"{USE}/end", device.use(options))
    assert "Try again" in answer.json()["problem"]


def test_a_challenge_is_good_for_ten_minutes(client, owner, device, clock):
    options = begin(client, USE)
    clock.shift(timedelta(minutes=10, seconds=1))
    assert send(client, f"{USE}/end", device.use(options)).status_code == 422


def test_a_challenge_for_one_purpose_does_not_serve_another(client, owner, device):
    confirmed_client = Client()
    use(confirmed_client, device)
    options = begin(confirmed_client, CONFIRM)
    assert send(confirmed_client, f"{USE}/end", device.use(options)).status_code == 422


def test_a_challenge_of_another_session_does_not_serve(client, owner, device):
    options = begin(Client(), USE)
    begin(client, USE)
    assert send(client, f"{USE}/end", device.use(options)).status_code == 422


def test_a_copy_of_a_device_is_refused(client, owner, device):
    """Its count of uses goes back."""
    for _ in range(3):
        assert use(client, device).status_code == 200
        client.post("/sign-out")
    device.count = 1
    assert use(client, device).status_code == 422


def test_an_impossible_count_of_uses_is_refused(client, owner, device):
    device.count = 2**32 - 2
    assert use(client, device).status_code == 422


@pytest.mark.parametrize(
    "body",
    ["", "not json", "null", "[]", "7", '"x"', "{}", '{"id": 1}', '{"id": "AA", "rawId": "AA"}',
     '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA"}}',
     '{"id":"é","rawId":"é","type":"public-key","response":{"clientDataJSON":"é","authenticatorData":"x","signature":""}}',
     "\xff", "[" * 200_000],
)  # fmt: skip
def test_what_is_no_answer_is_refused(client, owner, body):
    begin(client, USE)
    for address in (f"{USE}/end",):
        response = client.post(address, body.encode("latin-1"), content_type="application/json")
        assert response.status_code == 422
        assert response.json()["problem"]


@pytest.mark.parametrize("part", ["clientExtensionResults", "response", "id"])
@pytest.mark.parametrize("value", [None, 7, [], {"credProps": 3}, "x"])
def test_a_new_passkey_in_an_odd_shape_is_refused_or_kept_but_never_an_error(
    client, user, device, part, value
):
    confirmed(client, make_user("other@example.test"))
    body = device.make(begin(client, ADD)) | {part: value}
    assert send(client, f"{ADD}/end", body).status_code in (200, 422)


def test_every_step_refuses_a_post_from_elsewhere(owner):
    client = Client(enforce_csrf_checks=True)
    for page in ("begin", "end"):
        assert send(client, f"{USE}/{page}", {}).status_code == 403


@pytest.mark.parametrize("page", [USE, ADD, CONFIRM])
def test_every_step_needs_a_post(client, page):
    confirmed(client, make_user("other@example.test"))
    for step in ("begin", "end"):
        assert client.get(f"{page}/{step}").status_code == 405


# after a password


def test_after_the_password_a_passkey_is_the_second_step(client, owner, device):
    User.objects.filter(pk=owner.pk).update(password=make_password(PASSWORD))
    client.post("/sign-in", {"email": owner.email, "password": PASSWORD})
    page = client.get("/sign-in/code").text
    assert "Use a passkey" in page
    assert 'name="code"' not in page
    assert use(client, device).status_code == 200
    assert client.get("/account").status_code == 200


# confirming and adding


def test_a_passkey_confirms(client, owner, device, clock):
    use(client, device)
    clock.shift(timedelta(minutes=16))
    assert client.get("/account/factors").url.startswith("/account/confirm")
    assert "Use a passkey" in client.get("/account/confirm").text
    answer = use(client, device, base=CONFIRM)
    assert answer.json() == {"go_to": "/"}
    assert client.get("/account/factors").status_code == 200


def test_nobody_confirms_with_the_passkey_of_another(client, owner, device):
    other = make_user("other@example.test")
    sign_in(client, other)
    answer = use(client, device, base=CONFIRM)
    assert answer.status_code == 422
    assert "belongs to another account" in answer.json()["problem"]
    assert client.get("/account/factors").url.startswith("/account/confirm")


def test_a_passkey_is_added_and_then_signs_in(client, device):
    user = make_user("other@example.test")
    answer = make(confirmed(client, user), ADD, device)
    assert answer.json() == {"go_to": "/account/factors"}
    assert "Your passkey is ready" in client.get("/account/factors").text
    assert [email.subject for email in mail.outbox] == ["How you sign in was changed"]
    assert AuditEvent.objects.get(action="factor added").details == {"kind": "passkey"}
    elsewhere = Client()
    assert use(elsewhere, device).status_code == 200
    assert elsewhere.get("/account").status_code == 200


def test_a_device_is_on_one_account_only(client, owner, device):
    user = make_user("other@example.test")
    answer = make(confirmed(client, user), ADD, device)
    assert (answer.status_code, "already" in answer.json()["problem"]) == (422, True)
    assert WebAuthnCredential.objects.get().user == owner


def test_a_device_is_not_asked_to_make_a_second_passkey_for_one_account(client, owner, device):
    use(client, device)
    options = begin(client, ADD)
    assert len(options["excludeCredentials"]) == 1


def test_the_browser_is_told_no_more_than_it_needs(client, owner):
    """Whoever begins to sign in learns of nobody's passkeys."""
    options = begin(client, USE)
    assert not options.get("allowCredentials")
    assert owner.email not in str(options)

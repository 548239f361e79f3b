"""What goes wrong on the way back from NHS login: each on its own page, signed out, nothing learnt, one event."""

import base64
import json
import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from accounts import nhs_login_provider
from accounts.models import IdentityCheck, NhsLogin, OnlineRegistration, User
from accounts.nhs_login import NhsLoginRefused, _proved
from audit.models import AuditEvent
from tests.cast import make_user, sign_in
from tests.nhs_login.running import ADA, new_key, save_key
from tests.nhs_login.tamper import at, claims_of, hang_up, in_id_token, slowly

pytestmark = pytest.mark.django_db

HEADINGS = {
    "consent-refused": "You chose not to share your details",
    "wrong-state": "This sign-in was not begun here, or was used already",
    "wrong-signature": "We could not check that the answer came from NHS login",
    "wrong-nonce": "The answer from NHS login belongs to another visit",
    "code-used": "NHS login says that this sign-in was used already",
    "expired": "The answer from NHS login came too late",
    "wrong-subject": "The answers from NHS login do not belong together",
    "not-proved": "You need to prove who you are",
    "vot-not-asked": "NHS login checked you in a way that we do not accept",
    "unsound": "The answer from NHS login was not complete",
    "provider-down": "NHS login is not working right now",
}


@pytest.fixture
def refuses(client, patient, nhs):
    """Checks an answer: its own page, signed out, nothing learnt, and one event that says why."""

    def check(answer, because, status=400):
        page = answer.content.decode()
        assert answer.status_code == status, page
        assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == [HEADINGS[because]]
        told = list(
            AuditEvent.objects.filter(action="nhs login").values_list(
                "outcome", "details", "object", "patient_id"
            )
        )
        assert told == [("refused", {"because": because}, "", None)]
        assert dict(client.session) == {}
        assert not NhsLogin.objects.exists()
        assert not OnlineRegistration.objects.exists()
        assert not IdentityCheck.objects.exists()
        for word in ("Ada", "TESTWELL", "9990000018", "1980"):
            assert word not in page
        assert client.get("/nhs-login/new-account").status_code == 400

    return check


@pytest.fixture
def somebody(client, nhs):
    """Who was signed in before they went to NHS login: they are not any more."""
    user = make_user("before@example.test", level="P0")
    sign_in(client, user)
    return user


def test_consent_refused(client, somebody, nhs, refuses):
    """R3.3."""
    answer = nhs.visit(client, "")
    refuses(answer, "consent-refused", 403)
    assert "start again and agree to share your details" in answer.content.decode()
    assert AuditEvent.objects.filter(action="nhs login", actor_id=somebody.pk).count() == 1


def test_wrong_state(client, somebody, nhs, refuses):
    back = nhs.choose(nhs.leave(client), "ada")
    state = parse_qs(urlsplit(back).query)["state"][0]
    refuses(nhs.come_back(client, back.replace(state, "x" * len(state))), "wrong-state")


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=", "?state=é&code=x", "?error=access_denied"]
)
def test_an_answer_that_nobody_waited_for(client, nhs, refuses, query):
    refuses(client.get(f"/nhs-login/callback{query}"), "wrong-state")


def test_the_same_return_a_second_time(client, patient, nhs, refuses):
    back = nhs.choose(nhs.leave(client), "ada")
    assert nhs.come_back(client, back).url == "/nhs-login/new-account"
    refuses(nhs.come_back(client, back), "wrong-state")


def test_the_return_in_another_browser(client, patient, nhs, refuses, other_client):
    back = nhs.choose(nhs.leave(other_client), "ada")
    nhs.leave(client)
    refuses(nhs.come_back(client, back), "wrong-state")


@pytest.fixture
def other_client():
    return Client()


def test_a_return_after_more_than_an_hour(client, nhs, refuses, time_machine):
    address = nhs.leave(client)
    state = parse_qs(urlsplit(address).query)["state"][0]
    time_machine.move_to(timezone.now() + timedelta(hours=1, seconds=1))
    answer = client.get("/nhs-login/callback", {"state": state, "code": "x"})
    assert answer.status_code == 400
    assert HEADINGS["wrong-state"] in answer.content.decode()


def test_wrong_signature(client, somebody, nhs, refuses):
    nhs.tamper.fault = in_id_token(with_kid(new_key(), nhs.key.kid))
    refuses(nhs.visit(client), "wrong-signature")


def with_kid(key, kid):
    """The key under the name of another."""
    return type(key).import_key(key.as_dict(private=True) | {"kid": kid})


def test_a_key_that_is_not_published(client, nhs, refuses):
    nhs.tamper.fault = in_id_token(new_key())
    refuses(nhs.visit(client), "wrong-signature")


@pytest.mark.parametrize("alg", ["RS256", "PS512"])
def test_another_algorithm_than_the_agreed(client, nhs, refuses, alg):
    nhs.tamper.fault = in_id_token(nhs.key, {"alg": alg})
    refuses(nhs.visit(client), "wrong-signature")


def test_no_signature_at_all(client, nhs, refuses):
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": nhs.key.kid}).encode())

    def fault(path, status, found):
        if "id_token" not in found:
            return status, found
        middle = found["id_token"].split(".")[1]
        return status, found | {"id_token": f"{head.decode().rstrip('=')}.{middle}."}

    nhs.tamper.fault = fault
    refuses(nhs.visit(client), "wrong-signature")


def test_a_signature_made_with_the_public_key_as_a_secret(client, nhs, refuses):
    secret = OctKey.import_key(nhs.key.as_pem(private=False).replace(b"-----", b"="))

    def fault(path, status, found):
        if "id_token" not in found:
            return status, found
        head = {"alg": "HS512", "kid": nhs.key.kid}
        claims = claims_of(found["id_token"])
        return status, found | {"id_token": jwt.encode(head, claims, secret, algorithms=["HS512"])}

    nhs.tamper.fault = fault
    refuses(nhs.visit(client), "wrong-signature")


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", 7, {"a": "b"}])
def test_something_that_is_no_token(client, nhs, refuses, token):
    nhs.tamper.fault = lambda path, status, found: (
        (status, found | {"id_token": token}) if "id_token" in found else (status, found)
    )
    refuses(nhs.visit(client), "wrong-signature")


@pytest.mark.parametrize("nonce", ["another", "", None])
def test_wrong_nonce(client, somebody, nhs, refuses, nonce):
    nhs.tamper.fault = in_id_token(nhs.key, nonce=nonce)
    refuses(nhs.visit(client), "wrong-nonce")


def test_replayed_code(client, somebody, patient, nhs, refuses, other_client):
    """A code that was used, in a visit of one's own with the right state."""
    back = nhs.choose(nhs.leave(other_client), "ada")
    assert nhs.come_back(other_client, back).url == "/nhs-login/new-account"
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(nhs.leave(client)).query)["state"][0]
    answer = client.get("/nhs-login/callback", {"state": state, "code": code})
    refuses(answer, "code-used")


def test_a_stolen_code_is_of_no_use_in_another_visit(client, nhs, refuses, other_client):
    """PKCE: the code was made for the other browser's secret."""
    back = nhs.choose(nhs.leave(other_client), "ada")
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(nhs.leave(client)).query)["state"][0]
    refuses(client.get("/nhs-login/callback", {"state": state, "code": code}), "code-used")


def test_expired_token(client, somebody, nhs, refuses):
    hour_ago = int(time.time()) - 3600
    nhs.tamper.fault = in_id_token(nhs.key, iat=hour_ago - 60, exp=hour_ago)
    refuses(nhs.visit(client), "expired")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": 99999999999},
        {"nbf": 99999999999},
        {"iss": "http://localhost:1"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": ["gp-record", "somebody-else"]},
        {"aud": None},
        {"azp": "somebody-else"},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_token_that_is_not_sound(client, nhs, refuses, changes):
    nhs.tamper.fault = in_id_token(nhs.key, **changes)
    refuses(nhs.visit(client), "unsound")


def test_a_clock_that_is_a_little_off_does_not_matter(client, patient, nhs):
    now = int(time.time())
    nhs.tamper.fault = in_id_token(nhs.key, iat=now + 10, exp=now - 10)
    assert nhs.visit(client).url == "/nhs-login/new-account"


@pytest.mark.parametrize("sub", ["bilal", "", None, "ADA"])
def test_sub_mismatch(client, somebody, nhs, refuses, sub):
    nhs.tamper.fault = lambda path, status, found: (
        (status, found | {"sub": sub}) if path == "/me" else (status, found)
    )
    refuses(nhs.visit(client), "wrong-subject")


def test_p5_instead_of_p9(client, somebody, nhs, refuses):
    """R3.1."""
    nhs.knows("low", vot="P5.Cp.Cd", identity_proofing_level="P5")
    answer = nhs.visit(client, "low")
    refuses(answer, "not-proved", 403)
    assert "prove who you are at NHS login" in answer.content.decode()


@pytest.mark.parametrize(
    "claims",
    [
        {"vot": "P5.Cp.Cd"},
        {"vot": "P0.Cp"},
        {"identity_proofing_level": "P5"},
        {"identity_proofing_level": None},
        {"identity_proofing_level": ""},
        {"identity_proofing_level": ["P9"]},
    ],
    ids=str,
)
def test_every_sign_of_less_than_p9_is_believed(client, nhs, refuses, claims):
    nhs.knows("low", **claims)
    refuses(nhs.visit(client, "low"), "not-proved", 403)


@pytest.mark.parametrize("vot", ["P9.Cp", "P9.Cp.Cd.Ck", "p9.cp.cd", "P9", "", None, ["P9.Cp.Cd"]])
def test_an_unasked_vot(client, somebody, nhs, refuses, vot):
    """R3.2."""
    nhs.knows("odd", vot=vot)
    refuses(nhs.visit(client, "odd"), "vot-not-asked", 403)


@pytest.mark.parametrize("vot", ["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"])
def test_each_vot_that_was_asked_for_will_do(client, patient, nhs, vot):
    nhs.knows("fine", vot=vot)
    assert nhs.visit(client, "fine").url == "/nhs-login/new-account"


@pytest.mark.parametrize(
    "claims",
    [{"nhs_number": None}, {"birthdate": "3 March"}, {"birthdate": None}, {"family_name": None}],
    ids=str,
)
def test_claims_that_are_missing(client, nhs, refuses, claims):
    nhs.knows("half", **claims)
    refuses(nhs.visit(client, "half"), "unsound")


@pytest.mark.parametrize("name", ["sub", "nhs_number", "family_name", "given_name"])
@pytest.mark.parametrize("words", ["\0", "\ud800", "x" * 256], ids=["nul", "half a pair", "long"])
def test_claims_that_are_no_words(name, words):
    """What the database could not hold is refused as unsound, before anything is looked up."""
    claims = ADA | {"sub": "ada"} | {name: words}
    with pytest.raises(NhsLoginRefused, match="unsound"):
        _proved(claims)


FAULTS = {
    "token 500": at("/token", 500, {}),
    "token nonsense": at("/token", 200, b"<html>"),
    "token empty": at("/token", 200, {}),
    "token a list": at("/token", 200, []),
    "token of a kind we do not know": lambda path, status, found: (
        (status, found | {"token_type": "odd"}) if path == "/token" else (status, found)
    ),
    "token hangs up": hang_up("/token"),
    "client refused": at("/token", 401, {"error": "invalid_client"}),
    "keys 500": at("/jwks", 500, {}),
    "keys nonsense": at("/jwks", 200, b"{"),
    "keys hang up": hang_up("/jwks"),
    "userinfo 503": at("/me", 503, {}),
    "userinfo nonsense": at("/me", 200, b"\xff\xfe"),
    "userinfo a list": at("/me", 200, [1]),
    "userinfo hangs up": hang_up("/me"),
    "userinfo moved": at("/me", 302, {}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_provider_down(client, somebody, nhs, refuses, fault):
    nhs.tamper.fault = fault
    refuses(nhs.visit(client), "provider-down", 502)


@pytest.mark.parametrize("ending", ["/token", "/jwks", "/me"])
def test_a_provider_that_is_slow_is_not_waited_for(client, nhs, refuses, monkeypatch, ending):
    monkeypatch.setattr(nhs_login_provider, "TIMEOUT", (0.3, 0.3))
    nhs.tamper.fault = slowly(ending, 1)
    began = time.monotonic()
    refuses(nhs.visit(client), "provider-down", 502)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "invalid_request"])
def test_an_error_that_is_nobodys_choice(client, nhs, refuses, error):
    state = parse_qs(urlsplit(nhs.leave(client)).query)["state"][0]
    answer = client.get("/nhs-login/callback", {"state": state, "error": error})
    refuses(answer, "provider-down", 502)


def test_an_answer_of_another_issuer(client, nhs, refuses):
    state = parse_qs(urlsplit(nhs.leave(client)).query)["state"][0]
    query = {"state": state, "code": "x", "iss": "http://localhost:1"}
    refuses(client.get("/nhs-login/callback", query), "unsound")


def test_an_answer_without_a_code(client, nhs, refuses):
    state = parse_qs(urlsplit(nhs.leave(client)).query)["state"][0]
    refuses(client.get("/nhs-login/callback", {"state": state}), "unsound")


CONFIGURATION = "openid-configuration"


@pytest.mark.parametrize(
    "fault",
    [
        at(CONFIGURATION, 404, {}),
        at(CONFIGURATION, 200, {}),
        at(CONFIGURATION, 200, b"nonsense"),
        at(CONFIGURATION, 200, {"issuer": "http://localhost:1"}),
        hang_up(CONFIGURATION),
    ],
)
def test_a_provider_that_is_down_before_anybody_leaves(client, somebody, nhs, refuses, fault):
    nhs.tamper.fault = fault
    refuses(client.post("/nhs-login/start"), "provider-down", 502)


def test_addresses_that_are_not_safe_are_not_used(client, nhs, refuses):
    def fault(path, status, found):
        return status, found | {"token_endpoint": "http://nhs-login.example.test/token"}

    nhs.tamper.fault = fault
    refuses(client.post("/nhs-login/start"), "provider-down", 502)


def test_nobody_listens(client, nhs, refuses, settings):
    settings.NHS_LOGIN_ISSUER = "http://localhost:9"
    refuses(client.post("/nhs-login/start"), "provider-down", 502)


def test_without_a_key_of_our_own_nobody_is_let_in(client, nhs, refuses, settings):
    (settings.NHS_LOGIN_KEYS / "1.json").unlink()
    refuses(nhs.visit(client), "provider-down", 502)


def test_a_key_that_nhs_login_does_not_know(client, nhs, refuses, settings):
    save_key(settings.NHS_LOGIN_KEYS / "2.json", new_key())
    refuses(nhs.visit(client), "provider-down", 502)


def test_a_new_key_of_nhs_login_is_read_when_it_first_signs(client, patient, nhs, time_machine):
    """The provider rotates its keys; ours are read again, but not more often than each half minute."""
    assert nhs.visit(client).url == "/nhs-login/new-account"
    new, asked = new_key(), nhs.tamper.asked

    def fault(path, status, found):
        if path == "/jwks":
            return status, {"keys": [*found["keys"], new.as_dict(private=False)]}
        return in_id_token(new)(path, status, found)

    nhs.tamper.fault = fault
    before = count(asked, "/jwks")
    assert nhs.visit(client).status_code == 400  # the keys were read just now
    assert count(asked, "/jwks") == before
    time_machine.move_to(timezone.now() + timedelta(seconds=31))
    assert nhs.visit(client).url == "/nhs-login/new-account"
    assert nhs.visit(client).url == "/nhs-login/new-account"
    assert count(asked, "/jwks") == before + 1


def count(asked, wanted):
    return sum(path == wanted for path, _ in asked)


def test_addresses_and_keys_are_not_read_for_each_visit(client, patient, nhs):
    for _ in range(3):
        nhs.visit(client)
    assert count(nhs.tamper.asked, "/jwks") == 1
    assert count(nhs.tamper.asked, "/.well-known/openid-configuration") == 1


def test_keys_that_make_no_sense_are_passed_over(client, patient, nhs):
    def fault(path, status, found):
        if path != "/jwks":
            return status, found
        odd = [
            7,
            {},
            {"kid": nhs.key.kid, "kty": "oct", "k": "eA"},
            {"kid": "x", "kty": "RSA", "n": 1},
        ]
        return status, {"keys": found["keys"] + odd}

    nhs.tamper.fault = fault
    assert nhs.visit(client).url == "/nhs-login/new-account"


def test_each_reason_has_a_heading_of_its_own(client, nhs):
    assert len(set(HEADINGS.values())) == len(HEADINGS)
    assert set(HEADINGS) == set(nhs_login_provider.Reason)


def test_nobody_is_made_by_a_refusal(client, nhs):
    nhs.tamper.fault = in_id_token(nhs.key, nonce="another")
    nhs.visit(client)
    assert not User.objects.exists()
    assert json.dumps(dict(client.session)) == "{}"

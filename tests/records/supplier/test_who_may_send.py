"""Who gets a token, and what it is good for: a signed assertion, taken once, of a system that is registered."""

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from joserfc.jwk import ECKey, OctKey, RSAKey
from time_machine import travel

from audit.models import AuditEvent
from records.models import Supplier, UsedAssertion
from records.supplier import refusing
from records.supplier.keys import UnfitKeys, check_keys
from records.supplier.registering import end_supplier, keep_supplier
from records.supplier.tokens import holder_of, make_token
from tests.clock import NOW
from tests.records.supplier.conftest import AUDIENCE, System, bundle

pytestmark = pytest.mark.django_db


def test_a_right_assertion_gets_a_token_for_ten_minutes(system):
    answer = system.ask_token(system.assertion())
    assert answer.status_code == 200
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "Set-Cookie" not in answer.headers


ANOTHER = ECKey.generate_key("P-256", parameters={"kid": "one"}, private=True)
WRONG = {
    "another key of the same name": {"key": ANOTHER},
    "a key that is not registered": {"key": ANOTHER, "kid": "two"},
    "signed with the public key as a secret": {
        "key": OctKey.import_key(b"a shared secret of some length, for HS256"), "algorithm": "HS256",
    },
    "for another portal": {"aud": "https://elsewhere.example/token"},
    "for nobody": {"aud": None},
    "over": {"exp": int(time.time()) - 60},
    "without an end": {"exp": None},
    "good for too long": {"exp": int(time.time()) + 3600},
    "not good yet": {"nbf": int(time.time()) + 3600},
    "an end in words": {"exp": "soon"},
    "an end that is no time": {"exp": 1e300},
    "an end within a second": {"exp": time.time() + 100.5},
    "of a system that is not here": {"iss": "7a0b6f0e-0000-4000-8000-000000000000"},
    "of no system": {"iss": "Practice system"},
    "about somebody else": {"sub": "7a0b6f0e-0000-4000-8000-000000000000"},
    "without an id": {"jti": None},
    "an empty id": {"jti": ""},
    "an id that is a number": {"jti": 7},
    "an id of another script": {"jti": "зараз"},
    "a very long id": {"jti": "x" * 201},
    "very long": {"more": "x" * 9000},
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
def test_any_other_assertion_gets_none(system, how):
    answer = system.ask_token(system.assertion(**WRONG[how]))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    refused = AuditEvent.objects.filter(action="supplier token asked for", outcome="refused")
    assert refused.count() == 1
    assert not UsedAssertion.objects.exists()


def refusals():
    return AuditEvent.objects.filter(action="supplier token asked for", outcome="refused").count()


def test_refusals_from_one_place_are_told_and_written_down_so_often_and_no_more(
    system, monkeypatch
):
    """R9.1: each is in the log, and nobody can fill the log; another place is not shut out."""
    monkeypatch.setattr(refusing, "FROM_ONE_PLACE", replace(refusing.FROM_ONE_PLACE, tries=2))
    assert [system.ask_token("wrong").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert refusals() == 2
    answer = system.ask_token("wrong")
    assert answer.headers["Retry-After"] == "3600"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert system.ask_token("wrong", address="192.0.2.7").status_code == 401
    assert refusals() == 3
    with travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert system.ask_token("wrong").status_code == 401


def test_a_good_assertion_is_taken_however_many_were_refused_from_the_same_place(
    system, monkeypatch
):
    """Whoever tries from a supplier's network, or behind the same proxy, must not shut the supplier out."""
    monkeypatch.setattr(refusing, "FROM_ONE_PLACE", replace(refusing.FROM_ONE_PLACE, tries=1))
    assert [system.ask_token("wrong").status_code for _ in range(2)] == [401, 429]
    assert system.ask_token(system.assertion()).status_code == 200


def test_refusals_from_many_places_fill_no_log_either(system, monkeypatch, caplog):
    monkeypatch.setattr(refusing, "FROM_ANYWHERE", replace(refusing.FROM_ANYWHERE, tries=2))
    for place in range(4):
        assert system.ask_token("wrong", address=f"192.0.2.{place}").status_code == 401
    assert refusals() == 2
    assert caplog.text.count("not in the audit log") == 2
    assert "192.0.2" not in caplog.text


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 100, "..", "é", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_assertion_gets_none(system, text):
    assert system.ask_token(text).status_code == 401


def test_an_assertion_that_is_signed_with_nothing_gets_none(system):
    head, body, _ = system.assertion().split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoib25lIn0"  # {"alg":"none","kid":"one"}
    assert system.ask_token(f"{none}.{body}.").status_code == 401
    assert system.ask_token(f"{head}.{body}.").status_code == 401


def test_an_assertion_is_taken_once(system):
    assertion = system.assertion()
    assert system.ask_token(assertion).status_code == 200
    again = system.ask_token(assertion)
    assert again.status_code == 401
    assert "used before" in again.json()["error_description"]
    assert AuditEvent.objects.filter(action="supplier token asked for").count() == 2


def test_used_assertions_are_forgotten_when_they_are_over(system):
    system.token()
    UsedAssertion.objects.update(good_until=NOW)
    system.token()
    assert UsedAssertion.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "password"}, 400),
        ({"grant_type": "client_credentials&grant_type=client_credentials"}, 400),
        ({"client_assertion_type": ""}, 400),
        ({"client_assertion": "a&client_assertion=b"}, 400),
    ],
)
def test_a_form_that_asks_otherwise_is_told_so(system, form, status):
    answer = system.ask_token(system.assertion(), **form)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_form_that_is_no_form_is_told_so(system):
    answer = system.client.post("/supplier/token", "{}", content_type="application/json")
    assert answer.status_code == 415
    long = "&".join(f"a{number}=b" for number in range(2000))
    assert system.ask_token(system.assertion(), more=long).status_code == 400
    assert system.ask_token("x" * 300_000).status_code == 400
    odd = "application/x-www-form-urlencoded; charset=iso-8859-1"
    answer = system.client.post("/supplier/token", "a=b", content_type=odd)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_a_token_is_good_for_ten_minutes_and_while_its_key_is_registered(system):
    made = make_token(system.supplier, "one", now=NOW)
    assert holder_of(made, now=NOW + timedelta(minutes=9, seconds=59)) == system.supplier
    assert holder_of(made, now=NOW + timedelta(minutes=10)) is None
    assert holder_of(made[:-1] + "x", now=NOW) is None
    assert holder_of(make_token(system.supplier, "two", now=NOW), now=NOW) is None
    end_supplier(system.supplier.name, now=NOW)
    assert holder_of(made, now=NOW) is None
    again = {"keys": [ANOTHER.as_dict(private=False)]}
    keep_supplier(system.supplier.name, again, [], False, now=NOW + timedelta(minutes=1))
    assert holder_of(made, now=NOW + timedelta(minutes=1)) is None, "neither by the same kid"
    assert system.ask_token(system.assertion()).status_code == 401, "of the key that was replaced"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer a:b:c", "é"])
def test_nothing_is_taken_without_a_token(system, given):
    answer = system.send(bundle(), authorization=given)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="extracts"'


def test_a_signed_in_person_is_no_supplier(system, staff):
    system.client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert system.send(bundle(), authorization=None).status_code == 401


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ([], "no JWK Set"),
        ({"keys": []}, "no JWK Set"),
        ({"keys": [{"kty": "EC"}]}, "kid"),
        ({"keys": [7]}, "kid"),
        ({"keys": [OctKey.generate_key(256, parameters={"kid": "s"}).as_dict(private=True)]}, "neither"),
        ({"keys": [ANOTHER.as_dict(private=True)]}, "private"),
        ({"keys": [ANOTHER.as_dict(private=False)] * 2}, "kid"),
        ({"keys": [ANOTHER.as_dict(private=False) | {"x": "AA"}]}, "cannot be read"),
        (
            {"keys": [{"kty": "RSA", "kid": "r", "e": "AQAB", "n": urlsafe_b64encode(b"\xff" * 128).decode().rstrip("=")}]},
            "1024 bits",
        ),
    ],
)  # fmt: skip
def test_keys_that_prove_nothing_are_not_registered(keys, words):
    with pytest.raises(UnfitKeys, match=words):
        check_keys(keys)


def command(*arguments, **options):
    output = StringIO()
    call_command("add_supplier", *arguments, stdout=output, **options)
    return output.getvalue()


def test_a_system_is_added_changed_and_ended_by_command(client, surgery, other_surgery, tmp_path):
    file = tmp_path / "keys.json"
    rsa = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    file.write_text(json.dumps({"keys": [rsa.as_dict(private=False)]}))
    told = command("Practice system", keys=file, surgery=["Z99001", "Z99002"])
    supplier = Supplier.objects.get()
    assert str(supplier.pk) in told
    system = System.__new__(System)
    system.client, system.supplier, system.key = client, supplier, rsa
    for algorithm in ("RS512", "PS512"):
        assert system.ask_token(system.assertion(algorithm=algorithm)).status_code == 200
    command("Practice system", keys=file, surgery=["Z99002"])
    assert [each.ods_code for each in Supplier.objects.get().surgeries.all()] == ["Z99002"]
    assert (
        system.send(bundle(), token=make_token(supplier, "one", now=timezone.now())).status_code
        == 403
    )
    command("Practice system", end=True)
    assert system.ask_token(system.assertion(algorithm="RS512")).status_code == 401
    with pytest.raises(CommandError, match="no system"):
        command("Practice system", end=True)


def test_a_command_without_what_it_needs_says_so(surgery, tmp_path):
    file = tmp_path / "keys.json"
    with pytest.raises(CommandError, match="--keys and --surgery"):
        command("Practice system", surgery=["Z99001"])
    with pytest.raises(CommandError, match="not JSON"):
        command("Practice system", keys=file, surgery=["Z99001"])
    file.write_text("{}")
    with pytest.raises(CommandError, match="no JWK Set"):
        command("Practice system", keys=file, surgery=["Z99001"])
    with pytest.raises(CommandError, match="120 characters"):
        command("x" * 121, keys=file, surgery=["Z99001"])
    with pytest.raises(CommandError, match="Z00000"):
        command("Practice system", keys=file, surgery=["Z00000"])
    assert not Supplier.objects.exists()


def test_the_audience_is_the_portals_own_address(system, settings):
    assertion = system.assertion(aud=AUDIENCE)
    settings.PORTAL_URL = "https://record.example"
    assert system.ask_token(assertion).status_code == 401

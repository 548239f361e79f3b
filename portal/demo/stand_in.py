"""A tiny OpenID provider that stands in for NHS login in the demo: what it signs, and what it lets be used once."""

import hashlib
import json
import os
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from accounts.nhs_login_keys import make_key, public_keys
from surgeries.models import Patient

ALGORITHM = "RS512"
CODE_SECONDS, ACCESS_SECONDS, ID_SECONDS = 600, 300, 3600
CODE, ACCESS = "demo nhs login code", "demo nhs login access"

Fields = dict[str, Any]


class NotGiven(Exception):
    """No token: `error` is the word that OAuth has for why."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def folder() -> Path:
    """Where the stand-in keeps its key and what was used; all processes share it."""
    return Path(settings.VAR) / "demo-nhs-login"


def prepare(now: datetime) -> None:
    """Make the key of the stand-in, and the portal's own, where there are none yet."""
    (folder() / "used").mkdir(parents=True, exist_ok=True)
    if not (folder() / "key.json").exists():
        key = RSAKey.generate_key(2048, private=True, auto_kid=True)
        file = os.open(folder() / "key.json", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(file, "w") as kept:
            json.dump(key.as_dict(private=True), kept)
    if not public_keys()["keys"]:
        make_key(now=now)


def own_key() -> RSAKey:
    """The key that signs ID tokens."""
    return RSAKey.import_key(json.loads((folder() / "key.json").read_text()))


def make_code(asked: Mapping[str, str], patient: Patient, level: str) -> str:
    """A code for what was asked and who was chosen; signed, since any process may get it back."""
    kept = {name: asked.get(name, "") for name in ("nonce", "redirect_uri", "code_challenge")}
    chosen = {"patient": str(patient.pk), "level": level, "once": secrets.token_hex(8)}
    return signing.dumps(kept | chosen, salt=CODE)


def exchange(sent: Mapping[str, str], *, token_endpoint: str) -> Fields:
    """The tokens for a code, once, for the client that signs with its own key; raises NotGiven."""
    _check_client(sent, token_endpoint)
    try:
        held = signing.loads(sent.get("code", ""), salt=CODE, max_age=CODE_SECONDS)
    except signing.BadSignature:
        raise NotGiven("invalid_grant") from None
    verifier = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    challenge = urlsafe_b64encode(verifier).decode().rstrip("=")
    is_same = held["redirect_uri"] == sent.get("redirect_uri")
    if not is_same or held["code_challenge"] not in {"", challenge} or not use_once(sent["code"]):
        raise NotGiven("invalid_grant")
    who = {"patient": held["patient"], "level": held["level"]}
    return {
        "access_token": signing.dumps(who, salt=ACCESS),
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "id_token": _id_token(who, held["nonce"]),
    }


def _check_client(sent: Mapping[str, str], token_endpoint: str) -> None:
    """The assertion is the client's own, for us, in time, and new (R3.2)."""
    client, assertion = settings.NHS_LOGIN_CLIENT_ID, sent.get("client_assertion", "")
    must = {"iss": client, "sub": client, "aud": token_endpoint}
    try:
        keys = KeySet.import_key_set(public_keys())  # type: ignore[arg-type]
        claims = jwt.decode(assertion, keys, algorithms=[ALGORITHM]).claims
        jwt.JWTClaimsRegistry(exp={"essential": True}, jti={"essential": True}).validate(claims)
    except (JoseError, ValueError):
        raise NotGiven("invalid_client") from None
    if any(claims.get(name) != value for name, value in must.items()) or not use_once(assertion):
        raise NotGiven("invalid_client")


def _id_token(who: Mapping[str, str], nonce: str) -> str:
    key, now = own_key(), int(time.time())
    about = {
        "iss": settings.NHS_LOGIN_ISSUER, "aud": settings.NHS_LOGIN_CLIENT_ID, "nonce": nonce,
        "iat": now, "exp": now + ID_SECONDS, "vot": f"{who['level']}.Cp.Cd",
    }  # fmt: skip
    header = {"alg": ALGORITHM, "kid": key.kid}
    return jwt.encode(header, about | _claims(who), key, algorithms=[ALGORITHM])


def tell_about(access_token: str) -> Fields:
    """What the user info endpoint says; raises NotGiven for a token that is over or not ours."""
    try:
        return _claims(signing.loads(access_token, salt=ACCESS, max_age=ACCESS_SECONDS))
    except signing.BadSignature:
        raise NotGiven("invalid_token") from None


def _claims(who: Mapping[str, str]) -> Fields:
    patient = Patient.objects.select_related("surgery").get(pk=who["patient"])
    return {
        "sub": f"stand-in-{patient.pk}",
        "nhs_number": patient.nhs_number,
        "family_name": patient.family_name.upper(),
        "given_name": patient.given_names,
        "birthdate": patient.date_of_birth.isoformat(),
        "identity_proofing_level": who["level"],
        "gp_registration_details": {"gp_ods_code": patient.surgery.ods_code},
    }


def use_once(token: str) -> bool:
    """Note that something was used; False where it was before, in whichever process."""
    name = hashlib.sha256(token.encode()).hexdigest()
    try:
        (folder() / "used" / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


__all__ = ["NotGiven", "exchange", "make_code", "own_key", "prepare", "tell_about"]

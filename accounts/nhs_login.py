"""NHS login, the OpenID Connect provider that proves who people are (R3.2)."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.common.security import is_secure_transport
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import RSAKey
from requests import RequestException, codes

from accounts import nhs_login_provider
from accounts.nhs_login_keys import NoKey, signing_key
from accounts.nhs_login_provider import (
    NhsLoginRefused,
    Provider,
    Reason,
    find_key,
    find_provider,
    issuer_as_published,
)

SCOPE = "openid profile profile_extended gp_registration_details"
VECTORS = ("P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm")
"""Always the high level: who has only P5 is taken through the rest by NHS login itself (R3.1)."""
ALGORITHM = "RS512"
LEEWAY = timedelta(seconds=30)
BEGUN_FOR = timedelta(hours=1)
"""How long somebody may take at NHS login, where proving who one is can be slow."""
MOST_SIGNS = 255
"""Of a claim: as many as OpenID Connect allows a subject."""
HELD = "nhs_login_held"
"""Where a session keeps what was proved, while the person makes or joins an account."""

Begun = dict[str, str]
"""What the session keeps of a visit to NHS login until the person comes back; good for one return."""


@dataclass(frozen=True)
class Proved:
    """Who somebody is, as NHS login proved it at P9; an empty `ods_code` when it knows no surgery."""

    issuer: str
    subject: str
    nhs_number: str
    family_name: str
    given_name: str
    date_of_birth: date
    ods_code: str

    def as_json(self) -> dict[str, str]:
        """In plain words, for the session."""
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> "Proved":
        """The same back again."""
        words = {name: value for name, value in kept.items() if name != "date_of_birth"}
        return cls(**words, date_of_birth=date.fromisoformat(kept["date_of_birth"]))


def is_configured() -> bool:
    """Whether people can come by NHS login here."""
    return bool(settings.NHS_LOGIN_ISSUER and settings.NHS_LOGIN_CLIENT_ID)


def begin(*, redirect_uri: str, now: datetime) -> tuple[str, Begun]:
    """Where to send a person, and what to keep in the session until they come back.

    Raises NhsLoginRefused when NHS login does not answer.
    """
    provider = find_provider(now=now)
    begun = {
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "began_at": now.isoformat(),
    }
    with _session(redirect_uri) as session:
        # prompt: whoever was away too long proves both factors again (R3.4)
        address, _ = session.create_authorization_url(
            provider.authorization_endpoint, state=begun["state"], nonce=begun["nonce"],
            vtr=json.dumps(VECTORS, separators=(",", ":")), prompt="login",
            code_verifier=begun["verifier"] if settings.NHS_LOGIN_PKCE else None,
        )  # fmt: skip
    return address, begun


def finish(
    answer: Mapping[str, str], begun: Begun | None, *, redirect_uri: str, now: datetime
) -> Proved:
    """Who it is that came back, from the query of their return and what `begin` had kept.

    The caller has taken `begun` out of the session, so that each is used once. Raises NhsLoginRefused
    with the reason; nothing of the answer is in it (R3.2, R3.3).
    """
    begun = _refuse_another_visit(answer, begun, now=now)
    if error := answer.get("error"):
        is_refused = error in {"access_denied", "consent_required"}
        raise NhsLoginRefused(Reason.CONSENT_REFUSED if is_refused else Reason.PROVIDER_DOWN)
    provider = find_provider(now=now)
    with _session(redirect_uri) as session:
        token = _token(session, provider, answer.get("code", ""), begun, now=now)
        claims = _id_token_claims(token, provider, begun["nonce"], now=now)
        told = _userinfo(session, provider)
    if told.get("sub") != claims["sub"]:
        raise NhsLoginRefused(Reason.WRONG_SUBJECT)
    _refuse_unproved(claims, told)
    return _proved(told)


def _session(redirect_uri: str) -> OAuth2Session:
    parts = urlsplit(redirect_uri)
    if not is_secure_transport(redirect_uri) or parts.query or parts.fragment:
        raise ImproperlyConfigured("PORTAL_URL must be https for NHS login, or on this machine")
    return OAuth2Session(
        settings.NHS_LOGIN_CLIENT_ID, scope=SCOPE, redirect_uri=redirect_uri,
        token_endpoint_auth_method=PrivateKeyJWT.name, code_challenge_method="S256",
        default_timeout=nhs_login_provider.TIMEOUT,
    )  # fmt: skip


def _refuse_another_visit(
    answer: Mapping[str, str], begun: Begun | None, *, now: datetime
) -> Begun:
    """Only the browser that was sent off may come back, once and within the hour."""
    state = answer.get("state", "")
    if not begun or not constant_time_compare(state, begun["state"]):
        raise NhsLoginRefused(Reason.WRONG_STATE)
    if now - datetime.fromisoformat(begun["began_at"]) > BEGUN_FOR:
        raise NhsLoginRefused(Reason.WRONG_STATE)
    if answer.get("iss") not in {None, issuer_as_published(now=now)}:
        raise NhsLoginRefused(Reason.UNSOUND)
    return begun


def _token(
    session: OAuth2Session, provider: Provider, code: str, begun: Begun, *, now: datetime
) -> dict[str, Any]:
    """What NHS login gives for the code, to a client that signs with its own key."""
    if not code:
        raise NhsLoginRefused(Reason.UNSOUND)
    verifier = {"code_verifier": begun["verifier"]} if settings.NHS_LOGIN_PKCE else {}
    try:
        session.client_secret = signing_key()
        session.register_client_auth_method(_assertion(provider, session.client_secret, now))
        token = session.fetch_token(
            provider.token_endpoint, grant_type="authorization_code", code=code,
            redirect_uri=session.redirect_uri, allow_redirects=False, **verifier,
        )  # fmt: skip
    except (AuthlibBaseError, RequestException, NoKey, TypeError, ValueError) as error:
        is_used = getattr(error, "error", "") == "invalid_grant"
        reason = Reason.CODE_USED if is_used else Reason.PROVIDER_DOWN
        raise NhsLoginRefused(reason) from None
    if not isinstance(token, dict) or not token.get("access_token"):
        raise NhsLoginRefused(Reason.PROVIDER_DOWN)
    return token


def _assertion(provider: Provider, key: RSAKey, now: datetime) -> PrivateKeyJWT:
    soon = int((now + timedelta(minutes=5)).timestamp())
    return PrivateKeyJWT(
        provider.token_endpoint, claims={"exp": soon}, headers={"kid": key.kid}, alg=ALGORITHM
    )


def _id_token_claims(
    token: Mapping[str, Any], provider: Provider, nonce: str, *, now: datetime
) -> dict[str, Any]:
    """What the ID token says, once its signature, issuer, audience, times and nonce are right."""

    def key_of(signed: Any) -> RSAKey:
        key = find_key(signed.headers().get("kid"), provider, now=now)
        if key is None:
            raise InvalidKeyIdError
        return key

    try:
        claims = jwt.decode(str(token.get("id_token")), key_of, algorithms=[ALGORITHM]).claims
    except (JoseError, TypeError, ValueError):
        raise NhsLoginRefused(Reason.WRONG_SIGNATURE) from None
    _refuse_unsound(claims, now=now)
    if not constant_time_compare(str(claims.get("nonce")), nonce):
        raise NhsLoginRefused(Reason.WRONG_NONCE)
    return claims


def _refuse_unsound(claims: dict[str, Any], *, now: datetime) -> None:
    """For us, from NHS login, made in the past and not over."""
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": issuer_as_published(now=now)},
        sub={"essential": True}, exp={"essential": True}, iat={"essential": True},
        azp={"value": settings.NHS_LOGIN_CLIENT_ID},
    )  # fmt: skip
    try:
        rules.validate(claims)
    except ExpiredTokenError:
        raise NhsLoginRefused(Reason.EXPIRED) from None
    except JoseError:
        raise NhsLoginRefused(Reason.UNSOUND) from None
    us = settings.NHS_LOGIN_CLIENT_ID
    if claims.get("aud") not in (us, [us]):
        raise NhsLoginRefused(Reason.UNSOUND)


def _userinfo(session: OAuth2Session, provider: Provider) -> dict[str, Any]:
    try:
        answer = session.get(provider.userinfo_endpoint, allow_redirects=False)
        told = answer.json() if answer.status_code == codes.ok else None
    except (AuthlibBaseError, RequestException, TypeError, ValueError):
        raise NhsLoginRefused(Reason.PROVIDER_DOWN) from None
    if not isinstance(told, dict):
        raise NhsLoginRefused(Reason.PROVIDER_DOWN)
    return told


def _refuse_unproved(claims: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """P9, by one of the vectors that were asked for (R3.1, R3.2)."""
    vot = str(claims.get("vot"))
    levels = [
        one["identity_proofing_level"] for one in (claims, told) if "identity_proofing_level" in one
    ]
    if vot.startswith(("P0", "P5")) or not levels or any(level != "P9" for level in levels):
        raise NhsLoginRefused(Reason.NOT_PROVED)
    if vot not in VECTORS:
        raise NhsLoginRefused(Reason.VOT_NOT_ASKED)


def _proved(told: Mapping[str, Any]) -> Proved:
    """The claims that matter; any others are ignored."""
    surgery = told.get("gp_registration_details")
    ods_code = surgery.get("gp_ods_code") if isinstance(surgery, Mapping) else ""
    try:
        return Proved(
            issuer=settings.NHS_LOGIN_ISSUER,
            subject=_words(told["sub"]),
            nhs_number="".join(_words(told["nhs_number"]).split()),
            family_name=_words(told["family_name"]),
            given_name=_words(told.get("given_name") or ""),
            date_of_birth=date.fromisoformat(str(told["birthdate"])),
            ods_code=_words(ods_code or "").strip().upper(),
        )
    except (KeyError, ValueError):
        raise NhsLoginRefused(Reason.UNSOUND) from None


def _words(claim: object) -> str:
    """A claim as text that the database can hold; raises ValueError where it cannot."""
    words = str(claim)
    words.encode()  # half a surrogate pair is no text
    if len(words) > MOST_SIGNS or "\0" in words:
        raise ValueError
    return words


__all__ = [
    "HELD",
    "Begun",
    "NhsLoginRefused",
    "Proved",
    "Reason",
    "begin",
    "finish",
    "is_configured",
]

"""What NHS login publishes of itself, its addresses and keys, and the ways in which it can fail us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any

import requests
from authlib.common.security import is_secure_transport
from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

TIMEOUT = (3.05, 10.0)
"""Seconds to wait for the connection, and for each piece of an answer."""
KEPT_FOR = timedelta(minutes=10)
NOT_AGAIN_FOR = timedelta(seconds=30)
"""A key that nobody knows makes us ask for the keys anew, but no more often than this."""


class Reason(StrEnum):
    """Why somebody who came from NHS login is not let in; each has words of its own on its page."""

    CONSENT_REFUSED = "consent-refused"
    WRONG_STATE = "wrong-state"
    WRONG_SIGNATURE = "wrong-signature"
    WRONG_NONCE = "wrong-nonce"
    CODE_USED = "code-used"
    EXPIRED = "expired"
    WRONG_SUBJECT = "wrong-subject"
    NOT_PROVED = "not-proved"
    VOT_NOT_ASKED = "vot-not-asked"
    UNSOUND = "unsound"
    PROVIDER_DOWN = "provider-down"


class NhsLoginRefused(Exception):
    """Nobody is let in; `reason` says why, and the exception holds nothing of what NHS login said."""

    def __init__(self, reason: StrEnum) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Provider:
    """The addresses of NHS login."""

    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str


@dataclass
class Kept:
    """What was read from an address, and when."""

    value: Any
    at: datetime


_kept: dict[str, Kept] = {}
_lock = Lock()


def find_provider(*, now: datetime) -> Provider:
    """The addresses that the issuer of the settings publishes; read again after 10 minutes.

    Raises NhsLoginRefused where it does not answer, answers for another issuer, or names an address that
    is neither https nor on this machine.
    """
    issuer = settings.NHS_LOGIN_ISSUER
    address = f"{issuer}/.well-known/openid-configuration"
    found = _read_sometimes(address, now=now, after=KEPT_FOR)
    addresses = {name: str(found.get(name)) for name in Provider.__dataclass_fields__}
    is_safe = all(is_secure_transport(one) for one in addresses.values())
    if not is_safe or str(found.get("issuer")).rstrip("/") != issuer:
        raise NhsLoginRefused(Reason.PROVIDER_DOWN)
    return Provider(**addresses)


def issuer_as_published(*, now: datetime) -> str:
    """The issuer as its tokens name it, which may end in a slash."""
    address = f"{settings.NHS_LOGIN_ISSUER}/.well-known/openid-configuration"
    return str(_read_sometimes(address, now=now, after=KEPT_FOR).get("issuer"))


def find_key(kid: object, provider: Provider, *, now: datetime) -> RSAKey | None:
    """The provider's public key of that id; an id not known yet makes us read the keys again, so that they can rotate."""
    for after in (KEPT_FOR, NOT_AGAIN_FOR):
        keys = _read_sometimes(provider.jwks_uri, now=now, after=after).get("keys")
        for key in keys if isinstance(keys, list) else []:
            if isinstance(key, Mapping) and kid and key.get("kid") == kid:
                return _public_key(key)
    return None


def _public_key(key: Mapping[str, Any]) -> RSAKey | None:
    if key.get("kty") != "RSA" or key.get("use", "sig") != "sig":
        return None
    try:
        return RSAKey.import_key({name: str(key.get(name)) for name in ("kty", "n", "e", "kid")})
    except (JoseError, TypeError, ValueError):
        return None


def _read_sometimes(address: str, *, now: datetime, after: timedelta) -> dict[str, Any]:
    """What is at an address, read anew once what is kept is older than `after`."""
    with _lock:
        kept = _kept.get(address)
    if kept and timedelta() <= now - kept.at < after:
        return dict(kept.value)
    value = read_json(address)
    with _lock:
        _kept[address] = Kept(value, now)
    return value


def read_json(address: str) -> dict[str, Any]:
    """The JSON object at an address; raises NhsLoginRefused where there is none in time."""
    try:
        answer = requests.get(address, timeout=TIMEOUT, allow_redirects=False)
        found = answer.json() if answer.status_code == requests.codes.ok else None
    except (requests.RequestException, ValueError) as error:
        raise NhsLoginRefused(Reason.PROVIDER_DOWN) from error
    if not isinstance(found, dict):
        raise NhsLoginRefused(Reason.PROVIDER_DOWN)
    return found


def forget() -> None:
    """Drop what was read, so that the next visit reads it anew."""
    with _lock:
        _kept.clear()


__all__ = ["NhsLoginRefused", "Provider", "Reason", "find_key", "find_provider", "forget"]

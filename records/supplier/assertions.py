"""Who a supplier's system is: an assertion signed with its registered key, taken once (RFC 7523).

This is how NHS England's own interfaces let a system in: `private_key_jwt` to a token endpoint.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from records.models import Supplier, UsedAssertion
from records.supplier.keys import ALGORITHMS, Key, find_key
from records.supplier.problems import is_plain

LONGEST = 8 * 1024
"""Characters of an assertion: a few hundred are usual."""
LIFETIME = timedelta(minutes=5)
LEEWAY = 30
"""Seconds by which two clocks may differ."""


class NotWhoTheySay(Exception):
    """The assertion does not prove who asks; the message says why, for whoever builds the other side."""


def supplier_of(assertion: str, *, audience: str, now: datetime) -> tuple[Supplier, str]:
    """The system that signed an assertion, and the id of its key; raises NotWhoTheySay.

    `audience` is the address that the assertion must be made for. The second use of one is refused.
    """
    supplier, kid = _named_in(assertion)
    key = find_key(supplier.keys, kid)
    if key is None:
        raise NotWhoTheySay("its kid names no key that is registered for this system")
    claims = _signed_claims(assertion, key, supplier, audience, now)
    _use_once(supplier, claims, now)
    return supplier, kid


def _named_in(assertion: str) -> tuple[Supplier, str]:
    """What an assertion says before it is believed: whose it is, and with which key it was signed."""
    try:
        if len(assertion) > LONGEST:
            raise ValueError
        said = extract_compact(assertion.encode("ascii"))
        claims = json.loads(said.payload)
        kid, named = said.headers()["kid"], UUID(claims["iss"])
        if not isinstance(kid, str):
            raise TypeError
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotWhoTheySay("it is no signed JWT with kid and iss") from error
    supplier = Supplier.objects.filter(pk=named, ended_at=None).first()
    if supplier is None:
        raise NotWhoTheySay("its iss names no system that is registered here")
    return supplier, kid


def _signed_claims(
    assertion: str, key: Key, supplier: Supplier, audience: str, now: datetime
) -> dict[str, Any]:
    whose: ClaimsOption = {"essential": True, "value": str(supplier.pk)}
    rules = JWTClaimsRegistry(
        int(now.timestamp()), LEEWAY,
        iss=whose, sub=whose, aud={"essential": True, "value": audience},
        exp={"essential": True}, jti={"essential": True},
    )  # fmt: skip
    try:
        claims = jwt.decode(assertion, key, algorithms=ALGORITHMS[key.key_type]).claims
        rules.validate(claims)
        if type(claims["exp"]) is not int:  # a part of a second would outlast its own use
            raise TypeError
        is_short = claims["exp"] <= now.timestamp() + LIFETIME.total_seconds() + LEEWAY
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotWhoTheySay(
            "its signature or one of iss, sub, aud, exp, jti is not right"
        ) from error
    if not is_short:
        raise NotWhoTheySay("its exp is more than five minutes away")
    return claims


def _use_once(supplier: Supplier, claims: dict[str, Any], now: datetime) -> None:
    jti = claims["jti"]
    if not isinstance(jti, str) or not is_plain(jti):
        raise NotWhoTheySay("its jti is not 1 to 200 characters of ASCII without spaces")
    until = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=LEEWAY)
    with transaction.atomic():
        UsedAssertion.objects.filter(good_until__lt=now).delete()
        _, is_new = UsedAssertion.objects.get_or_create(
            supplier=supplier, jti=jti, defaults={"good_until": until}
        )
    if not is_new:
        raise NotWhoTheySay("it was used before: sign a new one, with another jti")

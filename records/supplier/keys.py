"""The public keys that a supplier's system signs with: which are good enough, and which one signed."""

from base64 import urlsafe_b64decode
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

ALGORITHMS = {"RSA": ("RS512", "PS512", "RS256", "PS256"), "EC": ("ES256", "ES384", "ES512")}
"""What a key of each type may sign with; a signature with a shared secret is never taken."""
LEAST_BITS = 2048

Key = RSAKey | ECKey


class UnfitKeys(Exception):
    """The keys cannot be registered; the message says which and why."""


def check_keys(value: Any) -> dict[str, Any]:
    """A JWK Set of public keys that are strong enough, each with an id; raises UnfitKeys."""
    held = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(held, list) or not held:
        raise UnfitKeys('there is no JWK Set in it: {"keys": [...]} with at least one public key')
    ids = [one.get("kid") if isinstance(one, dict) else None for one in held]
    if not all(isinstance(kid, str) and kid for kid in ids) or len(set(ids)) < len(ids):
        raise UnfitKeys("each key needs a kid of its own, by which a signature names it")
    for one in held:
        _check_key(one)
    return {"keys": held}


def _check_key(value: dict[str, Any]) -> None:
    if value.get("kty") not in ALGORITHMS:
        raise UnfitKeys(f"key {value['kid']} is neither RSA nor EC")
    if "d" in value:
        raise UnfitKeys(
            f"key {value['kid']} is a private key: have a new one made, and keep it secret"
        )
    try:
        bits = _bits(value) if value["kty"] == "RSA" else LEAST_BITS
        if bits >= LEAST_BITS:  # the library warns of a shorter one instead
            _key_in(value)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise UnfitKeys(f"key {value['kid']} cannot be read") from error
    if bits < LEAST_BITS:
        raise UnfitKeys(f"key {value['kid']} has {bits} bits: {LEAST_BITS} are the least")


def _bits(value: dict[str, Any]) -> int:
    """The length of an RSA key in bits."""
    modulus = urlsafe_b64decode(value["n"] + "==")
    return int.from_bytes(modulus).bit_length()


def find_key(keys: dict[str, Any], kid: str) -> Key | None:
    """The registered key of that id."""
    for one in keys["keys"]:
        if one["kid"] == kid:
            return _key_in(one)
    return None


def _key_in(value: dict[str, Any]) -> Key:
    found: Any = KeySet.import_key_set({"keys": [value]}).keys[0]
    if not isinstance(found, RSAKey | ECKey):
        raise ValueError
    return found

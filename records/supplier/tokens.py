"""The token that a system gets for its assertion, and sends with each request for ten minutes."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer

from records.models import Supplier
from records.supplier.keys import find_key

LIFETIME = timedelta(minutes=10)


def make_token(supplier: Supplier, kid: str, *, now: datetime) -> str:
    """A token of this system; it is good while the key is registered that was used to get it."""
    until = int((now + LIFETIME).timestamp())
    made: str = _signer().sign_object({"supplier": str(supplier.pk), "kid": kid, "until": until})
    return made


def holder_of(token: str, *, now: datetime) -> Supplier | None:
    """The system that holds a token; None where it is not ours, over, or its key was taken away."""
    try:
        said = _signer().unsign_object(token)
    except (BadSignature, ValueError):
        return None
    if said["until"] <= now.timestamp():
        return None
    supplier = Supplier.objects.filter(pk=UUID(said["supplier"]), ended_at=None).first()
    return supplier if supplier and find_key(supplier.keys, said["kid"]) else None


def _signer() -> Signer:
    return Signer(salt="a supplier's token")

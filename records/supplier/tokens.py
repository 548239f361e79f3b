"""The token that a system gets for its assertion, and sends with each request for ten minutes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer

from records.models import Supplier
from records.supplier.keys import find_key

LIFETIME = timedelta(minutes=10)


def make_token(supplier: Supplier, kid: str, *, now: datetime) -> str:
    """A token of this system; it is good until its keys are registered anew, or its right is taken away."""
    said = {"supplier": str(supplier.pk), "kid": kid, "since": now.timestamp()}
    made: str = _signer().sign_object(said)
    return made


def holder_of(token: str, *, now: datetime) -> Supplier | None:
    """The system that holds a token; None where it is not ours, over, or its key was taken away."""
    try:
        said = _signer().unsign_object(token)
    except (BadSignature, ValueError):
        return None
    since = datetime.fromtimestamp(said["since"], UTC)
    if since + LIFETIME <= now:
        return None
    supplier = Supplier.objects.filter(pk=UUID(said["supplier"]), ended_at=None).first()
    if supplier is None or since < supplier.registered_at:
        return None
    return supplier if find_key(supplier.keys, said["kid"]) else None


def _signer() -> Signer:
    return Signer(salt="a supplier's token")

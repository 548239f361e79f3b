"""The link that confirms a new e-mail address: it works once, for 24 hours, for one person and one change."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts.hashing import hash_of
from accounts.models import User

WORKS_FOR = timedelta(hours=24)


def confirm_link(user: User) -> str:
    """The address on which a person, signed in, changes to the e-mail address that they asked for."""
    token = _signer().sign(_change_of(user))
    return f"{settings.PORTAL_URL}{reverse('accounts:confirm-email', args=[token])}"


def is_link_of(user: User, token: str) -> bool:
    """Whether a link confirms the change that this person asked for last, and is not too old."""
    try:
        change = _signer().unsign(token, max_age=WORKS_FOR)
    except BadSignature:
        return False
    return bool(user.new_email) and constant_time_compare(change, _change_of(user))


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="accounts.new_email")


def _change_of(user: User) -> str:
    """A change in one word that gives nothing away: who, from which address, to which, and since when."""
    since = user.email_confirmed_at.isoformat() if user.email_confirmed_at else ""
    return hash_of("new-email", "\n".join([str(user.pk), user.email, user.new_email, since]))


__all__ = ["confirm_link", "is_link_of"]

"""The code that a person shows at the front desk, so that the right account is connected with them."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.hashing import bare_code, hash_of, in_groups, new_code
from accounts.models import DeskCode, User
from accounts.tries import Limit, may_try
from audit import log
from audit.models import Outcome
from surgeries.models import Surgery

LENGTH = 8
LASTS = timedelta(days=7)
PURPOSE = "desk code"
LOOKED_UP = Limit("desk code", tries=5, within=timedelta(minutes=15))


def make_desk_code(user: User, *, now: datetime, surgery: Surgery | None = None) -> str:
    """A new code for the front desk, in groups as people copy it; an older one of theirs ends.

    It is shown once: only its hash is kept. A `surgery` sees that somebody made one, and nothing more (R3.1).
    """
    code = new_code(LENGTH)
    with transaction.atomic():
        DeskCode.objects.usable(now).filter(user=user).update(ends_at=now)
        DeskCode.objects.create(
            user=user, code_hash=hash_of(PURPOSE, code), made_at=now, ends_at=now + LASTS,
            surgery=surgery,
        )  # fmt: skip
        log.record("desk code made", at=now, actor_id=user.pk, about=f"user {user.pk}")
    return in_groups(code)


def find_by_desk_code(code: str, email: str, *, by: User, now: datetime) -> User | None:
    """Whose account a code and an e-mail address are, if both fit; None, whatever the reason.

    Each member of staff may look up five in 15 minutes: nobody can guess their way to an account.
    """
    within = may_try(LOOKED_UP, str(by.pk), now=now)
    found = DeskCode.objects.usable(now).filter(code_hash=hash_of(PURPOSE, bare_code(code)))
    held = found.select_related("user").first()
    is_theirs = held is not None and held.user.email == email.strip().lower()
    if within and held and is_theirs and held.user.is_active:
        return held.user
    details = {"because": "code and address" if within else "too many tries"}
    log.record("desk code tried", at=now, actor_id=by.pk, outcome=Outcome.REFUSED, details=details)
    return None


def spend_desk_code(user: User, *, now: datetime) -> None:
    """End a person's code once it has connected their account."""
    DeskCode.objects.usable(now).filter(user=user).update(used_at=now)


__all__ = ["find_by_desk_code", "make_desk_code", "spend_desk_code"]

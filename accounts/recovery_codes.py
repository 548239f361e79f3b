"""Ten codes that each let a person in once, in place of their app or passkey; only hashes are kept."""

from datetime import datetime

from django.db import transaction

from accounts.hashing import bare_code, hash_of, in_groups, new_code
from accounts.mail import Message, tell
from accounts.models import RecoveryCodes, User
from audit import log

HOW_MANY = 10
SIGNS = 12
"""60 bits each."""
FEW = 3


def make_codes(user: User, *, now: datetime) -> list[str]:
    """Make ten codes, in groups of four signs, for a person to keep; earlier ones work no longer."""
    codes = [new_code(SIGNS) for _ in range(HOW_MANY)]
    hashes = [_hash(user, code) for code in codes]
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        # the same row stays: a session may have been opened with one of the old codes
        held, is_first = RecoveryCodes.objects.update_or_create(
            user=user,
            defaults={"name": "Recovery codes", "hashes": hashes, "made_at": now, "kept_at": None},
        )
        held.throttle_reset()
        log.record("recovery codes made", at=now, actor_id=user.pk, details={"count": len(codes)})
        if not is_first:
            tell(user, Message.FACTORS_CHANGED)
    return [in_groups(code) for code in codes]


def note_kept(user: User, *, now: datetime) -> None:
    """Write down that their owner has them: from now on no page shows them, and using one proves who it is (R3.9)."""
    RecoveryCodes.objects.filter(user=user, kept_at=None).update(kept_at=now)


def count_left(user: User) -> int:
    """How many codes a person has left."""
    held = RecoveryCodes.objects.filter(user=user, confirmed=True).first()
    return len(held.hashes) if held else 0


def spend_code(user: User, typed: str, *, now: datetime) -> RecoveryCodes | None:
    """Use a code up, however it was typed; None where it is not one of those left.

    Of two who enter the same code at once, one finds it gone. Whoever is made to wait after wrong codes
    (django-otp's throttle) gets None, too. The owner is told by e-mail.
    """
    with transaction.atomic():
        rows = RecoveryCodes.objects.select_for_update().filter(user=user, confirmed=True)
        held: RecoveryCodes | None = rows.first()
        if held is None or not held.verify_is_allowed()[0]:
            return None
        entered = _hash(user, bare_code(typed))
        if entered not in held.hashes:
            held.throttle_increment()
            return None
        held.hashes = [one for one in held.hashes if one != entered]
        held.throttle_reset(commit=False)
        held.last_used_at = now
        held.save()
        log.record(
            "recovery code used", at=now, actor_id=user.pk, details={"left": len(held.hashes)}
        )
        tell(user, Message.RECOVERY_CODE_USED)
    return held


def _hash(user: User, code: str) -> str:
    return hash_of("recovery code", f"{user.pk} {code}")


__all__ = ["FEW", "HOW_MANY", "count_left", "make_codes", "note_kept", "spend_code"]

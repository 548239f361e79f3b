"""Giving people duties at a surgery."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty, StaffRole, User
from audit import log
from surgeries.models import Surgery


def appoint_staff(
    *,
    email: str,
    surgery: Surgery,
    duties: Iterable[str],
    by: UUID | None,
    now: datetime,
    name: str = "",
) -> User:
    """Give a person duties at a surgery from today, with an account if they have none (R8.1).

    Duties that they have already are left as they are, and so is a name: only an account without one gets
    it. Raises ValidationError where a value is wrong.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        user = account_of(email, name=name)
        _name(user, name.strip())
        held = StaffRole.objects.live(today).filter(user=user, surgery=surgery)
        wanted = [Duty(duty) for duty in dict.fromkeys(duties)]
        for duty in set(wanted) - set(held.values_list("duty", flat=True)):
            role = StaffRole(user=user, surgery=surgery, duty=duty, starts_on=today)
            role.full_clean()
            role.save(force_insert=True)
        details = {"duties": [duty.value for duty in wanted]}
        log.record(
            "staff appointed", at=now, actor_id=by, about=f"user {user.pk} at {surgery.ods_code}",
            details=details,
        )  # fmt: skip
    return user


def account_of(email: str, *, name: str = "") -> User:
    """The account with an e-mail address, or a new one in which no password works yet."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        return User.objects.create_user(email, name=name.strip())
    if not user.is_active:
        raise ValidationError("The account with this email address is closed")
    return user


def _name(user: User, name: str) -> None:
    """Give an account that has no name its name."""
    if name and not user.name:
        user.name = name
        user.save(update_fields=["name"])


__all__ = ["account_of", "appoint_staff"]

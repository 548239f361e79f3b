"""Ending the duties of staff: on a day, or at once (R8.1)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty, StaffRole
from accounts.staff import Desk
from accounts.ways_in import is_set_up
from audit import log
from surgeries.models import Surgery

LAST_MANAGER = (
    "Nobody else could manage the surgery’s settings then. Give that duty to another person first, without a last"
    " day; it counts once they have set up how they sign in"
)

NO_MANAGER = "You do not manage the surgery’s settings any more"


def duties_held(surgery: Surgery, *, on: date) -> list[StaffRole]:
    """The duties in force at a surgery on a day, or to begin, by person."""
    roles = StaffRole.objects.live(on) | StaffRole.objects.filter(starts_on__gt=on)
    held = roles.filter(surgery=surgery).select_related("user")
    return list(held.order_by("user__name", "user__email", "duty", "starts_on"))


def end_duty(role: StaffRole, *, on: date | None, by: Desk, now: datetime) -> None:
    """Let a duty end after a day; None for at once, in the middle of that person's work.

    Raises ValidationError where the day is over, where the duty has ended already, and where nobody would be
    left to manage the settings.
    """
    with transaction.atomic():
        # of two who end each other's duty at once, the second must see that the first is gone
        Surgery.objects.select_for_update(no_key=True).get(pk=by.surgery.pk)
        role.refresh_from_db()
        _refuse_what_cannot_be(role, on, by=by, now=now)
        today = timezone.localdate(now)
        before, role.ends_on = role.ends_on, on or max(today, role.starts_on)
        role.ended_at = None if on else now
        role.full_clean()
        role.save(update_fields=["ends_on", "ended_at"])
        log.record(
            "duty ended", at=now, actor_id=by.viewer.pk, duty=Duty.MANAGE_SETTINGS,
            about=f"user {role.user_id} at {by.surgery.ods_code}",
            details={"duty": role.duty, "old": before, "new": role.ends_on, "at once": on is None},
        )  # fmt: skip


def keep_duty(role: StaffRole, *, by: Desk, now: datetime) -> None:
    """Let a duty that was to end go on without a last day; raises ValidationError where it has ended already."""
    with transaction.atomic():
        Surgery.objects.select_for_update(no_key=True).get(pk=by.surgery.pk)
        role.refresh_from_db()
        _refuse_ended(role, by=by, now=now)
        before, role.ends_on = role.ends_on, None
        role.full_clean()
        role.save(update_fields=["ends_on"])
        log.record(
            "duty kept", at=now, actor_id=by.viewer.pk, duty=Duty.MANAGE_SETTINGS,
            about=f"user {role.user_id} at {by.surgery.ods_code}",
            details={"duty": role.duty, "old": before, "new": None},
        )  # fmt: skip


def _refuse_ended(role: StaffRole, *, by: Desk, now: datetime) -> None:
    if role.surgery_id != by.surgery.pk:
        raise ValidationError("This is a duty at another surgery")
    live = StaffRole.objects.live(timezone.localdate(now))
    # they may have waited here while a colleague ended theirs
    if not live.filter(user=by.viewer, surgery=by.surgery, duty=Duty.MANAGE_SETTINGS).exists():
        raise ValidationError(NO_MANAGER)
    if role.ended_at or (role.ends_on and role.ends_on < timezone.localdate(now)):
        raise ValidationError("This duty has ended already")


def _refuse_what_cannot_be(role: StaffRole, on: date | None, *, by: Desk, now: datetime) -> None:
    today = timezone.localdate(now)
    _refuse_ended(role, by=by, now=now)
    if on and on < today:
        raise ValidationError("Choose today or a later day, or end the duty at once")
    if role.duty == Duty.MANAGE_SETTINGS and not _others_manage(role, on=today):
        raise ValidationError(LAST_MANAGER)


def _others_manage(role: StaffRole, *, on: date) -> bool:
    """Whether somebody else, who can sign in, manages the settings today and without a last day."""
    others = (
        StaffRole.objects.live(on)
        .filter(surgery=role.surgery, duty=Duty.MANAGE_SETTINGS, ends_on=None)
        .filter(user__is_active=True, user__closed_at=None)
        .exclude(user=role.user_id)
        .select_related("user")
    )
    return any(is_set_up(other.user) for other in others)


__all__ = ["duties_held", "end_duty", "keep_duty"]

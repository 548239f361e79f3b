"""What one person wants and a second has to agree to: found by them, agreed to, or sent back."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Duty, StaffRole
from accounts.staff import Desk, desk_of
from audit import log
from records.models import ChangePreview

Kind, State = ChangePreview.Kind, ChangePreview.State
DUTY: dict[str, Duty] = {
    Kind.LEVELS: Duty.DECIDE_ACCESS,
    Kind.GO_LIVE: Duty.MANAGE_SETTINGS,
    Kind.SECTIONS: Duty.MANAGE_SETTINGS,
    Kind.ACCOUNTS: Duty.MANAGE_SETTINGS,
}
"""The duty of whoever makes a change of a kind, and of whoever agrees to it."""
HOLDS_FOR = timedelta(hours=24)
HOLDS_WANTED = timedelta(days=7)
"""As long as it may take until the second person is there; what changed since is left as it is, whenever it is made."""
HOLDS_UNCOUNTED = timedelta(days=28)
TOO_OLD = "This was counted more than a day ago. Count again, then decide"
WAITED = "This waited for a second person for more than a week. Count again, then decide"
WANTED = "Somebody wants this change already. A second person has to agree"
NOBODY = "Nobody has asked for a second person yet"
YOURSELF = "You want this change yourself. Another person has to agree to it"


def holds_until(preview: ChangePreview) -> datetime:
    """Until when a change can be made from what was counted; where it waits or there was nothing to count, for longer."""
    holds_for = HOLDS_WANTED if preview.proposed_by_id else HOLDS_FOR
    return preview.asked_at + (HOLDS_UNCOUNTED if preview.kind == Kind.ACCOUNTS else holds_for)


def hold(preview: ChangePreview, *, by: Desk, now: datetime) -> ChangePreview:
    """The preview, held until the transaction ends, if a change can be made from it."""
    held = ChangePreview.objects.select_for_update(of=("self",))
    found = held.select_related("surgery", "proposed_by").get(pk=preview.pk, surgery=by.surgery)
    if found.used_at:
        raise ValidationError("This change was made already")
    if found.state == State.SAVING:
        raise ValidationError("This is being saved already")
    if found.state != State.READY:
        raise ValidationError("This is not counted yet")
    if holds_until(found) <= now:
        raise ValidationError(WAITED if found.proposed_by_id else TOO_OLD)
    return found


def note_wanted(held: ChangePreview, *, by: Desk, reason: str) -> None:
    """Write down who wants a change and why; raises ValidationError where somebody does already, or without a reason."""
    if held.proposed_by_id:
        raise ValidationError(WANTED)
    held.reason, held.proposed_by = reason.strip(), by.viewer
    held.sent_back_because, held.sent_back_by = "", None
    if not held.reason:
        raise ValidationError("Enter the reason for the change")
    held.save()


def note_agreed(held: ChangePreview, *, by: Desk, now: datetime) -> None:
    """Write down who agrees; raises ValidationError for whoever wants it, or where they may not any more."""
    refuse_unless_wanted(held)
    if held.proposed_by_id == by.viewer.pk:
        raise ValidationError(YOURSELF)
    first = held.proposed_by and desk_of(
        held.proposed_by, on=timezone.localdate(now), surgery=by.surgery
    )
    if not isinstance(first, Desk) or not first.may(DUTY[held.kind]):
        raise ValidationError(
            "Whoever wants this may not make it: it is not one of their duties any more. Send it back"
        )
    held.agreed_by = by.viewer
    held.save(update_fields=["agreed_by"])


def refuse_unless_wanted(held: ChangePreview) -> None:
    """Raise ValidationError where nobody waits for a second person."""
    if not held.proposed_by_id:
        raise ValidationError(NOBODY)


def send_back(preview: ChangePreview, *, by: Desk, now: datetime, because: str) -> None:
    """Do not agree, with why; or take back what one wanted. It can be proposed again."""
    with transaction.atomic():
        held = hold(preview, by=by, now=now)
        refuse_unless_wanted(held)
        if not because.strip():
            raise ValidationError("Enter why you do not agree")
        held.proposed_by, held.sent_back_by = None, by.viewer
        held.sent_back_because = because.strip()
        held.save(update_fields=["proposed_by", "sent_back_by", "sent_back_because"])
        note("sent back", held, by=by, now=now)


def note(what: str, preview: ChangePreview, *, by: Desk, now: datetime) -> None:
    """Put a step on file."""
    about = "practice change" if preview.kind == Kind.LEVELS else "setting"
    log.record(
        f"{about} {what}", at=now, actor_id=by.viewer.pk, duty=DUTY[preview.kind],
        about=f"preview {preview.pk}",
        details={"surgery": by.surgery.ods_code, "kind": preview.kind},
    )  # fmt: skip


def waiting_for_second(desk: Desk, *, now: datetime) -> QuerySet[ChangePreview]:
    """What waits at a surgery for a second person with the duties of whoever looks, their own wishes too."""
    return _of_desk(desk, now=now).exclude(proposed_by=None)


def sent_back_at(desk: Desk, *, now: datetime) -> QuerySet[ChangePreview]:
    """What somebody did not agree to and can still be proposed again."""
    return _of_desk(desk, now=now).exclude(sent_back_because="")


def _of_desk(desk: Desk, *, now: datetime) -> QuerySet[ChangePreview]:
    kinds = [kind for kind, duty in DUTY.items() if desk.may(duty)]
    recent = (
        Q(asked_at__gt=now - HOLDS_FOR)
        | Q(proposed_by__isnull=False, asked_at__gt=now - HOLDS_WANTED)
        | Q(kind=Kind.ACCOUNTS, asked_at__gt=now - HOLDS_UNCOUNTED)
    )
    found = ChangePreview.objects.filter(
        recent, surgery=desk.surgery, kind__in=kinds, used_at=None, state=State.READY
    )
    return found.select_related("proposed_by", "sent_back_by").order_by("-asked_at", "id")


def nobody_else(desk: Desk, duty: Duty, *, on: date) -> bool:
    """Whether nobody but whoever looks has a duty at their surgery, so that there is no second person to ask."""
    held = StaffRole.objects.live(on).filter(surgery=desk.surgery, duty=duty)
    return not held.exclude(user=desk.viewer).exists()

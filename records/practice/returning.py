"""Why nobody goes back to what they had before a change for many: it would open what nobody read (R8.6)."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from accounts.staff import StaffAccess
from audit.row_security import rows_of
from records.grants import reason_for_less
from records.models import AccessGrant, ChangePreview, Entry, Redaction
from records.models.preview import OWN_FIELD
from records.practice.cohort import LOADED, SET, TWO, Member, raises, why_alone
from records.practice.counting import looks
from records.practice.previewing import REASONS
from records.previewing.reveals import Revealed, newly_revealed
from records.previewing.reviewing import takes_two


def why_stays(member: Member, then: AccessGrant, *, by: User, since: datetime) -> str:
    """Why a patient does not go back to a decision by undoing; "" where they do, as always where that opens nothing.

    `since` is when they were given what holds now. What was open before that and is as it was opens again, flagged or
    not: whoever undoes wants it back.
    """
    patient, held = member
    with rows_of(patient.pk):
        opened = newly_revealed(patient, before=held, after=then)
        if not (opened or raises(held, then)):
            return ""
        if less := REASONS.get(reason_for_less(patient, on=date.max)):
            return less
        if why := why_alone(patient, by=[by], opens=True):
            return why
        if takes_two(patient, then, held):
            return TWO
        if opened and _was_set_since(member, since):
            return SET
        return LOADED if _has_new(looks(member, by), opened, since) else ""


def _was_set_since(member: Member, since: datetime) -> bool:
    """Whether the surgery changed what opens by a setting: then going back opens something else than was open."""
    settings = ChangePreview.objects.filter(surgery=member.patient.surgery, kind__in=OWN_FIELD)
    return settings.filter(used_at__gte=since).exists()


def _has_new(access: StaffAccess, opened: Revealed, since: datetime) -> bool:
    """Whether something that opens was loaded or changed since, or shown again."""
    ids = {row.id for entry in opened.values() for row in entry.rows}
    held = Entry.objects.seen_by_staff(access).filter(id__in=ids)
    if held.filter(Q(added_at__gte=since) | Q(changed_at__gte=since)).exists():
        return True
    return _was_shown_again(access, held.values_list("id", "root_id", "repeats_id"), since)


def _was_shown_again(
    access: StaffAccess, rows: Collection[tuple[UUID | None, ...]], since: datetime
) -> bool:
    shown = Redaction.objects.filter(
        patient=access.patient, audience=Redaction.Audience.EVERYONE, undone_at__gte=since
    ).values_list("entry_id", flat=True)
    again = set(shown)
    return bool(again) and any(not again.isdisjoint(ids) for ids in rows)

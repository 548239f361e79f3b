"""Hiding entries from people, and showing them again (R2.1, R2.2)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from nhsuk.wording import instant_words
from records.models import Entry, Redaction, StaffTask
from records.queue import close_tasks, hold_patient, open_task


def in_a_year(today: date) -> date:
    """The day on which staff look again at what is hidden today, unless they choose another: 28 February for the 29th."""
    return today.replace(year=today.year + 1, day=min(today.day, 28 if today.month == 2 else 31))


def hide(
    entry: Entry,
    *,
    by: StaffAccess,
    now: datetime,
    reason: str,
    audience: str = Redaction.Audience.EVERYONE,
    proxy_id: UUID | None = None,
    review_on: date | None = None,
    together_id: UUID | None = None,
) -> Redaction:
    """Hide a whole entry; raises ValidationError where the reason or the proxy is missing, or it is hidden so already.

    A part is never hidden alone: naming one hides the entry that it belongs to (R2.1). On `review_on` staff are
    asked to look again; of what is hidden `together` they are asked once.
    """
    with rows_of(by.patient.pk):
        redaction = Redaction(
            patient=by.patient, entry_id=entry.root_id or entry.id, audience=audience,
            proxy_id=proxy_id, reason=reason.strip(), hidden_by_id=by.viewer.pk, hidden_at=now,
            review_on=review_on, together_id=together_id,
        )  # fmt: skip
        _refuse_twice(redaction, entry)
        redaction.full_clean()
        redaction.save(force_insert=True)
        if together_id is None:
            _ask_to_look_again(redaction.act_id, review_on, by=by, now=now)
        _log("entry hidden", redaction, by=by, now=now)
    return redaction


def hide_together(
    entries: Iterable[Entry],
    *,
    by: StaffAccess,
    now: datetime,
    reason: str,
    audience: str,
    proxy_id: UUID | None = None,
    review_on: date | None = None,
) -> UUID:
    """Hide several entries in one act, whose id is given: all of them or, where one cannot be, none."""
    act_id = uuid4()
    with rows_of(by.patient.pk):
        _ask_to_look_again(act_id, review_on, by=by, now=now)
        for entry in entries:
            hide(
                entry, by=by, now=now, reason=reason, audience=audience, proxy_id=proxy_id,
                review_on=review_on, together_id=act_id,
            )  # fmt: skip
    return act_id


def _refuse_twice(redaction: Redaction, entry: Entry) -> None:
    """Say who hid an entry from the same people before."""
    before = Redaction.objects.filter(
        patient=redaction.patient, entry_id=redaction.entry_id, audience=redaction.audience,
        proxy_id=redaction.proxy_id, undone_at=None, by_patient=False,
    ).first()  # fmt: skip
    if before:
        person = User.objects.filter(pk=before.hidden_by_id).first()
        by = (person.name or person.email) if person else "somebody"
        when = instant_words(before.hidden_at)
        raise ValidationError(
            f"This is hidden already: “{entry.title}”, by {by} on {when}. Nothing of yours was saved"
        )


def _ask_to_look_again(
    act_id: UUID, review_on: date | None, *, by: StaffAccess, now: datetime
) -> None:
    """A task for the day on which staff are to look again."""
    if review_on:
        open_task(
            by.patient, StaffTask.Kind.REVIEW_HIDDEN, now=now, about_id=act_id, due_on=review_on,
            shows_from=review_on, because="Look again whether what was hidden still has to be",
        )  # fmt: skip


def held_entry(by: StaffAccess, *, resource: str, source_id: str) -> Entry:
    """The row that came from one resource of the source, for staff; raises Entry.DoesNotExist."""
    with rows_of(by.patient.pk):
        return Entry.objects.seen_by_staff(by).get(source_type=resource, source_id=source_id)


def unhide(redaction: Redaction, *, by: StaffAccess, now: datetime) -> bool:
    """Undo one hiding; it stays on file with who undid it. Undoing it twice does nothing, and says so.

    Nor does undoing what the patient hides: only they show it again.
    """
    with rows_of(by.patient.pk):
        hold_patient(by.patient)
        if not _undo(redaction, by=by, now=now):
            return False
        if not act_of(by, redaction.act_id):
            close_tasks(
                by.patient, StaffTask.Kind.REVIEW_HIDDEN, by=by, now=now, about_id=redaction.act_id
            )
    return True


def _undo(redaction: Redaction, *, by: StaffAccess, now: datetime) -> bool:
    undone = Redaction.objects.filter(
        patient=by.patient, id=redaction.id, undone_at=None, by_patient=False
    )
    if not undone.update(undone_at=now, undone_by_id=by.viewer.pk):
        return False
    _log("entry shown again", redaction, by=by, now=now)
    return True


def unhide_act(act_id: UUID, *, by: StaffAccess, now: datetime) -> int:
    """Undo all that is still hidden of one act, and say how many entries that were."""
    with rows_of(by.patient.pk):
        hold_patient(by.patient)
        return sum(unhide(redaction, by=by, now=now) for redaction in act_of(by, act_id))


def keep_hidden(act_id: UUID, *, by: StaffAccess, now: datetime, review_on: date | None) -> None:
    """Leave hidden what one act hid, and look again on another day, or never; raises ValidationError where nothing is."""
    with rows_of(by.patient.pk):
        hold_patient(by.patient)
        kept = act_of(by, act_id)
        if not kept:
            raise ValidationError("A colleague showed this again. Nothing is hidden by it any more")
        close_tasks(by.patient, StaffTask.Kind.REVIEW_HIDDEN, by=by, now=now, about_id=act_id)
        _ask_to_look_again(act_id, review_on, by=by, now=now)
        ids = [redaction.id for redaction in kept]
        Redaction.objects.filter(patient=by.patient, id__in=ids).update(review_on=review_on)
        for redaction in kept:
            _log("entry kept hidden", redaction, by=by, now=now)


def act_of(by: StaffAccess, act_id: UUID) -> list[Redaction]:
    """What one act of the surgery's hid and is hidden by it still: one entry, or several together."""
    held = Redaction.objects.filter(patient=by.patient, undone_at=None, by_patient=False)
    return list(held.filter(Q(id=act_id) | Q(together_id=act_id)).order_by("hidden_at", "id"))


def hidden_entries(by: StaffAccess) -> dict[UUID, list[Redaction]]:
    """The hidings in force for a patient, by entry: for staff, who see what is hidden, from whom and by whom."""
    found = defaultdict(list)
    for redaction in Redaction.objects.filter(patient=by.patient, undone_at=None):
        found[redaction.entry_id].append(redaction)
    return dict(found)


def _log(action: str, redaction: Redaction, *, by: StaffAccess, now: datetime) -> None:
    log.record(
        action, at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk, duty=by.duty,
        about=f"entry {redaction.entry_id}",
        details={"redaction": str(redaction.id), "audience": redaction.audience},
    )  # fmt: skip

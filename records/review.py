"""Hiding entries from people, and showing them again (R2.1, R2.2)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from nhsuk.wording import instant_words
from records.constraints import refused_in_words
from records.models import Entry, Redaction, StaffTask
from records.queue import close_tasks, hold_patient, open_tasks_about

EVERYONE = Redaction.Audience.EVERYONE


def in_a_year(today: date) -> date:
    """The day on which staff look again at what is hidden today, unless they choose another: 28 February for the 29th."""
    return today.replace(year=today.year + 1, day=min(today.day, 28 if today.month == 2 else 31))


def hide(
    entry: Entry,
    *,
    by: StaffAccess,
    now: datetime,
    reason: str,
    audience: str = EVERYONE,
    proxy_id: UUID | None = None,
    review_on: date | None = None,
) -> Redaction:
    """Hide a whole entry; raises ValidationError where the reason or the proxy is missing, or it is hidden so already.

    A part is never hidden alone: naming one hides the entry that it belongs to (R2.1). On `review_on` staff are
    asked to look again; of what is hidden `together` they are asked once.
    """
    hidden = _hide(
        [(entry, reason)], by=by, now=now, audience=audience, proxy_id=proxy_id,
        review_on=review_on,
    )  # fmt: skip
    return hidden[0]


def hide_each(
    reasons: Iterable[tuple[Entry, str]], *, by: StaffAccess, now: datetime, review_on: date
) -> None:
    """Hide several entries from everyone, each for its reason in an act of its own: all or, where one cannot be, none."""
    _hide(list(reasons), by=by, now=now, audience=EVERYONE, review_on=review_on)


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
    _hide(
        [(entry, reason) for entry in entries], by=by, now=now, audience=audience,
        proxy_id=proxy_id, review_on=review_on, together_id=act_id,
    )  # fmt: skip
    return act_id


def _hide(
    reasons: Sequence[tuple[Entry, str]],
    *,
    by: StaffAccess,
    now: datetime,
    audience: str,
    proxy_id: UUID | None = None,
    review_on: date | None = None,
    together_id: UUID | None = None,
) -> list[Redaction]:
    """Write down what is hidden, in one statement however many entries, with its tasks and events."""
    hidden = [
        Redaction(
            patient=by.patient, entry_id=entry.root_id or entry.id, audience=audience,
            proxy_id=proxy_id, reason=reason.strip(), hidden_by_id=by.viewer.pk, hidden_at=now,
            review_on=review_on, together_id=together_id,
        )
        for entry, reason in reasons
    ]  # fmt: skip
    titles = {entry.root_id or entry.id: entry.title for entry, _ in reasons}
    with rows_of(by.patient.pk):
        _ask_to_look_again([one.act_id for one in hidden], review_on, by=by, now=now)
        _refuse_twice(hidden, titles)
        for redaction in hidden:
            redaction.clean_fields(exclude={"patient"})  # there already
        try:
            with refused_in_words(Redaction):
                Redaction.objects.bulk_create(hidden)
        except ValidationError:
            _refuse_twice(hidden, titles)  # a colleague was faster by a moment
            raise
        for redaction in hidden:
            _log("entry hidden", redaction, by=by, now=now)
    return hidden


def _refuse_twice(hidden: Sequence[Redaction], titles: Mapping[UUID, str]) -> None:
    """Say who hid one of these entries from the same people before."""
    one = hidden[0]
    before = Redaction.objects.filter(
        patient=one.patient, entry_id__in=list(titles), audience=one.audience,
        proxy_id=one.proxy_id, undone_at=None, by_patient=False,
    ).first()  # fmt: skip
    if before:
        person = User.objects.filter(pk=before.hidden_by_id).first()
        by = (person.name or person.email) if person else "somebody"
        when, title = instant_words(before.hidden_at), titles[before.entry_id]
        raise ValidationError(
            f"This is hidden already: “{title}”, by {by} on {when}. Nothing of yours was saved"
        )


def _ask_to_look_again(
    act_ids: Iterable[UUID], review_on: date | None, *, by: StaffAccess, now: datetime
) -> None:
    """A task about each act for the day on which staff are to look again."""
    if review_on:
        open_tasks_about(
            by.patient, StaffTask.Kind.REVIEW_HIDDEN, now=now, about=act_ids, due_on=review_on,
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
        _ask_to_look_again([act_id], review_on, by=by, now=now)
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

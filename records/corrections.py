"""Telling the surgery that an entry looks wrong, and its answers; the entry itself is changed by none of it.

What somebody writes after an answer brings the same thread back to `sent`, so that question and answers stay
together; what was taken back is over, and a new thread may be opened about the same entry.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Duty, Kind, User
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from proxy_access.notices import tell_if_wanted
from records.grants import record_of
from records.models import Correction, CorrectionMessage, Entry, StaffTask
from records.threads import (
    ANSWERS,
    OPEN,
    State,
    count_open,
    entries_about,
    messages_of,
    month_after,
    open_thread,
)
from records.visibility import RecordAccess
from surgeries.models import Patient

MOST_WORDS = 2000
MOST_OPEN = 20
MOST_UNANSWERED = 20
A_MOMENT = timedelta(microseconds=1)


class Moves(NamedTuple):
    """What a thread may become, by the act of whoever opened it and by the surgery's."""

    by_writer: frozenset[str]
    by_surgery: frozenset[str]


ALLOWED = {
    State.SENT: Moves(frozenset({State.SENT, State.TAKEN_BACK}), frozenset({State.READ, *ANSWERS})),
    State.READ: Moves(frozenset({State.SENT, State.TAKEN_BACK}), frozenset({State.READ, *ANSWERS})),
    State.CORRECTED: Moves(frozenset({State.SENT}), frozenset()),
    State.KEPT: Moves(frozenset({State.SENT}), frozenset()),
    State.PASSED_ON: Moves(frozenset({State.SENT}), frozenset({State.CORRECTED, State.KEPT})),
    State.TAKEN_BACK: Moves(frozenset(), frozenset()),
}
"""Every change of state that there is; new words of the writer's are always `sent`, whatever was before."""

NOTHING_WRITTEN = "Write what looks wrong"
TOO_LONG = f"Write no more than {MOST_WORDS:,} characters"
TOO_MANY = (
    f"You have {MOST_OPEN} of these that wait for an answer. Wait for one, or contact the surgery"
)
TOO_MANY_MESSAGES = "You have written many times. Wait for an answer, or contact the surgery"
NOT_YOURS = "Only the person who wrote this can add to it"
OVER = "This was taken back. You can tell the surgery again from the page of the entry"
OTHER_WAITS = "You have another thread about this entry that waits for an answer. Write there"
ALREADY_ANSWERED = "The surgery has answered, so this can no longer be taken back"
NOT_THAT_ANSWER = "This answer is not possible any more. Read what has happened below"
SAY_MORE = "Write something to the person, or choose another answer"
GIVE_REASON = "Write the answer for the person: what you changed, why it stays, or who it went to"
OVERTAKEN_WRITER = (
    "The surgery wrote while you had this page open, so your words were not sent. Read what it says "
    "above, then send your words again if you still want to"
)
OVERTAKEN_SURGERY = (
    "Something was written here while you had this page open. Nothing of yours was saved. Read it "
    "above, then send your answer again if you still want to"
)


def open_correction(entry: Entry, *, by: RecordAccess, now: datetime, text: str) -> Correction:
    """Tell the surgery that an entry looks wrong; the id of a part stands for its entry.

    Where a thread of the reader's about it waits already, the words are added to that: what is sent twice
    makes one thread. Raises ValidationError where the words cannot be sent.
    """
    entry_id = entry.root_id or entry.id
    with rows_of(by.patient.pk):
        _hold(by.patient)
        if held := open_thread(by, entry_id):
            write(held, by=by, now=now, text=text)
            return held
        words = _words(text)
        if count_open(by) >= MOST_OPEN:
            raise ValidationError(TOO_MANY)
        correction = Correction.objects.create(
            patient=by.patient, entry_id=entry_id, opened_by_id=by.viewer.pk, opened_at=now,
            state=State.SENT, state_at=now,
        )  # fmt: skip
        _add(correction, State.SENT, words, by=by.viewer, now=now)
        _ask_surgery(correction, by=by, now=now)
        _log("correction opened", correction, by=by.viewer, now=now)
        return correction


def write(
    correction: Correction, *, by: RecordAccess, now: datetime, text: str, seen: UUID | None = None
) -> None:
    """Add words to a thread of one's own; after an answer, they open it again.

    `seen` is the last message that the writer had before them: None to send whatever came since. The same
    words sent twice are written once. Raises ValidationError where the words cannot be sent.
    """
    words = _words(text)
    with rows_of(by.patient.pk):
        correction, messages = _held(correction, by.patient)
        _refuse_others(correction, by)
        if _is_said(messages[-1], by=by.viewer, state=State.SENT, words=words):
            return
        if State.SENT not in ALLOWED[State(correction.state)].by_writer:
            raise ValidationError(OVER)
        if correction.state not in OPEN and open_thread(by, correction.entry_id):
            raise ValidationError(OTHER_WAITS)
        if seen is not None and messages[-1].id != seen:
            raise ValidationError(OVERTAKEN_WRITER)
        latest = messages[-MOST_UNANSWERED:]
        if len(latest) == MOST_UNANSWERED and not any(each.is_from_surgery for each in latest):
            raise ValidationError(TOO_MANY_MESSAGES)
        _add(correction, State.SENT, words, by=by.viewer, now=now)
        _ask_surgery(correction, by=by, now=now, again=True)
        _log("correction message", correction, by=by.viewer, now=now)


def take_back(correction: Correction, *, by: RecordAccess, now: datetime) -> None:
    """Take back what one told the surgery, before it answers; twice does nothing."""
    with rows_of(by.patient.pk):
        correction, _ = _held(correction, by.patient)
        _refuse_others(correction, by)
        if correction.state == State.TAKEN_BACK:
            return
        if State.TAKEN_BACK not in ALLOWED[State(correction.state)].by_writer:
            raise ValidationError(ALREADY_ANSWERED)
        _add(correction, State.TAKEN_BACK, "", by=by.viewer, now=now)
        _end_tasks(correction, by=by.viewer, now=now)
        _log("correction taken back", correction, by=by.viewer, now=now)


def answer(
    correction: Correction,
    *,
    by: StaffAccess,
    now: datetime,
    state: str,
    text: str,
    seen: UUID | None,
) -> None:
    """Answer for the surgery; `seen` is the last message that staff had before them.

    Raises ValidationError where words are missing, where something was written meanwhile, or where the
    thread cannot become that. Sent twice, it is written once. Who wrote gets an e-mail in neutral words (R5.4).
    """
    words = _words(text, may_be_empty=state == State.READ, missing=GIVE_REASON)
    with rows_of(by.patient.pk):
        correction, messages = _held(correction, by.patient)
        if _is_said(messages[-1], by=by.viewer, state=state, words=words):
            return
        if messages[-1].id != seen:
            raise ValidationError(OVERTAKEN_SURGERY)
        if state not in ALLOWED[State(correction.state)].by_surgery:
            raise ValidationError(NOT_THAT_ANSWER)
        if state == correction.state and not words:
            raise ValidationError(SAY_MORE)
        _add(correction, State(state), words, by=by.viewer, now=now, is_from_surgery=True)
        if state in ANSWERS:
            _end_tasks(correction, by=by.viewer, now=now)
        _log("correction answered", correction, by=by.viewer, now=now, duty=Duty.REVIEW_ENTRIES)
        if words:
            _tell_writer(correction, now=now)


class Seen(NamedTuple):
    """Whether who opened a thread can read it today, and whether its entry stands behind a page for them (R5.5)."""

    is_seen: bool
    is_sealed: bool


def seen_by_writer(correction: Correction, *, now: datetime) -> Seen:
    """What the writer of a thread sees of its entry: nothing where their access ended or the entry is hidden."""
    writer = User.objects.filter(pk=correction.opened_by_id).first()
    if writer is None:
        return Seen(is_seen=False, is_sealed=False)
    record = record_of(writer, correction.patient_id, on=timezone.localdate(now), at=now)
    if not isinstance(record, RecordAccess):
        return Seen(is_seen=False, is_sealed=False)
    if row := Entry.objects.visible_to(record).filter(id=correction.entry_id).first():
        return Seen(is_seen=True, is_sealed=row.is_sealed)
    return Seen(bool(entries_about(record, [correction.entry_id])), is_sealed=False)


def tidy(text: str) -> str:
    """Words as they are kept, with one character for each line break and no others that control; empty where
    there is nothing to read."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        each for each in lines if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs")
    )
    can_be_read = any(each.isprintable() and not each.isspace() for each in kept)
    return kept.strip() if can_be_read else ""


def _words(text: str, *, may_be_empty: bool = False, missing: str = NOTHING_WRITTEN) -> str:
    words = tidy(text)
    if not (words or may_be_empty):
        raise ValidationError(missing)
    if len(words) > MOST_WORDS:
        raise ValidationError(TOO_LONG)
    return words


def _hold(patient: Patient) -> None:
    """Nobody else writes in this patient's threads until the transaction ends."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _held(correction: Correction, patient: Patient) -> tuple[Correction, list[CorrectionMessage]]:
    """A thread as it is now, with its messages, kept from others."""
    _hold(patient)
    held = Correction.objects.get(patient=patient, id=correction.id)
    return held, messages_of(held)


def _is_said(last: CorrectionMessage, *, by: User, state: str, words: str) -> bool:
    """Whether the last words of a thread are these: a form that was sent twice."""
    return (last.written_by_id, last.state, last.text) == (by.pk, state, words)


def _refuse_others(correction: Correction, by: RecordAccess) -> None:
    if correction.opened_by_id != by.viewer.pk:
        raise ValidationError(NOT_YOURS)


def _add(
    correction: Correction,
    state: Correction.State,
    words: str,
    *,
    by: User,
    now: datetime,
    is_from_surgery: bool = False,
) -> None:
    """Write the next message of a thread and the state that it brings."""
    at = max(now, correction.state_at + A_MOMENT)  # in order, whoever's clock was read first
    CorrectionMessage.objects.create(
        patient_id=correction.patient_id, correction_id=correction.id, written_by_id=by.pk,
        is_from_surgery=is_from_surgery, state=state, text=words, written_at=at,
    )  # fmt: skip
    correction.state, correction.state_at = state, at
    correction.save(update_fields=["state", "state_at"])


def _ask_surgery(
    correction: Correction, *, by: RecordAccess, now: datetime, again: bool = False
) -> None:
    """A task for staff, without a word of the reader's, unless one is open."""
    who = "The patient" if by.is_own_record else "Someone who acts for the patient"
    day = month_after(timezone.localdate(now))
    wrote = "wrote again about an entry" if again else "wrote about an entry"
    if not _tasks(correction).exists():
        StaffTask.objects.create(
            patient_id=correction.patient_id, kind=StaffTask.Kind.CORRECTION,
            about_id=correction.id, because=f"{who} {wrote}. Answer by {day.day} {day:%B %Y}",
            opened_at=now, due_on=day,
        )  # fmt: skip


def _end_tasks(correction: Correction, *, by: User, now: datetime) -> None:
    _tasks(correction).update(closed_at=now, closed_by=by)


def _tasks(correction: Correction) -> QuerySet[StaffTask]:
    return StaffTask.objects.filter(
        patient_id=correction.patient_id, kind=StaffTask.Kind.CORRECTION, about_id=correction.id,
        closed_at=None,
    )  # fmt: skip


def _tell_writer(correction: Correction, *, now: datetime) -> None:
    """Say by e-mail that there is something new, to somebody who will find it (R5.4, R2.3)."""
    if seen_by_writer(correction, now=now).is_seen:
        tell_if_wanted(User.objects.get(pk=correction.opened_by_id), Kind.ACCESS)


def _log(action: str, correction: Correction, *, by: User, now: datetime, duty: str = "") -> None:
    log.record(
        action, at=now, actor_id=by.pk, patient_id=correction.patient_id, duty=duty,
        about=f"correction {correction.id}",
        details={"entry": str(correction.entry_id), "state": correction.state},
    )  # fmt: skip

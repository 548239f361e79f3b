"""What was said to look wrong in a record, as far as a viewer may know of it.

A thread stands and falls with its entry: where the entry may not be seen, there never was a thread (R2.3).
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import OnlineRegistration, User
from audit.kept import Kept, columns_of, made, named
from records.content import PartialDate
from records.models import Correction, CorrectionMessage, Entry
from records.visibility import LOADED_WRONGLY, RecordAccess
from surgeries.models import Patient

State = Correction.State
OPEN = (State.SENT, State.READ)
"""What waits for the surgery."""
ANSWERS = (State.CORRECTED, State.KEPT, State.PASSED_ON)
"""What the surgery can come to."""
NOT_THEIRS = "An entry that was loaded into this record by mistake"


class About(NamedTuple):
    """The entry that a thread is about, by what a list says of it; `is_gone` where the source took it back."""

    id: UUID
    title: str
    when: PartialDate
    is_gone: bool


class Writer(NamedTuple):
    """Who wrote: their name, which may be empty, and whether they are the patient."""

    name: str
    is_patient: bool


class Line(NamedTuple):
    """One thread in a line on the page of its entry; `state` in words."""

    correction: Correction
    is_mine: bool
    state: str


class Thread(NamedTuple):
    """One thread for one viewer, `state` in words; `messages` only where the whole of it is shown."""

    correction: Correction
    about: About
    is_mine: bool
    writer: Writer
    access: RecordAccess
    messages: Sequence[CorrectionMessage] = ()

    @property
    def state(self) -> str:
        """Where it stands, to this viewer."""
        return state_words(self.access, self.correction.state, is_mine=self.is_mine)

    def did(self, message: CorrectionMessage) -> str:
        """What was done with a message: a state, or that somebody wrote."""
        if message.state != State.SENT:
            return state_words(self.access, message.state, is_mine=self.is_mine)
        is_own = self.is_mine or self.writer.is_patient
        return "You wrote" if is_own else f"{self.writer.name or 'They'} wrote"

    @property
    def is_open(self) -> bool:
        """Whether it waits for the surgery."""
        return self.correction.state in OPEN

    @property
    def may_be_added_to(self) -> bool:
        """Whether this viewer can still write in it."""
        return self.is_mine and self.correction.state != State.TAKEN_BACK

    @property
    def answer_by(self) -> date:
        """The day by which the surgery should answer."""
        return month_after(waits_since(self.messages))


def told_by(access: RecordAccess) -> QuerySet[Correction]:
    """What a viewer may hear of: the patient of all there is, a proxy of their own (R4.11)."""
    return _told(access.patient.pk, access.viewer.pk, is_own_record=access.is_own_record)


def _told(patient_id: UUID, viewer_id: UUID, *, is_own_record: bool) -> QuerySet[Correction]:
    told = Correction.objects.filter(patient=patient_id)
    return told if is_own_record else told.filter(opened_by_id=viewer_id)


def threads_of(access: RecordAccess) -> list[Thread]:
    """All threads that a viewer may see, those that changed last first."""
    return _with_entries(access, told_by(access).order_by("-state_at", "id"))


def find_thread(access: RecordAccess, correction_id: UUID) -> Thread | None:
    """One thread with what was written in it; None where the viewer may not know of it."""
    for thread in _with_entries(access, told_by(access).filter(id=correction_id)):
        return thread._replace(messages=messages_of(thread.correction))
    return None


def thread_lines(access: RecordAccess, entry_id: UUID) -> list[Line]:
    """What the page of an entry that the viewer sees says of the threads about it: one query."""
    about = ABOUT_ENTRY[access.is_own_record]
    found = about.ask(patient=access.patient.pk, viewer=access.viewer.pk, entry=entry_id)
    lines = []
    for each in (made(Correction, values) for values in found):
        is_mine = each.opened_by_id == access.viewer.pk
        lines.append(Line(each, is_mine, state_words(access, each.state, is_mine=is_mine)))
    return lines


def _about_entry(is_own_record: bool) -> Any:
    told = _told(named("patient"), named("viewer"), is_own_record=is_own_record)
    about = told.filter(entry_id=named("entry")).order_by("-state_at", "id")
    return about.values_list(*columns_of(Correction))


ABOUT_ENTRY = {each: Kept(partial(_about_entry, each)) for each in (True, False)}


def state_words(access: RecordAccess, state: str, *, is_mine: bool) -> str:
    """A state as it is told to a viewer: the surgery is the patient's, and only who wrote took it back."""
    words = str(State(state).label)
    if state == State.TAKEN_BACK and not is_mine:
        return "It was taken back"
    if access.is_own_record:
        return words
    return words.replace("Your surgery", "The surgery").replace("your surgery", "the surgery")


def open_thread(access: RecordAccess, entry_id: UUID) -> Correction | None:
    """The viewer's own thread about an entry that still waits for the surgery: there is one at most."""
    own = Correction.objects.filter(patient=access.patient, opened_by_id=access.viewer.pk)
    return own.filter(entry_id=entry_id, state__in=OPEN).first()


def count_open(access: RecordAccess) -> int:
    """How many of the viewer's own threads wait; one that is gone with its entry must not count (R2.3)."""
    own = Correction.objects.filter(patient=access.patient, opened_by_id=access.viewer.pk)
    waiting = list(own.filter(state__in=OPEN).values_list("entry_id", flat=True))
    seen = entries_about(access, waiting)
    return sum(entry_id in seen for entry_id in waiting)


def entries_about(access: RecordAccess, entry_ids: Iterable[UUID]) -> dict[UUID, About]:
    """Those of some entries that a viewer may know of: visible now, or gone from the source (R7.3)."""
    found: dict[UUID, About] = {}
    wanted = set(entry_ids)
    visible, gone = Entry.objects.visible_to(access), Entry.objects.gone_from(access)
    for entries, is_gone in ((visible, False), (gone, True)):
        if wanted := wanted - found.keys():
            rows = entries.filter(id__in=wanted).values_list(
                "id",
                "title",
                "withdrawn_because",
                "effective_on",
                "effective_time",
                "effective_precision",
            )
            found |= {row[0]: _about(*row, is_gone=is_gone) for row in rows}
    return found


def _about(entry_id: UUID, title: str, withdrawn_because: str, *when: Any, is_gone: bool) -> About:
    """An entry as a thread names it; one that came with an extract of somebody else has no name here."""
    if withdrawn_because == LOADED_WRONGLY:
        return About(entry_id, NOT_THEIRS, PartialDate(), is_gone)
    return About(entry_id, title, PartialDate(*when), is_gone)


def writers(patient: Patient, user_ids: Iterable[UUID]) -> dict[UUID, Writer]:
    """Who some writers are to a patient; whoever was ever found to be the patient is the patient."""
    people = User.objects.in_bulk(set(user_ids))
    own = OnlineRegistration.objects.filter(patient=patient, user__in=people.keys())
    patients = set(own.values_list("user_id", flat=True)) if people else set()
    return {pk: Writer(person.name, pk in patients) for pk, person in people.items()}


def messages_of(correction: Correction) -> list[CorrectionMessage]:
    """What was written in a thread, in order."""
    written = CorrectionMessage.objects.filter(
        patient_id=correction.patient_id, correction_id=correction.id
    )
    return list(written.order_by("written_at", "id"))


def waits_since(messages: Sequence[CorrectionMessage]) -> date:
    """The day of the first words that the surgery has not answered."""
    answered = [number for number, each in enumerate(messages) if each.state in ANSWERS]
    first = messages[answered[-1] + 1 if answered and messages[-1].state in OPEN else 0]
    return timezone.localdate(first.written_at)


def month_after(day: date) -> date:
    """The same day of the next month, or its last: how long a surgery has to answer."""
    year, month = divmod(day.year * 12 + day.month, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _with_entries(access: RecordAccess, told: Iterable[Correction]) -> list[Thread]:
    """Threads with their entries and writers; those whose entry may not be seen are left out."""
    told = list(told)
    about = entries_about(access, [each.entry_id for each in told])
    seen = [each for each in told if each.entry_id in about]
    me = access.viewer
    others = writers(access.patient, {each.opened_by_id for each in seen} - {me.pk})
    known = others | {me.pk: Writer(me.name, access.is_own_record)}
    return [
        Thread(
            each, about[each.entry_id], each.opened_by_id == me.pk,
            known.get(each.opened_by_id, Writer("", is_patient=False)), access,
        )
        for each in seen
    ]  # fmt: skip

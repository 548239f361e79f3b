"""Taking back an extract that was loaded into the wrong record: what it brought goes, what it changed is as before.

Why each stamp is as it is, and what stays closed until somebody looks again, is in ADR 35.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Duty, User
from audit import log
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from records.importing.dating import SEEN
from records.importing.history import BESIDE, Kind, as_values, other_attachments, row_from
from records.importing.own_words import own_words
from records.importing.places import copy_of
from records.importing.recognising import key_of
from records.importing.store import set_aside
from records.importing.unread import after, keep_with_entries, last_moved, last_read
from records.importing.writing import write_rows
from records.models import Entry, ExtractChange, ImportedExtract, Redaction, Takeaway
from records.news import note_moved
from records.previewing.late import tell_of_late
from records.takeaway.keeping import end, note
from records.visibility import LOADED_WRONGLY
from surgeries.models import Patient

READ = (
    "record opened", "record searched", "result opened", "document opened", "older results opened", "copy made", "copy fetched",
    "record seen before inviting",
)  # fmt: skip
"""What is on file of whoever read a record online: patient, proxy, or whoever a command showed it to."""
SPOKEN = "spoken about result"
OVERLAP = timedelta(minutes=5)
NO_REASON = "Say why the extract is taken back"
UNDONE = "This extract was taken back already"
NOT_LAST = (
    "Only the extract that was loaded last can be taken back: later ones were loaded onto what it left. Take those back"
    " first, the newest first, and load the right ones again after it"
)
NOT_KEPT = (
    "This extract was loaded before the portal kept what an extract changes, so it cannot be taken back. Load an extract"
    " of the right person over it: what is not in that one is withdrawn"
)


class Undone(NamedTuple):
    """What taking an extract back did, in rows, and how often the record was read with it."""

    withdrawn: int
    restored: int
    hidden_again: int
    copies_ended: int
    times_read: int


def why_not(extract: ImportedExtract) -> str:
    """Why an extract cannot be taken back; empty where it can."""
    if extract.undone_at:
        return UNDONE
    last = ImportedExtract.objects.filter(patient=extract.patient_id).standing().last()
    if last is None or last.id != extract.id:
        return NOT_LAST
    return "" if extract.keeps_changes else NOT_KEPT


def reads_since(extract: ImportedExtract) -> QuerySet[AuditEvent]:
    """What is on file of who read the record while it held an extract (R9.1)."""
    return _events_since(extract).filter(action__in=READ, outcome=Outcome.DONE)


def _events_since(extract: ImportedExtract) -> QuerySet[AuditEvent]:
    """What was written down while the record held an extract, by the order of the log: a clock may go wrong."""
    events = AuditEvent.objects.filter(patient_id=extract.patient_id)
    loaded = loads_of(extract)
    undone = events.filter(action="load undone", object=f"extract {extract.id}")
    first = loaded.values_list("sequence", flat=True).first() or 0
    last = undone.values_list("sequence", flat=True).first()
    since = events.filter(sequence__gt=first)
    return since.filter(sequence__lt=last) if last else since


def loads_of(extract: ImportedExtract) -> QuerySet[AuditEvent]:
    """What is on file of the load of an extract."""
    return AuditEvent.objects.filter(
        patient_id=extract.patient_id, action="record loaded", details__extract=str(extract.id)
    )


def undo(patient: Patient, extract_id: UUID, *, because: str, by: User, now: datetime) -> Undone:
    """Take back the extract that was loaded last; all of it or nothing.

    What it added is withdrawn, what it updated or withdrew is as it was before. What is hidden stays hidden, also
    where it was hidden since. Raises ValidationError, with words for staff, where there is no reason or it cannot be,
    and ImportedExtract.DoesNotExist where the patient has no such extract.
    """
    if not because.strip():
        raise ValidationError(NO_REASON)
    with rows_of(patient.pk):
        Patient.objects.select_for_update().get(pk=patient.pk)  # as loading does
        extract = ImportedExtract.objects.get(patient=patient, id=extract_id)
        if refusal := why_not(extract):
            raise ValidationError(refusal)
        undoing = _Undoing(patient, extract, now)
        undone = undoing.run(because.strip(), by)
        tell_of_late(patient, now=now)
        note_moved(patient, at=undoing.now)
        log.record(
            "load undone", at=now, actor_id=by.pk, patient_id=patient.pk,
            duty=Duty.MANAGE_SETTINGS, about=f"extract {extract.id}", details=undone._asdict(),
        )  # fmt: skip
    return undone


class _Undoing:
    """One extract on its way out of one patient's rows."""

    def __init__(self, patient: Patient, extract: ImportedExtract, now: datetime) -> None:
        self.patient, self.extract, self.clock = patient, extract, now
        self.restored: list[Entry] = []
        self.other_attachments = other_attachments(extract)  # before they are as before
        read_until = last_read(patient)
        # later than whatever was read, loaded or taken back: a clock may go behind
        self.now = after(last_moved(patient), now)
        self.times_read = reads_since(extract).count()
        spoken = _events_since(extract).filter(action=SPOKEN)
        self.was_told = self.times_read > 0 or spoken.exists()
        """Whether anybody read or heard what the extract said: then what is as before is news to them."""
        self.was_decided = read_until is not None and read_until >= extract.loaded_at
        """Whether staff read, since it was loaded, what a decision opens: they read it as the extract left it."""

    def run(self, because: str, by: User) -> Undone:
        """Withdraw, restore, and mark the extract; then end what was made from it."""
        withdrawn = self._withdraw(self.extract.added)
        restored = self._restore()
        self._restore_beside()
        ImportedExtract.objects.filter(patient=self.patient, id=self.extract.id).update(
            undone_at=self.now, undone_by_id=by.pk, undone_because=because
        )
        hidden = self._hide_again()
        return Undone(withdrawn, restored, hidden, self._end_copies(), self.times_read)

    def _withdraw(self, added: Iterable[UUID]) -> int:
        return (
            Entry.objects.of(self.patient)
            .filter(id__in=list(added), withdrawn_at=None)
            .update(withdrawn_at=self.now, withdrawn_because=LOADED_WRONGLY, changed_at=self.now)
        )

    def _restore(self) -> int:
        changes = ExtractChange.objects.filter(patient=self.patient, extract_id=self.extract.id)
        kept = {one.entry_id: one for one in changes}
        left = {row.id: row for row in Entry.objects.of(self.patient).filter(id__in=list(kept))}
        rows = [row_from(one.before, self.patient) for one in kept.values()]
        for row in rows:
            self._stamp(row, left[row.id], kept[row.id].kind)
        if self.was_decided:
            keep_with_entries(rows, self._roots(rows))
        self._save(rows)
        self.restored = [row for row in rows if kept[row.id].kind != Kind.NAMED_ANEW]
        if self.was_decided:
            self._close_below(row.id for row in rows if row.readable_since == self.now)
        return len(self.restored)

    def _stamp(self, row: Entry, left: Entry, kind: str) -> None:
        """Let a row that is as before say so to whoever saw it otherwise, and open nothing that nobody read.

        Where nobody looked meanwhile, nothing ever happened.
        """
        if kind == Kind.NAMED_ANEW:
            return
        row.changed_at = self.now
        comes_back = is_shown(row) and not is_shown(left)
        held_since = row.held_since
        if self.was_told and comes_back:
            row.added_at, row.readable_since = self.now, held_since
        elif self.was_told and is_shown(row):
            if says_otherwise(row, left) or row.id in self.other_attachments:
                row.words_changed_at = self.now
            if row.free_text != left.free_text:
                row.text_changed_at = self.now
        is_other = reads_otherwise(row, left) or row.id in self.other_attachments
        if self.was_decided and is_shown(row) and (comes_back or is_other):
            row.readable_since = self.now

    def _close_below(self, closed: Iterable[UUID]) -> None:
        """Let what stands below an entry that has to be read again wait with it: its page would lead nowhere."""
        below = Entry.objects.of(self.patient).filter(root_id__in=list(closed), withdrawn_at=None)
        below.filter(added_at__lt=self.now).update(readable_since=self.now)

    def _roots(self, rows: list[Entry]) -> Mapping[UUID, Entry]:
        wanted = {row.root_id for row in rows if row.root_id}
        return {row.id: row for row in Entry.objects.of(self.patient).filter(id__in=wanted)}

    def _save(self, rows: list[Entry]) -> None:
        """Write the rows; whoever has an id of the source that goes back to one of them gives it up first."""
        ids = {key_of(row): row.id for row in rows}
        given = [source_id for _, _, source_id in ids]
        for row in Entry.objects.of(self.patient).filter(source_id__in=given):
            if ids.get(key_of(row), row.id) != row.id:
                set_aside(self.patient, row.id)
        write_rows(rows)

    def _hide_again(self) -> int:
        """Hide what was hidden and was shown again meanwhile: whoever did that read other words, or none (R2.3)."""
        touched = {row.id for row in self.restored}
        touched |= {row.root_id for row in self.restored if row.root_id}
        shown = Redaction.objects.filter(
            patient=self.patient, entry_id__in=touched, undone_at__gte=self._loaded_by_the_clock()
        )
        again = {side_of(one): same_again(one, self.now) for one in shown}
        for side in hidings_in_force(self.patient):
            again.pop(side, None)
        Redaction.objects.bulk_create(again.values())
        for one in again.values():
            log.record(
                "entry hidden again", at=self.clock, actor_id=None, patient_id=self.patient.pk,
                about=f"entry {one.entry_id}", details={"audience": one.audience},
            )  # fmt: skip
        return len(again)

    def _loaded_by_the_clock(self) -> datetime:
        """When the load began at the latest, less what two clocks may differ."""
        loaded = loads_of(self.extract).values_list("at", flat=True).first()
        return min(self.extract.loaded_at, loaded or self.extract.loaded_at) - OVERLAP

    def _restore_beside(self) -> None:
        """Warnings and attachments as before; what is new ends."""
        ends = {"document": "withdrawn_at", "notice": "ended_at"}
        for one in self.extract.beside:
            model = BESIDE[one["what"]]
            values = {ends[one["what"]]: self.now}
            if one["before"] is not None:
                values = as_values(model, one["before"])
            found = model._default_manager.filter(patient=self.patient, **one["key"])
            found.update(**{name: values[name] for name in values if name not in one["key"]})

    def _end_copies(self) -> int:
        """End every copy of the record that is being made or kept: it may hold what was never this patient's."""
        held = Takeaway.objects.filter(
            patient=self.patient, state__in=[Takeaway.State.MAKING, Takeaway.State.READY]
        )
        copies = list(held)
        for copy in copies:
            note("copy ended", copy, now=self.clock, because="the record was put right")
        return end(copies)


Side = tuple[UUID, str, UUID | None, bool]
"""What is hidden, from whom, and by whom: the surgery or the patient."""


def side_of(hiding: Redaction) -> Side:
    """What one hiding is about: it is hidden so once at most."""
    return hiding.entry_id, hiding.audience, hiding.proxy_id, hiding.by_patient


def same_again(hiding: Redaction, now: datetime) -> Redaction:
    """A hiding that was undone, anew, in the act that it was part of; not yet saved."""
    again = copy_of(hiding, hiding.entry_id, now)
    again.together_id = hiding.together_id
    return again


def hidings_in_force(patient: Patient) -> set[Side]:
    """All that is hidden of a record now."""
    return {side_of(one) for one in Redaction.objects.filter(patient=patient, undone_at=None)}


def is_shown(row: Entry) -> bool:
    """Whether the source has a row and lets it be seen."""
    return row.released and row.withdrawn_at is None


def says_otherwise(row: Entry, other: Entry) -> bool:
    """Whether a reader finds another thing in a row, or the row in another place."""
    places = (*SEEN, "root_id", "level_needed")
    is_other = any(getattr(row, name) != getattr(other, name) for name in places)
    return is_other or own_words(row.details) != own_words(other.details)


def reads_otherwise(row: Entry, other: Entry) -> bool:
    """Whether whoever read one of two states of a row did not read the other."""
    return says_otherwise(row, other) or row.free_text != other.free_text


__all__ = ["NO_REASON", "Undone", "reads_since", "undo", "why_not"]

"""Keeping an extract: one transaction that adds, updates and withdraws, or does nothing (R7.3, R7.4)."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from audit import log
from audit.row_security import rows_of
from records.importing.extract import Extract, SourceKey
from records.importing.places import Places, follow, hidden_entries
from records.importing.rows import Rows, key_of
from records.importing.unread import Reading, after, keep_with_entries, last_read
from records.importing.visits import hide_with_visits
from records.importing.words import know_words_of
from records.models import Document, Entry, ImportedExtract, RecordedFrom, SectionNotice
from records.papers.loading import Papers
from records.previewing.late import tell_of_late
from surgeries.models import Patient
from surgeries.terms import Section

GONE = "No longer in the source"
NOT_UPDATED = {"patient", "id", "pk"}
NO_CHANGE = {
    "changed_at", "position", "words_changed_at", "text_changed_at", "added_at", "search_words", "search_text",
    "test_name",
}  # fmt: skip
LINKS = {"entry", "topics", "related_problems"}
SEEN = (
    "title",
    "effective_on",
    "effective_time",
    "effective_precision",
    "section",
    "kind",
    "flagged",
)
UPDATED = [f.name for f in Entry._meta.concrete_fields if f.name not in NOT_UPDATED]
BATCH = 2000


@dataclass
class Stored:
    """What one extract changed: counts per section of whole entries, and of what nobody may see."""

    outcome: str = "loaded"
    sections: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            section.value: dict.fromkeys(
                ["added", "updated", "withdrawn", "unchanged", "withheld"], 0
            )
            for section in Section
        }
    )
    not_shown: Counter[str] = field(default_factory=Counter)


def store(
    extract: Extract, patient: Patient, *, by: UUID | None, now: datetime, is_dry_run: bool = False
) -> Stored:
    """Make the record say what the extract says, and write down what that changed.

    An entry that is gone from a section which the extract covers is withdrawn, and stays in the history.
    Redactions refer to entries by id and survive. The same extract again changes nothing. Raises NotKept where the
    files of attachments cannot be written; in a dry run, which the caller rolls back, none is.
    """
    with rows_of(patient.pk):
        Patient.objects.select_for_update().get(pk=patient.pk)  # one extract after another
        earlier = list(ImportedExtract.objects.filter(patient=patient).order_by("loaded_at"))
        digest, papers = digest_of(extract), Papers(extract, patient, now=now)
        if earlier and earlier[-1].content_hash == digest:
            stored = _count_again(extract)
        else:
            _refuse_older(extract, earlier)
            stored = _Storing(extract, patient, earlier, now, papers).run(digest)
        tell_of_late(patient, now=now)  # also of what a hiding kept from being told
        log.record(
            "record loaded", at=now, actor_id=by, patient_id=patient.pk, about=stored.outcome,
            details={"sections": stored.sections, "not_shown": stored.not_shown},
        )  # fmt: skip
        if not is_dry_run:
            papers.write()
    return stored


def own_words(details: Any) -> Any:
    """Coded content without its links to other rows, which may be hidden (R2.3)."""
    if isinstance(details, dict):
        kept = {name: own_words(value) for name, value in details.items() if name not in LINKS}
        return {name: value for name, value in kept.items() if value not in ({}, [])}
    if isinstance(details, list):
        return [kept for value in details if (kept := own_words(value)) not in ({}, [])]
    return details


class OlderExtract(Exception):
    """The extract was made before one that is held: loading it would take the record back in time."""


def _refuse_older(extract: Extract, earlier: list[ImportedExtract]) -> None:
    held = max((one.extracted_at for one in earlier if one.extracted_at), default=None)
    if held and extract.extracted_at and extract.extracted_at < held:
        raise OlderExtract(
            f"it was made before the extract that is held ({timezone.localdate(held)}):"
            " load the newest one"
        )


def digest_of(extract: Extract) -> str:
    """What tells one extract from another: equal for the same content, in every process."""
    return hashlib.sha256(msgspec.json.encode(extract, order="deterministic")).hexdigest()


def _count_again(extract: Extract) -> Stored:
    stored = Stored(outcome="unchanged")
    for entry in extract.entries:
        _count(stored, entry.section, entry.unreleased_because, "unchanged")
    return stored


def _count(stored: Stored, section: str, unreleased_because: str, change: str) -> None:
    """Count one entry; what the source withholds is an entry of its section, the rest of R1.10 is not."""
    if unreleased_because and unreleased_because != "source-withheld":
        stored.not_shown[unreleased_because] += 1
        return
    stored.sections[section][change] += 1
    if unreleased_because:
        stored.sections[section]["withheld"] += 1


class _Storing:
    """One extract on its way into one patient's rows."""

    def __init__(
        self,
        extract: Extract,
        patient: Patient,
        earlier: list[ImportedExtract],
        now: datetime,
        papers: Papers,
    ) -> None:
        self.extract, self.patient, self.papers = extract, patient, papers
        self.clock, self.now = now, after(last_read(patient), now)
        self.reading = Reading(patient)
        self.covered_before = {section for one in earlier for section in one.sections}
        self.held = {key_of(row): row for row in Entry.objects.of(patient)}
        self.by_id = {row.id: row for row in self.held.values()}
        self.stored = Stored(not_shown=Counter(extract.not_shown))

    def run(self, digest: str) -> Stored:
        """Add, update, withdraw; then the warnings, the attachments and the extract itself."""
        held = list(self.held.values())
        rows = Rows(self.extract, self.patient, held, self.now, self.clock).build()
        self._date_newcomers(rows)
        hidden = hidden_entries(self.patient)
        moves = Places(rows, self.by_id, self.extract.sections, hidden).settle()
        self._date_changes(rows)
        changed = [row for row in rows if self._differs(row)]
        present = {row.id for row in rows}
        gone = [row for row in self.by_id.values() if self._is_gone(row, present)]
        self._save(changed)
        know_words_of(self.patient, changed)
        follow(self.patient, moves, now=self.now)
        hide_with_visits(self.patient, rows, self.by_id, now=self.now)
        self._withdraw(gone)
        self._count_all(rows, {row.id for row in changed}, gone)
        self._keep_notices()
        self._keep_documents(rows)
        ImportedExtract.objects.create(
            patient=self.patient, content_hash=digest, extracted_at=self.extract.extracted_at,
            loaded_at=self.now, sections=sorted(self.extract.sections),
            counts=self.stored.sections,
        )  # fmt: skip
        return self.stored

    def _date_newcomers(self, rows: list[Entry]) -> None:
        """Date what the source does not: the extract's own time, for entries new to a section held before.

        On the first load it stays unknown, and so historical (R1.3). Parts follow their entry.
        """
        roots: dict[UUID, Entry] = {}
        for row in rows:
            if row.root_id:
                row.recorded_at = roots[row.root_id].recorded_at
                row.recorded_from = roots[row.root_id].recorded_from
                continue
            roots[row.id] = row
            if row.recorded_at is None:
                self._date_newcomer(row)

    def _date_newcomer(self, row: Entry) -> None:
        known = self.by_id.get(row.id)
        if known and known.recorded_from == RecordedFrom.EXTRACT:
            row.recorded_at, row.recorded_from = known.recorded_at, known.recorded_from
        elif not known and row.section in self.covered_before:
            row.recorded_at = self.extract.extracted_at or self.now
            row.recorded_from = RecordedFrom.EXTRACT

    def _differs(self, row: Entry) -> bool:
        known = self.by_id.get(row.id)
        return known is None or any(
            getattr(known, name) != getattr(row, name)
            for name in UPDATED
            if name not in NO_CHANGE or (name == "position" and row.root_id)
        )

    def _date_changes(self, rows: list[Entry]) -> None:
        """Say of each row when what a reader sees of it changed: a link to another row is not its own words.

        What is released only now comes to its readers now, though it was held before.
        """
        for row in rows:
            known = self.by_id.get(row.id)
            if known is None:
                continue
            if known.released < row.released:
                row.added_at, row.readable_since = self.now, None
            elif known.withdrawn_at:  # what was read stays read, though it was gone for a while
                row.added_at = self.now
                is_same = known.content_hash == row.content_hash and self.reading.had(known)
                row.readable_since = known.held_since if is_same else None
            if self.reading.opens_by(known, row):
                row.readable_since = self.now
            coded = any(getattr(known, name) != getattr(row, name) for name in SEEN)
            coded = coded or own_words(known.details) != own_words(row.details)
            row.words_changed_at = self.now if coded else known.words_changed_at
            text = known.free_text != row.free_text
            row.text_changed_at = self.now if text else known.text_changed_at
        keep_with_entries(rows, self.by_id)

    def _is_gone(self, row: Entry, present: set[UUID]) -> bool:
        return (
            row.withdrawn_at is None
            and row.id not in present
            and row.section in self.extract.sections
            and not self._is_still_named(row)
        )

    def _is_still_named(self, row: Entry) -> bool:
        """Whether the source speaks of the row, or of its entry, though what it sent cannot be read."""
        root = self.by_id.get(row.root_id) if row.root_id else None
        return any(
            SourceKey(each.source_type, each.source_id) in self.extract.still_named
            for each in (row, root)
            if each
        )

    def _save(self, rows: list[Entry]) -> None:
        Entry.objects.bulk_create(
            rows,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["patient_id", "id"],
            update_fields=UPDATED,
        )

    def _withdraw(self, rows: list[Entry]) -> None:
        Entry.objects.of(self.patient).filter(id__in=[row.id for row in rows]).update(
            withdrawn_at=self.now, withdrawn_because=GONE, changed_at=self.now
        )

    def _count_all(self, rows: list[Entry], changed: set[UUID], gone: list[Entry]) -> None:
        """Count whole entries; one is updated when anything below it changed too."""
        touched = {row.root_id for row in rows if row.root_id and row.id in changed}
        touched |= {row.root_id for row in gone if row.root_id}
        for row in rows:
            if row.root_id is None:
                change = "unchanged"
                if row.id not in self.by_id:
                    change = "added"
                elif row.id in changed or row.id in touched:
                    change = "updated"
                _count(self.stored, row.section, row.unreleased_because, change)
        for row in gone:
            if row.root_id is None and row.released:
                self.stored.sections[row.section]["withdrawn"] += 1

    def _keep_notices(self) -> None:
        """The warnings that hold now; one that is no longer given ends (R2.6)."""
        given = {(warning.section, warning.code): warning for warning in self.extract.warnings}
        SectionNotice.objects.filter(
            patient=self.patient, section__in=self.extract.sections, ended_at=None
        ).update(ended_at=self.now)
        notices = [
            SectionNotice(
                patient=self.patient, section=section, code=code, given_at=self.now,
                source_text=warning.source_text,
            )
            for (section, code), warning in given.items()
        ]  # fmt: skip
        SectionNotice.objects.bulk_create(
            notices, update_conflicts=True, unique_fields=["patient_id", "section", "code"],
            update_fields=["source_text", "given_at", "ended_at"],
        )  # fmt: skip

    def _keep_documents(self, rows: list[Entry]) -> None:
        ids = {(row.source_type, row.source_id): row.id for row in rows}
        documents = [
            Document(patient=self.patient, entry_id=id, **self.papers.columns(entry, document, id))
            for entry in self.extract.entries
            for id in (ids[entry.key.resource, entry.key.id],)
            for document in entry.documents
        ]  # fmt: skip
        self._end_old_documents([row.id for row in rows if row.kind == "document"])
        Document.objects.bulk_create(
            documents, batch_size=BATCH, update_conflicts=True,
            unique_fields=["patient_id", "entry_id", "position"],
            update_fields=["title", "content_type", "size", "source_url", "withheld", "withdrawn_at", "paper_id", "problem"],
        )  # fmt: skip
        self._tell_of_changed(self.papers.changed & self.by_id.keys())

    def _tell_of_changed(self, entries: set[UUID]) -> None:
        """What a document says is what is in it: another content is a change of its entry.

        One that comes to an older entry was in no review: the entry is closed until staff have read it (R1.5).
        """
        if not entries:
            return
        rows, told = Entry.objects.of(self.patient), {"changed_at": self.now}
        rows.filter(id__in=entries).update(words_changed_at=self.now, **told)
        rows.filter(id__in=entries & self.papers.brought).update(readable_since=self.now)

    def _end_old_documents(self, entries: list[UUID]) -> None:
        """Attachments that their entry had before count as gone until this extract names them again."""
        Document.objects.filter(
            patient=self.patient, entry_id__in=entries, withdrawn_at=None
        ).update(withdrawn_at=self.now)


def nothing() -> dict[str, Any]:
    """The counts of an extract that was refused."""
    return {"sections": Stored().sections, "not_shown": {}}

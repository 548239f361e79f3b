"""Keeping an extract: one transaction that adds, updates and withdraws, or does nothing (R7.3, R7.4)."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import log
from audit.row_security import rows_of
from records.importing.counting import Stored, count_again, count_all
from records.importing.earlier import UNSAID, Came, allowed, digest_of
from records.importing.extract import Extract, SourceKey
from records.importing.history import Beside, Kind, keep_changes
from records.importing.new_row import NewRow
from records.importing.one_form import refuse_another_form
from records.importing.own_words import own_words
from records.importing.places import Places, follow, hidden_entries
from records.importing.recognising import are_named_apart, key_of, may_be
from records.importing.rows import Rows
from records.importing.taken_back import TakenBack
from records.importing.unread import Reading, after, keep_with_entries, last_moved
from records.importing.visits import hide_with_visits
from records.importing.words import know_words_of
from records.importing.writing import UPDATED, write_rows
from records.models import Document, Entry, ImportedExtract, RecordedFrom, SectionNotice
from records.news import note_moved
from records.papers.loading import Papers
from records.previewing.late import tell_of_late
from surgeries.models import Patient

GONE = "No longer in the source"
NO_CHANGE = {
    "changed_at", "position", "words_changed_at", "text_changed_at", "added_at", "search_words", "search_text",
    "test_name", "source_identifier",
}  # fmt: skip
SEEN = (
    "title",
    "effective_on",
    "effective_time",
    "effective_precision",
    "section",
    "kind",
    "flagged",
)
BATCH = 2000


def store(
    extract: Extract,
    patient: Patient,
    *,
    by: UUID | None,
    now: datetime,
    came: Came = UNSAID,
    is_dry_run: bool = False,
) -> Stored:
    """Make the record say what the extract says, and write down what that changed.

    An entry that is gone from a section which the extract covers is withdrawn, and stays in the history.
    Redactions refer to entries by id and survive. The same extract again changes nothing. One that was undone
    counts for nothing here (ADR 35). Raises OlderExtract where it would take the record back in time, unless it is
    said why that is right, and NotKept where the files of attachments cannot be written; in a dry run, which the
    caller rolls back, none is.
    """
    with rows_of(patient.pk):
        Patient.objects.select_for_update().get(pk=patient.pk)  # one extract after another
        earlier = list(ImportedExtract.objects.filter(patient=patient).standing())
        digest, papers = digest_of(extract), Papers(extract, patient, now=now)
        if earlier and earlier[-1].content_hash == digest:
            stored = count_again(extract)
        else:
            came = allowed(extract, earlier, came)
            stored = _Storing(extract, patient, earlier, now, papers, by, came).run(digest)
        tell_of_late(patient, now=now)  # also of what a hiding kept from being told
        if stored.loaded:
            note_moved(patient, at=stored.loaded.loaded_at)
        log.record(
            "record loaded", at=now, actor_id=by, patient_id=patient.pk, about=stored.outcome,
            details=_told(stored),
        )  # fmt: skip
        if not is_dry_run:
            papers.write()
    return stored


def _told(stored: Stored) -> dict[str, Any]:
    """What of a load stands in the log: counts, its id, and whether somebody had an older one loaded."""
    told = {"sections": stored.sections, "not_shown": stored.not_shown}
    if stored.loaded is None:
        return told
    older = {"older": True} if stored.loaded.forced_because else {}
    return told | {"extract": str(stored.loaded.id)} | older


class _Storing:
    """One extract on its way into one patient's rows."""

    def __init__(
        self,
        extract: Extract,
        patient: Patient,
        earlier: list[ImportedExtract],
        now: datetime,
        papers: Papers,
        by: UUID | None,
        came: Came,
    ) -> None:
        self.by, self.came = by, came
        self.extract, self.patient, self.papers = extract, patient, papers
        self.clock, self.now = now, after(last_moved(patient), now)
        self.reading = Reading(patient)
        self.covered_before = {section for one in earlier for section in one.sections}
        self.held = {key_of(row): row for row in Entry.objects.of(patient)}
        self.by_id = {row.id: row for row in self.held.values()}
        refuse_another_form(extract, self.by_id.values())
        self.taken_back = TakenBack(extract, self.by_id.values())
        self.stored = Stored(not_shown=Counter(extract.not_shown))

    def run(self, digest: str) -> Stored:
        """Add, update, withdraw; then the warnings, the attachments and the extract itself."""
        held = list(self.held.values())
        rows = Rows(self.extract, self.patient, held, self.now, self.clock).build()
        self._date_newcomers(rows)
        hidden = hidden_entries(self.patient)
        back = frozenset(row.id for row in held if self._taken_back(row))
        moves = Places(rows, self.by_id, self.extract.sections, hidden, back).settle()
        self._date_changes(rows)
        present = {row.id for row in rows}
        gone = [row for row in self.by_id.values() if self._is_gone(row, present)]
        kinds, changed = self._sort(rows, gone)
        beside = Beside(self.patient)
        self._save(rows, kinds, changed)
        know_words_of(self.patient, changed)
        follow(self.patient, moves, now=self.now)
        hide_with_visits(self.patient, rows, self.by_id, now=self.now)
        self._withdraw(gone)
        count_all(
            self.stored, rows, held=self.by_id, changed={row.id for row in changed}, gone=gone
        )
        self._keep_notices()
        self._keep_documents(rows)
        self._keep_extract(digest, kinds, present - self.by_id.keys(), beside)
        self.stored.rows, self.stored.held, self.stored.gone = rows, self.by_id, gone
        return self.stored

    def _sort(self, rows: list[NewRow], gone: list[Entry]) -> tuple[dict[UUID, Kind], list[NewRow]]:
        """What becomes of each row that is held and does not stay as it is; and the rows that are new or updated."""
        changed = [row for row in rows if self._differs(row)]
        updated = {row.id for row in changed}
        kinds = {row.id: Kind.WITHDRAWN for row in gone}
        kinds |= {row.id: Kind.UPDATED for row in changed if row.id in self.by_id}
        for row in rows:
            known = self.by_id.get(row.id)
            if known and row.id not in updated and known.source_identifier != row.source_identifier:
                row.changed_at = known.changed_at  # to a reader it is as it was
                kinds[row.id] = Kind.NAMED_ANEW
        return kinds, changed

    def _keep_extract(
        self, digest: str, kinds: dict[UUID, Kind], added: set[UUID], beside: Beside
    ) -> None:
        extract = ImportedExtract(
            patient=self.patient, content_hash=digest, extracted_at=self.extract.extracted_at,
            loaded_at=self.now, sections=sorted(self.extract.sections), counts=self.stored.sections,
            file_name=self.came.file_name, channel=self.came.channel, loaded_by_id=self.by,
            forced_because=self.came.forced_because, beside=beside.changes(), undone_because="",
        )  # fmt: skip
        keep_changes(extract, self.by_id, kinds, added)
        self.stored.loaded = extract

    def _date_newcomers(self, rows: list[NewRow]) -> None:
        """Date what the source does not: the extract's own time, for entries new to a section held before.

        On the first load it stays unknown, and so historical (R1.3). Parts follow their entry.
        """
        roots: dict[UUID, NewRow] = {}
        for row in rows:
            if row.root_id:
                row.recorded_at = roots[row.root_id].recorded_at
                row.recorded_from = roots[row.root_id].recorded_from
                continue
            roots[row.id] = row
            if row.recorded_at is None:
                self._date_newcomer(row)

    def _date_newcomer(self, row: NewRow) -> None:
        known = self.by_id.get(row.id)
        if known and known.is_misloaded:
            known = None  # as if it came for the first time: what is undone counts for nothing
        if known and known.recorded_from == RecordedFrom.EXTRACT:
            row.recorded_at, row.recorded_from = known.recorded_at, known.recorded_from
        elif not known and row.section in self.covered_before and not self._is_old(row):
            row.recorded_at = self.extract.extracted_at or self.now
            row.recorded_from = RecordedFrom.EXTRACT

    def _is_old(self, row: NewRow) -> bool:
        """Whether a new row has the id of one that it may be, under other words: its date is as unknown (R1.3)."""
        was = self.held.get(key_of(row))
        return was is not None and was.id != row.id and may_be(row, was)

    def _differs(self, row: NewRow) -> bool:
        known = self.by_id.get(row.id)
        return known is None or any(
            getattr(known, name) != getattr(row, name)
            for name in UPDATED
            if name not in NO_CHANGE or (name == "position" and row.root_id)
        )

    def _date_changes(self, rows: list[NewRow]) -> None:
        """Say of each row when what a reader sees of it changed: a link to another row is not its own words.

        What is released only now comes to its readers now, though it was held before.
        """
        others = self._named_otherwise(rows)
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
            coded = any(getattr(known, name) != getattr(row, name) for name in SEEN)
            coded = coded or own_words(known.details) != own_words(row.details)
            row.words_changed_at = self.now if coded else known.words_changed_at
            text = known.free_text != row.free_text
            row.text_changed_at = self.now if text else known.text_changed_at
            is_other = (coded or text) and bool({row.id, row.root_id} & others)
            if is_other or self.reading.opens_by(known, row):
                row.readable_since = self.now
        keep_with_entries(rows, self.by_id)

    def _named_otherwise(self, rows: list[NewRow]) -> set[UUID | None]:
        """Rows under an id that the source has given to something else: with other words nobody has read it (R1.5)."""
        return {
            row.id
            for row in rows
            if (known := self.by_id.get(row.id))
            and are_named_apart(known.source_identifier, row.source_identifier)
        }

    def _is_gone(self, row: Entry, present: set[UUID]) -> bool:
        if row.withdrawn_at or row.id in present:
            return False
        if self._taken_back(row):
            return True
        return row.section in self.extract.sections and not self._is_still_named(row)

    def _taken_back(self, row: Entry) -> str:
        root = self.by_id.get(row.root_id) if row.root_id else None
        return self.taken_back.why(row, root)

    def _is_still_named(self, row: Entry) -> bool:
        """Whether the source speaks of the row, or of its entry, though what it sent cannot be read."""
        root = self.by_id.get(row.root_id) if row.root_id else None
        return any(
            SourceKey(each.source_type, each.source_id) in self.extract.still_named
            for each in (row, root)
            if each
        )

    def _save(self, rows: list[NewRow], kinds: dict[UUID, Kind], changed: list[NewRow]) -> None:
        anew = [row for row in rows if kinds.get(row.id) == Kind.NAMED_ANEW]
        self._make_room(rows, kinds)
        write_rows([*changed, *anew])

    def _make_room(self, rows: list[NewRow], kinds: dict[UUID, Kind]) -> None:
        """Take from held rows the ids that the source gives to other things now: each id is one row's."""
        owner = {key_of(row): row.id for row in rows} if self.held else {}
        for key, known in self.held.items():
            if owner.get(key, known.id) != known.id:
                kinds.setdefault(known.id, Kind.NAMED_ANEW)
                set_aside(self.patient, known.id)

    def _withdraw(self, rows: list[Entry]) -> None:
        reasons: dict[str, list[UUID]] = defaultdict(list)
        for row in rows:
            reasons[self._taken_back(row) or GONE].append(row.id)
        for reason, ids in reasons.items():
            Entry.objects.of(self.patient).filter(id__in=ids).update(
                withdrawn_at=self.now, withdrawn_because=reason, changed_at=self.now
            )

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

    def _keep_documents(self, rows: list[NewRow]) -> None:
        with_documents = [entry for entry in self.extract.entries if entry.documents]
        ids = {(row.source_type, row.source_id): row.id for row in rows if with_documents}
        documents = [
            Document(patient=self.patient, entry_id=id, **self.papers.columns(entry, document, id))
            for entry in with_documents
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


def set_aside(patient: Patient, row_id: UUID) -> None:
    """Let a row have an id of the source that no other row can have."""
    Entry.objects.of(patient).filter(id=row_id).update(source_id=f"moved-{row_id}")

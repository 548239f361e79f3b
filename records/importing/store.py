"""Keeping an extract: one transaction that adds, updates and withdraws, or does nothing (R7.3, R7.4)."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import log
from audit.row_security import rows_of
from records.importing.accompanying import keep_documents, keep_notices
from records.importing.counting import Stored, count_again, count_all
from records.importing.dating import Dating
from records.importing.earlier import UNSAID, Came, allowed, digest_of
from records.importing.extract import Extract, SourceKey
from records.importing.history import Beside, Kind, keep_changes
from records.importing.namesakes import Namesakes
from records.importing.new_row import NewRow
from records.importing.one_form import refuse_another_form
from records.importing.places import Move, Places, follow, hidden_entries
from records.importing.recognising import key_of
from records.importing.rows import Rows
from records.importing.taken_back import TakenBack
from records.importing.unread import Reading, after, last_moved
from records.importing.visits import hide_with_visits
from records.importing.words import know_words_of
from records.importing.writing import UPDATED, write_rows
from records.models import Entry, ImportedExtract
from records.news import note_moved
from records.papers.loading import Papers
from records.previewing.late import tell_of_late
from surgeries.models import Patient

GONE = "No longer in the source"
NO_CHANGE = {
    "changed_at", "position", "words_changed_at", "text_changed_at", "added_at", "search_words", "search_text",
    "test_name", "source_identifier",
}  # fmt: skip


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
        self.held = {key_of(row): row for row in Entry.objects.of(patient)}
        self.by_id = {row.id: row for row in self.held.values()}
        refuse_another_form(extract, self.by_id.values())
        self.taken_back = TakenBack(extract, self.by_id.values())
        covered_before = {section for one in earlier for section in one.sections}
        self.dating = Dating(extract, self.held, covered_before, Reading(patient), self.now)
        self.stored = Stored(not_shown=Counter(extract.not_shown))

    def run(self, digest: str) -> Stored:
        """Add, update, withdraw; then the warnings, the attachments and the extract itself."""
        rows, moves = self._placed()
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
        keep_notices(self.extract, self.patient, now=self.now)
        keep_documents(
            self.extract, self.patient, self.papers, rows, self.by_id.keys(), now=self.now
        )
        self._keep_extract(digest, kinds, present - self.by_id.keys(), beside)
        self.stored.rows, self.stored.held, self.stored.gone = rows, self.by_id, gone
        return self.stored

    def _placed(self) -> tuple[list[NewRow], list[Move]]:
        """The rows of the extract, each dated and where it stays; and the redactions that have to follow."""
        held = list(self.held.values())
        building = Rows(self.extract, self.patient, held, self.now, self.clock)
        rows, hidden = building.build(self._is_left_out), hidden_entries(self.patient)
        namesakes = Namesakes(rows, self.by_id, hidden)
        self.dating.newcomers(rows, namesakes)
        back = frozenset(row.id for row in held if self._taken_back(row))
        moves = Places(rows, self.by_id, self.extract.sections, hidden, back, namesakes).settle()
        self.dating.changes(rows)
        return rows, moves

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

    def _differs(self, row: NewRow) -> bool:
        known = self.by_id.get(row.id)
        return known is None or any(
            getattr(known, name) != getattr(row, name)
            for name in UPDATED
            if name not in NO_CHANGE or (name == "position" and row.root_id)
        )

    def _is_gone(self, row: Entry, present: set[UUID]) -> bool:
        if row.withdrawn_at or row.id in present:
            return False
        return bool(self._taken_back(row)) or self._is_left_out(row)

    def _is_left_out(self, row: Entry) -> bool:
        """Whether a row that the extract does not bring is gone, as it covers all that the source has of it."""
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


def set_aside(patient: Patient, row_id: UUID) -> None:
    """Let a row have an id of the source that no other row can have."""
    Entry.objects.of(patient).filter(id=row_id).update(source_id=f"moved-{row_id}")

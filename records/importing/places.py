"""Where a row stays when an extract says otherwise: what was hidden stays hidden (R2.3, R2.4, R7.3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from records.importing.namesakes import Namesakes
from records.importing.new_row import AnyRow, NewRow
from records.importing.recognising import key_of, may_be
from records.models import Entry, Redaction
from surgeries.models import Patient
from surgeries.terms import Level

WITHHELD = "source-withheld"
TELLS_OF_ISSUES = ("issues_made", "last_issued_on")


class Move(NamedTuple):
    """That what hides one entry has to hide another one too."""

    hidden_with: UUID
    entry: UUID


class Places:
    """The rows of one extract beside those that are held already."""

    def __init__(
        self,
        rows: list[NewRow],
        held: Mapping[UUID, Entry],
        sections: frozenset[str],
        hidden: frozenset[UUID],
        taken_back: frozenset[UUID],
        namesakes: Namesakes,
    ) -> None:
        self._rows, self._held = rows, held
        self._sections, self._hidden, self._taken_back = sections, hidden, taken_back
        self._by_key = {key_of(row): row for row in held.values()}
        self._new = {row.id: row for row in rows}
        self._with_parts = {row.root_id for row in rows}
        self._may_be = {row.id: found for row in rows if (found := namesakes.of(row))}

    def settle(self) -> list[Move]:
        """Keep each row where it is hidden, and say which redactions have to follow one that moves."""
        moves = [move for row in self._rows for move in self._place(row)]
        for row in self._rows:
            self._keep_original(row)
            self._keep_withheld(row)
        self._leave_out_hidden_issues()
        return moves

    def _place(self, row: NewRow) -> Iterable[Move]:
        for was in self._may_be.get(row.id, ()):
            yield from self._hide_with(row, was)
        known = self._held.get(row.id)
        if known is None:
            yield from self._follow_id(row)
            return
        if known.root_id == row.root_id:
            return
        if known.root_id is None:
            if row.id in self._hidden and row.root_id:
                yield Move(row.root_id, row.id)
                stay_an_entry(row, known)
        elif self._stands(known.root_id) and row.id not in self._with_parts:
            stay_a_part(row, known, self._held[known.root_id])
        else:
            yield Move(known.root_id, row.root_id or row.id)

    def _follow_id(self, row: NewRow) -> Iterable[Move]:
        """Hide with what stood under its id a new entry that may be that one with other words (R2.3)."""
        was = self._by_key.get(key_of(row))
        if was and row.root_id is None and was.id in self._new and may_be(row, was):
            yield Move(was.id, row.id)

    def _hide_with(self, row: NewRow, was: Entry) -> Iterable[Move]:
        """Hide what may be one that is hidden: below the same entry where that stands, else by itself (R2.3)."""
        root_id = was.root_id if was.root_id in self._hidden else None
        is_free = row.id not in self._held and row.id not in self._with_parts
        if root_id and is_free and self._stands(root_id):
            stay_a_part(row, was, self._held[root_id])
        else:
            yield Move(was.root_id or was.id, row.root_id or row.id)

    def _stands(self, root_id: UUID) -> bool:
        """Whether an entry is held, and this extract says nothing of it."""
        root = self._held.get(root_id)
        return (
            root is not None
            and root_id not in self._new
            and root.withdrawn_at is None
            and root_id not in self._taken_back
            and root.section not in self._sections
        )

    def _keep_original(self, row: NewRow) -> None:
        """Keep the entry that a row repeats when this extract names none, or while that one is hidden."""
        for before in (was.repeats_id for was in self._was(row)):
            if before and (row.repeats_id is None or before in self._hidden):
                row.repeats_id = before
        root = self._new.get(row.root_id) if row.root_id else None
        if root and row.repeats_id is None:
            row.repeats_id = root.repeats_id

    def _keep_withheld(self, row: NewRow) -> None:
        """Keep back what the source withheld, unless it now gives the same thing, in full, unlabelled."""
        root = self._new.get(row.root_id) if row.root_id else None
        if row.released and (self._is_still_withheld(row) or (root and not root.released)):
            row.released = False
            row.unreleased_because = WITHHELD if not root else root.unreleased_because or WITHHELD

    def _is_still_withheld(self, row: NewRow) -> bool:
        return any(
            row.section not in self._sections or row.root_id != was.root_id
            for was in self._was(row)
            if was.unreleased_because == WITHHELD
        )

    def _was(self, row: NewRow) -> Iterable[Entry]:
        """The row that is held and those that it may be."""
        known = self._held.get(row.id)
        return [*([known] if known else []), *self._may_be.get(row.id, ())]

    def _leave_out_hidden_issues(self) -> None:
        """Take from a medicine what counts its issues where one of them may not be seen (R2.3)."""
        for row in self._rows:
            root = self._new.get(row.root_id) if row.root_id else None
            if root and not row.released and row.kind == "issue":
                told = root.details.items()
                root.details = {name: value for name, value in told if name not in TELLS_OF_ISSUES}


def stay_an_entry(row: NewRow, known: Entry) -> None:
    """Let what is hidden by itself not go up in another entry: its redaction could not be undone there."""
    row.root_id = None
    row.section, row.kind, row.position = known.section, known.kind, known.position
    row.recorded_at, row.recorded_from = known.recorded_at, known.recorded_from


def stay_a_part(row: NewRow, known: Entry, root: AnyRow) -> None:
    """Let a part stay below an entry of which the extract says nothing, and follow it in everything."""
    row.root_id, row.section, row.origin = root.id, root.section, root.origin
    row.kind, row.position = known.kind, known.position
    row.recorded_at, row.recorded_from = root.recorded_at, root.recorded_from
    row.level_needed = Level(row.level_needed).or_above(Level(root.level_needed))
    row.repeats_id = row.repeats_id or root.repeats_id
    if row.released and not root.released:
        row.released, row.unreleased_because = False, root.unreleased_because


def hidden_entries(patient: Patient) -> frozenset[UUID]:
    """What the surgery or the patient hides from anybody at all."""
    live = Redaction.objects.filter(patient=patient, undone_at=None)
    return frozenset(live.values_list("entry_id", flat=True))


def follow(patient: Patient, moves: list[Move], *, now: datetime) -> None:
    """Hide entries from whom the ones are hidden that they moved from, unless they are already (R2.3)."""
    found: dict[UUID, list[Redaction]] = {}
    origins = {move.hidden_with for move in moves}
    live = Redaction.objects.filter(patient=patient, undone_at=None, entry_id__in=origins)
    for redaction in live.order_by("hidden_at", "id"):
        found.setdefault(redaction.entry_id, []).append(redaction)
    copies = [
        copy_of(redaction, move.entry, now)
        for move in dict.fromkeys(moves)
        for redaction in found.get(move.hidden_with, ())
    ]
    Redaction.objects.bulk_create(copies, ignore_conflicts=True)


def copy_of(redaction: Redaction, entry_id: UUID, now: datetime) -> Redaction:
    """The same hiding of another entry, or the same anew: not yet saved."""
    return Redaction(
        patient_id=redaction.patient_id, entry_id=entry_id, audience=redaction.audience,
        proxy_id=redaction.proxy_id, reason=redaction.reason,
        hidden_by_id=redaction.hidden_by_id, hidden_at=now, by_patient=redaction.by_patient,
    )  # fmt: skip

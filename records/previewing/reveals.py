"""What a decision would newly open to the patient: visible after it less visible before it, by the one filter (R8.6)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import User
from audit.row_security import rows_of
from proxy_access.access import Access
from records.grants import under
from records.models import AccessGrant, Entry
from records.sealing import can_have_text, levels_open_text
from records.visibility import RecordAccess, is_visible
from surgeries.models import Patient
from surgeries.terms import Section

ORDER = {section.value: place for place, section in enumerate(Section)}


class RevealedRow(NamedTuple):
    """An entry or part of which a decision opens something.

    `is_new` where it was not visible at all; `opens_text` where its free text opens, with it or alone.
    """

    id: UUID
    root_id: UUID | None
    section: str
    effective_on: date | None
    content_hash: str
    is_new: bool
    opens_text: bool


@dataclass
class RevealedEntry:
    """One entry with what opens of it: its own row, parts of it, or notes of what was visible as codes alone."""

    entry_id: UUID
    section: str
    effective_on: date | None
    rows: list[RevealedRow] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether the entry itself was not visible: else it opens more than before."""
        return any(row.id == self.entry_id and row.is_new for row in self.rows)

    @cached_property
    def seen(self) -> str:
        """A digest of what opens: another one where a word of it changed, or more or less of it opens.

        Asked for only when all rows are there.
        """
        told = (f"{row.id} {row.content_hash} {row.is_new} {row.opens_text}" for row in self.rows)
        return digest(sorted(told))


FIELDS = RevealedRow._fields[:-2]
Revealed = dict[UUID, RevealedEntry]
"""The entries of which something opens, by id: by section, the newest first."""


def newly_revealed(
    patient: Patient,
    *,
    before: AccessGrant | None,
    after: AccessGrant,
    only: UUID | None = None,
    came_after: datetime | None = None,
    was: Patient | None = None,
) -> Revealed:
    """What the patient could read under one decision and not under another; `only` one entry of it, or
    only rows that staff could not read before some moment (R1.5): quicker, where nothing else can differ.

    `was` is the patient with what their surgery set before, where that is another thing than after.

    A row counts that becomes visible, and one whose free text opens while its codes were visible before. Whether
    results are sealed makes no difference: the patient may open them (R5.5). A patient who is not registered
    yet is taken as if they were.
    """
    held, found = _as_patient(was or patient, before), _as_patient(patient, after)
    if found is None:
        return {}
    with rows_of(patient.pk):
        rows = Entry.objects.visible_to(found)
        if only:
            rows = rows.filter(Q(id=only) | Q(root_id=only))
        if came_after:
            rows = rows.alias(came=Coalesce("readable_since", "added_at")).filter(
                came__gt=came_after
            )
        told = rows.annotate(
            was_visible=_is(is_visible(held)) if held else Value(False),
            had_text=_opens(held) if held else Value(False),
            has_text=_opens(found),
        ).values_list(*FIELDS, "was_visible", "had_text", "has_text")
        opened = [
            RevealedRow._make([*columns, not was, has and not (was and had)])
            for *columns, was, had, has in told
        ]
    return _by_entry(opened)


def revealed_to(access: RecordAccess) -> Revealed:
    """All that a reader may read, as what would open to somebody who has read nothing yet (R8.6)."""
    with rows_of(access.patient.pk):
        rows = Entry.objects.visible_to(access).annotate(has_text=_opens(access))
        told = rows.values_list(*FIELDS, "has_text")
        return _by_entry([RevealedRow._make([*columns, True, has]) for *columns, has in told])


def _as_patient(patient: Patient, grant: AccessGrant | None) -> RecordAccess | None:
    """What the patient may read under a decision; None for nothing at all."""
    access = under(Access(patient=patient, viewer=User(), scopes=frozenset(Section)), grant)
    return access if isinstance(access, RecordAccess) else None


def _opens(access: RecordAccess) -> Combinable:
    """Whether a row's free text is open under a decision, if the row is."""
    if not can_have_text(access):
        return Value(False)
    return _is(Q(free_text__isnull=False) & levels_open_text(access))


def _is(condition: Q | Combinable) -> Combinable:
    """Whether it holds for a row: what cannot be said, for want of a date, does not (R1.3)."""
    whole = ExpressionWrapper(condition, output_field=BooleanField())
    return Coalesce(whole, False)


def _by_entry(rows: Sequence[RevealedRow]) -> Revealed:
    """Those rows of which something opens, below their entries; the others lend an entry its date."""
    found: Revealed = {}
    roots = {row.id: row for row in rows if row.root_id is None}
    for row in rows:
        if not (row.is_new or row.opens_text):
            continue
        root = roots.get(row.root_id, row) if row.root_id else row
        entry_id = row.root_id or row.id
        entry = found.get(entry_id)
        if entry is None:
            entry = found[entry_id] = RevealedEntry(entry_id, row.section, root.effective_on)
        entry.rows.append(row)
    return dict(sorted(found.items(), key=_place))


def _place(one: tuple[UUID, RevealedEntry]) -> tuple[int, int, str]:
    entry = one[1]
    day = entry.effective_on.toordinal() if entry.effective_on else 0
    return ORDER[entry.section], -day, str(entry.entry_id)


def digest(told: Iterable[Any]) -> str:
    """The same for the same words in the same order."""
    return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()

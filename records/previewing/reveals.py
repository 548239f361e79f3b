"""What a decision would newly open to the patient: visible after it less visible before it, by the one filter (R8.6)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.expressions import Combinable

from accounts.models import User
from audit.row_security import rows_of
from proxy_access.access import Access
from records.grants import under
from records.models import AccessGrant, Entry
from records.sealing import can_have_text, levels_open_text
from records.visibility import RecordAccess
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

    @property
    def seen(self) -> str:
        """A digest of what opens: another one where a word of it changed, or more or less of it opens."""
        told = (f"{row.id} {row.content_hash} {row.is_new} {row.opens_text}" for row in self.rows)
        return digest(sorted(told))


Revealed = dict[UUID, RevealedEntry]
"""The entries of which something opens, by id: by section, the newest first."""


def newly_revealed(
    patient: Patient,
    *,
    before: AccessGrant | None,
    after: AccessGrant,
    only: UUID | None = None,
) -> Revealed:
    """What the patient could read under one decision and not under another; `only` one entry of it.

    A row counts that becomes visible, and one whose free text opens while its codes were visible before. Whether
    results are sealed makes no difference: the patient may open them (R5.5). A patient who is not registered
    yet is taken as if they were.
    """
    with rows_of(patient.pk):
        held = _visible(patient, before, only)
        found = _visible(patient, after, only)
    opened = [
        row._replace(is_new=row.id not in held, opens_text=row.opens_text and not _had(held, row))
        for row in found.values()
    ]
    return _by_entry([row for row in opened if row.is_new or row.opens_text], found)


def _had(held: dict[UUID, RevealedRow], row: RevealedRow) -> bool:
    return row.id in held and held[row.id].opens_text


def _visible(
    patient: Patient, grant: AccessGrant | None, only: UUID | None
) -> dict[UUID, RevealedRow]:
    """What the patient may read under a decision, with whether the free text is open."""
    access = under(Access(patient=patient, viewer=User(), scopes=frozenset(Section)), grant)
    if not isinstance(access, RecordAccess):
        return {}
    rows = Entry.objects.visible_to(access).annotate(is_new=Value(True), opens_text=_opens(access))
    if only:
        rows = rows.filter(Q(id=only) | Q(root_id=only))
    return {row[0]: RevealedRow(*row) for row in rows.values_list(*RevealedRow._fields)}


def _opens(access: RecordAccess) -> Combinable:
    if not can_have_text(access):
        return Value(False)
    is_told = Q(free_text__isnull=False) & levels_open_text(access)
    return ExpressionWrapper(is_told, output_field=BooleanField())


def _by_entry(rows: Iterable[RevealedRow], visible: dict[UUID, RevealedRow]) -> Revealed:
    found: Revealed = {}
    for row in rows:
        root = visible.get(row.root_id, row) if row.root_id else row
        entry_id = row.root_id or row.id
        entry = found.setdefault(entry_id, RevealedEntry(entry_id, row.section, root.effective_on))
        entry.rows.append(row)
    return dict(sorted(found.items(), key=_place))


def _place(one: tuple[UUID, RevealedEntry]) -> tuple[int, int, str]:
    entry = one[1]
    day = entry.effective_on.toordinal() if entry.effective_on else 0
    return ORDER[entry.section], -day, str(entry.entry_id)


def digest(told: Iterable[Any]) -> str:
    """The same for the same words in the same order."""
    return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()

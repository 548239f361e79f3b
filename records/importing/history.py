"""What each extract changed, kept with what was there before: to tell it, and to take it back (R7.3)."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import BinaryField, Model

from records.importing.writing import KEY, values_of, write
from records.indexing import words_of, words_typed
from records.models import Document, Entry, ExtractChange, ImportedExtract, SectionNotice
from surgeries.models import Patient

Kind = ExtractChange.Kind
DERIVED = {"search_words", "search_text"}
"""Columns that are made from others, and so need not be kept."""
BESIDE: dict[str, type[Model]] = {"document": Document, "notice": SectionNotice}
KEYS = {"document": ("entry_id", "position"), "notice": ("section", "code")}
NEVER_KEPT = {"pk", "patient"}
BATCH = 1000


def keep_changes(
    extract: ImportedExtract,
    held: Mapping[UUID, Entry],
    kinds: Mapping[UUID, Kind],
    added: Iterable[UUID],
) -> None:
    """Write down which rows an extract added, and what each of `kinds` was before; inside the patient's rows."""
    extract.added = sorted(added, key=attrgetter("int"))
    extract.keeps_changes = True
    write(ImportedExtract, KEY, [values_of(extract)])
    ExtractChange.objects.bulk_create(
        [
            ExtractChange(
                patient_id=extract.patient_id, extract_id=extract.id, entry_id=row_id, kind=kind,
                before=state_of(held[row_id]),
            )
            for row_id, kind in kinds.items()
        ],
        batch_size=BATCH,
    )  # fmt: skip


def state_of(row: Model) -> dict[str, Any]:
    """All that a row holds, as JSON that loses nothing: times to the microsecond."""
    fields = [each for each in row._meta.concrete_fields if not isinstance(each, BinaryField)]
    names = [field.name for field in fields if field.name not in NEVER_KEPT | DERIVED]
    values = {name: getattr(row, name) for name in names}
    kept: dict[str, Any] = msgspec.to_builtins(values)
    return kept


def row_from(state: Mapping[str, Any], patient: Patient) -> Entry:
    """A row as it was, not yet saved."""
    row = Entry(patient=patient, **as_values(Entry, state))
    row.search_words = words_of(row.title, row.details, row.effective_on, row.effective_precision)
    row.search_text = words_typed(row.free_text)
    return row


def as_values(model: type[Model], state: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept of a row, as the values of its columns; a column that is no more is left out."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in state.items() if name in fields}


class Beside:
    """The warnings and attachments of a patient before an extract, to compare with what they are after it."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.before = self._all()

    def _all(self) -> dict[tuple[str, str], dict[str, Any]]:
        states = (
            (name, state_of(row))
            for name, model in BESIDE.items()
            for row in model._default_manager.filter(patient=self.patient)
        )
        return {(name, str([state[key] for key in KEYS[name]])): state for name, state in states}

    def changes(self) -> list[dict[str, Any]]:
        """Each that is new or another now: which it is, and what it was, None for what is new."""
        return [
            {
                "what": key[0],
                "key": {name: state[name] for name in KEYS[key[0]]},
                "before": self.before.get(key),
            }
            for key, state in self._all().items()
            if state != self.before.get(key)
        ]


def other_attachments(extract: ImportedExtract) -> set[UUID]:
    """The entries of which a reader finds other attachments now than before an extract; inside the patient's rows."""
    rows = Document.objects.filter(patient=extract.patient_id)
    now = {(str(row.entry_id), row.position): state_of(row) for row in rows}
    return {
        UUID(one["key"]["entry_id"])
        for one in extract.beside
        if one["what"] == "document"
        and _read_of(one["before"])
        != _read_of(now.get((one["key"]["entry_id"], one["key"]["position"])))
    }


def _read_of(state: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """What a reader finds of an attachment; None where it is gone."""
    if state is None or state["withdrawn_at"]:
        return None
    return state["title"], state["paper_id"], state["withheld"]

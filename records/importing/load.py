"""One file from disk to rows: read, match, store; or refused with the reason, and nothing kept."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import DatabaseError, OperationalError, transaction

from records.importing.extract import Extract, Person, UnreadableExtract
from records.importing.files import content_of
from records.importing.gpconnect import read
from records.importing.matching import (
    Unmatched,
    add_from,
    match,
    match_named,
    on_list,
    refuse_another_number,
)
from records.importing.store import OlderExtract, nothing, store
from records.papers.keeping import NotKept
from surgeries.models import Patient, Surgery

logger = logging.getLogger("portal.importing")


@dataclass(frozen=True)
class Loading:
    """How a run of extracts is to be loaded."""

    surgery: Surgery
    nhs_number: str = ""
    add_patients: bool = False
    dry_run: bool = False
    by: UUID | None = None


@dataclass
class Loaded:
    """What became of one file."""

    file: str
    outcome: str
    reason: str = ""
    patient: dict[str, Any] | None = None
    counts: dict[str, Any] = field(default_factory=nothing)
    skipped: list[dict[str, str]] = field(default_factory=list)
    may_pass: bool = False
    """Whether the same file may well be loaded later: the database was away."""

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints for the file."""
        return {
            "file": self.file, "outcome": self.outcome, "reason": self.reason,
            "patient": self.patient, **self.counts, "skipped": self.skipped,
        }  # fmt: skip


def load_file(path: Path, how: Loading, *, now: datetime) -> Loaded:
    """Load one file; whatever is wrong with it is told and leaves no trace (R7.2, R7.4)."""
    try:
        return load_bytes(content_of(path), str(path), how, now=now)
    except UnreadableExtract as error:
        return Loaded(str(path), "refused", str(error))


def load_bytes(content: bytes, name: str, how: Loading, *, now: datetime) -> Loaded:
    """Load one extract from memory, in one transaction."""
    try:
        extract = read(content)
        with transaction.atomic():
            loaded = _load(extract, name, how, now)
            transaction.set_rollback(how.dry_run)
    except (UnreadableExtract, Unmatched, OlderExtract, NotKept) as error:
        return Loaded(name, "refused", str(error))
    except DatabaseError as error:
        # the kind only: the words of a database error quote the row
        logger.error("an extract was not stored: %s", type(error).__name__)
        return Loaded(
            name, "refused", "the database did not take it: nothing of it is stored, try again",
            may_pass=isinstance(error, OperationalError),
        )  # fmt: skip
    return loaded


def _load(extract: Extract, name: str, how: Loading, now: datetime) -> Loaded:
    patient, created = _patient_for(extract.person, how, now)
    stored = store(extract, patient, by=how.by, now=now, is_dry_run=how.dry_run)
    return Loaded(
        name, stored.outcome,
        patient={"nhs_number": patient.nhs_number, "created": created},
        counts={"sections": stored.sections, "not_shown": dict(stored.not_shown)},
        skipped=[msgspec.to_builtins(one) for one in extract.skipped],
    )  # fmt: skip


def _patient_for(person: Person, how: Loading, now: datetime) -> tuple[Patient, bool]:
    number = how.nhs_number or person.nhs_number
    if how.nhs_number:
        refuse_another_number(person, number)
        patient = on_list(how.surgery, number, now=now)
        found = match_named(person, patient) if patient else None
    else:
        found = match(person, how.surgery, now=now)
    if found:
        return found, False
    if not how.add_patients:
        raise Unmatched(
            "nobody on the surgery's list has this NHS number: add the patient, or use --add-patients"
        )
    return add_from(person, how.surgery, nhs_number=number, by=how.by, now=now), True

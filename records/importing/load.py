"""One file from disk to rows: read, match, store; or refused with the reason, and nothing kept."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DatabaseError, OperationalError, transaction
from msgspec import to_builtins

from audit import log
from records.importing.counting import nothing
from records.importing.differences import Difference, differences
from records.importing.earlier import Came, OlderExtract, file_name_of
from records.importing.extract import Extract, Person, UnreadableExtract
from records.importing.files import content_of
from records.importing.formats import read
from records.importing.matching import (
    Unmatched,
    add_from,
    match,
    match_named,
    on_list,
    refuse_another_number,
)
from records.importing.store import store
from records.models import ImportedExtract
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
    older_because: str = ""
    channel: str = ImportedExtract.Channel.COMMAND
    received_at: datetime | None = None
    """When it came, where it may have waited."""


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
    """Whether the same file may well be loaded later: the database was away, or the store of documents."""
    changes: list[Difference] | None = None
    """Only where it was tried out: entry by entry, what loading it would change."""

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints for the file."""
        told = {
            "file": self.file, "outcome": self.outcome, "reason": self.reason,
            "patient": self.patient, **self.counts, "skipped": self.skipped,
        }  # fmt: skip
        return told if self.changes is None else told | {"changes": to_builtins(self.changes)}


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
        del content  # what was read of it is all that is needed, and the rows need room
        with transaction.atomic():
            loaded, patient = _load(extract, name, how, now)
            transaction.set_rollback(how.dry_run)
        if how.dry_run:
            _note_tried(loaded, patient, how, now)
    except NotKept as error:
        return Loaded(name, "refused", str(error), may_pass=True)
    except (UnreadableExtract, Unmatched, OlderExtract) as error:
        return Loaded(name, "refused", str(error))
    except DatabaseError as error:
        # the kind only: the words of a database error quote the row
        logger.error("an extract was not stored: %s", type(error).__name__)
        return Loaded(
            name, "refused", "the database did not take it: nothing of it is stored, try again",
            may_pass=isinstance(error, OperationalError),
        )  # fmt: skip
    return loaded


def _load(extract: Extract, name: str, how: Loading, now: datetime) -> tuple[Loaded, Patient]:
    patient, created = _patient_for(extract.person, how, now)
    came = Came(file_name_of(name), how.channel, how.older_because, how.received_at)
    stored = store(extract, patient, by=how.by, now=now, came=came, is_dry_run=how.dry_run)
    loaded = Loaded(
        name, stored.outcome,
        patient={"nhs_number": patient.nhs_number, "created": created},
        counts={"sections": stored.sections, "not_shown": dict(stored.not_shown)},
        skipped=[to_builtins(one) for one in extract.skipped],
        changes=differences(stored) if how.dry_run else None,
    )  # fmt: skip
    return loaded, patient


def _note_tried(loaded: Loaded, patient: Patient, how: Loading, now: datetime) -> None:
    """Write down that somebody was told by command what is held of a patient (R9.1): the record itself stays as it was."""
    if loaded.patient and not loaded.patient["created"]:
        log.record(
            "load tried out", at=now, actor_id=how.by, patient_id=patient.pk, about=loaded.outcome,
            details={"sections": loaded.counts["sections"]},
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

"""What comes with the rows of an extract: the warnings of its sections, and what is attached to its entries (R2.6, R6.9)."""

from collections.abc import Iterable, Set
from datetime import datetime
from uuid import UUID

from records.importing.extract import Extract
from records.importing.new_row import NewRow
from records.models import Document, Entry, SectionNotice
from records.papers.loading import Papers
from surgeries.models import Patient

BATCH = 2000


def keep_notices(extract: Extract, patient: Patient, *, now: datetime) -> None:
    """Keep the warnings that hold now; one that is no longer given ends (R2.6)."""
    given = {(warning.section, warning.code): warning for warning in extract.warnings}
    SectionNotice.objects.filter(
        patient=patient, section__in=extract.sections, ended_at=None
    ).update(ended_at=now)
    notices = [
        SectionNotice(
            patient=patient, section=section, code=code, given_at=now,
            source_text=warning.source_text,
        )
        for (section, code), warning in given.items()
    ]  # fmt: skip
    SectionNotice.objects.bulk_create(
        notices, update_conflicts=True, unique_fields=["patient_id", "section", "code"],
        update_fields=["source_text", "given_at", "ended_at"],
    )  # fmt: skip


def keep_documents(
    extract: Extract,
    patient: Patient,
    papers: Papers,
    rows: list[NewRow],
    held: Set[UUID],
    *,
    now: datetime,
) -> None:
    """Keep the attachments of the entries that have some; those that an entry had before and has no longer end.

    `held` are the ids of the rows from before: to their readers another content is a change.
    """
    with_documents = [entry for entry in extract.entries if entry.documents]
    ids = {(row.source_type, row.source_id): row.id for row in rows if with_documents}
    documents = [
        Document(patient=patient, entry_id=id, **papers.columns(entry, document, id))
        for entry in with_documents
        for id in (ids[entry.key.resource, entry.key.id],)
        for document in entry.documents
    ]  # fmt: skip
    _end_old_documents(patient, (row.id for row in rows if row.kind == "document"), now)
    Document.objects.bulk_create(
        documents, batch_size=BATCH, update_conflicts=True,
        unique_fields=["patient_id", "entry_id", "position"],
        update_fields=["title", "content_type", "size", "source_url", "withheld", "withdrawn_at", "paper_id", "problem"],
    )  # fmt: skip
    _tell_of_changed(patient, papers, papers.changed & held, now)


def _tell_of_changed(patient: Patient, papers: Papers, entries: set[UUID], now: datetime) -> None:
    """What a document says is what is in it: another content is a change of its entry.

    One that comes to an older entry was in no review: the entry is closed until staff have read it (R1.5).
    """
    if not entries:
        return
    rows = Entry.objects.of(patient)
    rows.filter(id__in=entries).update(words_changed_at=now, changed_at=now)
    rows.filter(id__in=entries & papers.brought).update(readable_since=now)


def _end_old_documents(patient: Patient, entries: Iterable[UUID], now: datetime) -> None:
    """Attachments that their entry had before count as gone until this extract names them again."""
    held = Document.objects.filter(patient=patient, entry_id__in=list(entries), withdrawn_at=None)
    held.update(withdrawn_at=now)

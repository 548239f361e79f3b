"""The attachments of one extract: rows that name their content while it is stored, and its files before that is final (R7.4)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from records.importing.extract import Extract, ExtractedDocument, ExtractedEntry, SourceKey
from records.models import Document, Paper
from records.papers.keeping import NotKept, names_of, remove, write
from records.papers.kinds import kind_of
from surgeries.models import Patient

Place = tuple[SourceKey, int]


class Content(NamedTuple):
    """A content with its name under each key, first under the one that encrypts."""

    names: list[str]
    content: bytes


class Papers:
    """The content of the attachments of one extract; what a patient has already is not kept again.

    Nothing is kept of what nobody online may ever see: it cannot be handed out by mistake (R2.4, R1.10).
    """

    def __init__(self, extract: Extract, patient: Patient, *, now: datetime) -> None:
        self.patient, self.now = patient, now
        self.changed: set[UUID] = set()
        """The entries of which an attachment has another content than before, once `columns` was asked of all."""
        self.brought: set[UUID] = set()
        """Those of them that got one: nobody can have read it before (R1.5)."""
        self._given = {
            place: Content(names_of(patient.pk, content), content)
            for place, content in _contents(extract)
        }
        self._new: set[UUID] = set()
        self._before = self._held() if any(entry.documents for entry in extract.entries) else {}
        self._papers = self._rows() if self._given else {}

    def columns(
        self, entry: ExtractedEntry, document: ExtractedDocument, id: UUID
    ) -> dict[str, Any]:
        """An attachment of an entry with that id as the columns of its row."""
        told = msgspec.structs.asdict(document)
        file = told.pop("file")
        before = self._before.get((id, document.position))
        given = self._given.get((entry.key, document.position))
        paper_id = self._papers[given.names[0]].id if given else None
        if before and not file and not entry.unreleased_because and _is_same(before, document):
            paper_id = before.paper_id  # that the content was not sent again takes nothing back
        if paper_id != (before and before.paper_id):
            self.changed.add(id)
            if paper_id:
                self.brought.add(id)
        return told | {"paper_id": paper_id, "problem": file.problem if file else ""}

    def write(self) -> None:
        """Write the files that are not there yet; raises NotKept, and then leaves none of them.

        Before the rows are final: a row without its file would be a document that nobody can open, a file
        without a row is only found and deleted (`sweep_documents`).
        """
        written: list[str] = []
        for given in {each.names[0]: each for each in self._given.values()}.values():
            paper = self._papers[given.names[0]]
            name = paper.name
            try:
                if write(name, given.content, is_new=paper.id in self._new):
                    written.append(name)
            except NotKept:
                remove(written)
                raise

    def _held(self) -> dict[tuple[UUID, int], Document]:
        """The attachments that have a content until now."""
        held = Document.objects.filter(
            patient=self.patient, withdrawn_at=None, paper_id__isnull=False
        )
        return {(each.entry_id, each.position): each for each in held}

    def _rows(self) -> dict[str, Paper]:
        """A row for each content, by the first of its names: one that is held under any, or a new one."""
        names = {name for each in self._given.values() for name in each.names}
        held = {
            paper.name: paper
            for paper in Paper.objects.filter(patient=self.patient, name__in=names)
        }
        found: dict[str, Paper] = {}
        new: dict[str, Paper] = {}
        for names_of_it, content in self._given.values():
            first = names_of_it[0]
            known = next((held[name] for name in names_of_it if name in held), None)
            found[first] = known or new.setdefault(first, self._row(first, content))
        self._new = {paper.id for paper in Paper.objects.bulk_create(new.values())}
        return found

    def _row(self, name: str, content: bytes) -> Paper:
        return Paper(
            patient=self.patient, name=name, kind_code=kind_of(content).code, size=len(content),
            kept_at=self.now,
        )  # fmt: skip


def _contents(extract: Extract) -> Iterator[tuple[Place, bytes]]:
    for entry in extract.entries:
        for document in entry.documents:
            is_for_readers = not (entry.unreleased_because or document.withheld)
            if is_for_readers and document.file and document.file.content:
                yield (entry.key, document.position), document.file.content


def _is_same(before: Document, document: ExtractedDocument) -> bool:
    """Whether the source names the same attachment as before, by its address, though it sent no content."""
    told = (document.source_url, document.content_type, document.size, document.withheld)
    held = (before.source_url, before.content_type, before.size, before.withheld)
    return bool(document.source_url) and not document.withheld and told == held


__all__ = ["Papers"]

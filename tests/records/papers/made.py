"""Documents with content, made without an extract."""

from django.urls import reverse

from audit.row_security import rows_of
from records.models import Document, Paper
from records.papers.keeping import names_of, path_of, shelf, write
from records.papers.kinds import kind_of
from tests.cast import make_entry
from tests.clock import NOW
from tests.records.papers.files import PDF


def make_paper(patient, content=PDF):
    name = names_of(patient.pk, content)[0]
    write(name, content, is_new=True)
    with rows_of(patient.pk):
        told = {"kind_code": kind_of(content).code, "size": len(content), "kept_at": NOW}
        return Paper.objects.get_or_create(patient=patient, name=name, defaults=told)[0]


def make_document(patient, source_id="d1", content=PDF, *, of_document=None, **values):
    """A document with one attachment that can be opened."""
    values = {"section": "documents", "kind": "document", "title": "Knee letter",
              "level_needed": "documents"} | values  # fmt: skip
    entry = make_entry(patient, source_id, **values)
    paper = make_paper(patient, content) if content is not None else None
    with rows_of(patient.pk):
        Document.objects.create(
            patient=patient, entry_id=entry.id, position=0, paper_id=paper and paper.id,
            **(of_document or {}),
        )  # fmt: skip
    return entry


def document_of(entry, position=0):
    return reverse("records:document", args=[entry.patient_id, entry.id, position])


def desk_document_of(entry, position=0):
    return reverse("records:desk-document", args=[entry.patient_id, entry.id, position])


def kept_names():
    """The names of all files that are kept."""
    try:
        folders, _ = shelf().listdir("")
    except FileNotFoundError:
        return set()
    return {name for folder in folders for name in shelf().listdir(folder)[1]}


def spoil(paper, content):
    """Put something else in the place of a file."""
    shelf().delete(path_of(paper.name))
    with shelf().open(path_of(paper.name), "wb") as file:
        file.write(content)

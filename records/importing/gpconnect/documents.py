"""Documents: letters and attachments, and where their content is."""

from records.content import Document, DocumentText
from records.importing.extract import ExtractedEntry
from records.importing.fhir.attachments import attachments_of
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import Json, child, children, text
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import label, words_of
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Document with no name in the record"


def read_document(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One document; a label on its content withholds the attachments only (R2.4)."""
    body = resource.body
    reading = Reading(
        kind="document",
        title=label(child(body, "type")) or NO_NAME,
        level=Level.DOCUMENTS,
        details=_details(source, body),
        text=DocumentText(text(body, "description")),
        effective=partial_date(body, "created"),
        recorded_at=instant(body, "indexed"),
    )
    attachments = attachments_of(source, resource)
    return [source.entry(Section.DOCUMENTS, reading, resource, documents=attachments)]


def _details(source: Source, body: Json) -> Document:
    return Document(
        codes=words_of(child(body, "type")).codes,
        created=given_date(body, "created"),
        authors=source.people.authors(children(body, "author")),
        custodian=source.people.name(child(body, "custodian")),
        setting=label(child(child(body, "context"), "practiceSetting")),
    )

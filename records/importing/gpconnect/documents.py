"""Documents: letters and attachments, and where their content is."""

from records.content import Document, DocumentText
from records.importing.extract import ExtractedDocument, ExtractedEntry
from records.importing.gpconnect.bundle import Resource
from records.importing.gpconnect.dates import given_date, instant, partial_date
from records.importing.gpconnect.fhir import Json, child, children, text, whole_number
from records.importing.gpconnect.labels import says_nopat
from records.importing.gpconnect.source import Reading, Source
from records.importing.gpconnect.wording import label, words_of
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
    attachments = _attachments(body)
    return [source.entry(Section.DOCUMENTS, reading, resource, documents=attachments)]


def _details(source: Source, body: Json) -> Document:
    return Document(
        codes=words_of(child(body, "type")).codes,
        created=given_date(body, "created"),
        authors=source.people.authors(children(body, "author")),
        custodian=source.people.name(child(body, "custodian")),
        setting=label(child(child(body, "context"), "practiceSetting")),
    )


def _attachments(body: Json) -> list[ExtractedDocument]:
    """What is attached; one with no address is there to say why it is missing (R6.9)."""
    withheld = any(
        says_nopat(children(concept, "coding")) for concept in children(body, "securityLabel")
    )
    return [
        _attachment(position, child(content, "attachment"), withheld)
        for position, content in enumerate(children(body, "content"))
    ]


def _attachment(position: int, body: Json, withheld: bool) -> ExtractedDocument:
    return ExtractedDocument(
        position=position,
        title=text(body, "title"),
        content_type=text(body, "contentType")[:200],
        size=whole_number(body, "size"),
        source_url=text(body, "url"),
        withheld=withheld,
    )

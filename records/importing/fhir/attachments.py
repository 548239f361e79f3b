"""What is attached to a document, and where its content is: the same in every version (R6.9)."""

from collections.abc import Sequence
from contextlib import suppress

from msgspec.structs import replace

from records.importing.attached import SAID, read_file
from records.importing.extract import ExtractedDocument, ExtractedEntry
from records.importing.fhir.bundle import Bundle, Resource, key_for
from records.importing.fhir.fields import Json, Misshapen, child, children, text, whole_number
from records.importing.fhir.labels import is_labelled
from records.importing.fhir.source import FhirSource


def attachments_of(source: FhirSource, resource: Resource) -> list[ExtractedDocument]:
    """What is attached to a document; what has neither content nor address is there to say why it is missing.

    A label on the content of a document withholds all of it (R2.4). What cannot be kept is reported.
    """
    body = resource.body
    withheld = resource.key in source.closed_contents
    found = [
        _attachment(source, position, child(content, "attachment"), withheld, body)
        for position, content in enumerate(children(body, "content"))
    ]
    for each in found:
        if each.file and each.file.problem:
            source.bundle.skip(
                resource.key, f"attachment {each.position + 1}: {SAID[each.file.problem]}"
            )
    return found


def _attachment(
    source: FhirSource, position: int, body: Json, withheld: bool, document: Json
) -> ExtractedDocument:
    binary = _binary_of(source, body, document)
    data = body.get("data")
    if not data and binary:
        data = binary.body.get("content") or binary.body.get("data")  # STU3, and R4
    return ExtractedDocument(
        position=position,
        title=text(body, "title"),
        content_type=_claimed(body, binary),
        size=whole_number(body, "size"),
        source_url=text(body, "url"),
        withheld=withheld or (binary is not None and _is_withheld(source, binary)),
        file=read_file(data),
    )


def _is_withheld(source: FhirSource, binary: Resource) -> bool:
    """Whether a label hides it, on the content itself, on what it stands in or on another document with it (R2.4)."""
    is_closed = binary.key in source.closed_contents
    return is_closed or source.is_withheld(binary) or is_labelled(binary)


def _claimed(body: Json, binary: Resource | None) -> str:
    """What kind the source says it is."""
    said = text(body, "contentType") or (text(binary.body, "contentType") if binary else "")
    return said[:200]


def _binary_of(source: FhirSource, body: Json, document: Json) -> Resource | None:
    """The resource with the content to which an attachment's address leads, if the extract has it."""
    address = text(body, "url")
    if address.startswith("#"):
        inside = (each for each in children(document, "contained") if _is_binary(each, address))
        return next((Resource(key_for("Binary", each), each, 0) for each in inside), None)
    return _binary_at(source.bundle, address)


def keep_back_copies(entries: Sequence[ExtractedEntry]) -> tuple[ExtractedEntry, ...]:
    """The same entries; a content that one attachment may not show is kept back in every other one too (R2.4)."""
    closed = {_content(each) for entry in entries for each in entry.documents if each.withheld}
    closed.discard(b"")
    if not closed:
        return tuple(entries)
    return tuple(
        replace(entry, documents=tuple(_closed(each, closed) for each in entry.documents))
        for entry in entries
    )


def _closed(document: ExtractedDocument, closed: set[bytes]) -> ExtractedDocument:
    return replace(document, withheld=document.withheld or _content(document) in closed)


def _content(document: ExtractedDocument) -> bytes:
    return document.file.content if document.file else b""


def report_contents_without_a_document(bundle: Bundle) -> None:
    """Say of each content to which no document leads that nobody can open it."""
    named = set()
    for resource in bundle.of_type("DocumentReference"):
        with suppress(Misshapen):  # said where it is read
            for content in children(resource.body, "content"):
                found = _binary_at(bundle, text(child(content, "attachment"), "url"))
                named.add(found.key if found else None)
    for resource in bundle.of_type("Binary"):
        if resource.key not in named:
            bundle.skip(resource.key, "no document names this content, so nobody can open it")


def _binary_at(bundle: Bundle, address: str) -> Resource | None:
    found = bundle.find({"reference": address}, "Binary") if address else None
    return found if found and found.kind == "Binary" else None


def _is_binary(body: Json, address: str) -> bool:
    return body.get("resourceType") == "Binary" and text(body, "id") == address.removeprefix("#")

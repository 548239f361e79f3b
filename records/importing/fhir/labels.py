"""Whether a label asks us to hide what carries it (R2.4)."""

from collections.abc import Collection, Iterator

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Json, Misshapen, all_codings, child, children, text
from records.importing.fhir.terms import NOPAT


def says_nopat(labels: list[Json]) -> bool:
    """Whether one of these security labels means "not for the patient", however it is written; others do not."""
    return any(
        NOPAT in (text(each, "code").upper(), text(each, "display").upper()) for each in labels
    )


def is_labelled(resource: Resource) -> bool:
    """Whether a resource itself is labelled; a label that cannot be read may be the one that hides."""
    try:
        return says_nopat(children(child(resource.body, "meta"), "security"))
    except Misshapen:
        return True


def is_partly_labelled(resource: Resource) -> bool:
    """Whether what is attached to a resource is labelled; a label that cannot be read may be the one that hides."""
    try:
        labels = children(resource.body, "securityLabel")
        return says_nopat([*labels, *(each for one in labels for each in all_codings(one))])
    except Misshapen:
        return True


def closed_contents(bundle: Bundle, withheld: Collection[SourceKey]) -> frozenset[SourceKey]:
    """The documents of which no content may show, and the contents that they name: no other document shows them either.

    `withheld` is what labels hide as a whole. Of two with one id nobody can tell which holds.
    """
    found = set()
    left_out = (each for each in bundle.left_out if each.kind == "DocumentReference")
    for document in [*bundle.of_type("DocumentReference"), *left_out]:
        is_hidden = document.key in withheld or is_labelled(document)
        if is_hidden or is_partly_labelled(document):
            found |= {document.key, *(each.key for each in contents_of(bundle, document))}
    return frozenset(found)


def contents_of(bundle: Bundle, document: Resource) -> Iterator[Resource]:
    """The contents that a document names and the bundle has, however badly the rest of it is written."""
    listed = document.body.get("content")
    for content in listed if isinstance(listed, list) else []:
        attachment = content.get("attachment") if isinstance(content, dict) else None
        address = attachment.get("url") if isinstance(attachment, dict) else None
        found = bundle.find({"reference": address}, "Binary") if address else None
        if found and found.kind == "Binary":
            yield found

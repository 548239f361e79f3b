"""Whether a file is what this reader reads, and about one person only; otherwise it is refused whole (R7.2)."""

from records.importing.extract import UnreadableExtract
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.one_patient import refuse_another_person

OTHER_TYPES = frozenset({"document", "transaction", "batch", "message", "history"})
"""Types of bundle that GP Connect never sends: a newer or another form of record."""

NOT_OURS = "This is not a GP Connect Structured record (FHIR STU3): ask the source for that form"


def refuse_what_does_not_suit(bundle: Bundle) -> None:
    """Raise UnreadableExtract for another format, a second person, or a file without any record.

    Half of a record read in the wrong format is worse than none: a status would be missed, and an
    allergy with it.
    """
    if str(bundle.body.get("type")) in OTHER_TYPES or any(map(_is_newer, bundle.resources)):
        raise UnreadableExtract(NOT_OURS)
    refuse_another_person(bundle)


def _is_newer(resource: Resource) -> bool:
    """Whether a resource has the shape of FHIR R4: a coded status, a renamed date, a composition."""
    body = resource.body
    if resource.kind == "Immunization":
        return "occurrenceDateTime" in body or "occurrenceString" in body
    return resource.kind == "Composition" or isinstance(body.get("clinicalStatus"), dict)

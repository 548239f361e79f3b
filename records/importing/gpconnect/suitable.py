"""Whether a file is what this reader reads, and about one person only; otherwise it is refused whole (R7.2)."""

from records.importing.extract import UnreadableExtract
from records.importing.gpconnect.bundle import Bundle, Resource
from records.importing.gpconnect.fhir import Json
from records.importing.gpconnect.person import NHS_NUMBER

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
    if any(each.resource == "Patient" for each in bundle.skipped):
        raise UnreadableExtract(
            "The file has two different patients under one id: check the source"
        )
    for resource in bundle.resources:
        _refuse_another_person(bundle, resource)


def _is_newer(resource: Resource) -> bool:
    """Whether a resource has the shape of FHIR R4: a coded status, a renamed date, a composition."""
    body = resource.body
    if resource.kind == "Immunization":
        return "occurrenceDateTime" in body or "occurrenceString" in body
    return resource.kind == "Composition" or isinstance(body.get("clinicalStatus"), dict)


def _refuse_another_person(bundle: Bundle, resource: Resource) -> None:
    """Nothing that says it is about somebody else may come under this patient (R3.7)."""
    for name in ("subject", "patient"):
        about = resource.body.get(name)
        if isinstance(about, dict) and _names_another(bundle, about):
            raise UnreadableExtract(
                f"{resource.key} is about another patient than the file: check the source"
            )


def _names_another(bundle: Bundle, about: Json) -> bool:
    patients = bundle.of_type("Patient")
    found = bundle.find(about, "Patient")
    written = about.get("reference")
    if isinstance(written, str) and "Patient/" in written and found not in patients:
        return True
    identifier = about.get("identifier")
    if not isinstance(identifier, dict) or identifier.get("system") != NHS_NUMBER:
        return False
    return str(identifier.get("value")).replace(" ", "") not in _numbers(patients)


def _numbers(patients: list[Resource]) -> set[str]:
    """Every NHS number that the patient of the file goes by."""
    found = set()
    for patient in patients:
        identifiers = patient.body.get("identifier")
        for each in identifiers if isinstance(identifiers, list) else []:
            if isinstance(each, dict) and each.get("system") == NHS_NUMBER:
                found.add(str(each.get("value")).replace(" ", ""))
    return found

"""GP Connect Access Record Structured (FHIR STU3 JSON): bytes in, Extract out."""

from collections.abc import Callable
from functools import partial

from records.importing.extract import Extract, ExtractedEntry
from records.importing.fhir.attachments import keep_back_copies, report_contents_without_a_document
from records.importing.fhir.bundle import Bundle, Resource, bundle_of, outcome_words
from records.importing.fhir.decoding import decoded
from records.importing.fhir.fields import Json, Misshapen, is_true
from records.importing.fhir.identifiers import identifiers_of
from records.importing.fhir.person import read_person
from records.importing.gpconnect.allergies import add_contained_allergies, read_allergies
from records.importing.gpconnect.conditions import read_condition
from records.importing.gpconnect.consultations import read_consultation
from records.importing.gpconnect.documents import read_document
from records.importing.gpconnect.immunisations import read_immunisation
from records.importing.gpconnect.medicines import read_medicine
from records.importing.gpconnect.naming import still_named
from records.importing.gpconnect.observations import read_observation
from records.importing.gpconnect.release import never_shown
from records.importing.gpconnect.reports import read_report
from records.importing.gpconnect.requests import read_request
from records.importing.gpconnect.sections import (
    covered_sections,
    extracted_at,
    read_warnings,
)
from records.importing.gpconnect.source import Source
from records.importing.gpconnect.suitable import refuse_what_does_not_suit

Reader = Callable[[Source, Resource], list[ExtractedEntry]]

READERS: dict[str, Reader] = {
    "AllergyIntolerance": read_allergies,
    "Condition": read_condition,
    "DiagnosticReport": read_report,
    "DocumentReference": read_document,
    "Immunization": read_immunisation,
    "List": read_consultation,
    "MedicationRequest": read_medicine,
    "MedicationStatement": read_medicine,
    "Observation": read_observation,
    "Procedure": read_request,
    "ProcedureRequest": read_request,
    "ReferralRequest": read_request,
}
SUPPORTING = frozenset(
    {
        "Binary",
        "Device",
        "Encounter",
        "HealthcareService",
        "Location",
        "Medication",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "QuestionnaireResponse",
        "RelatedPerson",
        "Specimen",
    }
)
"""What only says more about the entries; anything else is reported as not read."""


def read(data: bytes) -> Extract:
    """What one file says about one person; raises UnreadableExtract with one line that says why."""
    return read_body(decoded(data))


def read_body(body: Json) -> Extract:
    """The same of a file that is JSON already."""
    bundle = bundle_of(body)
    person = read_person(bundle)
    refuse_what_does_not_suit(bundle)
    add_contained_allergies(bundle)
    bundle.keep_strictest(_why_not)
    entries, not_given = _read_entries(bundle)
    _report_unread_kinds(bundle)
    report_contents_without_a_document(bundle)
    return Extract(
        person=person,
        sections=covered_sections(bundle),
        entries=entries,
        warnings=read_warnings(bundle),
        skipped=tuple(dict.fromkeys(bundle.skipped)),
        extracted_at=extracted_at(bundle),
        still_named=still_named(bundle),
        not_shown={"not-given": not_given} if not_given else {},
        identifiers=identifiers_of(bundle),
        source_system=Source.system,
    )


def _read_entries(bundle: Bundle) -> tuple[tuple[ExtractedEntry, ...], int]:
    """Every entry in the order of the bundle, and how many vaccines were not given."""
    source = Source(bundle)
    found: list[ExtractedEntry] = []
    not_given = 0
    for resource in sorted(bundle.resources, key=lambda each: each.position):
        if _was_not_given(bundle, resource):
            not_given += 1
        elif resource.kind in READERS and source.stands_alone(resource):
            found += source.entries_from(resource, partial(READERS[resource.kind], source))
    return keep_back_copies(found), not_given


def _why_not(resource: Resource) -> str:
    """Why an entry that is made of a resource is not shown, "" where it is."""
    if resource.kind == "Immunization" and resource.body.get("notGiven") not in (None, False):
        return "not-given"
    return never_shown(resource) if resource.kind in READERS else ""


def _was_not_given(bundle: Bundle, resource: Resource) -> bool:
    """Whether a vaccine was not given; one of which that is not clear is not shown as given (R6.7)."""
    try:
        return resource.kind == "Immunization" and is_true(resource.body, "notGiven")
    except Misshapen as error:
        bundle.skip(resource.key, str(error))
        return True


def _report_unread_kinds(bundle: Bundle) -> None:
    known = READERS.keys() | SUPPORTING
    for resource in bundle.resources:
        if resource.kind == "OperationOutcome":
            bundle.skip(resource.key, f"the source says: {outcome_words(resource.body)}")
        elif resource.kind not in known:
            bundle.skip(resource.key, "this kind of resource is not part of a record")

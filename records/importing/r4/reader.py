"""FHIR R4 (UK Core, International Patient Summary, Summary Care Record, generated records): JSON in, Extract out."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

from records.importing.extract import (
    NOT_DONE,
    NOT_UNDERSTOOD,
    Extract,
    ExtractedEntry,
    Skipped,
    SourceKey,
    UnreadableExtract,
)
from records.importing.fhir.attachments import keep_back_copies, report_contents_without_a_document
from records.importing.fhir.bundle import Bundle, Resource, bundle_of, outcome_words
from records.importing.fhir.dates import instant
from records.importing.fhir.decoding import decoded
from records.importing.fhir.fields import Json, Misshapen
from records.importing.fhir.identifiers import identifiers_of
from records.importing.fhir.one_patient import refuse_another_person, refuse_other_subjects
from records.importing.fhir.person import read_person
from records.importing.r4.absence import says_no_information
from records.importing.r4.allergies import read_allergy
from records.importing.r4.conditions import read_condition
from records.importing.r4.documents import read_documents
from records.importing.r4.events import read_document, read_event
from records.importing.r4.immunisations import read_immunisation
from records.importing.r4.labels import loose
from records.importing.r4.medicines import read_medicine
from records.importing.r4.observations import read_observation
from records.importing.r4.reports import read_report
from records.importing.r4.source import Source
from records.importing.r4.statuses import did_not_happen, never_shown, status_of, unfit
from records.importing.r4.visits import read_visit

Reader = Callable[[Source, Resource], list[ExtractedEntry]]

READERS: dict[str, Reader] = {
    "AllergyIntolerance": read_allergy,
    "Condition": read_condition,
    "DiagnosticReport": read_report,
    "DocumentReference": read_document,
    "Encounter": read_visit,
    "Immunization": read_immunisation,
    "MedicationRequest": read_medicine,
    "MedicationStatement": read_medicine,
    "Observation": read_observation,
    "Procedure": read_event,
    "ServiceRequest": read_event,
}
SUPPORTING = frozenset(
    [
        "Binary",
        "Composition",
        "HealthcareService",
        "List",
        "Location",
        "Medication",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "RelatedPerson",
        "Specimen",
    ]
)
"""What only says more about the entries; anything else is reported as not read."""

_UNFINISHED = ("preliminary", "entered-in-error")
PAYMENTS = frozenset({"Account", "Claim", "ClaimResponse", "Coverage", "ExplanationOfBenefit"})
NOT_READ = "this kind of resource is not read as part of a record"
ABOUT_PAYMENT = "this is about payment and no part of a record"


def read(data: bytes) -> Extract:
    """What one file says about one person; raises UnreadableExtract with one line that says why."""
    return read_body(decoded(data))


def read_body(body: Json) -> Extract:
    """The same of a file that is JSON already."""
    bundle = bundle_of(body)
    bundle.finds_contained = False
    person = read_person(bundle)
    refuse_another_person(bundle)
    refuse_other_subjects(bundle)
    bundle.keep_strictest(_why_not)
    _refuse_unfinished(bundle)
    source = Source(bundle)
    told = read_documents(source)
    entries, not_done = _read_entries(source)
    _report_unread_kinds(bundle)
    _report_contained(bundle)
    report_contents_without_a_document(bundle)
    return Extract(
        person=person,
        sections=told.sections,
        entries=(*entries, *told.entries),
        warnings=told.as_warnings(),
        skipped=tuple(dict.fromkeys(bundle.skipped)),
        extracted_at=_extracted_at(bundle),
        still_named=frozenset(SourceKey(each.resource, each.id) for each in bundle.skipped),
        not_shown=dict(not_done),
        identifiers=identifiers_of(bundle),
        source_system=source.system,
        taken_back=_taken_back(bundle),
    )


def _refuse_unfinished(bundle: Bundle) -> None:
    """Raise UnreadableExtract where a document is a draft or an error, or nobody can tell that it is not (R6.5)."""
    for why in filter(None, map(_why_unfinished, bundle.of_type("Composition"))):
        raise UnreadableExtract(
            f"The document is not a finished one ({why}): ask the source for the final one"
        )


def _why_unfinished(composition: Resource) -> str:
    status = status_of(composition.body, "status")
    return f"its status is {status}" if status in _UNFINISHED else unfit(composition)


def _why_not(resource: Resource) -> str:
    """Why an entry that is made of a resource is not shown, "" where it is; why a document is not read."""
    if resource.kind == "Composition":
        return _why_unfinished(resource)
    found = did_not_happen(resource) or never_shown(resource)
    return found if resource.kind in READERS else ""


def _read_entries(source: Source) -> tuple[list[ExtractedEntry], Counter[str]]:
    """Every entry in the order of the bundle, and how many are there because they were not done."""
    found: list[ExtractedEntry] = []
    not_done: Counter[str] = Counter()
    for resource in source.bundle.resources:
        if resource.kind not in READERS or not source.stands_alone(resource):
            continue
        if reason := did_not_happen(resource):
            not_done[reason] += 1
        elif not says_no_information(resource):
            found += source.entries_from(resource, partial(_read_entry, source))
    return list(keep_back_copies(found)), not_done


def _taken_back(bundle: Bundle) -> dict[str, str]:
    """What is sent so that it may not be shown, whether or not it was before (R6.5, R6.7, R7.3)."""
    found = {}
    for resource in bundle.resources:
        if resource.kind in READERS and did_not_happen(resource):
            found[str(resource.key)] = NOT_DONE
        elif resource.kind in READERS and unfit(resource):
            found[str(resource.key)] = NOT_UNDERSTOOD
    return found


def _read_entry(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """What one resource makes; raises Misshapen where nobody can tell whether it is true or was done."""
    if reason := unfit(resource):
        raise Misshapen(reason)
    return READERS[resource.kind](source, resource)


def _report_unread_kinds(bundle: Bundle) -> None:
    """Say of each kind that is not read how many there are: thousands of lines would be read by nobody."""
    unread = Counter(each.kind for each in bundle.resources)
    for each in bundle.of_type("OperationOutcome"):
        bundle.skip(each.key, f"the source says: {outcome_words(each.body)}")
    for kind, count in sorted(unread.items()):
        if kind not in READERS.keys() | SUPPORTING | {"OperationOutcome"}:
            reason = ABOUT_PAYMENT if kind in PAYMENTS else NOT_READ
            bundle.skipped.append(Skipped(id=f"all {count}", resource=kind, reason=reason))


def _report_contained(bundle: Bundle) -> None:
    """Say of what would be an entry that it stands inside another resource, where it is not read."""
    for resource in (each for each in bundle.resources if each.kind in READERS):
        for kind in (each.get("resourceType") for each in loose(resource.body, "contained")):
            if isinstance(kind, str) and kind in READERS:
                bundle.skip(resource.key, f"a resource inside it is not read: {kind}")


def _extracted_at(bundle: Bundle) -> datetime | None:
    """When the document was put together; narrative, composition and bundle may disagree, the bundle is the last."""
    dates = [instant(each.body, "date") for each in bundle.of_type("Composition")]
    made = max(filter(None, dates), default=None)
    return instant(bundle.body, "timestamp") or made or instant(bundle.body, "meta.lastUpdated")

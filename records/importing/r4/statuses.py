"""What the statuses of R4 mean for showing something; most are concepts where STU3 has a word."""

from records.importing.fhir.access_codes import access_code
from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import Json, Misshapen, child, text
from records.importing.fhir.wording import code_in

_BY_FIELD: dict[tuple[str, str], str] = {
    ("status", "entered-in-error"): "entered-in-error",
    ("verificationStatus", "entered-in-error"): "entered-in-error",
    ("verificationStatus", "refuted"): "refuted",
    ("docStatus", "entered-in-error"): "entered-in-error",
    ("docStatus", "preliminary"): "not-reviewed",
}
_BY_KIND: dict[tuple[str, str, str], str] = {
    ("DiagnosticReport", "status", "registered"): "not-filed",
    ("DiagnosticReport", "status", "partial"): "not-filed",
    ("Observation", "status", "registered"): "not-filed",
    ("DocumentReference", "status", "superseded"): "not-reviewed",
    ("Encounter", "status", "planned"): "diary",
    ("Procedure", "status", "preparation"): "diary",
    ("MedicationRequest", "status", "draft"): "draft",
    ("MedicationRequest", "intent", "proposal"): "draft",
    ("MedicationStatement", "status", "intended"): "draft",
    ("ServiceRequest", "status", "draft"): "draft",
    ("ServiceRequest", "intent", "proposal"): "draft",
    ("ServiceRequest", "intent", "plan"): "diary",
}
_DID_NOT_HAPPEN: dict[tuple[str, str], str] = {
    ("Immunization", "not-done"): "not-given",
    ("Procedure", "not-done"): "not-done",
    ("Encounter", "cancelled"): "not-done",
}


def status_of(body: Json, name: str) -> str:
    """A status, be it a concept or a word; "" where there is none or it cannot be read."""
    try:
        return code_in(child(body, name)) if isinstance(body.get(name), dict) else text(body, name)
    except Misshapen:
        return ""


def never_shown(resource: Resource) -> str:
    """Why a resource may never be shown, "" if it may (R1.10, R6.5)."""
    if access_code(resource):
        return "access-code"
    for (name, word), reason in _BY_FIELD.items():
        if status_of(resource.body, name) == word:
            return reason
    for (kind, name, word), reason in _BY_KIND.items():
        if resource.kind == kind and status_of(resource.body, name) == word:
            return reason
    return ""


def did_not_happen(resource: Resource) -> str:
    """What to count something under that is in the record because it was not done (R6.7); "" for all else."""
    return _DID_NOT_HAPPEN.get((resource.kind, status_of(resource.body, "status")), "")

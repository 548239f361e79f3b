"""What is never shown to anyone online, whoever asks (R1.10, R6.5)."""

from records.importing.fhir.access_codes import access_code
from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import Json, Misshapen, text

_BY_STATUS: dict[tuple[str, str], str] = {
    ("DiagnosticReport", "registered"): "not-filed",
    ("DiagnosticReport", "partial"): "not-filed",
    ("Observation", "registered"): "not-filed",
    ("DocumentReference", "superseded"): "not-reviewed",
    ("MedicationRequest", "draft"): "draft",
    ("ProcedureRequest", "draft"): "draft",
    ("ReferralRequest", "draft"): "draft",
}
_ANY_KIND: dict[tuple[str, str], str] = {
    ("status", "entered-in-error"): "entered-in-error",
    ("verificationStatus", "entered-in-error"): "entered-in-error",
    ("verificationStatus", "refuted"): "refuted",
    ("docStatus", "entered-in-error"): "entered-in-error",
    ("docStatus", "preliminary"): "not-reviewed",
}


def is_plan_of_surgery(resource: Resource) -> bool:
    """Whether this is a diary or recall entry."""
    return resource.kind == "ProcedureRequest" and _word(resource.body, "intent") == "plan"


def never_shown(resource: Resource) -> str:
    """Why a resource may never be shown, "" if it may."""
    if access_code(resource):
        return "access-code"
    if is_plan_of_surgery(resource):
        return "diary"
    for (name, value), reason in _ANY_KIND.items():
        if _word(resource.body, name) == value:
            return reason
    return _BY_STATUS.get((resource.kind, _word(resource.body, "status")), "")


def _word(body: Json, name: str) -> str:
    try:
        return text(body, name)
    except Misshapen:
        return ""

"""What the statuses of R4 mean for showing something; most are concepts where STU3 has a word."""

import re

from records.importing.fhir.access_codes import access_code
from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import Json, Misshapen, child, children, text

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
    ("MedicationRequest", "intent", "option"): "draft",
    ("MedicationStatement", "status", "intended"): "draft",
    ("ServiceRequest", "status", "draft"): "draft",
    ("ServiceRequest", "intent", "proposal"): "draft",
    ("ServiceRequest", "intent", "option"): "draft",
    ("ServiceRequest", "intent", "plan"): "diary",
}
_DID_NOT_HAPPEN: dict[tuple[str, str], str] = {
    ("Immunization", "not-done"): "not-given",
    ("Procedure", "not-done"): "not-done",
    ("Encounter", "cancelled"): "not-done",
}


_KNOWN: dict[str, frozenset[str]] = {
    "verificationStatus": frozenset({
        "unconfirmed", "presumed", "provisional", "differential", "confirmed", "refuted", "entered-in-error",
    }),
    "docStatus": frozenset({
        "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
        "entered-in-error", "unknown",
    }),
    "status": frozenset({
        "registered", "partial", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
        "entered-in-error", "unknown", "current", "superseded", "preparation", "in-progress", "not-done", "on-hold",
        "stopped", "completed", "planned", "arrived", "triaged", "onleave", "finished", "active", "inactive", "draft",
        "revoked", "intended", "not-taken",
    }),
}  # fmt: skip
"""The statuses that may keep something from everybody, with all that R4 allows: what is none of these may mean that."""
_CLINICAL = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved"})


def status_of(body: Json, name: str) -> str:
    """A status, be it a concept or a word: the first that R4 knows; "" where there is none or it cannot be read."""
    words = _readable(body, name)
    return next(
        (each for each in words if each in _KNOWN.get(name, _CLINICAL)), next(iter(words), "")
    )


def unfit(resource: Resource) -> str:
    """Why nobody can tell whether something is true or was done, "" if one can: it is reported, not shown (R6.5)."""
    if doubt := _doubt(resource.kind, resource.body):
        return doubt
    try:
        told = {name: set(_words(resource.body, name)) for name in _KNOWN}
    except Misshapen as error:
        return str(error)
    unread = (name for name, words in told.items() if words and not words & _KNOWN[name])
    return next((f"its {name} is none that can be read" for name in unread), "")


def _doubt(kind: str, body: Json) -> str:
    """What turns the sense of a resource round, or may: FHIR forbids to read one that carries it without knowing it."""
    if body.get("doNotPerform") not in (None, False):
        return "it asks that something is not done, which cannot be shown yet"
    if body.get("modifierExtension") not in (None, []):
        return "it has a modifierExtension, which may change what it means"
    if kind == "Observation" and body.get("focus") not in (None, []):
        return "it is about somebody or something else than the patient (focus)"
    return ""


def never_shown(resource: Resource) -> str:
    """Why a resource may never be shown, "" if it may (R1.10, R6.5)."""
    if access_code(resource):
        return "access-code"
    for (name, word), reason in _BY_FIELD.items():
        if word in _readable(resource.body, name):
            return reason
    for (kind, name, word), reason in _BY_KIND.items():
        if resource.kind == kind and word in _readable(resource.body, name):
            return reason
    return "unfit" if unfit(resource) else ""


def _words(body: Json, name: str) -> list[str]:
    """All that a status says, as codes are written: of each coding, then in words; raises Misshapen."""
    if not isinstance(body.get(name), dict):
        told = [text(body, name)]
    else:
        concept = child(body, name)
        codings = children(concept, "coding")
        told = [text(each, key) for key in ("code", "display") for each in codings]
        told.append(text(concept, "text"))
    return ["-".join(re.findall(r"[a-z0-9]+", each.lower())) for each in told if each]


def _readable(body: Json, name: str) -> list[str]:
    try:
        return _words(body, name)
    except Misshapen:
        return []


def did_not_happen(resource: Resource) -> str:
    """What to count something under that is in the record because it was not done (R6.7); "" for all else."""
    return _DID_NOT_HAPPEN.get((resource.kind, status_of(resource.body, "status")), "")

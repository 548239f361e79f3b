"""Which version of FHIR a bundle is in, told from its shapes: no field of it says so."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from records.importing.extract import UnreadableExtract
from records.importing.fhir.decoding import taken_apart
from records.importing.fhir.fields import Json

MIXED = (
    "The bundle has resources of FHIR STU3 and of R4: a status or a date of one would be missed by the"
    " reader of the other. Ask the source for one of them"
)


class Version(StrEnum):
    """The versions that there is a reader for."""

    STU3 = "STU3"
    R4 = "R4"


_R4_TYPES = frozenset({"document", "transaction", "batch"})
_ONLY = {
    "Composition": Version.R4,
    "ServiceRequest": Version.R4,
    "ProcedureRequest": Version.STU3,
    "ReferralRequest": Version.STU3,
}
_STATUSES = ("clinicalStatus", "verificationStatus")
_IN_VISIT = {"context": Version.STU3, "encounter": Version.R4}
_FIELDS: dict[str, dict[str, Version]] = {
    "AllergyIntolerance": {
        "assertedDate": Version.STU3,
        "recordedDate": Version.R4,
        "encounter": Version.R4,
    },
    "Condition": {"assertedDate": Version.STU3, "recordedDate": Version.R4, **_IN_VISIT},
    "DiagnosticReport": _IN_VISIT,
    "Procedure": _IN_VISIT,
    "MedicationRequest": {
        "statusReason": Version.R4,
        "courseOfTherapyType": Version.R4,
        **_IN_VISIT,
    },
    "DocumentReference": {"created": Version.STU3, "indexed": Version.STU3, "date": Version.R4},
    "Immunization": {
        "notGiven": Version.STU3,
        "date": Version.STU3,
        "vaccinationProtocol": Version.STU3,
        "occurrenceDateTime": Version.R4,
        "occurrenceString": Version.R4,
        "protocolApplied": Version.R4,
    },
    "Observation": {
        "related": Version.STU3,
        "comment": Version.STU3,
        **_IN_VISIT,
        "hasMember": Version.R4,
        "note": Version.R4,
    },
    "MedicationStatement": {"taken": Version.STU3},
}
"""Fields that only one of them has."""
_PROFILES = {"/STU3/": Version.STU3, "UKCore": Version.R4, "/uv/ips/": Version.R4}
"""What the address of a profile holds that is of one version only."""


def version_of(body: Json) -> Version:
    """The version of a bundle; where nothing tells, that of the type of bundle it is.

    Raises UnreadableExtract where some of it is of one and some of the other.
    """
    found = signs_of(body)
    if len(found) > 1:
        raise UnreadableExtract(MIXED)
    if found:
        return found.pop()
    return Version.R4 if body.get("type") in _R4_TYPES else Version.STU3


def signs_of(body: Json) -> set[Version]:
    """The versions that something in a bundle is surely of; none where nothing tells."""
    return set(_signs(body))


def _signs(body: Json) -> Iterator[Version]:
    yield from _profiled(body)
    entries: Any = body.get("entry")
    for entry in map(taken_apart, entries if isinstance(entries, list) else []):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield from _signs_of(resource)


def _signs_of(resource: Json) -> Iterator[Version]:
    kind: Any = resource.get("resourceType")
    if isinstance(kind, str) and kind in _ONLY:
        yield _ONLY[kind]
    yield from _profiled(resource)
    for name in _STATUSES:
        if name in resource:
            yield Version.R4 if isinstance(resource[name], dict) else Version.STU3
    for name, version in _FIELDS.get(kind, {}).items() if isinstance(kind, str) else ():
        if name in resource:
            yield version


def _profiled(resource: Json) -> Iterator[Version]:
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    for profile in profiles if isinstance(profiles, list) else []:
        yield from (version for part, version in _PROFILES.items() if part in str(profile))

"""From what is told of grants to a Bundle of the Validated Relationships API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from proxy_access.fhir.parsing import Json
from proxy_access.fhir.people import ACCOUNT
from proxy_access.fhir.terms import (
    BASIS_WORDS,
    CATEGORY,
    LEGAL_BASIS,
    NHS_NUMBER,
    ODS_CODE,
    R5_CONSENT,
    REASON_EXTENSION,
    RECIPIENT,
    SCOPE,
    STANDARD,
    STATUS_REASON,
    STATUSES,
    URI,
)
from proxy_access.fhir.told import Person, Role
from proxy_access.statuses import StatusReason


def bundle_of(roles: Iterable[Role], *, at: datetime) -> Json:
    """A Bundle with the Consent of each grant, who acts as a RelatedPerson, and the people whose number is known.

    What may be seen, what is hidden, how the two are related and why it has no end date are not in it.
    """
    entries: dict[str, Json] = {}
    for role in roles:
        for person in (role.patient, role.proxy):
            if person.nhs_number:
                _add(entries, _patient(person))
        _add(entries, _related_person(role))
        _add(entries, _consent(role))
    return {
        "resourceType": "Bundle", "type": "collection", "timestamp": _moment(at),
        "entry": list(entries.values()),
    }  # fmt: skip


def _add(entries: dict[str, Json], resource: Json) -> None:
    url = f"urn:uuid:{_id(resource['resourceType'], resource['id'])}"
    entries.setdefault(url, {"fullUrl": url, "resource": resource})


def _id(*of: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(of)))


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _identifier(person: Person) -> Json:
    if person.nhs_number:
        return {"system": NHS_NUMBER, "value": person.nhs_number}
    return {"system": URI, "value": f"{ACCOUNT}{person.account}"}


def _patient(person: Person) -> Json:
    name: dict[str, Any] = {"use": "usual"}
    if person.family_name:
        name["family"] = person.family_name
    if person.given_names:
        name["given"] = [person.given_names]
    made: Json = {
        "resourceType": "Patient", "id": _id("Patient", person.nhs_number),
        "identifier": [_identifier(person)],
    }  # fmt: skip
    if len(name) > 1:
        made["name"] = [name]
    if person.date_of_birth:
        made["birthDate"] = person.date_of_birth.isoformat()
    return made


def _related_person(role: Role) -> Json:
    return {
        "resourceType": "RelatedPerson",
        "id": _id("RelatedPerson", role.patient.nhs_number, role.proxy.nhs_number or role.proxy.account),
        "identifier": [_identifier(role.proxy)],
        "patient": {"identifier": _identifier(role.patient)},
    }  # fmt: skip


def _consent(role: Role) -> Json:
    period = {"start": role.starts_on.isoformat()}
    if role.ends_on:
        period["end"] = role.ends_on.isoformat()
    proxy = {"identifier": _identifier(role.proxy)}
    made: Json = {
        "resourceType": "Consent", "id": role.source_id, "status": STATUSES[role.status],
        "scope": _concept(*SCOPE), "category": [_concept(*CATEGORY)],
        "patient": {"identifier": _identifier(role.patient)},
        "dateTime": _moment(role.written_at), "performer": [proxy], "policy": [dict(STANDARD)],
        "policyRule": _concept(LEGAL_BASIS, role.basis, BASIS_WORDS[role.basis]),
        "provision": {
            "type": "permit", "period": period,
            "actor": [{"role": _concept(*RECIPIENT), "reference": proxy}],
        },
        "extension": list(_extensions(role)),
    }  # fmt: skip
    if role.changed_at:
        made["meta"] = {"lastUpdated": _moment(role.changed_at)}
    return made


def _extensions(role: Role) -> Iterable[Json]:
    reason = _concept(STATUS_REASON, role.reason, role.reason.label)
    if role.reason is StatusReason.OTHER:
        reason["text"] = role.text
    yield {"url": REASON_EXTENSION, "valueCodeableConcept": reason}
    if role.granted_by:
        identifier = {"system": ODS_CODE, "value": role.granted_by}
        yield {"url": f"https://{R5_CONSENT}grantor", "valueReference": {"identifier": identifier}}

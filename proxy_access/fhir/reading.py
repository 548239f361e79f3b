"""From a file of the Validated Relationships API to what it tells; what it may not drop in silence, it refuses."""

from dataclasses import replace
from typing import Any

from proxy_access.fhir.asking import role_asked
from proxy_access.fhir.parsing import (
    Json,
    Unreadable,
    at,
    day,
    each,
    instant,
    one_line,
    own_id,
    parse,
    word,
)
from proxy_access.fhir.people import people_in, person_at
from proxy_access.fhir.terms import (
    CATEGORY,
    LEGAL_BASIS,
    ODS_CODE,
    OLDER_REASON_EXTENSION,
    R5_CONSENT,
    REASON_EXTENSION,
    SCOPE,
    status_told,
)
from proxy_access.fhir.told import Person, Role
from proxy_access.models import LegalBasis
from proxy_access.statuses import StatusReason

KINDS = {"Consent", "Patient", "RelatedPerson", "QuestionnaireResponse"}
BUNDLES = {"searchset", "collection"}
NARROWER = {
    "action", "class", "code", "data", "dataPeriod", "modifierExtension", "provision", "purpose", "securityLabel",
}  # fmt: skip
"""What would make a Consent permit less than all: dropped, it would permit more than was granted."""
LONGEST_TEXT = 500


def read(content: bytes) -> list[Role]:
    """The grants and applications that a file tells, in its order; raises Unreadable naming what is wrong.

    Takes one Consent or QuestionnaireResponse, or a Bundle with any number of them.
    """
    found = _resources(parse(content))
    people = people_in(found["Patient"])
    roles = [role_told(consent) for consent in found["Consent"]]
    roles += [role_asked(response) for response in found["QuestionnaireResponse"]]
    if not roles and any(found.values()):
        raise Unreadable("it holds no Consent: who is related to whom lets nobody see anything")
    ids = [role.source_id for role in roles if role.source_id]
    if len(set(ids)) < len(ids):
        raise Unreadable("it gives one id to two grants")
    return [_with_facts(role, people) for role in roles]


def _with_facts(role: Role, people: dict[str, Person]) -> Role:
    """The role with what the file's Patients say of the two; an application says it itself."""
    patient = people.get(role.patient.nhs_number, role.patient)
    proxy = people.get(role.proxy.nhs_number, role.proxy)
    return replace(role, patient=patient, proxy=proxy)


def _resources(body: Json) -> dict[str, list[Json]]:
    kind = word(body, "resourceType")
    if kind == "Bundle":
        if word(body, "type") not in BUNDLES:
            raise Unreadable(
                f"the Bundle is of the type {one_line(word(body, 'type')) or 'none'}, not a list"
            )
        inside = [at(entry, "resource") for entry in each(body, "entry")]
    else:
        inside = [body]
    found: dict[str, list[Json]] = {kind: [] for kind in sorted(KINDS)}
    for resource in inside:
        kind = word(resource, "resourceType")
        if kind not in KINDS:
            raise Unreadable(
                f"it holds {one_line(kind) or 'something without a type'}, not a Consent"
            )
        found[kind].append(resource)
    return found


def role_told(consent: Json) -> Role:
    """What one Consent tells; raises Unreadable with its id."""
    try:
        _check_permits_all(consent)
        return _role(consent, own_id(consent))
    except Unreadable as error:
        named = f"Consent {one_line(consent.get('id') or '')}".strip()
        raise Unreadable(f"{named}: {error}") from error


def _role(consent: Json, source_id: str) -> Role:
    reason, text = _reason(consent)
    code = word(consent, "status")
    status = status_told(code, reason)
    if status is None:
        raise Unreadable(f"the status {one_line(code) or 'none'} does not go with {reason}")
    written = word(consent, "dateTime")
    changed = word(consent, "meta", "lastUpdated")
    period = at(consent, "provision", "period")
    ends = word(period, "end")
    role = Role(
        source_id=source_id, status=status, reason=reason, text=text, basis=_basis(consent),
        patient=_patient(consent), proxy=_proxy(consent),
        starts_on=day(word(period, "start") or written, "the start"),
        ends_on=day(ends, "the end") if ends else None,
        written_at=instant(written, "dateTime"),
        changed_at=instant(changed, "lastUpdated") if changed else None,
        granted_by=_granted_by(consent),
    )  # fmt: skip
    if role.ends_on and role.ends_on < role.starts_on:
        raise Unreadable("it ends before it starts")
    if role.patient == role.proxy:
        raise Unreadable("it lets somebody act for themselves")
    return role


def _check_permits_all(consent: Json) -> None:
    provision = consent.get("provision")
    if word(provision, "type") != "permit":
        raise Unreadable("it does not say that it permits something")
    held = {*(provision or {}), *(consent.keys() & {"modifierExtension", "implicitRules"})}
    if narrower := sorted(held & (NARROWER | {"implicitRules"})):
        raise Unreadable(f"it permits less by “{narrower[0]}”, which cannot be kept here")
    categories = [_codes(one) for one in each(consent, "category")]
    if SCOPE[1] not in _codes(consent.get("scope")) or not any(
        CATEGORY[1] in one for one in categories
    ):
        raise Unreadable("it is not about access to information")


def _codes(concept: Any, system: str = "") -> set[str]:
    """The codes of a concept, of one system where it is named."""
    return {
        word(coding, "code")
        for coding in each(concept, "coding")
        if not system or word(coding, "system") == system
    }


def _extensions(consent: Json, name: str) -> list[Json]:
    """The extensions that carry an element of R5."""
    ends = {f"{scheme}://{R5_CONSENT}{name}" for scheme in ("http", "https")}
    return [one for one in each(consent, "extension") if word(one, "url") in ends]


def _reason(consent: Json) -> tuple[StatusReason, str]:
    urls = {REASON_EXTENSION, OLDER_REASON_EXTENSION}
    given = [one for one in each(consent, "extension") if word(one, "url") in urls]
    concepts = [one.get("valueCodeableConcept") for one in given]
    codes = [code for concept in concepts for code in _codes(concept)]
    if len(codes) != 1:
        raise Unreadable(
            "it gives no reason for its status" if not codes else "it gives two reasons"
        )
    try:
        reason = StatusReason(codes[0])
    except ValueError as error:
        raise Unreadable(f"the reason {one_line(codes[0])} is not known") from error
    text = word(concepts[0], "text") if reason is StatusReason.OTHER else ""
    if reason is StatusReason.OTHER and not text:
        raise Unreadable("it does not say what the other reason is")
    if len(text) > LONGEST_TEXT:
        raise Unreadable(f"its reason is longer than {LONGEST_TEXT} characters")
    return reason, text


def _basis(consent: Json) -> LegalBasis:
    codes = _codes(consent.get("policyRule"), LEGAL_BASIS)
    for extension in _extensions(consent, "regulatoryBasis"):
        codes |= _codes(extension.get("valueCodeableConcept"), LEGAL_BASIS)
    for actor in each(consent, "provision", "actor"):
        codes |= _codes(actor.get("role"), LEGAL_BASIS)
    if len(codes) != 1:
        raise Unreadable("it gives no legal basis" if not codes else "it gives two legal bases")
    try:
        return LegalBasis(*codes)
    except ValueError as error:
        raise Unreadable(f"the legal basis {one_line(*codes)} is not known") from error


def _patient(consent: Json) -> Person:
    patient = person_at(consent.get("patient"), "the patient")
    if not patient.nhs_number:
        raise Unreadable("the patient is not named by an NHS number of 10 digits")
    return patient


def _proxy(consent: Json) -> Person:
    named = [*each(consent, "performer")]
    named += [at(one, "valueReference") for one in _extensions(consent, "grantee")]
    named += [at(one, "reference") for one in each(consent, "provision", "actor")]
    found = {person_at(one, "the person who acts") for one in named}
    if len(found) != 1:
        raise Unreadable("it names nobody who acts" if not found else "it names two people who act")
    return found.pop()


def _granted_by(consent: Json) -> str:
    for extension in _extensions(consent, "grantor"):
        if word(extension, "valueReference", "identifier", "system") == ODS_CODE:
            return word(extension, "valueReference", "identifier", "value")[:10]
    return ""

"""Where an entry was first written: what is not native is historical (R1.4, R1.5)."""

import re

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Json, Misshapen, child, children, text
from records.importing.fhir.terms import COMMENT_NOTE
from records.importing.fhir.wording import has_code, is_degraded, label
from records.importing.gpconnect.codes import LLOYD_GEORGE
from records.importing.gpconnect.outlines import Outline
from records.importing.gpconnect.relations import encounter_of

NATIVE = "native"
TRANSFERRED = "transferred"
BACK_SCANNED = "back-scanned"
SUMMARISED = "summarised"

_BY_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bgp ?2 ?gp\b|\bgp to gp\b", re.IGNORECASE), TRANSFERRED),
    (re.compile(r"\blloyd george\b", re.IGNORECASE), BACK_SCANNED),
    (
        re.compile(r"\b(notes?|records?) summar|\bsummar\w+ of (the )?(notes|record)", re.I),
        SUMMARISED,
    ),
)
"""Titles and types of lists, encounters and items that say so themselves."""

TRANSLATORS = ("https://PSSAdaptor/",)
"""Identifier systems of software that turns a GP2GP transfer into GP Connect."""

CONCEPTS = ("code", "type", "medicationCodeableConcept")


class Origins:
    """The origin of each resource of a bundle, its consultation's where that is not native."""

    def __init__(self, bundle: Bundle, outlines: dict[SourceKey, Outline]) -> None:
        self._bundle = bundle
        self._home = _managing_organisation(bundle)
        self._of_encounter: dict[SourceKey, str] = {}
        self._inherited: dict[SourceKey, str] = {}
        for key, outline in outlines.items():
            self._note_consultation(key, outline)

    def of(self, *resources: Resource) -> str:
        """The origin of an entry that is made of these resources."""
        for resource in resources:
            found = self._own(resource) or self._inherited.get(resource.key, "")
            encounter = encounter_of(self._bundle, resource)
            if encounter and not found:
                found = self._encounter(encounter)
            if found:
                return found
        return NATIVE

    def _note_consultation(self, key: SourceKey, outline: Outline) -> None:
        consultation = self._bundle.get(key)
        members = [*([consultation] if consultation else []), *outline.items]
        encounter = encounter_of(self._bundle, consultation) if consultation else None
        found = (self._encounter(encounter) if encounter else "") or self._shared(members)
        if found:
            for each in members:
                self._inherited.setdefault(each.key, found)
            if encounter:
                self._of_encounter[encounter.key] = found

    def _shared(self, members: list[Resource]) -> str:
        """What members of a consultation say of it: one that says so is enough, but for degraded codes.

        GP Connect sends purely local codes as degraded too, on the day that they are entered: only a
        consultation in which no code survived was transferred.
        """
        own = [self._own(each) for each in members]
        degraded = [self._is_degraded(each) for each in members]
        said = [told for told, is_lost in zip(own, degraded, strict=True) if told and not is_lost]
        coded = [each for each in members if self._is_coded(each)]
        if said:
            return said[0]
        return TRANSFERRED if coded and all(map(self._is_degraded, coded)) else ""

    def _is_coded(self, resource: Resource) -> bool:
        try:
            return resource.kind != "List" and any(
                not has_code(each, COMMENT_NOTE) for each in _concepts(self._bundle, resource)
            )
        except Misshapen:
            return False

    def _is_degraded(self, resource: Resource) -> bool:
        try:
            return any(map(is_degraded, _concepts(self._bundle, resource)))
        except Misshapen:
            return False

    def _own(self, resource: Resource) -> str:
        try:
            return self._said_by(resource)
        except Misshapen:
            return ""

    def _said_by(self, resource: Resource) -> str:
        systems = [text(each, "system") for each in _identifiers(resource)]
        if any(each.startswith(TRANSLATORS) for each in systems):
            return TRANSFERRED
        words = [text(resource.body, "title")]
        for concept in _concepts(self._bundle, resource):
            if is_degraded(concept):
                return TRANSFERRED
            if has_code(concept, LLOYD_GEORGE):
                return BACK_SCANNED
            words.append(label(concept))
        if resource.kind == "DocumentReference":
            words.append(text(resource.body, "description"))
        return _told_by(words)

    def _encounter(self, encounter: Resource) -> str:
        if encounter.key not in self._of_encounter:
            self._of_encounter[encounter.key] = self._own(encounter) or self._elsewhere(encounter)
        return self._of_encounter[encounter.key]

    def _elsewhere(self, encounter: Resource) -> str:
        provider = self._bundle.find(encounter.body.get("serviceProvider"))
        is_elsewhere = provider and self._home and provider is not self._home
        return TRANSFERRED if is_elsewhere else ""


def _identifiers(resource: Resource) -> list[Json]:
    """The identifiers; of a questionnaire response there is at most one, which is no list."""
    found = resource.body.get("identifier")
    return [found] if isinstance(found, dict) else children(resource.body, "identifier")


def _concepts(bundle: Bundle, resource: Resource) -> list[Json]:
    body = resource.body
    if resource.kind == "Encounter":
        return children(body, "type")
    found = [child(body, name) for name in CONCEPTS if name in body]
    medication = bundle.find(body.get("medicationReference"))
    return [*found, child(medication.body, "code")] if medication else found


def _told_by(words: list[str]) -> str:
    for pattern, origin in _BY_WORDS:
        if any(pattern.search(each) for each in words):
            return origin
    return ""


def _managing_organisation(bundle: Bundle) -> Resource | None:
    patients = bundle.of_type("Patient")
    return bundle.find(patients[0].body.get("managingOrganization")) if patients else None

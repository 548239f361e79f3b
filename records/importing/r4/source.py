"""One bundle of R4, understood: groups, visits, labels, and whether it is somebody's copy."""

from typing import Any

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Json, Misshapen, child
from records.importing.fhir.labels import is_labelled
from records.importing.fhir.source import FhirSource
from records.importing.fhir.wording import is_degraded
from records.importing.r4.groups import medicine_groups, report_groups
from records.importing.r4.labels import (
    encounter_of,
    evidence_of,
    labelled_sections,
    loose,
    withheld_keys,
)
from records.importing.r4.statuses import did_not_happen, never_shown, unfit

COLLECTION, DOCUMENT = "fhir-r4", "fhir-r4-document"
"""Two forms: a document is a choice from a record under names of its own, and must not take its place (R7.3)."""

NATIVE, TRANSFERRED = "native", "transferred"
PART_OF_VISIT = ("Observation", "Procedure", "ServiceRequest")
"""What stands below the visit in which it was written; the rest are entries that the visit refers to."""
_LED_TO = frozenset({*PART_OF_VISIT, "AllergyIntolerance", "Condition", "DiagnosticReport"})
_LED_TO |= {"DocumentReference", "Immunization", "MedicationRequest", "MedicationStatement"}
_SAYS_WHAT_HAPPENED = ("type", "period", "reasonCode", "reasonReference", "serviceType")


class Source(FhirSource):
    """The bundle with its groups, visits, labels and origin."""

    system = COLLECTION

    def __init__(self, bundle: Bundle) -> None:
        """Read what is above single resources."""
        super().__init__(bundle)
        self.medicines = {each.main.key: each for each in medicine_groups(bundle)}
        self.reports = {each.main.key: each for each in report_groups(bundle)}
        self.withheld = withheld_keys(bundle)
        self.closed_sections = labelled_sections(bundle)
        self.is_copy = bool(bundle.of_type("Composition"))
        self.system = DOCUMENT if self.is_copy else COLLECTION
        self.visits: dict[SourceKey, list[Resource]] = {}
        self.homes = self._find_homes()
        self.repeats = self._find_repeats()

    def origin_of(self, *made_of: Resource) -> str:
        """A document is made of a record for others to read: what is in it was written elsewhere (R1.4, R1.5)."""
        is_lost = any(map(_is_degraded, made_of))
        return TRANSFERRED if self.is_copy or is_lost else NATIVE

    def never_shown(self, resource: Resource) -> str:
        """Why a resource may never be shown, "" if it may (R1.10, R6.5)."""
        return never_shown(resource)

    def inside(self, holder: Json, reference: Any, expected: str) -> Resource | None:
        """What a reference points at, which may stand inside the resource that names it."""
        written = reference.get("reference") if isinstance(reference, dict) else None
        if not (isinstance(written, str) and written.startswith("#")):
            return self.bundle.find(reference, expected)
        for body in loose(holder, "contained"):
            if body.get("id") in (written, written[1:]) and body.get("resourceType") == expected:
                return Resource(SourceKey(expected, written), body, 0)
        return None

    def is_withheld(self, resource: Resource) -> bool:
        """Whether a label hides this resource (R2.4)."""
        return super().is_withheld(resource) or is_labelled(resource)

    def below(self, key: SourceKey) -> list[Resource]:
        """The resources that stand below an entry as its parts."""
        if key in self.medicines:
            return self.medicines[key].issues
        if key in self.reports:
            return self.reports[key].results
        return self.visits.get(key, [])

    def in_visit(self, key: SourceKey) -> list[Resource]:
        """Everything that a visit led to, in the source's order: its parts, and entries of their own."""
        return self._led_to.get(key, [])

    def _find_homes(self) -> dict[SourceKey, SourceKey]:
        """Where each resource that is not an entry of its own is kept: its part or its entry."""
        homes: dict[SourceKey, SourceKey] = {}
        for medicine in self.medicines.values():
            homes.update({each.key: medicine.main.key for each in medicine.plans})
            homes.update({each.key: each.key for each in medicine.issues})
        for report in self.reports.values():
            homes.update({each.key: each.key for each in report.results})
            homes.update(self._requests_of(report.main))
        self._place_in_visits(homes)
        return homes

    def _place_in_visits(self, homes: dict[SourceKey, SourceKey]) -> None:
        self._led_to: dict[SourceKey, list[Resource]] = {}
        for resource in self.bundle.resources:
            visit = encounter_of(self.bundle, resource)
            if visit and _took_place(visit) and resource.kind in _LED_TO:
                self._place(resource, visit, homes)

    def _place(
        self, resource: Resource, visit: Resource, homes: dict[SourceKey, SourceKey]
    ) -> None:
        if resource.key in homes or never_shown(resource) or did_not_happen(resource):
            return
        if resource.kind in PART_OF_VISIT:
            self.visits.setdefault(visit.key, []).append(resource)
            homes[resource.key] = resource.key
        self._led_to.setdefault(visit.key, []).append(resource)

    def _requests_of(self, report: Resource) -> dict[SourceKey, SourceKey]:
        named = (self.bundle.find(each) for each in loose(report.body, "basedOn"))
        requests = (each for each in named if each and each.kind == "ServiceRequest")
        return {each.key: report.key for each in requests if not never_shown(each)}

    def _find_repeats(self) -> dict[SourceKey, SourceKey]:
        found: dict[SourceKey, SourceKey] = {}
        for condition in self.bundle.of_type("Condition"):
            for each in evidence_of(self.bundle, condition):
                if each.kind == "Observation":
                    found.setdefault(each.key, condition.key)
        return found


def is_event(encounter: Resource) -> bool:
    """Whether an encounter says that something happened; some only say who wrote a thing down."""
    return any(encounter.body.get(name) for name in _SAYS_WHAT_HAPPENED)


def _took_place(visit: Resource) -> bool:
    """Whether a visit is kept, so that something can stand in it; else what was written in it stands alone."""
    return is_event(visit) and not (did_not_happen(visit) or unfit(visit))


def _is_degraded(resource: Resource) -> bool:
    try:
        concepts = [child(resource.body, "code"), child(resource.body, "medicationCodeableConcept")]
        return any(map(is_degraded, concepts))
    except Misshapen:
        return False

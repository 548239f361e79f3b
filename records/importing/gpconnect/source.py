"""One bundle of GP Connect, understood: what each section's reader needs to know beyond its own resource."""

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Misshapen
from records.importing.fhir.source import FhirSource
from records.importing.gpconnect.groups import medicine_groups, report_groups
from records.importing.gpconnect.labels import withheld_keys
from records.importing.gpconnect.origins import Origins
from records.importing.gpconnect.outlines import Outline, read_outline
from records.importing.gpconnect.relations import (
    behind_problem,
    encounter_of,
    is_consultation,
    related_observations,
)
from records.importing.gpconnect.release import never_shown

PART_OF_CONSULTATION = ("Observation", "Procedure", "ProcedureRequest", "ReferralRequest")
"""What stands below the consultation that names it; the rest are entries that it refers to."""


class Source(FhirSource):
    """The bundle with its groups, outlines, labels and origins."""

    system = "gp-connect"

    def __init__(self, bundle: Bundle) -> None:
        """Read what is above single resources: lists, groups, labels."""
        super().__init__(bundle)
        self.medicines = {each.main.key: each for each in medicine_groups(bundle)}
        self.near = related_observations(bundle)
        self.reports = {each.main.key: each for each in report_groups(bundle, self.near)}
        self.withheld = withheld_keys(bundle)
        self.outlines = self._read_outlines()
        self.parts: dict[SourceKey, list[Resource]] = {}
        self.homes = self._find_homes()
        self._origins = Origins(bundle, self.outlines)
        self.repeats = self._find_repeats()

    def origin_of(self, *made_of: Resource) -> str:
        """Where an entry made of these resources was first written (R1.4)."""
        return self._origins.of(*made_of)

    def never_shown(self, resource: Resource) -> str:
        """Why a resource may never be shown, "" if it may (R1.10, R6.5)."""
        return never_shown(resource)

    def below(self, key: SourceKey) -> list[Resource]:
        """The resources that stand below an entry as its parts."""
        if key in self.medicines:
            return self.medicines[key].issues
        if key in self.reports:
            return self.reports[key].results
        return self.parts.get(key, [])

    def _read_outlines(self) -> dict[SourceKey, Outline]:
        found = {}
        for consultation in filter(is_consultation, self.bundle.of_type("List")):
            try:
                found[consultation.key] = read_outline(self.bundle, consultation, self.withheld)
            except Misshapen as error:
                self.bundle.skip(consultation.key, str(error))
        return found

    def _find_homes(self) -> dict[SourceKey, SourceKey]:
        """Where each resource that is not an entry of its own is kept: its part or its entry."""
        homes: dict[SourceKey, SourceKey] = {}
        for medicine in self.medicines.values():
            plans = (plan for plan in medicine.plans if plan is not medicine.main)
            homes.update({plan.key: medicine.main.key for plan in plans})
            homes.update({issue.key: issue.key for issue in medicine.issues})
        for report in self.reports.values():
            homes.update({result.key: result.key for result in report.results})
            homes.update(self._requests_of(report.main))
        for key, outline in self.outlines.items():
            self.parts[key] = [each for each in outline.items if self._belongs(each, homes)]
            homes.update({part.key: part.key for part in self.parts[key]})
        for key, outline in self.outlines.items():
            homes.update({inner.key: key for inner in outline.lists if inner.key != key})
            homes.update(self._encounter_of(key))
        return homes

    def _belongs(self, item: Resource, homes: dict[SourceKey, SourceKey]) -> bool:
        free = item.kind in PART_OF_CONSULTATION and item.key not in homes
        return free and not never_shown(item)

    def _requests_of(self, report: Resource) -> dict[SourceKey, SourceKey]:
        named = report.body.get("basedOn")
        named = named if isinstance(named, list) else []
        found = (self.bundle.find(each, "ProcedureRequest") for each in named)
        return {
            each.key: report.key
            for each in found
            if each and each.kind == "ProcedureRequest" and not never_shown(each)
        }

    def _encounter_of(self, consultation: SourceKey) -> dict[SourceKey, SourceKey]:
        resource = self.bundle.get(consultation)
        encounter = encounter_of(self.bundle, resource) if resource else None
        return {encounter.key: consultation} if encounter else {}

    def _find_repeats(self) -> dict[SourceKey, SourceKey]:
        found: dict[SourceKey, SourceKey] = {}
        for condition in self.bundle.of_type("Condition"):
            behind = behind_problem(self.bundle, condition)
            if behind and behind.kind == "Observation":
                found.setdefault(behind.key, condition.key)
        return found

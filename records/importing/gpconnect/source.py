"""One bundle, understood: what each section's reader needs to know beyond its own resource."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from records.content import Content, EntryLink, PartialDate
from records.importing.extract import (
    ExtractedDocument,
    ExtractedEntry,
    ExtractedPart,
    SourceKey,
)
from records.importing.gpconnect.bundle import Bundle, Resource
from records.importing.gpconnect.dates import UNKNOWN
from records.importing.gpconnect.fhir import Misshapen
from records.importing.gpconnect.groups import medicine_groups, report_groups
from records.importing.gpconnect.labels import withheld_keys
from records.importing.gpconnect.origins import Origins
from records.importing.gpconnect.outlines import Outline, read_outline
from records.importing.gpconnect.people import People
from records.importing.gpconnect.relations import (
    behind_problem,
    encounter_of,
    is_consultation,
    related_observations,
)
from records.importing.gpconnect.release import never_shown
from surgeries.terms import Level

SOURCE_SYSTEM = "gp-connect"

PART_OF_CONSULTATION = ("Observation", "Procedure", "ProcedureRequest", "ReferralRequest")
"""What stands below the consultation that names it; the rest are entries that it refers to."""

_WITHHELD_FIRST = frozenset({"", "draft", "not-filed", "not-reviewed"})
"""Reasons that yield to the source's own wish; the others say more about what the entry is."""


class Reading(msgspec.Struct):
    """What one reader made of one resource, before it is known where it stands."""

    kind: str
    title: str
    level: Level
    details: Content
    text: Content | None = None
    effective: PartialDate = UNKNOWN
    recorded_at: datetime | None = None


class Source:
    """The bundle with its groups, outlines, labels and origins."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.people = People(bundle)
        self.medicines = {each.main.key: each for each in medicine_groups(bundle)}
        self.near = related_observations(bundle)
        self.reports = {each.main.key: each for each in report_groups(bundle, self.near)}
        self._withheld = withheld_keys(bundle)
        self.outlines = self._read_outlines()
        self.parts: dict[SourceKey, list[Resource]] = {}
        self._homes = self._find_homes()
        self._origins = Origins(bundle, self.outlines)
        self._repeats = self._find_repeats()

    def stands_alone(self, resource: Resource) -> bool:
        """Whether nothing else holds this resource, so that it is an entry itself."""
        return resource.key not in self._homes

    def below(self, key: SourceKey) -> list[Resource]:
        """The resources that stand below an entry as its parts."""
        if key in self.medicines:
            return self.medicines[key].issues
        if key in self.reports:
            return self.reports[key].results
        return self.parts.get(key, [])

    def link(self, reference: Any, expected: str = "") -> EntryLink | None:
        """A link to where the thing that a reference points at is kept, if it is."""
        target = self.bundle.find(reference, expected)
        return self.link_to(target) if target else None

    def link_to(self, target: Resource) -> EntryLink:
        """A link to where a resource is kept."""
        return EntryLink(ref=str(self._homes.get(target.key, target.key)))

    def links(self, references: Sequence[Any]) -> list[EntryLink]:
        """The same for several, each once."""
        found = (self.link(each) for each in references)
        return list(dict.fromkeys(each for each in found if each))

    def entry(
        self,
        section: str,
        reading: Reading,
        *made_of: Resource,
        parts: Sequence[ExtractedPart] = (),
        documents: Sequence[ExtractedDocument] = (),
    ) -> ExtractedEntry:
        """An entry made of these resources, of which the first gives it its key."""
        main = made_of[0]
        return ExtractedEntry(
            **self._told(reading, main),
            section=str(section),
            source_system=SOURCE_SYSTEM,
            recorded_at=reading.recorded_at,
            origin=self._origins.of(*made_of),
            parts=tuple(parts),
            unreleased_because=self._unreleased(made_of),
            documents=tuple(documents),
        )

    def part(self, reading: Reading, resource: Resource) -> ExtractedPart:
        """A part made of one resource."""
        return ExtractedPart(**self._told(reading, resource), withheld=self.is_withheld(resource))

    def is_withheld(self, resource: Resource) -> bool:
        """Whether a label hides this resource (R2.4)."""
        return resource.key in self._withheld

    def _told(self, reading: Reading, resource: Resource) -> dict[str, Any]:
        """What an entry and a part have in common."""
        return {
            "key": resource.key,
            "kind": reading.kind,
            "title": reading.title,
            "level_needed": str(reading.level),
            "effective": reading.effective,
            "details": _stored(reading.details),
            "free_text": _stored(reading.text),
            "repeats": self._repeats.get(resource.key),
        }

    def _unreleased(self, made_of: Sequence[Resource]) -> str:
        reason = next(filter(None, map(never_shown, made_of)), "")
        if reason in _WITHHELD_FIRST and any(map(self.is_withheld, made_of)):
            return "source-withheld"
        return reason

    def _read_outlines(self) -> dict[SourceKey, Outline]:
        found = {}
        for consultation in filter(is_consultation, self.bundle.of_type("List")):
            try:
                found[consultation.key] = read_outline(self.bundle, consultation, self._withheld)
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


def _stored(content: Content | None) -> dict[str, Any]:
    return msgspec.to_builtins(content) if content else {}

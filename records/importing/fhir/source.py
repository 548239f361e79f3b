"""One bundle, understood: where each resource is kept, what hides it, and what an entry of it is made of."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from records.content import EntryLink
from records.importing.extract import (
    ExtractedDocument,
    ExtractedEntry,
    ExtractedPart,
    SourceKey,
)
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Misshapen
from records.importing.fhir.labels import closed_contents
from records.importing.fhir.people import People
from records.importing.fhir.reading import Reading, stored

_WITHHELD_FIRST = frozenset({"", "draft", "not-filed", "not-reviewed"})
"""Reasons that yield to the source's own wish; the others say more about what the entry is."""


class FhirSource:
    """What every version of FHIR has in common; each reader says what is hidden, kept where, and whence."""

    system: str
    """The source system of its entries."""

    def __init__(self, bundle: Bundle) -> None:
        """Nothing is hidden and everything stands alone until the reader says more."""
        self.bundle = bundle
        self.people = People(bundle)
        self.withheld: frozenset[SourceKey] = frozenset()
        self.homes: dict[SourceKey, SourceKey] = {}
        self.repeats: dict[SourceKey, SourceKey] = {}
        self._words: dict[str, str] = {}

    def origin_of(self, *made_of: Resource) -> str:
        """Where an entry made of these resources was first written (R1.4)."""
        raise NotImplementedError

    def never_shown(self, resource: Resource) -> str:
        """Why a resource may never be shown, "" if it may (R1.10, R6.5)."""
        raise NotImplementedError

    def below(self, key: SourceKey) -> list[Resource]:
        """The resources that stand below an entry as its parts."""
        raise NotImplementedError

    def stands_alone(self, resource: Resource) -> bool:
        """Whether nothing else holds this resource, so that it is an entry itself."""
        return resource.key not in self.homes

    def link(self, reference: Any, expected: str = "") -> EntryLink | None:
        """A link to where the thing that a reference points at is kept, if it is."""
        target = self.bundle.find(reference, expected)
        return self.link_to(target) if target else None

    def link_to(self, target: Resource) -> EntryLink:
        """A link to where a resource is kept."""
        return EntryLink(ref=str(self.homes.get(target.key, target.key)))

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
            source_system=self.system,
            recorded_at=reading.recorded_at,
            origin=self.origin_of(*made_of),
            parts=tuple(parts),
            unreleased_because=self._unreleased(made_of),
            documents=tuple(documents),
        )

    def part(self, reading: Reading, resource: Resource) -> ExtractedPart:
        """A part made of one resource."""
        return ExtractedPart(**self._told(reading, resource), withheld=self.is_withheld(resource))

    def parts_from(
        self, resources: Iterable[Resource], make: Callable[[Resource], ExtractedPart]
    ) -> list[ExtractedPart]:
        """A part of each resource; one that cannot be read is reported, and the others are kept."""
        found = []
        for each in resources:
            try:
                found.append(make(each))
            except Misshapen as error:
                self.bundle.skip(each.key, str(error))
        return found

    def entries_from(
        self, resource: Resource, make: Callable[[Resource], list[ExtractedEntry]]
    ) -> list[ExtractedEntry]:
        """The entry that one resource makes; if it cannot be read, that is said of all below it too."""
        try:
            return make(resource)
        except Misshapen as error:
            self.bundle.skip(resource.key, str(error))
        for part in self.below(resource.key):
            self.bundle.skip(part.key, f"belongs to {resource.key}, which cannot be read")
        return []

    def is_withheld(self, resource: Resource) -> bool:
        """Whether a label hides this resource (R2.4)."""
        return resource.key in self.withheld

    @cached_property
    def closed_contents(self) -> frozenset[SourceKey]:
        """The documents and contents that a label on a document keeps back (R2.4); once it is known what is withheld."""
        return closed_contents(self.bundle, self.withheld)

    def _told(self, reading: Reading, resource: Resource) -> dict[str, Any]:
        """What an entry and a part have in common."""
        return {
            "key": resource.key,
            "kind": reading.kind,
            "title": self._once(reading.title),
            "level_needed": str(reading.level),
            "effective": reading.effective,
            "details": self._once(stored(reading.details)),
            "free_text": stored(reading.text),
            "repeats": self.repeats.get(resource.key),
        }

    def _once(self, value: Any) -> Any:
        """The same with each text once: systems, names and labels stand in thousands of entries."""
        if isinstance(value, str):
            return self._words.setdefault(value, value)
        if isinstance(value, dict):
            return {name: self._once(each) for name, each in value.items()}
        return [self._once(each) for each in value] if isinstance(value, list) else value

    def _unreleased(self, made_of: Sequence[Resource]) -> str:
        reason = next(filter(None, map(self.never_shown, made_of)), "")
        if reason in _WITHHELD_FIRST and any(map(self.is_withheld, made_of)):
            return "source-withheld"
        return reason

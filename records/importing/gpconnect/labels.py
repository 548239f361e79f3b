"""What the source asks us to hide, and how far a label reaches (R2.4)."""

from collections import defaultdict
from collections.abc import Iterable

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.labels import is_labelled
from records.importing.gpconnect.relations import (
    answers,
    behind_problem,
    encounter_of,
    is_consultation,
    listed,
)


def withheld_keys(bundle: Bundle) -> frozenset[SourceKey]:
    """Everything that is labelled, and what stands in a labelled consultation or repeats it."""
    reach = _Reach(bundle)
    waiting = list(filter(is_labelled, bundle.resources))
    for other in filter(is_labelled, bundle.left_out):  # nobody can tell which one holds
        waiting += [*filter(None, [bundle.get(other.key)]), *reach.named_by(other)]
    found: set[SourceKey] = set()
    while waiting:
        resource = waiting.pop()
        if resource.key not in found:
            found.add(resource.key)
            waiting.extend(reach.of(resource))
    return frozenset(found)


class _Reach:
    """What a label on one resource covers besides it."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._in_encounter: dict[SourceKey, list[Resource]] = defaultdict(list)
        for resource in bundle.resources:
            encounter = encounter_of(bundle, resource)
            # A label on one heading reaches what stands below it, not the whole encounter.
            if encounter and (resource.kind != "List" or is_consultation(resource)):
                self._in_encounter[encounter.key].append(resource)

    def of(self, resource: Resource) -> Iterable[Resource]:
        """The resources that are hidden with this one."""
        if resource.kind == "Encounter":
            return self._in_encounter[resource.key]
        if resource.kind == "List":
            return [*self.named_by(resource), *self._bundle.contained.get(resource.key, [])]
        return self.named_by(resource)

    def named_by(self, resource: Resource) -> list[Resource]:
        """What is hidden with this one because of what it says itself."""
        if resource.kind == "List":
            found = listed(self._bundle, resource)
            encounter = encounter_of(self._bundle, resource)
            return [*found, encounter] if encounter and is_consultation(resource) else found
        if resource.kind == "QuestionnaireResponse":
            return answers(self._bundle, resource)
        if resource.kind == "Condition":
            behind = behind_problem(self._bundle, resource)
            return [behind] if behind and behind.kind == "Observation" else []
        return []

"""What the source asks us to hide, and how far a label reaches in R4 (R2.4)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from records.importing.extract import SourceKey
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Json, clean
from records.importing.fhir.labels import is_labelled
from records.importing.fhir.terms import NOPAT

_COVERS_ITS_OWN = {"": "section", "Composition": "section", "DocumentReference": "securityLabel"}
"""What holds labels that cover a part of a resource only: one section, or the content of a document (R2.4)."""


def withheld_keys(bundle: Bundle) -> frozenset[SourceKey]:
    """Everything that is labelled, and what stands in it: in a visit, a document, a list, a report, a panel."""
    if is_labelled(_holding(bundle.body)):
        return frozenset(each.key for each in bundle.resources)
    within = _within(bundle)
    waiting = list(filter(_is_labelled_anywhere, bundle.resources))
    for other in filter(
        _is_labelled_in_any_part, bundle.left_out
    ):  # nobody can tell which one holds
        waiting += [*filter(None, [bundle.get(other.key)]), *_named_in(bundle, other)]
    for section in labelled_sections(bundle):
        waiting += filter(None, map(bundle.find, _inside(_holding(section))))
    found: set[SourceKey] = set()
    while waiting:
        resource = waiting.pop()
        if resource.kind == "Composition":  # of what a whole document is about nothing may show
            return frozenset(
                found.union(each.key for each in bundle.resources if each.kind != "Patient")
            )
        if resource.key not in found:
            found.add(resource.key)
            waiting.extend(within[resource.key])
            waiting.extend(_named_in(bundle, resource))
    return frozenset(found)


def labelled_sections(bundle: Bundle) -> list[Json]:
    """The sections of documents that are labelled, with all that are inside them."""
    compositions = bundle.of_type("Composition")
    waiting = [(each, False) for one in compositions for each in loose(one.body, "section")]
    found: list[Json] = []
    while waiting:
        section, is_above = waiting.pop()
        is_hidden = is_above or is_labelled_section(section)
        waiting += [(each, is_hidden) for each in loose(section, "section")]
        if is_hidden:
            found.append(section)
    return found


def is_labelled_section(section: Json) -> bool:
    """Whether a label hides a section and all that are inside it."""
    return _is_labelled_anywhere(_holding(section))


def encounter_of(bundle: Bundle, resource: Resource) -> Resource | None:
    """The visit in which something was written, if it says and the bundle has it."""
    named = resource.body.get("encounter", resource.body.get("context"))
    if resource.kind == "DocumentReference":
        named = next(iter(loose(loose_child(resource.body, "context"), "encounter")), None)
    found = bundle.find(named, "Encounter")
    return found if found and found.kind == "Encounter" else None


def loose(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects in a list that need not be one."""
    found = body.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def loose_child(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that need not be one."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def evidence_of(bundle: Bundle, condition: Resource) -> list[Resource]:
    """What a health condition was concluded from, as far as the bundle has it."""
    named = [each for one in loose(condition.body, "evidence") for each in loose(one, "detail")]
    return [target for each in named if (target := bundle.find(each))]


def _within(bundle: Bundle) -> dict[SourceKey, list[Resource]]:
    found: dict[SourceKey, list[Resource]] = defaultdict(list)
    for resource in bundle.resources:
        encounter = encounter_of(bundle, resource)
        whole = bundle.find(resource.body.get("partOf"), "Encounter")
        # a content is as secret as the resource that it names for that
        context = bundle.find(resource.body.get("securityContext"))
        for each in (encounter, whole if resource.kind == "Encounter" else None, context):
            if each:
                found[each.key].append(resource)
    return found


def _named_in(bundle: Bundle, resource: Resource) -> Iterable[Resource]:
    if resource.kind == "Condition":
        return [each for each in evidence_of(bundle, resource) if each.kind == "Observation"]
    named = {
        "DiagnosticReport": loose(resource.body, "result"),
        "Observation": loose(resource.body, "hasMember"),
        "Encounter": _reasons_of(resource.body),
        "ServiceRequest": loose(resource.body, "supportingInfo"),
        "List": [loose_child(each, "item") for each in loose(resource.body, "entry")],
        "Provenance": loose(resource.body, "target"),
        "Consent": list(_data_of(loose_child(resource.body, "provision"))),
    }.get(resource.kind, [])
    return [target for each in named if (target := bundle.find(each))]


def _reasons_of(encounter: Json) -> list[Json]:
    """What a visit was for, and what was found in it."""
    found = [loose_child(each, "condition") for each in loose(encounter, "diagnosis")]
    return [*found, *loose(encounter, "reasonReference")]


def _holding(body: Json) -> Resource:
    """What is no resource, such as a section, as one that may carry a label."""
    return Resource(SourceKey("", ""), body, 0)


def _data_of(provision: Json) -> Iterator[Json]:
    """What a consent is about, also in the exceptions from it."""
    waiting = [provision]
    while waiting:
        one = waiting.pop()
        yield from (loose_child(each, "reference") for each in loose(one, "data"))
        waiting += loose(one, "provision")


def _is_labelled_in_any_part(resource: Resource) -> bool:
    """Whether anything in it is labelled, also what covers its own only: of what is not read no part can be hidden."""
    return _is_labelled_anywhere(Resource(SourceKey("anything", ""), resource.body, 0))


def _is_labelled_anywhere(resource: Resource) -> bool:
    return is_labelled(resource) or _holds_labelled(resource)


def _holds_labelled(resource: Resource) -> bool:
    """Whether something inside it is labelled, however deep: the medicine of a prescription, or one line of a text.

    An entry is shown as a whole or not at all, so that a label on any of it hides it.
    """
    return any(
        _is_label(each) or is_labelled(Resource(resource.key, each, 0))
        for each in _inside(resource)
    )


def _inside(resource: Resource) -> Iterator[Json]:
    """Each object inside it, however deep, but what covers its own; where that cannot be read as such, a label in it covers all."""
    apart, body = _COVERS_ITS_OWN.get(resource.kind, ""), resource.body
    waiting: list[Any] = [
        value
        for name, value in body.items()
        if name != apart or len(loose(body, name)) != _size(value)
    ]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            yield each
            waiting.extend(each.values())


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else -1


def _is_label(element: Json) -> bool:
    """Whether some element is itself the label, as a coding or as the value of an extension."""
    told = (element.get(name) for name in ("code", "display", "valueCode"))
    return any(isinstance(each, str) and clean(each).upper() == NOPAT for each in told)

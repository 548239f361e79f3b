"""How the resources of a bundle hang together: lists, encounters, related observations."""

from collections import defaultdict
from typing import Any

from records.importing.gpconnect.bundle import Bundle, Resource
from records.importing.gpconnect.codes import CONSULTATION, TOPIC
from records.importing.gpconnect.fhir import Json, Misshapen, child, children, extensions, text

ENCOUNTER_NAMES = ("context", "encounter")


def list_code(resource: Resource) -> str:
    """The first code of a list, "" for anything else or for a list that has none."""
    if resource.kind != "List":
        return ""
    try:
        codings = children(child(resource.body, "code"), "coding")
        return next(filter(None, (text(each, "code") for each in codings)), "")
    except Misshapen:
        return ""


def is_consultation(resource: Resource) -> bool:
    return list_code(resource) == CONSULTATION


def is_topic(resource: Resource) -> bool:
    return list_code(resource) == TOPIC


def listed(bundle: Bundle, container: Resource) -> list[Resource]:
    """What a list holds in its order; items that are deleted or not in the bundle are left out."""
    try:
        items = children(container.body, "entry")
    except Misshapen:
        return []
    found = (bundle.find(each.get("item")) for each in items if each.get("deleted") is not True)
    return [each for each in found if each]


def answers(bundle: Bundle, questionnaire: Resource) -> list[Resource]:
    """The observations that a questionnaire response groups, in its order."""
    found: list[Resource] = []
    for item in _loose(questionnaire.body, "item"):
        for answer in _loose(item, "answer"):
            target = bundle.find(answer.get("valueReference"))
            if target:
                found.append(target)
    return found


def encounter_of(bundle: Bundle, resource: Resource) -> Resource | None:
    """The encounter in which something was written, if it says and the bundle has it."""
    body = resource.body
    named: list[Any] = [body.get(name) for name in ENCOUNTER_NAMES]
    if resource.kind == "DocumentReference":
        context = body.get("context")
        named = [context.get("encounter")] if isinstance(context, dict) else []
    try:
        for found in extensions(body, "encounter-associatedEncounter"):
            named.append(found.get("valueReference"))
    except Misshapen:
        pass
    targets = (bundle.find(each) for each in named)
    return next((each for each in targets if each and each.kind == "Encounter"), None)


def behind_problem(bundle: Bundle, condition: Resource) -> Resource | None:
    """The observation, allergy or vaccine that was made into a problem."""
    try:
        found = extensions(condition.body, "ActualProblem")
    except Misshapen:
        return None
    return next(filter(None, (bundle.find(each.get("valueReference")) for each in found)), None)


def related_observations(bundle: Bundle) -> dict[Resource, list[Resource]]:
    """Observations next to each other, whichever of the two says so and with whatever word."""
    near: dict[Resource, list[Resource]] = defaultdict(list)
    backwards: list[tuple[Resource, Resource]] = []
    for observation in bundle.of_type("Observation"):
        for each in _loose(observation.body, "related"):
            target = bundle.find(each.get("target"))
            if target and target.kind == "Observation":
                near[observation].append(target)
                backwards.append((target, observation))
    for target, observation in backwards:
        near[target].append(observation)
    return near


def has_members(bundle: Bundle, observation: Resource, near: list[Resource]) -> bool:
    """Whether an observation is only the name of a group that others belong to."""
    if any(name.startswith("value") for name in observation.body):
        return False
    return _points(bundle, observation, near, "has-member") or any(
        _points(bundle, each, [observation], "derived-from") for each in near
    )


def _points(bundle: Bundle, one: Resource, others: list[Resource], relation: str) -> bool:
    """Whether an observation says this of one of the others, or relates to it without a word."""
    for each in _loose(one.body, "related"):
        if each.get("type") in (None, relation) and bundle.find(each.get("target")) in others:
            return True
    return False


def _loose(body: Json, name: str) -> list[Json]:
    """The objects in a list that need not be one."""
    found = body.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

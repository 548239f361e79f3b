"""How the resources of a bundle hang together: lists, encounters, related observations."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import Json, Misshapen, child, children, extensions, text
from records.importing.fhir.terms import COMMENT_NOTE
from records.importing.gpconnect.codes import CONSULTATION, TOPIC

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
    """What a list holds, however badly it is written; what is deleted or not in the bundle is left out."""
    given = container.body.get("entry")
    entries = given if isinstance(given, list) else [given]
    kept = [
        each for each in entries if not (isinstance(each, dict) and each.get("deleted") is True)
    ]
    found = (bundle.find(each) for each in _references(kept))
    return [each for each in found if each]


def _references(given: Any) -> Iterator[Json]:
    """Every object that names a reference, however deep, in the order in which they are written."""
    if isinstance(given, dict):
        if "reference" in given:
            yield given
        given = list(given.values())
    if isinstance(given, list):
        for each in given:
            yield from _references(each)


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


def is_comment(resource: Resource) -> bool:
    """Whether an observation is a comment note."""
    code = resource.body.get("code")
    codings = _loose(code, "coding") if isinstance(code, dict) else []
    return any(str(each.get("code")).strip() == COMMENT_NOTE for each in codings)


def has_members(bundle: Bundle, observation: Resource, near: list[Resource]) -> bool:
    """Whether an observation is only the name of a group that others belong to.

    One with a value is a result, and so is one whose members are all comments: they are remarks on it.
    """
    if any(name == "component" or name.startswith("value") for name in observation.body):
        return False
    members = [each for each in near if not is_comment(each)]
    return points(bundle, observation, members, "has-member") or any(
        points(bundle, each, [observation], "derived-from") for each in members
    )


def points(bundle: Bundle, one: Resource, others: Collection[Resource], relation: str) -> bool:
    """Whether an observation says this of one of the others, or relates to it without a word."""
    return not pointed_at(bundle, one, relation).isdisjoint(others)


def pointed_at(bundle: Bundle, one: Resource, relation: str) -> set[Resource]:
    """The observations of which one says this, or to which it relates without a word."""
    told = (each for each in _loose(one.body, "related") if each.get("type") in (None, relation))
    return {found for each in told if (found := bundle.find(each.get("target")))}


def _loose(body: Json, name: str) -> list[Json]:
    """The objects in a list that need not be one."""
    found = body.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

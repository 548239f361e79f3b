"""Which resources make one entry in R4: a medicine with what was issued, a report with its results."""

from collections.abc import Iterator

import msgspec

from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.fields import has_any
from records.importing.r4.labels import loose
from records.importing.r4.statuses import never_shown, status_of

DEEPEST = 20
"""Groups inside groups; a real report has two."""


class MedicineGroup(msgspec.Struct):
    """A statement or, where no statement names it, a prescription; with the plans and issues below it."""

    main: Resource
    plans: list[Resource]
    issues: list[Resource]


class ReportGroup(msgspec.Struct):
    """A report, its results, those that stand below an earlier report, and the group that each result is in."""

    main: Resource
    results: list[Resource]
    also: list[Resource]
    within: dict[Resource, Resource]


def medicine_groups(bundle: Bundle) -> list[MedicineGroup]:
    """Each statement with the requests that it is made from, then the plans, then what is on its own."""
    requests = bundle.of_type("MedicationRequest")
    mains = [*bundle.of_type("MedicationStatement"), *filter(_is_plan, requests)]
    groups: dict[Resource, MedicineGroup] = {}
    owner: dict[Resource, MedicineGroup] = {}
    for main in mains:
        if main not in owner:
            owner[main] = groups[main] = MedicineGroup(main, [], [])
            for each in _requests_of(bundle, main):
                _take(owner, groups[main], each)
    for request in requests:
        if request not in owner:
            named = (owner.get(each) for each in _requests_of(bundle, request))
            found = next(filter(None, named), None)
            if found:
                _take(owner, found, request)
            if request not in owner:
                groups[request] = owner[request] = MedicineGroup(request, [], [])
    return list(groups.values())


def report_groups(bundle: Bundle) -> list[ReportGroup]:
    """Each report with everything below it; what two share stands below the first."""
    owner: dict[Resource, Resource] = {}
    groups = []
    for report in bundle.of_type("DiagnosticReport"):
        named = observations_in(bundle, report, "result")
        also = [each for each in named if each in owner]
        results = _below(bundle, named, owner, report)
        groups.append(ReportGroup(report, results, also, _groups_of(bundle, results)))
    return groups


def is_group(bundle: Bundle, observation: Resource) -> bool:
    """Whether an observation is only the name of others, with no value of its own."""
    if has_any(observation.body, "value") or "component" in observation.body:
        return False
    return bool(observations_in(bundle, observation, "hasMember"))


def _take(owner: dict[Resource, MedicineGroup], group: MedicineGroup, request: Resource) -> None:
    if request not in owner and not never_shown(request):
        owner[request] = group
        (group.plans if _is_plan(request) else group.issues).append(request)


def _is_plan(request: Resource) -> bool:
    return status_of(request.body, "intent") == "plan"


def _requests_of(bundle: Bundle, resource: Resource) -> Iterator[Resource]:
    for name in ("basedOn", "derivedFrom"):
        for each in loose(resource.body, name):
            found = bundle.find(each, "MedicationRequest")
            if found and found.kind == "MedicationRequest":
                yield found


def observations_in(bundle: Bundle, resource: Resource, name: str) -> list[Resource]:
    """The observations that a list of references names and the bundle has."""
    found = (bundle.find(each, "Observation") for each in loose(resource.body, name))
    return [each for each in found if each and each.kind == "Observation"]


def _below(
    bundle: Bundle, named: list[Resource], owner: dict[Resource, Resource], report: Resource
) -> list[Resource]:
    """A report's results with their members, depth first in the source's order; a circle ends."""
    found: list[Resource] = []
    waiting = named[::-1]
    while waiting:
        observation = waiting.pop()
        if observation not in owner and not never_shown(observation):
            owner[observation] = report
            found.append(observation)
            waiting.extend(observations_in(bundle, observation, "hasMember")[::-1])
    return found


def _groups_of(bundle: Bundle, results: list[Resource]) -> dict[Resource, Resource]:
    """The group of each result that is in one; what hangs on a result is in the group of that."""
    within: dict[Resource, Resource] = {}
    below = set(results)
    for observation in results:
        name = observation if is_group(bundle, observation) else within.get(observation)
        above = _above(name, within)
        if name is None or len(above) > DEEPEST:
            continue
        for member in observations_in(bundle, observation, "hasMember"):
            if member in below and member not in within and member not in above:
                within[member] = name
    return within


def _above(name: Resource | None, within: dict[Resource, Resource]) -> list[Resource]:
    """A group and those that it is in: none of them can be in it too."""
    found = [name] if name else []
    while found and found[-1] in within:
        found.append(within[found[-1]])
    return found

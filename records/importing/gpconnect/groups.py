"""Which resources make one entry: a medicine with plan and issues, a report with results."""

import msgspec

from records.importing.fhir.bundle import Bundle, Resource
from records.importing.gpconnect.relations import has_members, is_comment, pointed_at, points
from records.importing.gpconnect.release import never_shown

DEEPEST = 20
"""Groups inside groups; a real report has two."""


class MedicineGroup(msgspec.Struct):
    """A statement or, where no statement names it, a plan; with the plans and issues below it."""

    main: Resource
    plans: list[Resource]
    issues: list[Resource]


class ReportGroup(msgspec.Struct):
    """A report, the observations below it, and those that stand below an earlier report already.

    `within` says of an observation that is in a group of results which observation names that group.
    """

    main: Resource
    results: list[Resource]
    also: list[Resource]
    within: dict[Resource, Resource]


def is_plan(request: Resource) -> bool:
    return request.body.get("intent") == "plan"


def medicine_groups(bundle: Bundle) -> list[MedicineGroup]:
    """Each statement with its plans and issues, then what no statement names."""
    groups: list[MedicineGroup] = []
    by_plan: dict[str, MedicineGroup] = {}
    for statement in bundle.of_type("MedicationStatement"):
        group = MedicineGroup(statement, [], [])
        groups.append(group)
        _claim_plans(bundle, group, by_plan)
    requests = bundle.of_type("MedicationRequest")
    for plan in filter(is_plan, requests):
        if plan.key.id not in by_plan:
            by_plan[plan.key.id] = MedicineGroup(plan, [plan], [])
            groups.append(by_plan[plan.key.id])
    for order in requests:
        if not is_plan(order):
            _place_order(bundle, order, groups, by_plan)
    return groups


def report_groups(bundle: Bundle, near: dict[Resource, list[Resource]]) -> list[ReportGroup]:
    """Each report with everything that hangs on it; what two share stands below the first."""
    owner: dict[Resource, Resource] = {}
    groups = []
    for report in bundle.of_type("DiagnosticReport"):
        named = report.body.get("result")
        named = named if isinstance(named, list) else []
        found = [target for each in named if (target := bundle.find(each, "Observation"))]
        observations = [each for each in found if each.kind == "Observation"]
        also = [each for each in observations if each in owner]
        results = _hanging_on(observations, near, owner, report)
        within = groups_of_results(bundle, results, near)
        groups.append(ReportGroup(report, results, also, within))
    return groups


def _claim_plans(bundle: Bundle, group: MedicineGroup, by_plan: dict[str, MedicineGroup]) -> None:
    for name, plan in _based_on(bundle, group.main):
        if name not in by_plan:
            by_plan[name] = group
            if plan and is_plan(plan):
                group.plans.append(plan)


def _place_order(
    bundle: Bundle, order: Resource, groups: list[MedicineGroup], by_plan: dict[str, MedicineGroup]
) -> None:
    """Put an issue below what names its plan, even if the plan itself is not in the bundle."""
    named = [name for name, _ in _based_on(bundle, order)]
    group = next((by_plan[name] for name in named if name in by_plan), None)
    if group and not never_shown(order):
        group.issues.append(order)
    else:
        groups.append(MedicineGroup(order, [], []))


def _based_on(bundle: Bundle, resource: Resource) -> list[tuple[str, Resource | None]]:
    """The ids of the plans that something is based on, with the plans that are in the bundle."""
    named = resource.body.get("basedOn")
    pairs: list[tuple[str, Resource | None]] = []
    for each in named if isinstance(named, list) else []:
        plan = bundle.find(each, "MedicationRequest")
        written = each.get("reference") if isinstance(each, dict) else None
        if plan or isinstance(written, str):
            pairs.append((plan.key.id if plan else str(written).rsplit("/", 1)[-1], plan))
    return pairs


def _hanging_on(
    named: list[Resource],
    near: dict[Resource, list[Resource]],
    owner: dict[Resource, Resource],
    report: Resource,
) -> list[Resource]:
    """A report's observations with their relations, depth first in the source's order."""
    found: list[Resource] = []
    waiting = named[::-1]
    while waiting:
        observation = waiting.pop()
        if observation in owner or never_shown(observation):
            continue
        owner[observation] = report
        found.append(observation)
        waiting.extend(near.get(observation, [])[::-1])
    return found


def groups_of_results(
    bundle: Bundle, results: list[Resource], near: dict[Resource, list[Resource]]
) -> dict[Resource, Resource]:
    """The group of each result that is in one; a remark on a result is in the group of that."""
    below = set(results)
    names = [each for each in results if _is_name(bundle, each, near.get(each, []))]
    within: dict[Resource, Resource] = {}
    for name in names:
        above, named = _above(name, within), pointed_at(bundle, name, "has-member")
        for member in near[name] if len(above) <= DEEPEST else ():
            is_free = member in below and member not in within and member not in above
            if is_free and (member in named or points(bundle, member, [name], "derived-from")):
                within[member] = name
    heads = set(names)
    waiting = list(within)
    for member in waiting:  # grows on the way: what hangs on a member, and what hangs on that
        for each in near.get(member, []):
            if each in below and each not in within and each not in heads:
                within[each] = within[member]
                waiting.append(each)
    return within


def _is_name(bundle: Bundle, observation: Resource, near: list[Resource]) -> bool:
    return has_members(bundle, observation, near) and not is_comment(observation)


def _above(name: Resource, within: dict[Resource, Resource]) -> list[Resource]:
    """A group and those that it is in: none of them can be in it too."""
    found = [name]
    while found[-1] in within:
        found.append(within[found[-1]])
    return found

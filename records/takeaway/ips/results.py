"""Test reports with their results, in the groups that the laboratory gave them."""

from collections.abc import Sequence

from nhsuk.wording import partial_date_words
from records.content import Report
from records.showing import Shown
from records.takeaway.ips.measuring import comment, group, observation
from records.takeaway.ips.pieces import (
    UNKNOWN,
    Json,
    coded,
    concept,
    dated,
    labelled,
    named,
    people,
    plain,
)
from records.takeaway.ips.terms import IPS, OBSERVATION_CATEGORY, TERMS, UCUM, Part
from records.takeaway.ips.written import Around, Written, called, only, patient, resource

STATUSES = frozenset(
    [
        "registered",
        "partial",
        "preliminary",
        "final",
        "amended",
        "corrected",
        "appended",
        "cancelled",
        "unknown",
    ]
)
RESULT_PROFILE = f"{IPS}/Observation-results-laboratory-pathology-uv-ips"


def write_report(around: Around, shown: Shown) -> Written:
    """One report and its results; what stands in a group is reached through the group."""
    content: Report = shown.content
    is_laboratory = any(each.strip().casefold() == "laboratory" for each in content.categories)
    category = coded(f"{TERMS}/v2-0074", "LAB", "Laboratory") if is_laboratory else {}
    category |= concept("; ".join(content.categories))
    results = [_result(around, part, shown.parts, is_laboratory) for part in shown.parts]
    notes_of = list(getattr(shown.words, "specimen_notes", []))
    conclusion = plain(getattr(shown.words, "conclusion", ""))
    top = [part for part in shown.parts if _is_top(part, shown.parts)]
    made = resource(
        around, shown, "DiagnosticReport", [*_lines(content), conclusion, *notes_of],
        profile="DiagnosticReport-uv-ips", category=[category or UNKNOWN],
        status=content.status if content.status in STATUSES else "unknown",
        code=called(shown, content.codes), subject=patient(around),
        performer=people(content.performers), conclusion=conclusion,
        specimen=[{"display": kind} for each in content.specimens if (kind := plain(each.kind))],
        result=[around.names.link_to(part.id) for part in top],
        **dated("effectiveDateTime", shown.when),
    )  # fmt: skip
    return only(Part.RESULTS, made, *results)


def _lines(content: Report) -> list[str]:
    """What FHIR has no field for, or none that takes a date without its time zone."""
    taken = [
        labelled("Collected", partial_date_words(each.collected))
        for each in content.specimens
        if each.collected
    ]
    issued = labelled("Issued", partial_date_words(content.issued)) if content.issued else ""
    asked = labelled("Tests asked for", ", ".join(content.requested))
    by = [labelled("Asked for by", named(each)) for each in content.asked_by]
    return [*taken, issued, asked, *(named(each) for each in content.performers), *by]


def _result(around: Around, part: Shown, parts: Sequence[Shown], is_laboratory: bool) -> Json:
    category = [coded(OBSERVATION_CATEGORY, "laboratory", "Laboratory")] if is_laboratory else []
    if part.kind == "comment":
        return comment(around, part)
    if part.kind == "result-group":
        members = [each for each in parts if _group_of(each) == str(part.id) and each is not part]
        links = [around.names.link_to(each.id) for each in members]
        made = group(around, part, links, category=category)
    else:
        made = observation(around, part, is_result=True, category=category)
    if is_laboratory:
        # the profile of the summary asks who did it: the record may not say
        made.setdefault("performer", [UNKNOWN])
        if _has_units_of_ucum(made):
            made["meta"] = {"profile": [RESULT_PROFILE]}
    return made


def _group_of(part: Shown) -> str:
    link = getattr(part.content, "group", None)
    return link.entry if link else ""


def _is_top(part: Shown, parts: Sequence[Shown]) -> bool:
    """Whether the report refers to a result itself: it stands in no group that is there."""
    name = _group_of(part)
    return not any(str(each.id) == name for each in parts if each.kind == "result-group")


def _has_units_of_ucum(made: Json) -> bool:
    measured = [made, *made.get("component", [])]
    numbers = [each["valueQuantity"] for each in measured if "valueQuantity" in each]
    return all(each.get("system") == UCUM for each in numbers)

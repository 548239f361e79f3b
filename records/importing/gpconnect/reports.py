"""Test reports with their results, groups and comments below them."""

from functools import partial

import msgspec

from records.content import PartialDate, Report, ReportText
from records.importing.extract import ExtractedEntry, ExtractedPart
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import UNKNOWN, given_date, instant
from records.importing.fhir.fields import Json, child, children, notes, text
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import label, words_of
from records.importing.gpconnect.groups import ReportGroup
from records.importing.gpconnect.observations import (
    CLINICAL_DATES,
    collected,
    result,
    specimen,
    specimens_of,
)
from records.importing.gpconnect.parties import parties
from records.importing.gpconnect.relations import has_members, is_comment
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Test report"


def read_report(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One report; its own words are coded, what was typed in it is free text (R1.7)."""
    group = source.reports[resource.key]
    body = group.main.body
    specimens = specimens_of(source, children(body, "specimen"))
    reading = Reading(
        kind="report",
        title=words_of(child(body, "code")).title or NO_NAME,
        level=Level.DETAILED,
        details=_details(source, group, specimens),
        text=ReportText(
            text(body, "conclusion"), [note for each in specimens for note in notes(each.body)]
        ),
        effective=_date(group, specimens),
        recorded_at=instant(body, "issued"),
    )
    parts = _results(source, group)
    return [source.entry(Section.TEST_RESULTS, reading, resource, parts=parts)]


def _details(source: Source, group: ReportGroup, specimens: list[Resource]) -> Report:
    body = group.main.body
    actors = [child(each, "actor") for each in children(body, "performer")]
    makers, asked_by = parties(source.people, actors)
    return Report(
        codes=words_of(child(body, "code")).codes,
        categories=[found for found in [label(child(body, "category"))] if found],
        status=text(body, "status"),
        issued=given_date(body, "issued"),
        specimens=[specimen(each) for each in specimens],
        performers=makers,
        asked_by=asked_by,
        requested=_requested(source, body),
        also=[source.link_to(each) for each in group.also],
    )


def _requested(source: Source, body: Json) -> list[str]:
    """The tests that were asked for, in words."""
    named = (source.bundle.find(each, "ProcedureRequest") for each in children(body, "basedOn"))
    shown = [each for each in named if each and not source.is_withheld(each)]
    return [words for each in shown if (words := label(child(each.body, "code")))]


def _date(group: ReportGroup, specimens: list[Resource]) -> PartialDate:
    """Collected, else effective, else issued, else filed (R6.6)."""
    body = group.main.body
    taken = next(filter(None, map(collected, specimens)), None)
    known = taken or given_date(body, *CLINICAL_DATES, "issued")
    filed = (given_date(each.body, "issued") for each in group.results)
    return known or next(filter(None, filed), UNKNOWN)


def _results(source: Source, group: ReportGroup) -> list[ExtractedPart]:
    """The parts in their order; what stands below a withheld heading is withheld with it (R2.4)."""
    return source.parts_from(group.results, partial(_part, source, group))


def _part(source: Source, group: ReportGroup, each: Resource) -> ExtractedPart:
    is_group = has_members(source.bundle, each, source.near.get(each, []))
    withheld = _is_in_withheld(source, group, each)
    reading = result(source, each, is_group)
    name = group.within.get(each)
    if name:
        reading.details = msgspec.structs.replace(reading.details, group=source.link_to(name))
    part = source.part(reading, each)
    return msgspec.structs.replace(part, withheld=part.withheld or withheld)


def _is_in_withheld(source: Source, group: ReportGroup, each: Resource) -> bool:
    """Whether a group that this is in is withheld, or one that holds that group, or the result that it remarks on."""
    if is_comment(each) and any(map(source.is_withheld, source.near.get(each, []))):
        return True
    passed = {each}
    while (name := group.within.get(each)) and name not in passed:
        if source.is_withheld(name):
            return True
        passed.add(name)
        each = name
    return False

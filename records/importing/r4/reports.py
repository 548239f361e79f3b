"""Test reports of R4 with their results, groups and comments below them."""

from functools import partial

import msgspec

from records.content import PartialDate, Report, ReportText, Specimen
from records.importing.extract import ExtractedEntry, ExtractedPart
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import UNKNOWN, given_date, instant
from records.importing.fhir.fields import Json, child, children, text
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import label, labels, words_of
from records.importing.r4.groups import ReportGroup, is_group
from records.importing.r4.observations import (
    CLINICAL_DATES,
    result,
    specimen_notes,
    specimens_of,
)
from records.importing.r4.source import Source
from records.importing.r4.statuses import never_shown
from surgeries.terms import Level, Section

NO_NAME = "Test report"


def read_report(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One report; its own words are coded, what was typed in it is free text (R1.7)."""
    group = source.reports[resource.key]
    body = resource.body
    specimens = specimens_of(source, children(body, "specimen"))
    reading = Reading(
        kind="report",
        title=words_of(child(body, "code")).title or NO_NAME,
        level=Level.DETAILED,
        details=_details(source, group, specimens),
        text=ReportText(_conclusion(body), specimen_notes(source, children(body, "specimen"))),
        effective=_date(group, specimens),
        recorded_at=instant(body, "issued"),
    )
    if children(body, "presentedForm"):
        source.bundle.skip(resource.key, "the document that is attached to it is not read")
    return [source.entry(Section.TEST_RESULTS, reading, resource, parts=_results(source, group))]


def _details(source: Source, group: ReportGroup, specimens: list[Specimen]) -> Report:
    body = group.main.body
    return Report(
        codes=words_of(child(body, "code")).codes,
        categories=labels(body, "category"),
        status=text(body, "status"),
        issued=given_date(body, "issued"),
        specimens=specimens,
        performers=source.people.authors(children(body, "performer")),
        requested=_requested(source, body),
        also=[source.link_to(each) for each in group.also],
    )


def _conclusion(body: Json) -> str:
    return "\n".join(filter(None, [text(body, "conclusion"), *labels(body, "conclusionCode")]))


def _requested(source: Source, body: Json) -> list[str]:
    """The tests that were asked for, in words."""
    found = (source.bundle.find(each, "ServiceRequest") for each in children(body, "basedOn"))
    shown = [each for each in found if each and not (source.is_withheld(each) or never_shown(each))]
    return [words for each in shown if (words := label(child(each.body, "code")))]


def _date(group: ReportGroup, specimens: list[Specimen]) -> PartialDate:
    """Collected, else effective, else issued, else filed (R6.6)."""
    taken = next(filter(None, (each.collected for each in specimens)), None)
    known = taken or given_date(group.main.body, *CLINICAL_DATES, "issued")
    filed = (given_date(each.body, "issued") for each in group.results)
    return known or next(filter(None, filed), UNKNOWN)


def _results(source: Source, group: ReportGroup) -> list[ExtractedPart]:
    """The parts in their order; a label on a group reaches what is in it (R2.4)."""
    return source.parts_from(group.results, partial(_part, source, group))


def _part(source: Source, group: ReportGroup, each: Resource) -> ExtractedPart:
    reading = result(source, each, is_group=is_group(source.bundle, each))
    name = group.within.get(each)
    if name:
        reading.details = msgspec.structs.replace(reading.details, group=source.link_to(name))
    return source.part(reading, each)

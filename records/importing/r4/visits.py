"""Visits: an encounter of R4 with what was found, done and asked for in it, and what else it led to."""

from records.content import Consultation, ConsultationText, Heading, Topic
from records.importing.extract import ExtractedEntry, ExtractedPart
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, partial_date
from records.importing.fhir.fields import Json, child, children, joined, text
from records.importing.fhir.narrative import narrative_of
from records.importing.fhir.reading import Reading, level_of
from records.importing.fhir.wording import NO_WORDS, words_of
from records.importing.r4.events import event
from records.importing.r4.observations import observation
from records.importing.r4.source import Source, is_event
from surgeries.terms import Level, Section

NO_NAME = "Consultation"


def read_visit(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One visit. When it was written down R4 does not say, so that it is historical (R1.3)."""
    if not is_event(resource):
        return []
    body = resource.body
    types, reasons = (
        [words for each in children(body, name) if (words := words_of(each)).title]
        for name in ("type", "reasonCode")
    )
    level = level_of(next(iter(types), NO_WORDS))
    is_open = (
        level is Level.FULL
    )  # its name is typed: all of it needs that level, so nothing is kept apart
    kinds = [each.title for each in types if each.coded or is_open]
    typed = [each.title for each in types if each.title not in kinds]
    typed += [each.title for each in reasons if not each.coded]
    reading = Reading(
        kind="consultation",
        title=next(iter(kinds), NO_NAME),
        level=level,
        details=_details(source, resource, kinds, [each.title for each in reasons if each.coded]),
        text=ConsultationText(typed + ([] if types else narrative_of(body))),
        effective=partial_date(body, "period.start"),
    )
    parts = _parts(source, resource)
    return [source.entry(Section.CONSULTATIONS, reading, resource, parts=parts)]


def _details(
    source: Source, resource: Resource, kinds: list[str], reasons: list[str]
) -> Consultation:
    body = resource.body
    people = [child(each, "individual") for each in children(body, "participant")]
    places = [child(each, "location") for each in children(body, "location")]
    items = [source.link_to(each) for each in source.in_visit(resource.key)]
    topics = [Topic(title=", ".join(filter(None, reasons)), headings=[Heading(items=items)])]
    return Consultation(
        encounter_type=next(iter(kinds[1:]), ""),
        ended=given_date(body, "period.end"),
        lasted=_length(child(body, "length")),
        authors=source.people.authors(people),
        place=next(filter(None, map(source.people.name, places)), ""),
        organisation=source.people.name(child(body, "serviceProvider")),
        topics=topics if items or topics[0].title else [],
    )


def _length(body: Json) -> str:
    value, unit = text(body, "value"), text(body, "unit") or text(body, "code")
    if unit == "min":
        unit = "minute" if value == "1" else "minutes"
    return joined(value, unit) if value else ""


def _parts(source: Source, resource: Resource) -> list[ExtractedPart]:
    below = source.below(resource.key)
    return source.parts_from(below, lambda each: source.part(_part(source, each), each))


def _part(source: Source, each: Resource) -> Reading:
    return observation(source, each) if each.kind == "Observation" else event(source, each)

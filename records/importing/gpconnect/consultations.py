"""Consultations: their outline, and what stands in them."""

from datetime import datetime

from records.content import (
    Author,
    Consultation,
    ConsultationText,
    EntryLink,
    Heading,
    Topic,
)
from records.importing.extract import ExtractedEntry, ExtractedPart
from records.importing.fhir.bundle import Resource, named_key
from records.importing.fhir.dates import UNKNOWN, given_date, instant, partial_date
from records.importing.fhir.fields import (
    Json,
    child,
    children,
    extension,
    joined,
    text,
)
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import labels
from records.importing.gpconnect.observations import observation
from records.importing.gpconnect.outlines import Outline, OutlineTopic
from records.importing.gpconnect.relations import encounter_of
from records.importing.gpconnect.requests import procedure, referral
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Consultation"


def read_consultation(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One consultation with what stands in it; one whose list could not be read is left out."""
    outline = source.outlines.get(resource.key)
    if outline is None:
        return []
    encounter = encounter_of(source.bundle, resource)
    body = encounter.body if encounter else {}
    reading = Reading(
        kind="consultation",
        title=text(resource.body, "title") or _kind(body) or NO_NAME,
        level=Level.DETAILED,
        details=_details(source, body, outline),
        text=ConsultationText(outline.notes),
        effective=partial_date(body, "period.start") if encounter else UNKNOWN,
        recorded_at=_recorded(resource, body),
    )
    # The encounter is part of it: entered in error or labelled there, so is the consultation.
    made_of = [resource, encounter] if encounter else [resource]
    return [source.entry(Section.CONSULTATIONS, reading, *made_of, parts=_parts(source, resource))]


def _details(source: Source, encounter: Json, outline: Outline) -> Consultation:
    return Consultation(
        encounter_type=_kind(encounter),
        ended=given_date(encounter, "period.end"),
        lasted=_length(child(encounter, "length")),
        authors=_authors(source, encounter),
        place=_place(source, encounter),
        organisation=source.people.name(child(encounter, "serviceProvider")),
        topics=[_topic(source, each) for each in outline.topics],
    )


def _length(body: Json) -> str:
    """How long it lasted as given; sources write minutes in several ways."""
    value, unit = text(body, "value"), text(body, "unit")
    if text(body, "code") == "min":
        unit = "minute" if value == "1" else "minutes"
    return joined(value, unit) if value else ""


def _topic(source: Source, topic: OutlineTopic) -> Topic:
    """A topic; one that names a problem has no other name, so that both hide (R2.3)."""
    headings = [
        Heading(each.title, [source.link_to(item) for item in each.items])
        for each in topic.headings
    ]
    if topic.problem:
        return Topic(problem=_problem(source, topic.problem), headings=headings)
    return Topic(title=topic.title, headings=headings)


def _problem(source: Source, problem: Json) -> EntryLink | None:
    """A link to a problem, though this extract leaves it out: an earlier one may have had it."""
    key = named_key(problem, "Condition")
    return source.link(problem, "Condition") or (EntryLink(ref=str(key)) if key else None)


def _parts(source: Source, resource: Resource) -> list[ExtractedPart]:
    below = source.below(resource.key)
    return source.parts_from(below, lambda each: source.part(_part(source, each), each))


def _part(source: Source, item: Resource) -> Reading:
    if item.kind == "Observation":
        return observation(source, item)
    return referral(source, item) if item.kind == "ReferralRequest" else procedure(source, item)


def _kind(encounter: Json) -> str:
    return next(iter(labels(encounter, "type")), "")


def _authors(source: Source, encounter: Json) -> list[Author]:
    named = [child(each, "individual") for each in children(encounter, "participant")]
    return source.people.authors(named)


def _place(source: Source, encounter: Json) -> str:
    named = [child(each, "location") for each in children(encounter, "location")]
    return next(filter(None, map(source.people.name, named)), "")


def _recorded(resource: Resource, encounter: Json) -> datetime | None:
    recorded = extension(encounter, "DateRecorded", "recorded")
    return instant(recorded, "valueDateTime") or instant(resource.body, "date")

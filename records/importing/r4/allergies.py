"""Allergies and adverse reactions of R4, and the statement that none are known."""

from records.content import Allergy, AllergyText, Reaction
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import Json, child, children, extension, notes, text, texts
from records.importing.fhir.narrative import narrative_of
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import Words, labels
from records.importing.r4.absence import named
from records.importing.r4.source import Source
from records.importing.r4.statuses import status_of
from surgeries.terms import Level, Section

NO_NAME = "Allergy or reaction with no name in the record"


def read_allergy(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One allergy: at summary, whatever its words are made of (R1.6)."""
    body = resource.body
    words = named(child(body, "code"))
    told = [found for each in children(body, "reaction") for found in _told(each)]
    reading = Reading(
        kind="allergy",
        title=words.title or NO_NAME,
        level=Level.SUMMARY,
        details=_details(source, body, words),
        text=AllergyText(notes(body) + ([] if words.title else narrative_of(body)), told),
        effective=partial_date(body, "onsetDateTime", "onsetPeriod.start"),
        recorded_at=instant(body, "recordedDate"),
    )
    return [source.entry(Section.ALLERGIES, reading, resource)]


def _details(source: Source, body: Json, words: Words) -> Allergy:
    return Allergy(
        codes=words.codes,
        categories=texts(body, "category"),
        reactions=[found for each in children(body, "reaction") if (found := _reaction(each))],
        certainty=status_of(body, "verificationStatus"),
        criticality=text(body, "criticality"),
        status=status_of(body, "clinicalStatus"),
        last_occurred=given_date(body, "lastOccurrence"),
        ended_on=given_date(extension(body, "allergyintolerance-abatement"), "valueDateTime"),
        recorder=source.people.author(child(body, "recorder") or child(body, "asserter")),
    )


def _reaction(body: Json) -> Reaction | None:
    found = Reaction(labels(body, "manifestation"), text(body, "severity"))
    return found if found != Reaction() else None


def _told(reaction: Json) -> list[str]:
    return [found for found in (text(reaction, "description"), *notes(reaction)) if found]

"""Health conditions: the problems of a GP record."""

from records.content import Condition, Notes, RelatedProblem
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import (
    Json,
    child,
    extension,
    extensions,
    notes,
    text,
)
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import Words, words_of
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Health condition with no name in the record"


def read_condition(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One problem."""
    body = resource.body
    words = words_of(child(body, "code"))
    reading = Reading(
        kind="condition",
        title=words.title or NO_NAME,
        level=Level.DETAILED if words.coded or not words.title else Level.FULL,
        details=_details(source, body, words),
        text=Notes(notes(body)),
        effective=partial_date(body, "onsetDateTime", "onsetPeriod.start"),
        recorded_at=instant(body, "assertedDate"),
    )
    return [source.entry(Section.HEALTH_CONDITIONS, reading, resource)]


def _details(source: Source, body: Json, words: Words) -> Condition:
    behind = extension(body, "ActualProblem")
    content = extensions(body, "RelatedClinicalContent")
    return Condition(
        codes=words.codes,
        significance=text(extension(body, "ProblemSignificance"), "valueCode"),
        status=text(body, "clinicalStatus"),
        ended_on=given_date(body, "abatementDateTime", "abatementPeriod.end"),
        asserter=source.people.author(child(body, "asserter")),
        behind=source.link(child(behind, "valueReference")),
        related=source.links([child(each, "valueReference") for each in content]),
        related_problems=_related_problems(source, body),
    )


def _related_problems(source: Source, body: Json) -> list[RelatedProblem]:
    found = []
    for header in extensions(body, "RelatedProblemHeader"):
        target = source.link(child(extension(header, "target"), "valueReference"))
        if target:
            found.append(RelatedProblem(target, text(extension(header, "type"), "valueCode")))
    return found

"""Health conditions of R4."""

from records.content import Condition, Notes
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import child, extension, notes, text
from records.importing.fhir.narrative import narrative_of
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import Words
from records.importing.r4.absence import named
from records.importing.r4.labels import evidence_of
from records.importing.r4.source import Source
from records.importing.r4.statuses import status_of
from surgeries.terms import Level, Section

NO_NAME = "Health condition with no name in the record"
_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_PAST = frozenset({"inactive", "remission", "resolved"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})


def read_condition(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One condition; its status is one word here where R4 has six (R6.8)."""
    body = resource.body
    words = named(child(body, "code"))
    reading = Reading(
        kind="condition",
        title=words.title or NO_NAME,
        level=Level.DETAILED if words.coded or not words.title else Level.FULL,
        details=_details(source, resource, words),
        text=Notes(notes(body) + ([] if words.title else narrative_of(body))),
        effective=partial_date(body, "onsetDateTime", "onsetPeriod.start"),
        recorded_at=instant(body, "recordedDate"),
    )
    return [source.entry(Section.HEALTH_CONDITIONS, reading, resource)]


def _details(source: Source, resource: Resource, words: Words) -> Condition:
    body = resource.body
    status, certainty = (status_of(body, each) for each in ("clinicalStatus", "verificationStatus"))
    behind = evidence_of(source.bundle, resource)
    return Condition(
        codes=words.codes,
        significance=text(extension(body, "ProblemSignificance"), "valueCode"),
        status="active" if status in _ACTIVE else "inactive" if status in _PAST else "",
        certainty=certainty if certainty in _UNSURE else "",
        ended_on=given_date(body, "abatementDateTime", "abatementPeriod.end"),
        asserter=source.people.author(child(body, "asserter") or child(body, "recorder")),
        behind=source.link_to(behind[0]) if behind else None,
        related=[source.link_to(each) for each in behind[1:]],
    )

"""How a medicine is put together in every version: a statement or plan with what was issued below it (R6.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from records.content import Issue, Medicine, PartialDate
from records.importing.extract import ExtractedEntry, ExtractedPart
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import UNKNOWN, given_date, instant
from records.importing.fhir.fields import Json, child, joined, text
from records.importing.fhir.reading import Reading
from records.importing.fhir.source import FhirSource
from records.importing.fhir.wording import Words, words_of
from surgeries.terms import Level, Section

NO_NAME = "Medicine with no name in the record"
_STARTED = (
    "effectivePeriod.start",
    "effectiveDateTime",
    "dispenseRequest.validityPeriod.start",
    "authoredOn",
)


class Group(Protocol):
    """A statement or, where no statement names it, a plan; with the plans and issues below it."""

    main: Resource
    plans: list[Resource]
    issues: list[Resource]


class Prescribing[S: FhirSource]:
    """What is said of a medicine; bodies are those of the statement and its plans."""

    def __init__(self, source: S) -> None:
        """Of one bundle."""
        self.source = source

    def name_of(self, concept: Json) -> Words:
        """The words of a concept."""
        return words_of(concept)

    def medication_of(self, body: Json) -> Resource | None:
        """The resource that a medicine is named by, if it is there."""
        return self.source.bundle.find(child(body, "medicationReference"), "Medication")

    def medicine(self, words: Words, bodies: list[Json]) -> Medicine:
        """The content of a medicine."""
        raise NotImplementedError

    def issue(self, body: Json) -> Issue:
        """The content of what was issued."""
        raise NotImplementedError


def medicine_entry[S: FhirSource](prescribing: Prescribing[S], group: Group) -> ExtractedEntry:
    """One medicine, at summary with dose and instructions; prescriber notes are not read."""
    plans = [plan for plan in group.plans if plan is not group.main]
    bodies = [group.main.body, *(plan.body for plan in plans)]
    words = _first_words(prescribing, bodies)
    reading = Reading(
        kind="medicine",
        title=words.title or NO_NAME,
        level=Level.SUMMARY,
        details=prescribing.medicine(words, bodies),
        effective=_started(bodies),
        recorded_at=_recorded(bodies),
    )
    named = (prescribing.medication_of(body) for body in bodies)
    made_of = [group.main, *plans, *(each for each in named if each)]
    parts = prescribing.source.parts_from(group.issues, lambda each: _issue(prescribing, each))
    return prescribing.source.entry(Section.MEDICINES, reading, *made_of, parts=parts)


def first(words: Sequence[str]) -> str:
    """The first that says something."""
    return next(filter(None, words), "")


def lasting(body: Json) -> str:
    """How long a supply lasts, in words; some sources write the unit as a code."""
    value, unit = text(body, "value"), text(body, "unit") or text(body, "code")
    if unit in ("d", "day", "days"):
        unit = "day" if value == "1" else "days"
    return joined(value, unit) if value else ""


def _issue[S: FhirSource](prescribing: Prescribing[S], order: Resource) -> ExtractedPart:
    reading = Reading(
        kind="issue",
        title=_first_words(prescribing, [order.body]).title or NO_NAME,
        level=Level.SUMMARY,
        details=prescribing.issue(order.body),
        effective=_started([order.body]),
    )
    medication = prescribing.medication_of(order.body)
    named_in_secret = medication is not None and prescribing.source.is_withheld(medication)
    part = prescribing.source.part(reading, order)
    return msgspec.structs.replace(part, withheld=part.withheld or named_in_secret)


def _first_words[S: FhirSource](prescribing: Prescribing[S], bodies: list[Json]) -> Words:
    found = Words()
    for body in bodies:
        medication = prescribing.medication_of(body)
        concept = child(medication.body, "code") if medication else {}
        found = prescribing.name_of(concept or child(body, "medicationCodeableConcept"))
        if found.title:
            return found
    named = [text(child(body, "medicationReference"), "display") for body in bodies]
    return Words(first(named), codes=found.codes)


def _started(bodies: list[Json]) -> PartialDate:
    return next(filter(None, (given_date(body, *_STARTED) for body in bodies)), UNKNOWN)


def _recorded(bodies: list[Json]) -> datetime | None:
    found = (instant(body, "dateAsserted", "authoredOn") for body in bodies)
    return next(filter(None, found), None)

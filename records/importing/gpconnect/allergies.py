"""Allergies and adverse reactions, the ended ones that stand inside their list too."""

from records.content import Allergy, AllergyText, Reaction
from records.importing.extract import ExtractedEntry, SourceKey
from records.importing.fhir.bundle import Bundle, Resource, key_for
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import (
    Json,
    Misshapen,
    child,
    children,
    extension,
    extensions,
    identifiers,
    notes,
    text,
    texts,
)
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import labels, value_label, words_of
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Allergy or reaction with no name in the record"


def add_contained_allergies(bundle: Bundle) -> None:
    """Give the ended allergies inside lists a place of their own in the bundle."""
    for container in bundle.of_type("List"):
        try:
            inner = children(container.body, "contained")
        except Misshapen as error:
            bundle.skip(container.key, str(error))
            continue
        for body in inner:
            if body.get("resourceType") == "AllergyIntolerance":
                bundle.add_contained(container, _contained_key(bundle, body), body)


def read_allergies(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One allergy: at summary, whatever its words are made of (R1.6)."""
    body = resource.body
    words = words_of(child(body, "code"))
    reading = Reading(
        kind="allergy",
        title=words.title or NO_NAME,
        level=Level.SUMMARY,
        details=_details(source, body),
        text=_typed(body),
        effective=partial_date(body, "onsetDateTime", "onsetPeriod.start"),
        recorded_at=instant(body, "assertedDate"),
    )
    return [source.entry(Section.ALLERGIES, reading, resource)]


def _details(source: Source, body: Json) -> Allergy:
    ended = _parts_of_end(body)
    return Allergy(
        codes=words_of(child(body, "code")).codes,
        categories=texts(body, "category"),
        reactions=[found for each in children(body, "reaction") if (found := _reaction(each))],
        certainty=text(body, "verificationStatus"),
        criticality=text(body, "criticality"),
        status=text(body, "clinicalStatus"),
        last_occurred=given_date(body, "lastOccurrence"),
        ended_on=given_date(ended.get("enddate", {}), "valueDateTime"),
        reason_ended=text(ended.get("reasonended", {}), "valueString")
        or value_label(ended.get("reasonended", {})),
        recorder=source.people.author(child(body, "recorder") or child(body, "asserter")),
    )


def _reaction(body: Json) -> Reaction | None:
    found = Reaction(labels(body, "manifestation"), text(body, "severity"))
    return found if found != Reaction() else None


def _typed(body: Json) -> AllergyText:
    told = []
    for reaction in children(body, "reaction"):
        told += [found for found in (text(reaction, "description"), *notes(reaction)) if found]
    return AllergyText(notes(body), told)


def _parts_of_end(body: Json) -> dict[str, Json]:
    """The parts of the extension that says when and why an allergy ended, by lower-case name."""
    found = extension(body, "AllergyIntoleranceEnd")
    return {text(each, "url").lower(): each for each in extensions(found, "endDate", "reasonEnded")}


def _contained_key(bundle: Bundle, body: Json) -> SourceKey:
    """The key of a contained allergy: its id says little outside its list and may be taken."""
    key = key_for("AllergyIntolerance", body)
    known = bundle.get(key)
    if not known or known.body == body:
        return key
    try:
        own = sorted(identifiers(body) - identifiers(known.body))
    except Misshapen:
        own = []
    return SourceKey(key.resource, own[0]) if own else key

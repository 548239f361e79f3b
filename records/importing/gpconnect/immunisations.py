"""Vaccines that were given; those that were not are counted and left out (R6.7)."""

from records.content import Author, Immunisation, Notes
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import Json, child, children, extension, joined, notes, text
from records.importing.fhir.reading import Reading
from records.importing.fhir.wording import NO_WORDS, Words, code_in, label, labels, words_of
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Vaccination with no name in the record"


def read_immunisation(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One vaccine that was given."""
    body = resource.body
    procedure = extension(body, "VaccinationProcedure")
    words = words_of(child(procedure, "valueCodeableConcept"))
    product = _product(body)
    known = words if words.title else product
    reading = Reading(
        kind="immunisation",
        title=known.title or NO_NAME,
        level=Level.DETAILED if known.coded or not known.title else Level.FULL,
        details=_details(source, body, words, product),
        text=Notes(notes(body)),
        effective=partial_date(body, "date"),
        recorded_at=instant(extension(body, "DateRecorded"), "valueDateTime"),
    )
    return [source.entry(Section.IMMUNISATIONS, reading, resource)]


def _details(source: Source, body: Json, words: Words, product: Words) -> Immunisation:
    protocols = children(body, "vaccinationProtocol")
    return Immunisation(
        codes=[*words.codes, *product.codes],
        product=product.title if product.coded else "",
        manufacturer=source.people.name(child(body, "manufacturer")),
        batch=text(body, "lotNumber"),
        expires_on=given_date(body, "expirationDate"),
        site=label(child(body, "site")),
        route=label(child(body, "route")),
        quantity=_quantity(child(body, "doseQuantity")),
        dose_number=next(filter(None, (text(each, "doseSequence") for each in protocols)), ""),
        diseases=[word for each in protocols for word in labels(each, "targetDisease")],
        reasons=labels(child(body, "explanation"), "reason"),
        given_by=_giver(source, body),
        given_at=source.people.name(child(body, "location")),
    )


def _product(body: Json) -> Words:
    """The product, which most sources leave as "unknown"."""
    found = words_of(child(body, "vaccineCode"))
    return NO_WORDS if found.title.lower() == "unknown" else found


def _quantity(body: Json) -> str:
    return joined(text(body, "value"), text(body, "unit") or text(body, "code"))


def _giver(source: Source, body: Json) -> Author | None:
    """Who gave the vaccine (AP), else whoever is named."""
    named = sorted(
        children(body, "practitioner"), key=lambda each: code_in(child(each, "role")) != "AP"
    )
    return source.people.author(child(named[0], "actor")) if named else None

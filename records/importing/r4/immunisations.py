"""Vaccines of R4; those that were not given are counted and left out (R6.7)."""

from records.content import Author, Immunisation, Notes
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import Json, child, children, extension, joined, notes, text
from records.importing.fhir.narrative import narrative_of
from records.importing.fhir.reading import Reading, level_of
from records.importing.fhir.wording import Words, code_in, label, labels, words_of
from records.importing.r4.absence import named
from records.importing.r4.source import Source
from surgeries.terms import Section

NO_NAME = "Vaccination with no name in the record"


def read_immunisation(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One vaccine that was given, named by the procedure where UK Core gives one, else by the product."""
    body = resource.body
    procedure = words_of(child(extension(body, "VaccinationProcedure"), "valueCodeableConcept"))
    product = named(child(body, "vaccineCode"))
    known = procedure if procedure.title else product
    reading = Reading(
        kind="immunisation",
        title=known.title or NO_NAME,
        level=level_of(known),
        details=_details(source, body, procedure, product),
        text=Notes(_typed(body) + ([] if known.title else narrative_of(body))),
        effective=partial_date(body, "occurrenceDateTime"),
        recorded_at=instant(body, "recorded"),
    )
    return [source.entry(Section.IMMUNISATIONS, reading, resource)]


_DOSES = ("doseNumberPositiveInt", "doseNumberString")


def _details(source: Source, body: Json, procedure: Words, product: Words) -> Immunisation:
    protocols = children(body, "protocolApplied")
    doses = (text(each, name) for each in protocols for name in _DOSES)
    amount = child(body, "doseQuantity")
    return Immunisation(
        codes=[*procedure.codes, *product.codes],
        product=product.title if procedure.title and product.coded else "",
        manufacturer=source.people.name(child(body, "manufacturer")),
        batch=text(body, "lotNumber"),
        expires_on=given_date(body, "expirationDate"),
        site=label(child(body, "site")),
        route=label(child(body, "route")),
        quantity=joined(text(amount, "value"), text(amount, "unit") or text(amount, "code")),
        dose_number=next(filter(None, doses), ""),
        diseases=[word for each in protocols for word in labels(each, "targetDisease")],
        reasons=[each.title for each in _reasons(body) if each.title and each.coded],
        given_by=_giver(source, body),
        given_at=source.people.name(child(body, "location")),
    )


def _typed(body: Json) -> list[str]:
    """Notes, reasons that are only words, and such a date."""
    written = text(body, "occurrenceString")
    typed = [each.title for each in _reasons(body) if each.title and not each.coded]
    return notes(body) + typed + ([written] if written and "unknown" not in written.lower() else [])


def _reasons(body: Json) -> list[Words]:
    return [words_of(each) for each in children(body, "reasonCode")]


def _giver(source: Source, body: Json) -> Author | None:
    """Who gave the vaccine (AP), else whoever is named."""
    performers = sorted(
        children(body, "performer"), key=lambda each: code_in(child(each, "function")) != "AP"
    )
    return source.people.author(child(performers[0], "actor")) if performers else None

"""Medicines: a statement merged with its plan, and the issues below it."""

from datetime import datetime

import msgspec

from records.content import Author, Issue, Medicine, PartialDate
from records.importing.extract import ExtractedEntry, ExtractedPart
from records.importing.gpconnect.bundle import Resource
from records.importing.gpconnect.cancelled import cancelled_on, is_cancelled
from records.importing.gpconnect.dates import UNKNOWN, given_date, instant
from records.importing.gpconnect.fhir import (
    Json,
    Misshapen,
    child,
    children,
    extension,
    extensions,
    joined,
    text,
    whole_number,
)
from records.importing.gpconnect.groups import MedicineGroup
from records.importing.gpconnect.source import Reading, Source
from records.importing.gpconnect.wording import Words, code_in, value_label, words_of
from surgeries.terms import Level, Section

NO_NAME = "Medicine with no name in the record"
CANCELLED = "The prescription was cancelled"
TYPES = frozenset({"acute", "repeat", "repeat-dispensing"})


def read_medicine(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One medicine, at summary with dose and instructions; prescriber notes are not read (R6.4)."""
    group = source.medicines[resource.key]
    bodies = [group.main.body, *(plan.body for plan in group.plans if plan is not group.main)]
    words = _first_words(source, bodies)
    reading = Reading(
        kind="medicine",
        title=words.title or NO_NAME,
        level=Level.SUMMARY,
        details=_medicine(source, words, bodies),
        effective=_started(bodies),
        recorded_at=_recorded(bodies),
    )
    named = [_medication(source, body) for body in bodies]
    made_of = [group.main, *group.plans, *(each for each in named if each)]
    parts = _issues(source, group)
    return [source.entry(Section.MEDICINES, reading, *made_of, parts=parts)]


def _issues(source: Source, group: MedicineGroup) -> list[ExtractedPart]:
    found = []
    for order in group.issues:
        try:
            found.append(_issue_part(source, order))
        except Misshapen as error:
            source.bundle.skip(order.key, str(error))
    return found


def _issue_part(source: Source, order: Resource) -> ExtractedPart:
    reading = Reading(
        kind="issue",
        title=_first_words(source, [order.body]).title or NO_NAME,
        level=Level.SUMMARY,
        details=_issue(source, order.body),
        effective=_started([order.body]),
    )
    medication = _medication(source, order.body)
    named_in_secret = medication is not None and source.is_withheld(medication)
    part = source.part(reading, order)
    return msgspec.structs.replace(part, withheld=part.withheld or named_in_secret)


def _medicine(source: Source, words: Words, bodies: list[Json]) -> Medicine:
    dose, instruction = _dosage(bodies)
    quantity, days = _supply(bodies)
    stopped, stopped_on = _stop(bodies)
    return Medicine(
        codes=words.codes,
        prescription_type=_prescription_type(bodies) or "unknown",
        status=text(bodies[0], "status"),
        dose=dose,
        patient_instruction=instruction,
        quantity=quantity,
        days_supply=days,
        started_on=given_date(bodies[0], "effectivePeriod.start", "effectiveDateTime"),
        ended_on=given_date(bodies[0], "effectivePeriod.end"),
        last_issued_on=given_date(_last_issue(bodies[0]), "valueDateTime"),
        issues_made=_count(bodies, "numberOfRepeatPrescriptionsIssued"),
        issues_allowed=_count(bodies, "numberOfRepeatPrescriptionsAllowed"),
        reason_stopped=stopped,
        stopped_on=stopped_on,
        prescribed_elsewhere=_is_elsewhere(bodies[0]),
        prescriber=_prescriber(source, bodies),
        reasons=source.links(
            [each for body in bodies for each in children(body, "reasonReference")]
        ),
    )


def _issue(source: Source, body: Json) -> Issue:
    dose, instruction = _dosage([body])
    quantity, days = _supply([body])
    return Issue(
        prescription_type=_prescription_type([body]),
        dose=dose,
        patient_instruction=instruction,
        quantity=quantity,
        days_supply=days,
        prescriber=_prescriber(source, [body]),
        cancelled=is_cancelled(body),
        cancelled_on=cancelled_on(body),
    )


def _first_words(source: Source, bodies: list[Json]) -> Words:
    found = Words()
    for body in bodies:
        medication = _medication(source, body)
        concept = child(medication.body, "code") if medication else {}
        found = words_of(concept or child(body, "medicationCodeableConcept"))
        if found.title:
            return found
    named = (text(child(body, "medicationReference"), "display") for body in bodies)
    return Words(next(filter(None, named), ""), codes=found.codes)


def _medication(source: Source, body: Json) -> Resource | None:
    return source.bundle.find(child(body, "medicationReference"), "Medication")


def _started(bodies: list[Json]) -> PartialDate:
    names = (
        "effectivePeriod.start",
        "effectiveDateTime",
        "dispenseRequest.validityPeriod.start",
        "authoredOn",
    )
    return next(filter(None, (given_date(body, *names) for body in bodies)), UNKNOWN)


def _recorded(bodies: list[Json]) -> datetime | None:
    found = (instant(body, "dateAsserted", "authoredOn") for body in bodies)
    return next(filter(None, found), None)


def _prescription_type(bodies: list[Json]) -> str:
    for body in bodies:
        found = code_in(child(extension(body, "PrescriptionType"), "valueCodeableConcept"))
        if found in TYPES:
            return found
    return ""


def _dosage(bodies: list[Json]) -> tuple[str, str]:
    """The dose as written and what it tells the patient, from the first that says."""
    doses, told = [], []
    for body in bodies:
        dosages = children(body, "dosage") + children(body, "dosageInstruction")
        doses.append("\n".join(filter(None, (text(each, "text") for each in dosages))))
        told.append("\n".join(filter(None, (text(each, "patientInstruction") for each in dosages))))
    return next(filter(None, doses), ""), next(filter(None, told), "")


def _supply(bodies: list[Json]) -> tuple[str, str]:
    """The quantity and the days that it lasts, in words."""
    amounts, days = [], []
    for body in bodies:
        request = child(body, "dispenseRequest")
        quantity = child(request, "quantity")
        unit = text(extension(quantity, "MedicationQuantityText"), "valueString")
        amounts.append(joined(text(quantity, "value"), unit or text(quantity, "unit")))
        days.append(_duration(child(request, "expectedSupplyDuration")))
    return next(filter(None, amounts), ""), next(filter(None, days), "")


def _duration(body: Json) -> str:
    value = text(body, "value")
    unit = text(body, "unit") or text(body, "code")
    if unit in ("d", "day", "days"):
        unit = "day" if value == "1" else "days"
    return joined(value, unit) if value else ""


def _last_issue(body: Json) -> Json:
    return extension(body, "MedicationStatementLastIssueDate")


def _part(bodies: list[Json], outer: str, inner: str) -> Json:
    """A part of an extension of the first of these that has it."""
    for body in bodies:
        found = extension(extension(body, outer), inner)
        if found:
            return found
    return {}


def _stop(bodies: list[Json]) -> tuple[str, PartialDate | None]:
    """Why a medicine was stopped, and when; an order that no medicine names may have been cancelled."""
    reason = value_label(_part(bodies, "MedicationStatusReason", "statusReason"))
    changed = given_date(
        _part(bodies, "MedicationStatusReason", "statusChangeDate"), "valueDateTime"
    )
    if is_cancelled(bodies[0]):
        return reason or CANCELLED, changed or cancelled_on(bodies[0])
    return reason, changed


def _count(bodies: list[Json], name: str) -> int | None:
    return whole_number(_part(bodies, "MedicationRepeatInformation", name), "valueUnsignedInt")


def _is_elsewhere(body: Json) -> bool:
    found = extensions(body, "PrescribingAgency")
    codes = {code_in(child(each, "valueCodeableConcept")) for each in found}
    return "prescribed-by-another-organisation" in codes


def _prescriber(source: Source, bodies: list[Json]) -> Author | None:
    for body in bodies:
        named = child(child(body, "requester"), "agent") or child(body, "recorder")
        found = source.people.author(named)
        if found:
            return found
    return None

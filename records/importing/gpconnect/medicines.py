"""Medicines: a statement merged with its plan, and the issues below it."""

from records.content import Author, Issue, Medicine, PartialDate
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date
from records.importing.fhir.fields import (
    Json,
    child,
    children,
    extension,
    extensions,
    joined,
    text,
    whole_number,
)
from records.importing.fhir.medicines import Prescribing, first, lasting, medicine_entry
from records.importing.fhir.wording import Words, code_in, value_label
from records.importing.gpconnect.cancelled import cancelled_on, is_cancelled
from records.importing.gpconnect.source import Source

CANCELLED = "The prescription was cancelled"
TYPES = frozenset({"acute", "repeat", "repeat-dispensing"})


def read_medicine(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One medicine, at summary with dose and instructions; prescriber notes are not read (R6.4)."""
    return [medicine_entry(_Prescribing(source), source.medicines[resource.key])]


class _Prescribing(Prescribing[Source]):
    """What GP Connect says of medicines in its own way."""

    def medicine(self, words: Words, bodies: list[Json]) -> Medicine:
        return _medicine(self.source, words, bodies)

    def issue(self, body: Json) -> Issue:
        return _issue(self.source, body)


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
    return first(doses), first(told)


def _supply(bodies: list[Json]) -> tuple[str, str]:
    """The quantity and the days that it lasts, in words."""
    amounts, days = [], []
    for body in bodies:
        request = child(body, "dispenseRequest")
        quantity = child(request, "quantity")
        unit = text(extension(quantity, "MedicationQuantityText"), "valueString")
        amounts.append(joined(text(quantity, "value"), unit or text(quantity, "unit")))
        days.append(lasting(child(request, "expectedSupplyDuration")))
    return first(amounts), first(days)


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

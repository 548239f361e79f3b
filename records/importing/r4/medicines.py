"""Medicines of R4: a statement with the requests behind it, or a request on its own."""

from records.content import Author, Issue, Medicine
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date
from records.importing.fhir.fields import Json, child, children
from records.importing.fhir.medicines import Prescribing, first, lasting, medicine_entry
from records.importing.fhir.wording import Words, code_in, label, labels
from records.importing.r4.absence import named
from records.importing.r4.dosage import dose_of, instruction_of
from records.importing.r4.source import Source
from records.importing.r4.statuses import status_of

CANCELLED, ON_HOLD, NOT_TAKEN = "The prescription was cancelled", "On hold", "Not being taken"
_TYPES = {
    "acute": "acute",
    "continuous": "repeat",
    "repeat": "repeat",
    "continuous-repeat-dispensing": "repeat-dispensing",
    "repeat-dispensing": "repeat-dispensing",
}
_STOPPED_AS = {"on-hold": ON_HOLD, "cancelled": CANCELLED, "not-taken": NOT_TAKEN}
"""Statuses that R4 has besides ours, with the words for a medicine that must not look current."""
_STATUSES = frozenset({"active", "completed", "stopped"})


def read_medicine(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One medicine, at summary with dose and instructions; prescriber notes are not read (R6.4)."""
    return [medicine_entry(_Prescribing(source), source.medicines[resource.key])]


class _Prescribing(Prescribing[Source]):
    """What R4 says of medicines in its own way."""

    def name_of(self, concept: Json) -> Words:
        return named(concept)

    def medication_of(self, body: Json) -> Resource | None:
        return self.source.inside(body, child(body, "medicationReference"), "Medication")

    def medicine(self, words: Words, bodies: list[Json]) -> Medicine:
        return _medicine(self.source, words, bodies)

    def issue(self, body: Json) -> Issue:
        return _issue(self.source, body)


def _medicine(source: Source, words: Words, bodies: list[Json]) -> Medicine:
    dose, instruction = _dosage(bodies)
    quantity, days = _supply(bodies)
    status = status_of(bodies[0], "status")
    is_over = status == "stopped" or status in _STOPPED_AS
    return Medicine(
        codes=words.codes,
        prescription_type=_prescription_type(bodies) or "unknown",
        status=status if status in _STATUSES else "stopped" if is_over else "",
        dose=dose,
        patient_instruction=instruction,
        quantity=quantity,
        days_supply=days,
        started_on=given_date(bodies[0], "effectivePeriod.start", "effectiveDateTime"),
        ended_on=given_date(bodies[0], "effectivePeriod.end"),
        reason_stopped=(is_over and _reason(bodies[0])) or _STOPPED_AS.get(status, ""),
        prescriber=_prescriber(source, bodies),
        reasons=source.links(
            [each for body in bodies for each in children(body, "reasonReference")]
        ),
    )


def _reason(body: Json) -> str:
    """Why a medicine has its status: one concept on a request, a list of them on a statement."""
    given = body.get("statusReason")
    if isinstance(given, list):
        return ", ".join(labels(body, "statusReason"))
    return label(child(body, "statusReason"))


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
        cancelled=status_of(body, "status") in ("cancelled", "stopped"),
    )


def _prescription_type(bodies: list[Json]) -> str:
    for body in bodies:
        found = _TYPES.get(code_in(child(body, "courseOfTherapyType")), "")
        if found:
            return found
    return ""


def _dosage(bodies: list[Json]) -> tuple[str, str]:
    """The dose as written and what it tells the patient, from the first that says."""
    doses, told = [], []
    for body in bodies:
        dosages = children(body, "dosage") + children(body, "dosageInstruction")
        doses.append(dose_of(dosages))
        told.append(instruction_of(dosages))
    return first(doses), first(told)


def _supply(bodies: list[Json]) -> tuple[str, str]:
    """The quantity and the days that it lasts, in words."""
    amounts, days = [], []
    for body in bodies:
        request = child(body, "dispenseRequest")
        amounts.append(lasting(child(request, "quantity")))
        days.append(lasting(child(request, "expectedSupplyDuration")))
    return first(amounts), first(days)


def _prescriber(source: Source, bodies: list[Json]) -> Author | None:
    found = (source.people.author(child(body, "requester")) for body in bodies)
    return next(filter(None, found), None)

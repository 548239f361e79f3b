"""Medicines as statements, each prescription that was issued below its medicine."""

from nhsuk.wording import partial_date_words
from records.content import Issue, Medicine
from records.showing import Shown
from records.takeaway.ips.pieces import (
    UNKNOWN,
    Json,
    date_of,
    labelled,
    named,
    notes,
    period,
    person,
    plain,
    without_nothing,
)
from records.takeaway.ips.terms import Part
from records.takeaway.ips.written import Around, Written, called, only, patient, resource

STATUSES = frozenset({"active", "completed", "stopped"})
TYPES = {
    "acute": "Acute (short term)",
    "repeat": "Repeat",
    "repeat-dispensing": "Repeat, collected in batches",
}


def write_medicine(around: Around, shown: Shown) -> Written:
    """One medicine, from when to when, with the dose as written (R6.4)."""
    content: Medicine = shown.content
    ended = content.stopped_on or content.ended_on
    told = _told(content)
    lines = [*_dose_lines(content), *told, labelled("Prescribed by", named(content.prescriber))]
    issues = [_issue(around, part) for part in shown.parts if not part.is_sealed]
    lasted = period(shown.when, ended)
    when: Json = {"effectivePeriod": lasted} if "end" in lasted else {}
    when = when or {"effectiveDateTime": date_of(shown.when)}
    if not when.get("effectivePeriod") and not date_of(shown.when):
        when = {"_effectiveDateTime": UNKNOWN}
    made = resource(
        around, shown, "MedicationStatement", lines, profile="MedicationStatement-uv-ips",
        # FHIR asks for a status: the one that the source gave, which is nothing for people to read (R6.4)
        status=content.status if content.status in STATUSES else "unknown",
        medicationCodeableConcept=called(shown, content.codes), subject=patient(around),
        derivedFrom=[{"reference": f"urn:uuid:{each['id']}"} for each in issues],
        note=notes(*told), dosage=_dosage(content), **when,
    )  # fmt: skip
    return only(Part.MEDICINES, made, *issues)


def _told(content: Medicine) -> list[str]:
    """What FHIR has no field for in a statement."""
    dates = (
        ("Last issued", content.last_issued_on),
        ("Ends or ended", content.ended_on),
        ("Stopped", content.stopped_on),
    )
    issues = "" if content.issues_made is None else str(content.issues_made)
    issues += f" of {content.issues_allowed}" if issues and content.issues_allowed else ""
    return [
        labelled("Type", TYPES.get(content.prescription_type, "")),
        labelled("Quantity", content.quantity),
        labelled("Lasts for", content.days_supply),
        *(labelled(label, partial_date_words(day)) for label, day in dates if day),
        labelled("Times issued", issues),
        labelled("Why it was stopped", content.reason_stopped),
        "Prescribed by another organisation" if content.prescribed_elsewhere else "",
    ]


def _issue(around: Around, part: Shown) -> Json:
    content: Issue = part.content
    told = [labelled("Quantity", content.quantity), labelled("Lasts for", content.days_supply)]
    if content.cancelled:
        day = partial_date_words(content.cancelled_on) if content.cancelled_on else ""
        told.append(labelled("Cancelled", day) if day else "Cancelled")
    # of any other its status is not held: that it was issued is all that the record says
    return resource(
        around, part, "MedicationRequest", [*_dose_lines(content), *told],
        status="cancelled" if content.cancelled else "unknown", intent="order", medicationCodeableConcept=called(part), subject=patient(around),
        authoredOn=date_of(part.when), requester=person(content.prescriber), note=notes(*told),
        dosageInstruction=_dosage(content),
    )  # fmt: skip


def _dosage(content: Medicine | Issue) -> list[Json]:
    found = without_nothing(
        {"text": plain(content.dose), "patientInstruction": plain(content.patient_instruction)}
    )
    return [found] if found else []


def _dose_lines(content: Medicine | Issue) -> list[str]:
    return [
        labelled("How to take it", content.dose),
        labelled("More instructions", content.patient_instruction),
    ]

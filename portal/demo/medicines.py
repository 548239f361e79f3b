"""Builders of medicines: a statement, the plan it stands on, and the prescriptions issued."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.demo.chart import Chart
from portal.demo.codes import Concept, as_concept
from portal.demo.fhir import (
    NHS_CODES,
    Fields,
    Ref,
    coded,
    extension,
    filled,
    link,
    nested,
    notes,
    part,
)
from portal.demo.when import stamp

KINDS = {"acute": "Acute", "repeat": "Repeat", "repeat-dispensing": "Repeat dispensing"}
PRESCRIBED_HERE = ("prescribed-at-gp-practice", "Prescribed at GP practice")
PRESCRIBED_ELSEWHERE = ("prescribed-by-another-organisation", "Prescribed by another organisation")
ORDERS_KEPT = 3


@dataclass(frozen=True, kw_only=True)
class Course:
    """One medicine as it was prescribed: a short course, or a repeat until it is stopped."""

    drug: Concept | str
    dose: str
    since: date
    kind: str = "repeat"
    days: int = 28
    quantity: str = ""
    """Amount and unit, as GP systems name it; what is usual for the drug where none is said."""
    issues: int = 1
    last_issue: date | None = None
    stopped: date | None = None
    because: str = ""
    instruction: str = ""
    prescriber_note: str = ""
    elsewhere: bool = False
    by: str = ""
    nopat: bool = False

    @property
    def ends_on(self) -> date | None:
        """The last day of a medicine that is over."""
        if self.kind == "acute":
            return self.since + timedelta(days=self.days)
        return self.stopped

    @property
    def status(self) -> str:
        """The status suppliers send, which patients never see (R6.4)."""
        if self.stopped:
            return "stopped"
        return "completed" if self.kind == "acute" else "active"


def medicine(chart: Chart, **said: Any) -> Ref:
    """A medicine with its plan and its last few issues, said as Course has it; returns the statement."""
    course = Course(**said)
    drug = _medication(chart, course)
    plan = chart.put("MedicationRequest", _plan(chart, course, drug), nopat=course.nopat)
    for number in range(0 if course.elsewhere else min(course.issues, ORDERS_KEPT)):
        order = _order(chart, course, drug, plan, number)
        chart.put("MedicationRequest", order, nopat=course.nopat)
    fields = _statement(chart, course, drug, plan)
    return chart.list_in("medicines", chart.put("MedicationStatement", fields, nopat=course.nopat))


def _medication(chart: Chart, course: Course) -> Ref:
    """The drug itself: a new id in every extract, as real suppliers give it."""
    concept = as_concept(course.drug)
    name = concept.get("text") or concept["coding"][0]["display"]
    if name not in chart.medications:
        id = chart.new_id("Medication", chart.today.isoformat())
        chart.medications[name] = chart.put("Medication", {"code": concept}, id=id)
    return chart.medications[name]


def _request(chart: Chart, course: Course, drug: Ref, intent: str, written: date) -> Fields:
    kind = coded(f"{NHS_CODES}CareConnect-PrescriptionType-1", course.kind, KINDS[course.kind])
    return {
        "extension": [extension("PrescriptionType", kind, "CodeableConcept")],
        "status": course.status if intent == "plan" else "completed",
        "intent": intent,
        "medicationReference": link(drug),
        "subject": link(chart.patient),
        "authoredOn": stamp(written, len(chart.resources) % 540),
        "recorder": link(course.by),
        "dosageInstruction": [_dosage(course)],
    }


def _plan(chart: Chart, course: Course, drug: Ref) -> Fields:
    fields = _request(chart, course, drug, "plan", course.since)
    if course.kind != "acute":
        issued = part("numberOfRepeatPrescriptionsIssued", course.issues, "UnsignedInt")
        fields["extension"].append(nested("MedicationRepeatInformation", [issued]))
    if course.stopped:
        fields["extension"].append(_stopped(course))
    fields["note"] = notes(course.prescriber_note)
    fields["dispenseRequest"] = _supply(course, course.since, course.ends_on)
    return fields


def _order(chart: Chart, course: Course, drug: Ref, plan: Ref, number: int) -> Fields:
    """One issue, counted back from the last."""
    on = max(course.since, _last_issue(course) - timedelta(days=course.days * number))
    fields = _request(chart, course, drug, "order", on)
    end = on + timedelta(days=course.days)
    return {"basedOn": [link(plan)], **fields, "dispenseRequest": _supply(course, on, end)}


def _statement(chart: Chart, course: Course, drug: Ref, plan: Ref) -> Fields:
    where = PRESCRIBED_ELSEWHERE if course.elsewhere else PRESCRIBED_HERE
    agency = coded(f"{NHS_CODES}CareConnect-PrescribingAgency-1", *where)
    extras = [extension("PrescribingAgency", agency, "CodeableConcept")]
    if not course.elsewhere:
        last = stamp(_last_issue(course), 0)
        extras.append(extension("MedicationStatementLastIssueDate", last, "DateTime"))
    return {
        "extension": extras,
        "basedOn": [link(plan)],
        "status": course.status,
        "medicationReference": link(drug),
        "effectivePeriod": _period(course.since, course.ends_on),
        "dateAsserted": stamp(course.since, len(chart.resources) % 540),
        "subject": link(chart.patient),
        "taken": "unk",
        "dosage": [_dosage(course)],
    }


def _last_issue(course: Course) -> date:
    return course.last_issue or course.since


def _dosage(course: Course) -> Fields:
    return filled({"text": course.dose, "patientInstruction": course.instruction})


def _stopped(course: Course) -> Fields:
    reason = part("statusReason", {"text": course.because}, "CodeableConcept")
    when = part("statusChangeDate", stamp(course.stopped or course.since, 60), "DateTime")
    return nested("MedicationStatusReason", [reason, when])


def _supply(course: Course, start: date, end: date | None) -> Fields:
    value, _, unit = (course.quantity or _usual_quantity(course.drug)).partition(" ")
    duration = {
        "value": course.days,
        "unit": "day",
        "system": "http://unitsofmeasure.org",
        "code": "d",
    }
    return {
        "validityPeriod": _period(start, end),
        "quantity": {"value": float(value) if "." in value else int(value), "unit": unit},
        "expectedSupplyDuration": duration,
    }


def _period(start: date, end: date | None) -> Fields:
    return filled({"start": start.isoformat(), "end": end.isoformat() if end else ""})


def _usual_quantity(drug: Concept | str) -> str:
    name = str(drug).lower()
    forms = {"inhaler": "200 dose", "capsules": "28 capsule", "injection": "1 injection"}
    return next((usual for form, usual in forms.items() if form in name), "28 tablet")

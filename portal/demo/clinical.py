"""Builders of single entries: allergies, immunisations, problems, observations, letters, referrals, diary."""

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from portal.demo.chart import Chart, Entered, When
from portal.demo.codes import COMMENT_NOTE, Concept, as_concept
from portal.demo.fhir import (
    CARE_CONNECT,
    CARE_CONNECT_CODES,
    Fields,
    Ref,
    coded,
    extension,
    link,
    nested,
    notes,
    part,
)

UNKNOWN_VACCINE = coded("http://hl7.org/fhir/v3/NullFlavor", "UNK", "unknown")
PROBLEM_LIST = coded(
    f"{CARE_CONNECT_CODES}CareConnect-ConditionCategory-1", "problem-list-item", "Problem List Item"
)


def allergy(
    chart: Chart,
    what: Concept | str,
    *,
    category: str = "medication",
    reaction: str = "",
    note: str = "",
    verification: str = "unconfirmed",
    **entered: Unpack[Entered],
) -> Ref:
    """An allergy or adverse reaction that still holds."""
    manifestation = {"manifestation": [{"text": reaction}], "description": reaction}
    fields = _allergy_fields(chart, what, category, note, entered) | {
        "clinicalStatus": "active",
        "verificationStatus": verification,
        "reaction": [manifestation] if reaction else [],
    }
    return chart.list_in("allergies", _put(chart, "AllergyIntolerance", fields, entered))


def ended_allergy(
    chart: Chart,
    what: Concept | str,
    *,
    ended: date,
    because: str,
    note: str = "",
    **entered: Unpack[Entered],
) -> Ref:
    """An allergy that has ended: it lives inside the list of ended allergies."""
    end = [part("endDate", ended.isoformat(), "DateTime"), part("reasonEnded", because, "String")]
    fields = _allergy_fields(chart, what, "medication", note, entered) | {
        "clinicalStatus": "resolved",
        "verificationStatus": "unconfirmed",
        "extension": [nested("AllergyIntoleranceEnd", end)],
    }
    resource = chart.build("AllergyIntolerance", fields)
    chart.ended_allergies.append(resource)
    chart.list_in("ended-allergies", Ref(f"#{resource['id']}"))
    return Ref(f"AllergyIntolerance/{resource['id']}")


def _allergy_fields(
    chart: Chart, what: Concept | str, category: str, note: str, entered: Entered
) -> Fields:
    return {
        "category": [category],
        "code": as_concept(what),
        "patient": link(chart.patient),
        "onsetDateTime": _on(entered),
        "assertedDate": chart.recorded(entered),
        "recorder": link(entered.get("by", "")),
        "note": notes(note),
    }


def immunisation(
    chart: Chart,
    what: Concept | str,
    *,
    batch: str = "",
    site: str = "",
    note: str = "",
    given: bool = True,
    **entered: Unpack[Entered],
) -> Ref:
    """An immunisation, given or refused; its name stands in an extension, as suppliers send it."""
    fields: Fields = {
        "extension": _immunisation_extras(as_concept(what), chart.recorded(entered)),
        "status": "completed",
        "notGiven": not given,
        "vaccineCode": UNKNOWN_VACCINE,
        "patient": link(chart.patient),
        "date": _on(entered),
        "primarySource": True,
        "lotNumber": batch,
        "site": {"text": site} if site else {},
        "practitioner": [{"actor": who} for who in _performer(entered)],
        "note": notes(note),
    }
    return chart.list_in("immunisations", _put(chart, "Immunization", fields, entered))


def _immunisation_extras(what: Concept, recorded: str) -> list[Fields]:
    procedure = extension("VaccinationProcedure", what, "CodeableConcept", CARE_CONNECT)
    if not recorded:
        return [procedure]
    return [extension("DateRecorded", recorded, "DateTime", CARE_CONNECT), procedure]


def observation(
    chart: Chart,
    what: Concept | str,
    *,
    value: Fields | None = None,
    comment: str = "",
    **entered: Unpack[Entered],
) -> Ref:
    """A coded entry that is no test result: a symptom, a measurement, a history, a procedure done."""
    fields: Fields = {
        "status": "final",
        "code": as_concept(what),
        **_observed(chart, entered),
        **(value or {}),
        "comment": comment,
    }
    return chart.list_in("uncategorised", _put(chart, "Observation", fields, entered))


def comment_note(chart: Chart, text: str, *, about: str = "", **entered: Unpack[Entered]) -> Ref:
    """Words alone: the narrative of a consultation, or the filing comment of a report."""
    fields: Fields = {
        "status": "unknown" if about else "final",
        "code": COMMENT_NOTE,
        **_observed(chart, entered),
        "comment": text,
        "related": [{"type": "derived-from", "target": link(about)}] if about else [],
    }
    return _put(chart, "Observation", fields, entered)


def problem(
    chart: Chart,
    what: Concept | str,
    *,
    significance: str = "major",
    ended: When = "",
    note: str = "",
    about: str = "",
    related: Sequence[str] = (),
    **entered: Unpack[Entered],
) -> Ref:
    """A health condition, and the entry behind it: a new observation unless `about` names another."""
    actual = about or observation(chart, what, **entered)
    fields: Fields = {
        "extension": _problem_extras(actual, significance, related),
        "clinicalStatus": "inactive" if ended else "active",
        "category": [PROBLEM_LIST],
        "code": as_concept(what),
        "subject": link(chart.patient),
        "context": link(entered.get("encounter", "")),
        "onsetDateTime": _on(entered),
        "abatementDateTime": str(ended),
        "assertedDate": chart.recorded(entered),
        "asserter": link(entered.get("by", "")),
        "note": notes(note),
    }
    return chart.list_in("problems", _put(chart, "Condition", fields, entered))


def _problem_extras(actual: str, significance: str, related: Sequence[str]) -> list[Fields]:
    links = [("ActualProblem", actual), *(("RelatedClinicalContent", to) for to in related)]
    return [
        *(extension(name, link(to), "Reference", CARE_CONNECT) for name, to in links),
        extension("ProblemSignificance", significance, "Code", CARE_CONNECT),
    ]


def diary(
    chart: Chart, what: Concept | str, *, due: When, note: str = "", **entered: Unpack[Entered]
) -> Ref:
    """A reminder in the surgery's diary: never for the patient's eyes (R1.10)."""
    fields: Fields = {
        "status": "active",
        "intent": "plan",
        "code": as_concept(what),
        "subject": link(chart.patient),
        "occurrenceDateTime": str(due),
        "authoredOn": chart.recorded(entered),
        "requester": _requester(entered),
        "note": notes(note),
    }
    return chart.list_in("recalls", _put(chart, "ProcedureRequest", fields, entered))


def referral(
    chart: Chart,
    what: Concept | str,
    *,
    to: str = "",
    priority: str = "routine",
    text: str = "",
    **entered: Unpack[Entered],
) -> Ref:
    """A referral to someone else; suppliers send its status as unknown."""
    fields: Fields = {
        "status": "unknown",
        "intent": "order",
        "priority": priority,
        "subject": link(chart.patient),
        "authoredOn": chart.recorded(entered),
        "requester": _requester(entered),
        "recipient": [link(to)] if to else [],
        "reasonCode": [as_concept(what)],
        "description": text,
    }
    return chart.list_in("referrals", _put(chart, "ReferralRequest", fields, entered))


def _put(chart: Chart, kind: str, fields: Fields, entered: Entered) -> Ref:
    return chart.put(kind, fields, nopat=entered.get("nopat", False))


def _on(entered: Entered) -> str:
    return str(entered.get("on", ""))


def _performer(entered: Entered) -> list[Fields]:
    return [link(entered["by"])] if entered.get("by") else []


def _requester(entered: Entered) -> Fields:
    return {"agent": link(entered["by"])} if entered.get("by") else {}


def _observed(chart: Chart, entered: Entered) -> Fields:
    return {
        "subject": link(chart.patient),
        "context": link(entered.get("encounter", "")),
        "effectiveDateTime": _on(entered),
        "issued": chart.recorded(entered),
        "performer": _performer(entered),
    }

"""Allergies, health conditions, immunisations and procedures as resources."""

from typing import Any

from nhsuk.wording import partial_date_words
from records.content import Allergy, Condition, Immunisation, Procedure
from records.showing import Shown
from records.takeaway.ips.pieces import (
    UNKNOWN,
    Json,
    coded,
    concept,
    date_of,
    dated,
    labelled,
    named,
    notes,
    only_words,
    people,
    person,
    plain,
    without_nothing,
)
from records.takeaway.ips.terms import (
    ALLERGY_CERTAINTY,
    ALLERGY_STATUS,
    CONDITION_CATEGORY,
    CONDITION_CERTAINTY,
    CONDITION_STATUS,
    EXTENSION,
    Part,
)
from records.takeaway.ips.written import Around, Written, called, only, patient, resource

STATUSES = frozenset({"active", "inactive", "resolved", "recurrence", "relapse", "remission"})
HAVE_ENDED = frozenset({"inactive", "resolved", "remission"})
CERTAINTIES = frozenset({"unconfirmed", "confirmed"})
KINDS_OF_ALLERGY = frozenset({"food", "medication", "environment", "biologic"})
CRITICALITIES = frozenset({"low", "high", "unable-to-assess"})
SEVERITIES = frozenset({"mild", "moderate", "severe"})
SIGNIFICANCE = {"major": "Significant", "minor": "Minor"}
NOT_RECORDED = "Not recorded"


def typed_notes(shown: Shown) -> list[str]:
    """The notes that the level opens."""
    return list(getattr(shown.words, "notes", []))


def write_allergy(around: Around, shown: Shown) -> Written:
    """One allergy; that it ended is told only with the reason (R6.5)."""
    content: Allergy = shown.content
    told = typed_notes(shown) + list(getattr(shown.words, "reactions", []))
    ended = content.ended_on if content.reason_ended else None
    why = labelled("Why it ended", content.reason_ended) if content.ended_on else ""
    lines = [", ".join(each.manifestations) for each in content.reactions]
    lines += [labelled("Ended", partial_date_words(ended)) if ended else "", why, *told]
    lines.append(labelled("Written by", named(content.recorder)))
    is_known = content.status in STATUSES
    made = resource(
        around, shown, "AllergyIntolerance", lines, profile="AllergyIntolerance-uv-ips",
        extension=_abatement(date_of(ended)),
        clinicalStatus=coded(ALLERGY_STATUS, content.status) if is_known else UNKNOWN,
        verificationStatus=coded(ALLERGY_CERTAINTY, content.certainty)
        if content.certainty in CERTAINTIES else {},
        category=sorted(KINDS_OF_ALLERGY & set(content.categories)),
        criticality=content.criticality if content.criticality in CRITICALITIES else "",
        code=called(shown, content.codes), patient=patient(around),
        onsetDateTime=date_of(shown.when), recorder=person(content.recorder),
        lastOccurrence=date_of(content.last_occurred), note=notes(why, *told),
        reaction=[_reaction(each.manifestations, each.severity) for each in content.reactions],
    )  # fmt: skip
    return only(Part.ALLERGIES, made)


def _abatement(ended: str) -> list[Json]:
    url = f"{EXTENSION}/allergyintolerance-abatement"
    return [{"url": url, "valueDateTime": ended}] if ended else []


def _reaction(manifestations: list[str], severity: str) -> Json:
    known = severity if severity in SEVERITIES else ""
    return without_nothing(
        {"manifestation": only_words(manifestations) or [UNKNOWN], "severity": known}
    )


def write_condition(around: Around, shown: Shown) -> Written:
    """One health condition, past or current by what the surgery says of it (R6.8)."""
    content: Condition = shown.content
    has_ended = content.status in HAVE_ENDED
    ended = labelled("Ended", partial_date_words(content.ended_on)) if content.ended_on else ""
    told = [labelled("Significance", SIGNIFICANCE.get(content.significance, ""))]
    told += typed_notes(shown)
    is_known = content.status in STATUSES
    made = resource(
        around, shown, "Condition", [ended, *told, labelled("Written by", named(content.asserter))],
        profile="Condition-uv-ips",
        clinicalStatus=coded(CONDITION_STATUS, content.status) if is_known else UNKNOWN,
        verificationStatus=coded(CONDITION_CERTAINTY, content.certainty)
        if content.certainty else {},
        category=[coded(CONDITION_CATEGORY, "problem-list-item", "Problem List Item")],
        code=called(shown, content.codes), subject=patient(around),
        onsetDateTime=date_of(shown.when),
        # FHIR has no current condition with an end: then the end is a note
        abatementDateTime=date_of(content.ended_on) if has_ended else "",
        asserter=person(content.asserter), note=notes("" if has_ended else ended, *told),
    )  # fmt: skip
    is_past = has_ended or content.ended_on is not None
    return only(Part.PAST_ILLNESS if is_past else Part.PROBLEMS, made)


def write_immunisation(around: Around, shown: Shown) -> Written:
    """One vaccine that was given."""
    content: Immunisation = shown.content
    product = content.product if content.product != shown.title else ""
    told = [labelled("Vaccine", product), labelled("Amount", content.quantity), *typed_notes(shown)]
    lines = [labelled("Batch number", content.batch), *told]
    occurred = date_of(shown.when)
    made = resource(
        around, shown, "Immunization", lines, profile="Immunization-uv-ips", status="completed",
        vaccineCode=called(shown, content.codes), patient=patient(around),
        occurrenceDateTime=occurred, occurrenceString="" if occurred else "Unknown date",
        location=without_nothing({"display": plain(content.given_at)}),
        manufacturer=without_nothing({"display": plain(content.manufacturer)}),
        lotNumber=plain(content.batch), expirationDate=date_of(content.expires_on),
        site=concept(content.site), route=concept(content.route),
        performer=[{"actor": each} for each in people(filter(None, [content.given_by]))],
        note=notes(*told), reasonCode=only_words(content.reasons), protocolApplied=_protocol(content),
    )  # fmt: skip
    return only(Part.IMMUNISATIONS, made)


def _protocol(content: Immunisation) -> list[Json]:
    number = plain(content.dose_number)
    diseases = only_words(content.diseases)
    if not (number or diseases):
        return []
    is_number = number.isascii() and number.isdigit() and 0 < int(number) < 2**31
    dose: Json = {"doseNumberPositiveInt": int(number)} if is_number else {}
    dose = dose or {"doseNumberString": number or NOT_RECORDED}
    return [without_nothing({"targetDisease": diseases}) | dose]


def write_procedure(around: Around, shown: Shown) -> Written:
    """One procedure. Only one that the source calls completed is said to have been done."""
    return only(Part.PROCEDURES, procedure(around, shown))


def procedure(around: Around, shown: Shown, **fields: Any) -> Json:
    """A procedure on its own or in a consultation."""
    content: Procedure = shown.content
    return resource(
        around, shown, "Procedure", [named(each) for each in content.performers] + typed_notes(shown),
        profile="Procedure-uv-ips", status="completed" if content.status == "completed" else "unknown",
        code=called(shown, content.codes), subject=patient(around),
        performer=[{"actor": each} for each in people(content.performers)],
        note=notes(*typed_notes(shown)), **dated("performedDateTime", shown.when), **fields,
    )  # fmt: skip

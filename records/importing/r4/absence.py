"""Codes that say that there is nothing, or that nothing is known: the first is a statement, the second is not (R2.6)."""

import msgspec

from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import Json, Misshapen, all_codings, child, text
from records.importing.fhir.wording import Words, label, words_of
from surgeries.terms import Section

NO_KNOWN: dict[str, str] = {
    "716186003": "No known allergies",
    "409137002": "No known drug allergy",
    "428607008": "No known environmental allergy",
    "429625007": "No known food allergy",
    "160245001": "No current problems or disability",
    "787481004": "No known medicines",
    "no-known-allergies": "No known allergies",
    "no-known-medication-allergies": "No known allergies to medicines",
    "no-known-environmental-allergies": "No known environmental allergies",
    "no-known-food-allergies": "No known food allergies",
    "no-known-problems": "No known health conditions",
    "no-known-medications": "No known medicines",
    "no-known-immunizations": "No known immunisations",
    "no-known-procedures": "No known procedures",
}
"""SNOMED's codes and those of the International Patient Summary, with words for a coding that has none."""

_NO_INFORMATION = frozenset(
    {
        "no-allergy-info",
        "no-medication-info",
        "no-problem-info",
        "no-immunization-info",
        "no-procedure-info",
    }
)
NOTHING_KNOWN: dict[str, str] = {
    Section.ALLERGIES: "No known allergies or adverse reactions",
    Section.MEDICINES: "No known medicines",
    Section.IMMUNISATIONS: "No known immunisations",
    Section.HEALTH_CONDITIONS: "No known health conditions",
}
"""What a section says of itself whose source writes that there is nothing known of it."""

_WHY: dict[str, str] = {
    "unknown": "Unknown",
    "asked-unknown": "Asked but not known",
    "temp-unknown": "Not known yet",
    "not-asked": "Not asked",
    "asked-declined": "Asked but declined",
    "masked": "Not shown by the source",
    "not-applicable": "Not applicable",
    "unsupported": "Cannot be told by the source",
    "as-text": "Told in text only",
    "error": "An error in the source",
    "not-performed": "Not done",
    "not-permitted": "Not permitted",
}
_NAMES = ("code", "medicationCodeableConcept", "vaccineCode")


def named(concept: Json) -> Words:
    """The words of a concept; those of a coded absence where its coding has none."""
    words = words_of(concept)
    found = next((NO_KNOWN[each.code] for each in words.codes if each.code in NO_KNOWN), "")
    return words if words.title or not found else msgspec.structs.replace(words, title=found)


def says_no_information(resource: Resource) -> bool:
    """Whether a resource stands for not knowing: no entry, but a section that is not available."""
    try:
        concepts = [child(resource.body, name) for name in _NAMES]
        return any(
            text(each, "code") in _NO_INFORMATION for one in concepts for each in all_codings(one)
        )
    except Misshapen:
        return False


def why_absent(body: Json) -> str:
    """Why there is no value, in the source's words or those of its code."""
    concept = child(body, "dataAbsentReason")
    codes = (each.code for each in words_of(concept).codes)
    return label(concept) or next((_WHY[each] for each in codes if each in _WHY), "")

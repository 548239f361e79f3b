"""The words for a thing: those the clinician chose, never a label that means nothing (R6.3)."""

import msgspec

from records.content import Code
from records.importing.fhir.fields import Json, child, children, extensions, is_true, text
from records.importing.fhir.terms import DEGRADED_CODES, SNOMED

LONGEST_TITLE = 1000

_NO_WORDS = frozenset({"null", "none", "nan", "undefined"})
"""What software writes when it has no words."""


class Words(msgspec.Struct, frozen=True):
    """A concept in words; `coded` is false where somebody only typed them (R1.7)."""

    title: str = ""
    coded: bool = False
    codes: list[Code] = []


NO_WORDS = Words()


def words_of(concept: Json) -> Words:
    """The words and codes of a CodeableConcept."""
    if not concept:
        return NO_WORDS
    codings = [each for each in children(concept, "coding") if not _says_nothing(each)]
    title = _meaningful(concept, "text") or _first_label(codings)
    codes = [_code(each) for each in codings if text(each, "code") or text(each, "display")]
    if len(title) > LONGEST_TITLE:
        codes.append(Code(display=title))
        title = title[: LONGEST_TITLE - 1] + "…"
    return Words(title, any(code.code for code in codes), codes)


def label(concept: Json) -> str:
    """The words alone."""
    return words_of(concept).title


def labels(body: Json, name: str) -> list[str]:
    """The words of each concept in a list, without those that say nothing."""
    return [words for words in (label(each) for each in children(body, name)) if words]


def code_in(concept: Json) -> str:
    """The first code of a concept, for the source's own short lists of codes."""
    return next((text(each, "code") for each in children(concept, "coding")), "")


def has_code(concept: Json, *wanted: str) -> bool:
    """Whether one of these codes is among the codings."""
    return any(text(each, "code") in wanted for each in children(concept, "coding"))


def is_degraded(concept: Json) -> bool:
    """Whether the code of this did not survive a transfer."""
    return any(_is_degraded(each) for each in children(concept, "coding"))


def _first_label(codings: list[Json]) -> str:
    """The description that was chosen, else the chosen code's label, else SNOMED's, else any."""
    usable = [each for each in codings if not _is_degraded(each)]
    chosen = [each for each in usable if is_true(each, "userSelected")]
    snomed = [each for each in usable if text(each, "system") == SNOMED]
    for group in (chosen, snomed, usable):
        for found in (*map(_description, group), *(_meaningful(each, "display") for each in group)):
            if found:
                return found
    return ""


def _description(coding: Json) -> str:
    """The words chosen for a SNOMED concept; the extension occurs in two spellings."""
    for found in extensions(coding, "coding-sctdescid", "coding-sctdecsid"):
        for part in children(found, "extension"):
            if text(part, "url").lower() == "descriptiondisplay":
                return _meaningful(part, "valueString")
    return ""


def _meaningful(body: Json, name: str) -> str:
    found = text(body, name)
    return "" if found.lower() in _NO_WORDS else found


def _says_nothing(coding: Json) -> bool:
    return "NullFlavor" in text(coding, "system")


def _is_degraded(coding: Json) -> bool:
    shown = text(coding, "display").lower()
    return text(coding, "code") in DEGRADED_CODES or shown.startswith("transfer-degraded")


def _code(coding: Json) -> Code:
    return Code(text(coding, "system"), text(coding, "code"), text(coding, "display"))


def value_label(holder: Json) -> str:
    """The words of an extension's valueCodeableConcept."""
    return label(child(holder, "valueCodeableConcept"))

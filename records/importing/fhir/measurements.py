"""Values as the source gave them: never rounded, never judged (R6.6)."""

import msgspec

from records.content import Component, Flag, Quantity, ReferenceRange
from records.importing.fhir.fields import Json, child, children, extension, joined, text
from records.importing.fhir.wording import Words, label, words_of

PLAIN_VALUES = (
    "valueBoolean",
    "valueInteger",
    "valueDateTime",
    "valueTime",
)


class Measured(msgspec.Struct, frozen=True):
    """A value: what is coded content, and what somebody typed instead."""

    value: Quantity | None = None
    words: str = ""
    typed: str = ""


def measured(body: Json, is_laboratory: bool) -> Measured:
    """The value of an observation or component.

    The text of a laboratory's result ("Negative") is the result. Elsewhere text was typed by hand.
    """
    quantity = quantity_of(child(body, "valueQuantity"))
    if quantity:
        return Measured(value=quantity)
    concept = words_of(child(body, "valueCodeableConcept"))
    if concept.coded:
        return Measured(words=concept.title)
    typed = concept.title or text(body, "valueString")
    other = _plain_value(body)
    return Measured(words=typed or other) if is_laboratory else Measured(words=other, typed=typed)


def components(body: Json, is_laboratory: bool) -> tuple[list[Component], list[str]]:
    """The components with a name that is coded, and the rest as typed words."""
    found: list[Component] = []
    typed: list[str] = []
    for each in children(body, "component"):
        words = words_of(child(each, "code"))
        value = measured(each, is_laboratory)
        is_typed = bool(value.typed) or (not words.coded and not is_laboratory and not value.value)
        if is_typed:
            typed.append(": ".join(filter(None, (words.title, value.typed or value.words))))
        else:
            found.append(_component(each, words, value))
    return found, [words for words in typed if words]


def quantity_of(body: Json) -> Quantity | None:
    """A number with its unit and comparator as written."""
    number = text(body, "value")
    if not number:
        return None
    approximate = extension(body, "ValueApproximation").get("valueBoolean") is True
    unit = text(body, "unit") or text(body, "code")
    return Quantity(number, unit, text(body, "comparator"), approximate)


def reference_ranges(body: Json) -> list[ReferenceRange]:
    """The ranges that the laboratory gave, in words or limits."""
    found = []
    for each in children(body, "referenceRange"):
        applies = [label(child(each, "type")), *map(label, children(each, "appliesTo"))]
        low, high = quantity_of(child(each, "low")), quantity_of(child(each, "high"))
        found.append(ReferenceRange(text(each, "text"), low, high, joined(*applies)))
    return [each for each in found if each != ReferenceRange()]


def flags(body: Json) -> list[Flag]:
    """The laboratory's own interpretations, one or several: the words of each, its code, or both."""
    given = body.get("interpretation")
    concepts = children(body, "interpretation") if isinstance(given, list) else [given]
    return [
        flag
        for each in concepts
        if (flag := _flag(child({"interpretation": each}, "interpretation")))
    ]


def _flag(concept: Json) -> Flag | None:
    words = words_of(concept)
    code = next((each.code for each in words.codes if each.code), "")
    return Flag(words.title or code, code) if words.title or code else None


def _component(body: Json, words: Words, value: Measured) -> Component:
    return Component(
        title=words.title,
        codes=words.codes,
        value=value.value,
        words=value.words,
        absent_because=label(child(body, "dataAbsentReason")),
        ranges=reference_ranges(body),
        flags=flags(body),
    )


def _plain_value(body: Json) -> str:
    """A value of a simple kind, in words."""
    for name in PLAIN_VALUES:
        found = body.get(name)
        if isinstance(found, bool):
            return "Yes" if found else "No"
        if text(body, name):
            return text(body, name)
    return _range_or_ratio(body)


def _range_or_ratio(body: Json) -> str:
    ratio, span = child(body, "valueRatio"), child(body, "valueRange")
    if ratio:
        return " : ".join(_amount(child(ratio, name)) for name in ("numerator", "denominator"))
    if span:
        return " to ".join(filter(None, (_amount(child(span, name)) for name in ("low", "high"))))
    period = child(body, "valuePeriod")
    return " to ".join(filter(None, (text(period, "start"), text(period, "end"))))


def _amount(body: Json) -> str:
    found = quantity_of(body)
    return joined(found.comparator + found.number, found.unit) if found else ""

"""How a medicine is taken, in words: as written, else what the fields of a dose say, one after the other (R6.4)."""

from records.importing.fhir.fields import Json, child, children, joined, text
from records.importing.fhir.wording import label, labels

_UNITS = {
    "s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year",
}  # fmt: skip


_UNDERSTOOD = {
    "dosage": {
        "id", "sequence", "text", "patientInstruction", "additionalInstruction", "doseAndRate", "route", "method",
        "site", "timing", "asNeededBoolean", "asNeededCodeableConcept",
    },
    "dose": {"id", "type", "doseQuantity", "doseRange"},
    "timing": {"id", "code", "repeat"},
    "repeat": {"id", "frequency", "period", "periodUnit"},
}  # fmt: skip
"""The fields that a frequency in words tells of, or that do not touch it: with any other it would say too much."""


def dose_of(dosages: list[Json]) -> str:
    """The dose of each, line by line; nothing is added to what the source gives."""
    return "\n".join(filter(None, (text(each, "text") or _in_words(each) for each in dosages)))


def instruction_of(dosages: list[Json]) -> str:
    """What they tell the patient besides."""
    told = [text(each, "patientInstruction") for each in dosages]
    coded = [words for each in dosages for words in _more(each)]
    return "\n".join(dict.fromkeys(filter(None, [*told, *coded])))


def _more(dosage: Json) -> list[str]:
    """Instructions that are only coded; a text has them already."""
    return [] if text(dosage, "text") else labels(dosage, "additionalInstruction")


def _in_words(dosage: Json) -> str:
    amounts = [_amount(each) for each in children(dosage, "doseAndRate")]
    often = _how_often(child(dosage, "timing")) if _is_understood(dosage) else ""
    told = [*amounts, label(child(dosage, "route")), often]
    reason = label(child(dosage, "asNeededCodeableConcept"))
    if reason or dosage.get("asNeededBoolean") is True:
        told.append(joined("as needed", f"for {reason}" if reason else ""))
    return ", ".join(filter(None, told))


def _is_understood(dosage: Json) -> bool:
    """Whether a dose has no field that limits how often it may be taken in a way that is not told, such as a maximum."""
    timing = child(dosage, "timing")
    fields = {
        "dosage": [dosage],
        "dose": children(dosage, "doseAndRate"),
        "timing": [timing],
        "repeat": [child(timing, "repeat")],
    }
    return all(each.keys() <= _UNDERSTOOD[name] for name, found in fields.items() for each in found)


def _amount(dose: Json) -> str:
    span = child(dose, "doseRange")
    whole = _quantity(child(dose, "doseQuantity"))
    return whole or " to ".join(
        filter(None, (_quantity(child(span, name)) for name in ("low", "high")))
    )


def _quantity(body: Json) -> str:
    return joined(text(body, "value"), text(body, "unit") or text(body, "code"))


def _how_often(timing: Json) -> str:
    """The timing's own words, else so many times in a period."""
    repeat = child(timing, "repeat")
    times, period = text(repeat, "frequency"), text(repeat, "period")
    unit = _UNITS.get(text(repeat, "periodUnit"), "")
    if label(child(timing, "code")) or not (times and period and unit):
        return label(child(timing, "code"))
    is_one = period in ("1", "1.0")
    every = f"every {unit}" if is_one else f"every {period} {unit}s"
    return f"{'once' if times == '1' else f'{times} times'} {every}"

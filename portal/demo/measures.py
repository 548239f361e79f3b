"""Values of observations: quantities, blood pressure, words."""

from portal.demo.codes import DIASTOLIC, SYSTOLIC, Concept
from portal.demo.fhir import Fields


def quantity(value: float, unit: str, comparator: str = "") -> Fields:
    """A number with its unit, written as laboratories do: without a coding system for the unit."""
    less_or_more = {"comparator": comparator} if comparator else {}
    return {
        "valueQuantity": {
            "value": round(value, 2),
            **less_or_more,
            **({"unit": unit} if unit else {}),
        }
    }


def words(text: str) -> Fields:
    """A result that is text."""
    return {"valueString": text}


def pressure(systolic: int, diastolic: int) -> Fields:
    """Both parts of a blood pressure; goes with BLOOD_PRESSURE."""
    return {"component": [_component(SYSTOLIC, systolic), _component(DIASTOLIC, diastolic)]}


def _component(what: Concept, value: int) -> Fields:
    return {"code": what, **quantity(value, "mm[Hg]")}

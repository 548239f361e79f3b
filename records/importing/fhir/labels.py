"""Whether a label asks us to hide what carries it (R2.4)."""

from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import Json, Misshapen, child, children, text
from records.importing.fhir.terms import NOPAT


def says_nopat(labels: list[Json]) -> bool:
    """Whether one of these security labels means "not for the patient", however it is written; others do not."""
    return any(
        NOPAT in (text(each, "code").upper(), text(each, "display").upper()) for each in labels
    )


def is_labelled(resource: Resource) -> bool:
    """Whether a resource itself is labelled; a label that cannot be read may be the one that hides."""
    try:
        return says_nopat(children(child(resource.body, "meta"), "security"))
    except Misshapen:
        return True

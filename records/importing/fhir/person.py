"""The person an extract is about, for matching (R3.7)."""

import re
from datetime import date

from records.importing.extract import Person, UnreadableExtract
from records.importing.fhir.bundle import Bundle
from records.importing.fhir.dates import partial_date
from records.importing.fhir.fields import Json, Misshapen, children, text, texts

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"

_BEST_FIRST = ("official", "usual", "")
"""Which of several names the person goes by; former names never match."""


def read_person(bundle: Bundle) -> Person:
    """The one person in the bundle; none, or more than one, is refused whole."""
    patients = bundle.of_type("Patient")
    if not patients:
        raise UnreadableExtract("The file names no patient: ask the source for the whole record")
    if len(patients) > 1:
        raise UnreadableExtract(
            f"The file names {len(patients)} patients: load one person's record at a time"
        )
    try:
        return _read(patients[0].body)
    except Misshapen as error:
        raise UnreadableExtract(f"The patient in the file cannot be read: {error}") from error


def _read(body: Json) -> Person:
    name = _name(children(body, "name"))
    return Person(
        nhs_number=_nhs_number(body),
        family_name=text(name, "family"),
        given_names=" ".join(texts(name, "given")),
        date_of_birth=_date_of_birth(body),
    )


def _nhs_number(body: Json) -> str:
    for each in children(body, "identifier"):
        if text(each, "system") == NHS_NUMBER:
            given = text(each, "value")
            digits = re.sub(r"[\s-]", "", given)
            return digits if digits.isdigit() else given
    return ""


def _name(names: list[Json]) -> Json:
    for use in _BEST_FIRST:
        for name in names:
            if text(name, "use") == use and text(name, "family"):
                return name
    return {}


def _date_of_birth(body: Json) -> date | None:
    found = partial_date(body, "birthDate")
    return found.on if found.precision == "day" else None

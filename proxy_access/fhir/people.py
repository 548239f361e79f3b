"""Who a file is about: identifiers, and the names and dates of birth of the Patients in it."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from proxy_access.fhir.parsing import Json, Unreadable, day, each, one_line, word
from proxy_access.fhir.terms import NHS_NUMBER, URI
from proxy_access.fhir.told import Person

ACCOUNT = "urn:uuid:"
NAMES_FIRST = ("usual", "official", "")
NUMBER = re.compile(r"[0-9]{10}")


def person_at(reference: Any, what: str) -> Person:
    """The person whom a reference identifies; raises Unreadable where it names nobody by a number of their own."""
    system = word(reference, "identifier", "system")
    value = word(reference, "identifier", "value")
    if system == NHS_NUMBER and NUMBER.fullmatch(value):
        return Person(nhs_number=value)
    if system == URI and value.startswith(ACCOUNT):
        return Person(account=_account(value.removeprefix(ACCOUNT), what))
    raise Unreadable(f"{what} is not named by an NHS number of 10 digits")


def _account(text: str, what: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise Unreadable(f"{what} is named by {one_line(text)}, which is no account") from error


def people_in(patients: Iterable[Json]) -> dict[str, Person]:
    """The Patients of a file by NHS number; raises Unreadable where two of one number differ."""
    found: dict[str, Person] = {}
    for patient in patients:
        for person in _persons(patient):
            if found.setdefault(person.nhs_number, person) != person:
                raise Unreadable("it tells two different people with one NHS number")
    return found


def _persons(patient: Json) -> Iterable[Person]:
    name = _name(patient)
    born = word(patient, "birthDate")
    for identifier in each(patient, "identifier"):
        if word(identifier, "system") == NHS_NUMBER:
            number = person_at({"identifier": identifier}, "a Patient").nhs_number
            yield Person(
                nhs_number=number, family_name=word(name, "family"), given_names=_given(name),
                date_of_birth=day(born, "a date of birth") if born else None,
            )  # fmt: skip


def _name(patient: Json) -> Json:
    names = list(each(patient, "name"))
    for use in NAMES_FIRST:
        for name in names:
            if word(name, "use") == use:
                return name
    return {}


def _given(name: Json) -> str:
    given = name.get("given", [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Unreadable("“given” is not a list of names")
    return " ".join(one.strip() for one in given)

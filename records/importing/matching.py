"""Which patient an extract is about (R3.7, R7.2): certain, or refused with the reason."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from records.importing.extract import Person
from surgeries.models import Patient, Surgery, check_nhs_number
from surgeries.registration import add_patient

LONGEST_SHOWN = 20
"""Characters of what stands where an NHS number should: it may be anything."""


class Unmatched(Exception):
    """The extract cannot be given to a patient with certainty; the message says why and what to do."""


def match(person: Person, surgery: Surgery, *, now: datetime) -> Patient | None:
    """The patient on the surgery's list of whom number, birth date and family name are all true.

    None when the surgery has nobody of that NHS number; raises Unmatched when it has, and the rest
    contradicts, or when the extract does not say enough.
    """
    _check_complete(person)
    patient = on_list(surgery, person.nhs_number, now=now)
    if patient:
        _check_same(person, patient)
    return patient


def match_named(person: Person, patient: Patient) -> Patient:
    """The patient whom the operator named; what the extract says must not contradict (R7.2)."""
    refuse_another_number(person, patient.nhs_number)
    _check_same(person, patient)
    return patient


def refuse_another_number(person: Person, named: str) -> None:
    """Raise Unmatched where the extract's own number is valid and not the one that was named (R7.2)."""
    if _is_valid(person.nhs_number) and person.nhs_number != named:
        raise Unmatched(
            "the extract has another valid NHS number than the one named: check the file"
        )


def on_list(surgery: Surgery, nhs_number: str, *, now: datetime) -> Patient | None:
    """The patient of this number on a surgery's list today."""
    patients = Patient.objects.of_surgery(surgery).select_related("surgery")
    return patients.filter(nhs_number=nhs_number, left_on=None).first()


def add_from(
    person: Person, surgery: Surgery, *, nhs_number: str, by: UUID | None, now: datetime
) -> Patient:
    """Put the person of an extract on the surgery's list, from today (R1.2: all before is historical)."""
    if not person.family_name or person.date_of_birth is None:
        raise Unmatched(
            "the extract gives no family name or no date of birth: add the patient first"
        )
    patient = Patient(
        surgery=surgery, nhs_number=nhs_number, family_name=person.family_name,
        given_names=person.given_names or "(not given)", date_of_birth=person.date_of_birth,
        registered_on=timezone.localdate(now),
    )  # fmt: skip
    try:
        return add_patient(patient, by=by, now=now)
    except ValidationError as error:
        raise Unmatched(f"the patient could not be added: {'; '.join(error.messages)}") from error


def _check_complete(person: Person) -> None:
    if not _is_valid(person.nhs_number):
        raise Unmatched(
            f"its NHS number ({_in_short(person.nhs_number) or 'none'}) is not valid:"
            " name the patient with --nhs-number"
        )
    if not person.family_name or person.date_of_birth is None:
        raise Unmatched(
            "it does not give family name and date of birth: name the patient with --nhs-number"
        )


def _check_same(person: Person, patient: Patient) -> None:
    if person.date_of_birth and person.date_of_birth != patient.date_of_birth:
        raise Unmatched("its date of birth is not the one on the surgery's list: check the file")
    if person.family_name and not patient.has_family_name(person.family_name):
        raise Unmatched("its family name is not the one on the surgery's list: check the file")


def _in_short(written: str) -> str:
    """What a source wrote in place of a number, fit for one line of a report."""
    printable = "".join(each for each in written if each.isprintable())
    return printable if len(printable) <= LONGEST_SHOWN else printable[:LONGEST_SHOWN] + "…"


def _is_valid(nhs_number: str) -> bool:
    try:
        check_nhs_number(nhs_number)
    except ValidationError:
        return False
    return True

"""Which patient and which account a file means (R3.7): certain, or refused with the reason."""

from datetime import date

from accounts.models import OnlineRegistration, User
from proxy_access.fhir import Person
from surgeries.models import Patient


class NotTaken(Exception):
    """What a file tells cannot be taken in; the message says why and what to do."""


def patient_told(person: Person, named: str) -> Patient:
    """The patient on a list of whom number, date of birth and family name are all true.

    Where the file gives the number alone, the operator must have named the patient by the same number.
    Raises NotTaken.
    """
    if named and named != person.nhs_number:
        raise NotTaken("it is about another patient than the one named with --patient")
    if not (named or person.is_matchable):
        raise NotTaken(
            "it gives the patient's NHS number without family name and date of birth:"
            " make sure who it is, and name them with --patient"
        )
    on_list = Patient.objects.select_related("surgery").filter(left_on=None)
    patient = on_list.filter(nhs_number=person.nhs_number).first()
    if patient is None:
        raise NotTaken("nobody on a list here has the patient's NHS number: add the patient first")
    _check_same(person, patient, "the patient's")
    return patient


def proxy_told(person: Person, named: User | None, *, on: date) -> User:
    """The account of whoever acts, proved to be theirs at P9 (R4.2); raises NotTaken."""
    user = named or _found(person, on)
    own = OnlineRegistration.objects.live(on).filter(user=user).select_related("patient").first()
    if person.account and person.account != str(user.pk):
        raise NotTaken("it is about another account than the one named with --proxy-email")
    if own and person.nhs_number:
        if own.patient.nhs_number != person.nhs_number:
            raise NotTaken("it is about somebody else than the account named with --proxy-email")
        _check_same(person, own.patient, "the other person's")
    if not user.is_identified or not user.is_active or user.closed_at:
        raise NotTaken(
            "the other person has no open account with a proved identity: they prove who they are first"
        )
    return user


def _found(person: Person, on: date) -> User:
    user: User | None = None
    if person.account:
        user = User.objects.filter(pk=person.account).first()
    elif person.is_matchable:
        own = OnlineRegistration.objects.live(on).select_related("user", "patient")
        found = own.filter(patient__nhs_number=person.nhs_number, patient__left_on=None).first()
        if found:
            _check_same(person, found.patient, "the other person's")
            user = found.user
    else:
        raise NotTaken(
            "it gives the other person's NHS number without family name and date of birth:"
            " make sure who it is, and name their account with --proxy-email"
        )
    if user is None:
        raise NotTaken(
            "no account here is known to be the other person's: they make one and prove who they are,"
            " or name it with --proxy-email"
        )
    return user


def _check_same(person: Person, patient: Patient, whose: str) -> None:
    if person.date_of_birth and person.date_of_birth != patient.date_of_birth:
        raise NotTaken(f"{whose} date of birth is not the one on the list: check the file")
    if person.family_name and not patient.has_family_name(person.family_name):
        raise NotTaken(f"{whose} family name is not the one on the list: check the file")

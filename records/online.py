"""Opening a record to its patient for the first time: who may register online, and what they begin with."""

import re
from collections.abc import Collection
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.appointing import account_of
from accounts.identity import prove_by_documents, prove_by_letter
from accounts.letters import YOUNGEST, YOUNGEST_ALONE, Typed, spend_letter, try_letter
from accounts.mail import Message, tell
from accounts.models import (
    Duty,
    IdentityCheck,
    IdentityLevel,
    OnlineRegistration,
    RegistrationLetter,
    User,
)
from audit import log
from audit.models import Outcome
from audit.row_security import rows_of
from proxy_access.models import ProxyGrant
from proxy_access.pausing import carry_pauses
from records.models import StaffTask
from records.previewing.late import begin_access
from surgeries.models import Patient, bare_name

TERMS_VERSION = "2026-11"
"""Of the wording in content/terms.md: a new wording gets a new number."""


def find_patient(*, nhs_number: str, date_of_birth: date, family_name: str) -> Patient | None:
    """The one patient of whom number, birth date and family name are all true, else None (R3.7).

    Only of those on the list of a surgery that uses the portal; `register_online` looks at the day.
    """
    found = Patient.objects.select_related("surgery").filter(
        nhs_number=nhs_number, date_of_birth=date_of_birth, left_on=None, died_on=None,
        surgery__uses_portal=True,
    )  # fmt: skip
    fitting = [patient for patient in found if patient.has_family_name(family_name)]
    return fitting[0] if len(fitting) == 1 else None


def register_online(
    patient: Patient,
    user: User,
    check: IdentityCheck,
    *,
    by: User | None,
    terms_version: str,
    now: datetime,
) -> OnlineRegistration:
    """Make a person who was identified the online user of their record, with the access it begins with.

    `by` is the member of staff who did it, None where the person did. Where they are registered already,
    that registration is the answer. All happens or nothing; raises ValidationError with words for staff
    and a code: a patient is never told which (R3.1).
    """
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        locked = User.objects.select_for_update().get(pk=user.pk)
        _refuse_who_may_not(patient, check, now=now)
        _refuse_unproved(locked, check)
        if held := _held(patient, user, on=timezone.localdate(now)):
            return held
        _refuse_somebody_else(user, patient)
        _name_as_on_list(user, patient)
        _end_those_left_behind(user, patient, by=by, now=now)
        registration = _register(
            patient, user, check, by=by, now=now, terms_version=terms_version, agreed_at=now
        )
        begin_access(patient, now=now)
        tell(user, Message.ONLINE_ACCESS_STARTED)
    return registration


def register_by_letter(
    user: User, typed: Typed, *, terms_version: str, now: datetime
) -> OnlineRegistration | None:
    """Register whoever has a right letter, at P9; None, whatever was not right (R3.6).

    A wrong try is on file, and the one that ends the letter is a task for the surgery.
    """
    with transaction.atomic():
        tried = try_letter(user, typed, now=now)
        if tried.ended_it:  # once in the life of a letter, so its time tells nothing
            _tell_surgery(tried.letter, user, now=now)
        if not tried.is_right:
            return None
        try:
            return _by_letter(tried.letter, user, terms_version=terms_version, now=now)
        except ValidationError as error:
            log.record(
                "letter tried", at=now, actor_id=user.pk, patient_id=tried.letter.patient_id,
                about=f"letter {tried.letter.pk}", outcome=Outcome.REFUSED,
                details={"because": error.code or "registration"},
            )  # fmt: skip
            return None


def _by_letter(
    letter: RegistrationLetter, user: User, *, terms_version: str, now: datetime
) -> OnlineRegistration:
    patient = letter.patient
    if letter.made_by_id == user.pk:
        raise ValidationError("A letter is for the patient, not for who made it", "own-letter")
    with (
        transaction.atomic()
    ):  # of a registration that is refused nothing stays, not even the level
        held = User.objects.get(pk=user.pk)
        check = prove_by_letter(held, surgery=patient.surgery, now=now, patient_id=patient.pk)
        registration = register_online(
            patient, held, check, by=None, terms_version=terms_version, now=now
        )
        spend_letter(letter, by=held, now=now)
    return registration


def _tell_surgery(letter: RegistrationLetter, user: User, *, now: datetime) -> None:
    StaffTask.objects.create(
        patient=letter.patient, kind=StaffTask.Kind.LETTER_ENDED, opened_at=now,
        because=f"Somebody entered wrong codes or a wrong date of birth {letter.wrong_tries} times",
    )  # fmt: skip
    log.record(
        "letter ended", at=now, actor_id=user.pk, patient_id=letter.patient_id,
        about=f"letter {letter.pk}", details={"because": letter.ended_because},
    )  # fmt: skip


def open_online_account(
    patient: Patient,
    *,
    email: str,
    evidence: Collection[str],
    by: User,
    now: datetime,
) -> OnlineRegistration:
    """Make a patient's account after their documents were seen, with the access that it begins with.

    `by` is the member of staff who saw the documents and says that this is the right record (R3.5). All
    happens or nothing; raises ValidationError with the reason.
    """
    _refuse_who_may_not(patient, None, now=now)
    with transaction.atomic(), rows_of(patient.pk):  # the codes of R1.11 are rows of the record
        user = account_of(email, name=patient.full_name)
        _refuse_another_name(user, patient)
        check = prove_by_documents(
            user, evidence=evidence, surgery=patient.surgery, by=by, now=now, patient_id=patient.pk
        )
        _end_those_left_behind(user, patient, by=by, now=now)
        registration = _register(patient, user, check, by=by, now=now)
        begin_access(patient, now=now)
    return registration


def _refuse_who_may_not(patient: Patient, check: IdentityCheck | None, *, now: datetime) -> None:
    today = timezone.localdate(now)
    if not patient.is_registered(today):
        raise ValidationError("This patient is not on the surgery's list any more", "not-on-list")
    if patient.is_under(YOUNGEST, today):
        raise ValidationError("A child under 13 cannot have an online account (R3.8)", "under-13")
    alone = check is not None and check.method == IdentityCheck.Method.NHS_LOGIN
    if alone and patient.is_under(YOUNGEST_ALONE, today):
        raise ValidationError(
            "From 13 to 15 the surgery assesses first: a letter or the front desk (R3.8)",
            "under-16",
        )


def _refuse_unproved(user: User, check: IdentityCheck) -> None:
    if not user.is_active:  # closed at this moment: nobody could ever open what is registered to it
        raise ValidationError("This account is closed", "closed")
    if check.user_id != user.pk or check.level != IdentityLevel.P9:
        raise ValidationError("This person has not been identified at P9 (R3.1)", "unproved")


def _held(patient: Patient, user: User, *, on: date) -> OnlineRegistration | None:
    live = OnlineRegistration.objects.live(on)
    return live.filter(patient=patient, user=user, ended_on=None).first()


def _refuse_somebody_else(user: User, patient: Patient) -> None:
    """A letter or a slip must not open a record to the carer or colleague whose account it is."""
    before = OnlineRegistration.objects.filter(user=user).select_related("patient")
    if any(held.patient.nhs_number != patient.nhs_number for held in before):
        raise ValidationError("This account belongs to another patient", "another-patient")
    if ProxyGrant.objects.filter(proxy=user, patient=patient).exists():
        raise ValidationError("This account is of somebody who acts for the patient", "proxy")
    if not before and user.name and not user.is_self_made:
        _refuse_another_name(user, patient)


def _name_as_on_list(user: User, patient: Patient) -> None:
    """What a person called themself on the public page was never checked; the list's name was."""
    if user.is_self_made or not user.name:
        user.name = patient.full_name[: User._meta.get_field("name").max_length]
        user.save(update_fields=["name"])


def _refuse_another_name(user: User, patient: Patient) -> None:
    """A slip in an address must not open a record to the colleague or carer whose account that is."""
    if not user.name:
        raise ValidationError(
            "The account with this email address has no name: give it its name first, or use another address"
        )
    if not has_as_words(user.name, patient.family_name):
        raise ValidationError(
            "The account with this email address is in another name", "another-name"
        )


def has_as_words(name: str, family_name: str) -> bool:
    """Whether whole words of a name, one after the other, are a family name: Li is no part of Alice."""
    words = [bare for word in re.split(r"[\s\-\u2010-\u2015]+", name) if (bare := bare_name(word))]
    wanted = bare_name(family_name)
    ends = range(1, len(words) + 1)
    return any("".join(words[start:end]) == wanted for end in ends for start in range(end))


def _end_those_left_behind(user: User, patient: Patient, *, by: User | None, now: datetime) -> None:
    """End the same person's registration at a surgery that they left (R1.5)."""
    today = timezone.localdate(now)
    earlier = OnlineRegistration.objects.filter(
        user=user,
        ended_on=None,
        patient__nhs_number=patient.nhs_number,
        patient__left_on__lte=today,
    )
    for registration in earlier.exclude(patient=patient):
        registration.ended_on = today
        registration.save(update_fields=["ended_on"])
        log.record(
            "online account ended", at=now, actor_id=(by or user).pk,
            patient_id=registration.patient_id, duty=Duty.CHECK_IDENTITY if by else "",
            about=f"user {user.pk}", details={"because": "moved"},
        )  # fmt: skip


def _register(
    patient: Patient,
    user: User,
    check: IdentityCheck,
    *,
    by: User | None,
    now: datetime,
    **agreed: object,
) -> OnlineRegistration:
    registration = OnlineRegistration(
        patient=patient,
        user=user,
        identity_check=check,
        started_on=timezone.localdate(now),
        **agreed,
    )
    registration.full_clean()
    registration.save(force_insert=True)
    carry_pauses(patient, now=now)  # to move is not to come back (R5.2)
    details = {"method": check.method, "terms": registration.terms_version}
    log.record(
        "online account opened", at=now, actor_id=(by or user).pk, patient_id=patient.pk,
        duty=Duty.CHECK_IDENTITY if by else "", about=f"user {user.pk}", details=details,
    )  # fmt: skip
    return registration


__all__ = [
    "TERMS_VERSION",
    "find_patient",
    "open_online_account",
    "register_by_letter",
    "register_online",
]

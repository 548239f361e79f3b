"""Opening a record to its patient for the first time."""

import re
from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.appointing import account_of
from accounts.identity import prove_by_documents
from accounts.models import Duty, IdentityCheck, OnlineRegistration, User
from audit import log
from audit.row_security import rows_of
from records.grants import start_access
from surgeries.models import Patient, bare_name

YOUNGEST = 13


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
    _refuse_who_may_not(patient, now=now)
    with transaction.atomic(), rows_of(patient.pk):  # the codes of R1.11 are rows of the record
        user = account_of(email, name=patient.full_name)
        _refuse_another_name(user, patient)
        check = prove_by_documents(
            user, evidence=evidence, surgery=patient.surgery, by=by, now=now, patient_id=patient.pk
        )
        _end_those_left_behind(user, patient, by=by, now=now)
        registration = _register(patient, user, check, by=by, now=now)
        start_access(patient, now=now)
    return registration


def _refuse_who_may_not(patient: Patient, *, now: datetime) -> None:
    today = timezone.localdate(now)
    if not patient.is_registered(today):
        raise ValidationError("This patient is not on the surgery's list any more")
    if patient.is_under(YOUNGEST, today):
        raise ValidationError("A child under 13 cannot have an online account (R3.8)")


def _refuse_another_name(user: User, patient: Patient) -> None:
    """A slip in an address must not open a record to the colleague or carer whose account that is."""
    if not user.name:
        raise ValidationError(
            "The account with this email address has no name: give it its name first, or use another address"
        )
    if not has_as_words(user.name, patient.family_name):
        raise ValidationError("The account with this email address is in another name")


def has_as_words(name: str, family_name: str) -> bool:
    """Whether whole words of a name, one after the other, are a family name: Li is no part of Alice."""
    words = [bare for word in re.split(r"[\s\-\u2010-\u2015]+", name) if (bare := bare_name(word))]
    wanted = bare_name(family_name)
    ends = range(1, len(words) + 1)
    return any("".join(words[start:end]) == wanted for end in ends for start in range(end))


def _end_those_left_behind(user: User, patient: Patient, *, by: User, now: datetime) -> None:
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
            "online account ended", at=now, actor_id=by.pk, patient_id=registration.patient_id,
            duty=Duty.CHECK_IDENTITY, about=f"user {user.pk}", details={"because": "moved"},
        )  # fmt: skip


def _register(
    patient: Patient, user: User, check: IdentityCheck, *, by: User, now: datetime
) -> OnlineRegistration:
    registration = OnlineRegistration(
        patient=patient, user=user, identity_check=check, started_on=timezone.localdate(now)
    )
    registration.full_clean()
    registration.save(force_insert=True)
    log.record(
        "online account opened", at=now, actor_id=by.pk, patient_id=patient.pk,
        duty=Duty.CHECK_IDENTITY, about=f"user {user.pk}",
    )  # fmt: skip
    return registration


__all__ = ["open_online_account"]

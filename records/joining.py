"""Whose account and whose record an NHS login is: found by what it proved, and joined only by its owner (R3.7)."""

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.identity import prove_by_nhs_login
from accounts.letters import YOUNGEST_ALONE
from accounts.mail import Message, tell
from accounts.models import NhsLogin, OnlineRegistration, User
from accounts.nhs_login import NhsLoginRefused, Proved
from audit import log
from proxy_access.inviting import invitations_of
from records.online import TERMS_VERSION, find_patient, register_online
from surgeries.models import Patient, bare_name


class NotJoined(StrEnum):
    """Why somebody whom NHS login proved cannot go on; each has words of its own on its page."""

    NO_RECORD = "no-record"
    TOO_YOUNG = "too-young"
    CLOSED = "closed"
    ANOTHER_PERSON = "another-person"
    ANOTHER_ACCOUNT = "another-account"
    TOO_LATE = "too-late"


class EmailTaken(Exception):
    """Somebody has an account with this address: only after signing in to it can it be joined."""


def find_login(proved: Proved) -> NhsLogin | None:
    """The NHS login of that issuer and subject, if it was joined with an account before."""
    logins = NhsLogin.objects.select_related("user")
    found: NhsLogin | None = logins.filter(issuer=proved.issuer, subject=proved.subject).first()
    return found


def match_patient(proved: Proved, *, now: datetime) -> Patient:
    """The patient whom NHS login proved, by all of number, birth date, family name and surgery (R3.7).

    Raises NhsLoginRefused for whoever is under 16, before anything is looked up (R3.8), and where no one
    patient fits. NHS login may not know the surgery; when it does, it must be the one whose list this is.
    """
    today = timezone.localdate(now)
    if Patient(date_of_birth=proved.date_of_birth).is_under(YOUNGEST_ALONE, today):
        raise NhsLoginRefused(NotJoined.TOO_YOUNG)
    patient = find_patient(
        nhs_number=proved.nhs_number,
        date_of_birth=proved.date_of_birth,
        family_name=proved.family_name,
    )
    if patient is None or not patient.is_registered(today):
        raise NhsLoginRefused(NotJoined.NO_RECORD)
    if proved.ods_code and proved.ods_code != patient.surgery.ods_code:
        raise NhsLoginRefused(NotJoined.NO_RECORD)
    return patient


def has_account(patient: Patient) -> bool:
    """Whether somebody opens this record online already."""
    return OnlineRegistration.objects.filter(patient=patient, ended_on=None).exists()


def is_to_be_registered(user: User, proved: Proved, *, now: datetime) -> bool:
    """Whether a person who came back is on a list now on which they have no online access yet (R1.5)."""
    try:
        patient = match_patient(proved, now=now)
    except NhsLoginRefused:
        return False
    return not has_account(patient)


def come_back(login: NhsLogin, proved: Proved, *, now: datetime) -> None:
    """Refuse whoever may not sign in with an NHS login that is known; renew the identity of anyone else.

    Raises NhsLoginRefused for a closed account, and where NHS login now says another NHS number than the
    record has that the account opens.
    """
    user: User = login.user
    if not user.is_active:
        raise NhsLoginRefused(NotJoined.CLOSED)
    held = OnlineRegistration.objects.filter(user=user, ended_on=None).select_related("patient")
    if any(one.patient.nhs_number != proved.nhs_number for one in held):
        raise NhsLoginRefused(NotJoined.ANOTHER_PERSON)
    if not user.is_identified:
        prove_by_nhs_login(user, now=now)


def open_account(proved: Proved, *, email: str, now: datetime) -> NhsLogin:
    """Make an account for a patient who has none, with the online access that it begins with.

    The person has agreed to the terms. Raises EmailTaken where the address has an account, and
    NhsLoginRefused where the record is open in another account or may not be opened.
    """
    with transaction.atomic():
        patient = match_patient(proved, now=now)
        Patient.objects.select_for_update().get(pk=patient.pk)  # a form may be sent twice at once
        if login := find_login(proved):
            return login
        if has_account(patient):
            raise NhsLoginRefused(NotJoined.ANOTHER_ACCOUNT)
        user = _new_user(email)
        log.record("account made", at=now, actor_id=user.pk, details={"method": "nhs-login"})
        _register(user, patient, now=now)
        return _connect(user, proved)


def join(user: User, proved: Proved, *, now: datetime) -> NhsLogin:
    """Join an NHS login with the account of somebody who has just proved that both are theirs.

    The caller has checked both factors of the account; the claims must be of the patient whose record it
    opens, or open a first one. Who has no record here and was invited to act for somebody is proved to be who they are,
    and no more (R4.2). Raises NhsLoginRefused where they are not; then nothing has changed.
    """
    with transaction.atomic():
        try:
            patient = match_patient(proved, now=now)
        except NhsLoginRefused as refusal:
            if refusal.reason != NotJoined.NO_RECORD or not invitations_of(user, now=now):
                raise
            return _join_invited(user, proved, now=now)
        Patient.objects.select_for_update().get(pk=patient.pk)
        login = find_login(proved)
        others = OnlineRegistration.objects.filter(patient=patient, ended_on=None)
        if (login and login.user_id != user.pk) or others.exclude(user=user).exists():
            raise NhsLoginRefused(NotJoined.ANOTHER_ACCOUNT)
        _register(user, patient, now=now)
        if login is None:
            login = _connect(user, proved)
            tell(user, Message.NHS_LOGIN_JOINED)
            log.record("factor added", at=now, actor_id=user.pk, details={"factor": "nhs-login"})
        return login


def _join_invited(user: User, proved: Proved, *, now: datetime) -> NhsLogin:
    """The login of somebody who only acts for others: they get a proved identity and the name that goes with it."""
    login = find_login(proved)
    owns = OnlineRegistration.objects.filter(user=user, ended_on=None)
    others = NhsLogin.objects.filter(user=user).exclude(pk=login.pk if login else None)
    is_somebody = user.is_identified and not bare_name(user.name).endswith(
        bare_name(proved.family_name)
    )
    if (login and login.user_id != user.pk) or owns.exists() or others.exists() or is_somebody:
        raise NhsLoginRefused(NotJoined.ANOTHER_PERSON)
    prove_by_nhs_login(user, now=now)
    user.name = f"{proved.given_name} {proved.family_name}".strip()
    user.save(update_fields=["name"])
    if login is None:
        login = _connect(user, proved)
        tell(user, Message.NHS_LOGIN_JOINED)
        log.record("factor added", at=now, actor_id=user.pk, details={"factor": "nhs-login"})
    return login


def _new_user(email: str) -> User:
    """An account that registering gives its name; raises EmailTaken, also where two ask at once."""
    try:
        with transaction.atomic():
            return User.objects.create_user(email)
    except (ValidationError, IntegrityError) as error:
        raise EmailTaken from error


def _register(user: User, patient: Patient, *, now: datetime) -> None:
    check = prove_by_nhs_login(user, now=now, patient_id=patient.pk)
    try:
        register_online(patient, user, check, by=None, terms_version=TERMS_VERSION, now=now)
    except ValidationError as error:
        raise NhsLoginRefused(NotJoined.ANOTHER_PERSON) from error


def _connect(user: User, proved: Proved) -> NhsLogin:
    login: NhsLogin = NhsLogin.objects.create(
        user=user, name="NHS login", confirmed=True, issuer=proved.issuer, subject=proved.subject
    )
    return login


__all__ = ["EmailTaken", "NotJoined", "come_back", "find_login", "join", "open_account"]

"""The registration letter (R3.6): three codes on paper with which a patient registers online, once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.hashing import bare_code, hash_of, in_groups, new_code
from accounts.identity import may_check_identity
from accounts.models import Duty, OnlineRegistration, RegistrationLetter, User
from accounts.tries import Limit, may_try
from audit import log
from audit.models import Outcome
from surgeries.models import Patient, Surgery

LASTS = timedelta(days=14)
WRONG_TRIES = 5
YOUNGEST = 13
YOUNGEST_ALONE = 16
"""From this age a person may register without the surgery having looked at it first (R3.8)."""
ACCOUNT_ID, LINKAGE_KEY = "letter account id", "letter linkage key"
TYPED = Limit("letter", tries=10, within=timedelta(hours=1))
End = RegistrationLetter.End


@dataclass(frozen=True)
class Letter:
    """The codes of a letter as they are printed: they exist nowhere else."""

    id: UUID
    account_id: str
    linkage_key: str
    ods_code: str
    ends_at: datetime

    @property
    def last_day(self) -> date:
        """The last whole day on which it works."""
        return timezone.localdate(self.ends_at) - timedelta(days=1)


@dataclass(frozen=True)
class Typed:
    """What somebody copied from a letter, with the date of birth that they gave."""

    ods_code: str
    account_id: str
    linkage_key: str
    date_of_birth: date


@dataclass(frozen=True)
class Tried:
    """What came of a try; `letter` is one that was never stored where there is none of that account id."""

    letter: RegistrationLetter
    is_right: bool
    ended_it: bool
    """Whether this was the wrong try too many."""


def make_letter(patient: Patient, *, by: User, now: datetime, is_competent: bool = False) -> Letter:
    """Make a patient's letter and end an older one; only the answer holds the codes.

    `is_competent` says that the surgery assessed somebody of 13 to 15 (R3.8). Raises ValidationError
    with words for staff.
    """
    _refuse_who_gets_none(patient, by=by, now=now, is_competent=is_competent)
    account_id, linkage_key = new_code(10), new_code(12)
    with transaction.atomic():
        # in the order of a try: the letter, then the patient
        end_letter(patient, End.REPLACED, by=by, now=now)
        Patient.objects.select_for_update().get(pk=patient.pk)
        end_letter(patient, End.REPLACED, by=by, now=now)
        made = RegistrationLetter.objects.create(
            patient=patient, made_by=by, made_at=now, ends_at=now + LASTS,
            account_id_hash=hash_of(ACCOUNT_ID, account_id),
            linkage_key_hash=hash_of(LINKAGE_KEY, linkage_key),
        )  # fmt: skip
        _note("letter made", made, by, now, Duty.CHECK_IDENTITY, competent=is_competent)
    return Letter(
        made.pk, in_groups(account_id, 5), in_groups(linkage_key), patient.surgery.ods_code, made.ends_at
    )  # fmt: skip


def _refuse_who_gets_none(patient: Patient, *, by: User, now: datetime, is_competent: bool) -> None:
    today = timezone.localdate(now)
    if not may_check_identity(by, patient.surgery, now=now):
        raise ValidationError("To make a letter you need the duty check-identity at this surgery")
    if not patient.is_registered(today):
        raise ValidationError("This patient is not on the surgery's list any more")
    if patient.is_under(YOUNGEST, today):
        raise ValidationError("A child under 13 cannot have an online account (R3.8)")
    if patient.is_under(YOUNGEST_ALONE, today) and not is_competent:
        raise ValidationError("Say that this young person was assessed as competent (R3.8)")
    if OnlineRegistration.objects.live(today).filter(patient=patient).exists():
        raise ValidationError("This patient has an online account already: make a new link for it")


def end_letter(patient: Patient, because: str, *, by: User, now: datetime) -> bool:
    """End the letter that a patient has, if there is one; says whether there was."""
    with transaction.atomic():
        # the patient too, before the event: every other act on a patient holds them before it writes
        locked = RegistrationLetter.objects.select_for_update(of=("self", "patient"))
        open_ones = locked.select_related("patient").filter(ended_because="")
        held = open_ones.filter(patient=patient).first()
        if held is None:
            return False
        held.ended_because, held.ended_at = because, now
        held.save(update_fields=["ended_because", "ended_at"])
        _note("letter ended", held, by, now, Duty.CHECK_IDENTITY, because=because)
    return True


def try_letter(user: User, typed: Typed, *, now: datetime) -> Tried:
    """Hold what was typed against the letters; a wrong try counts, and the fifth ends the letter.

    Whatever is wrong, the same is done: the same queries, the same hashes, one comparison. The caller's
    transaction holds the letter until it has been used.
    """
    may = may_try(TYPED, str(user.pk), now=now)
    account_id = bare_code(typed.account_id) if may else new_code(10)
    letter = _letter_of(hash_of(ACCOUNT_ID, account_id)) or _nobodys_letter()
    patient = letter.patient
    ods_code = bare_code(patient.surgery.ods_code)
    wanted = (ods_code, letter.linkage_key_hash, patient.date_of_birth.isoformat())
    given = (
        bare_code(typed.ods_code),
        hash_of(LINKAGE_KEY, bare_code(typed.linkage_key)),
        typed.date_of_birth.isoformat(),
    )
    fits = constant_time_compare("|".join(wanted), "|".join(given))
    is_usable = letter.ended_because == "" and letter.ends_at > now
    is_right = fits and is_usable and patient.is_registered(timezone.localdate(now))
    letter.wrong_tries += is_usable and not fits
    ends = is_usable and letter.wrong_tries >= WRONG_TRIES
    if ends:
        letter.ended_because, letter.ended_at = End.TRIES, now
    _keep(letter)
    because = "" if is_right else _reason(letter, may=may, fits=fits)
    _note("letter tried", letter, user, now, because=because)
    return Tried(letter, is_right, ended_it=ends)


def _letter_of(account_id_hash: str) -> RegistrationLetter | None:
    letters = RegistrationLetter.objects.select_for_update(of=("self", "patient"))
    return (
        letters.select_related("patient__surgery").filter(account_id_hash=account_id_hash).first()
    )


def _nobodys_letter() -> RegistrationLetter:
    """What an unknown account id is held against: nothing fits it, and saving it changes no row."""
    nobody = Patient(surgery=Surgery(), date_of_birth=date.min, registered_on=date.min)
    letter = RegistrationLetter(patient=nobody, linkage_key_hash=hash_of(LINKAGE_KEY, new_code(12)))
    letter.ends_at = datetime.min.replace(tzinfo=timezone.get_current_timezone())
    return letter


def _keep(letter: RegistrationLetter) -> None:
    """Write down what a try did to a letter, in one query that always runs."""
    RegistrationLetter.objects.filter(pk=letter.pk).update(
        wrong_tries=letter.wrong_tries,
        ended_because=letter.ended_because,
        ended_at=letter.ended_at,
    )


def spend_letter(letter: RegistrationLetter, *, by: User, now: datetime) -> None:
    """End a letter with which somebody has registered."""
    letter.ended_because, letter.ended_at, letter.used_by = End.USED, now, by
    letter.save(update_fields=["ended_because", "ended_at", "used_by"])


def _reason(letter: RegistrationLetter, *, may: bool, fits: bool) -> str:
    """Why a try was refused, for the log alone."""
    if not may:
        return "too many tries"
    if letter._state.adding:
        return "unknown"
    return "over" if fits else "wrong"


def _note(
    action: str,
    letter: RegistrationLetter,
    by: User,
    now: datetime,
    duty: str = "",
    *,
    because: str = "",
    **details: object,
) -> None:
    """Write an event in the patient's chain, or in nobody's for a letter that is none."""
    is_stored = not letter._state.adding
    refused = action == "letter tried" and because
    log.record(
        action, at=now, actor_id=by.pk, patient_id=letter.patient_id if is_stored else None,
        duty=duty, about=f"letter {letter.pk}" if is_stored else "",
        outcome=Outcome.REFUSED if refused else Outcome.DONE,
        details=({"because": because} if because else {}) | details,
    )  # fmt: skip


__all__ = ["Letter", "Tried", "Typed", "end_letter", "make_letter", "spend_letter", "try_letter"]

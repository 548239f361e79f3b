"""Registering a patient who stands at the front desk, after staff saw who they are (R3.5)."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.appointing import account_of
from accounts.desk_codes import spend_desk_code
from accounts.identity import prove_by_documents, prove_by_vouching
from accounts.models import Duty, IdentityCheck, OnlineRegistration, User
from accounts.set_up import set_up_link
from accounts.ways_in import is_set_up
from audit import log
from proxy_access.models import Nomination, ProxyGrant
from records.online import register_online
from surgeries.models import Patient

Method = IdentityCheck.Method


@dataclass(frozen=True)
class Proof:
    """What staff saw or heard that says who a person is: kinds, a name and a date, never copies or answers."""

    method: str
    evidence: list[str] = field(default_factory=list)
    voucher: str = ""
    known_since: date | None = None
    questions: list[str] = field(default_factory=list)


def register_at_desk(
    patient: Patient, user: User, proof: Proof, *, by: User, terms_version: str, now: datetime
) -> OnlineRegistration:
    """Put the person at P9 and make them the online user of this record, at once.

    All happens or nothing; raises ValidationError with words for staff.
    """
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)  # before the event, as all others do
        check = _prove(patient, user, proof, by=by, now=now)
        registration = register_online(
            patient, user, check, by=by, terms_version=terms_version, now=now
        )
        spend_desk_code(user, now=now)
    return registration


def register_new_at_desk(
    patient: Patient, email: str, proof: Proof, *, by: User, terms_version: str, now: datetime
) -> OnlineRegistration:
    """The same for somebody who has no account, or has begun one and never got in."""
    with transaction.atomic():
        user = account_of(email)  # registering gives it its name
        if is_set_up(user) or _is_somebody_here(user):
            raise ValidationError(
                "There is an account with this email address. Ask the person to sign in to it and make a"
                " code for the front desk"
            )
        return register_at_desk(patient, user, proof, by=by, terms_version=terms_version, now=now)


def identify_invited(
    nomination: Nomination, user: User, proof: Proof, *, name: str, by: User, now: datetime
) -> IdentityCheck:
    """Put somebody at P9 whom a patient of this surgery invited, and who is no patient here (R4.2).

    `name` is what their papers say. Raises ValidationError with words for staff: for an account that did not give the
    code of this invitation, which might be anybody's, or whose invitation is over, and for one that is proved already.
    """
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=nomination.patient_id)
        waits = Nomination.objects.answerable(now).select_for_update(of=("self",), no_key=True)
        if not waits.filter(pk=nomination.pk, opened_by=user).exists():
            raise ValidationError(NOT_THIS_INVITATION)
        if user.is_identified:  # and has the name that goes with it
            raise ValidationError(PROVED_ALREADY)
        check = _prove(nomination.patient, user, proof, by=by, now=now)
        user.name = " ".join(name.split())
        user.full_clean(exclude=["password"])
        user.save(update_fields=["name"])
        spend_desk_code(user, now=now)
    return check


PROVED_ALREADY = "This account is proved already. Ask the person to sign in to it: they can accept the invitation there"
NOT_THIS_INVITATION = (
    "This account has not given the code of this invitation, or the invitation is over. Ask the person to sign in, enter the code that the"
    " patient gave them, and come again"
)


def link_to_hand_over(patient: Patient, user: User, *, by: User, now: datetime) -> str:
    """The one-time link on which a person who was identified here sets up how they sign in."""
    log.record(
        "set-up link made", at=now, actor_id=by.pk, patient_id=patient.pk,
        duty=Duty.CHECK_IDENTITY, about=f"user {user.pk}",
    )  # fmt: skip
    return set_up_link(User.objects.get(pk=user.pk))


def prove_again(registration: OnlineRegistration, proof: Proof, *, by: User, now: datetime) -> str:
    """A new link for a patient who cannot sign in any more, once staff saw again who they are."""
    patient, user = registration.patient, registration.user
    with transaction.atomic():
        if not user.is_active:
            raise ValidationError("This account is closed")
        if user.staff_roles.live(timezone.localdate(now)).exists():
            # a colleague would get that person's duties with the link, at another surgery too
            raise ValidationError(
                "This person works for a surgery. Ask whoever runs the portal for their new link"
            )
        _prove(patient, user, proof, by=by, now=now)
        return link_to_hand_over(patient, user, by=by, now=now)


def _is_somebody_here(user: User) -> bool:
    """Whether a link to this account would hand over a colleague's duties, or records of other people."""
    return user.staff_roles.exists() or ProxyGrant.objects.filter(proxy=user).exists()


def _prove(patient: Patient, user: User, proof: Proof, *, by: User, now: datetime) -> IdentityCheck:
    if proof.method == Method.DOCUMENTS:
        return prove_by_documents(
            user, evidence=proof.evidence, surgery=patient.surgery, by=by, now=now,
            patient_id=patient.pk,
        )  # fmt: skip
    if proof.known_since is None:
        raise ValidationError("Enter since when the person who vouches has known them")
    questions = proof.questions if proof.method == Method.VOUCHING_CONFIRMED else None
    return prove_by_vouching(
        user, voucher=proof.voucher, known_since=proof.known_since, questions=questions,
        surgery=patient.surgery, by=by, now=now, patient_id=patient.pk,
    )  # fmt: skip


__all__ = [
    "Proof",
    "identify_invited",
    "link_to_hand_over",
    "prove_again",
    "register_at_desk",
    "register_new_at_desk",
]

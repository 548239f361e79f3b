"""Why a grant is not in force on a day, by rules that nobody has to carry out: the words for `not_over_by_rule` (R4.9)."""

from datetime import date
from enum import StrEnum

from django.utils import timezone

from accounts.models import IdentityLevel, OnlineRegistration
from proxy_access.models import LegalBasis, OrganisationMember, ProxyGrant
from proxy_access.terms import unused_until
from surgeries.models import Patient


class Over(StrEnum):
    """One rule by which a grant is not in force, in words for staff."""

    NOT_BEGUN = "It has not begun yet"
    END_DATE = "Its end date came"
    BASIS_ENDED = "The order or the power that it rests on ended"
    AGE = "The patient is 16 or older, and it rests on parental responsibility"
    PATIENT_DIED = "The patient died"
    PATIENT_MOVED = "The patient is not on the surgery’s list"
    PROXY_DIED = "The person who acts for the patient died"
    PROXY_MOVED = "The person who acts for the patient moved to another surgery"
    ACCOUNT_CLOSED = "The patient closed their online account after they agreed to it"
    LEFT_ORGANISATION = "The person left the organisation for which they act, or it is closed"
    UNUSED = "Nobody used it for five years"
    NOT_IDENTIFIED = "The person who acts for the patient has not proved who they are"


TOLD = {
    Over.AGE: "You are 16 or older, so it does not rest on parental responsibility any more",
    Over.PROXY_MOVED: "They moved to another surgery",
    Over.ACCOUNT_CLOSED: "You closed your online account after you agreed to this",
}
"""What a patient is told; the rest is about the other person's life, or cannot be read by the patient."""


def why_over(grant: ProxyGrant, *, on: date) -> list[Over]:
    """Every rule by which a grant is not in force on a day; none for one that would be, if nobody had stopped it."""
    found = [
        (Over.NOT_BEGUN, grant.starts_on > on),
        (Over.END_DATE, _is_past(grant.ends_on, on) and not _ended_with_basis(grant)),
        (Over.BASIS_ENDED, _is_past(grant.ends_on, on) and _ended_with_basis(grant)),
        (Over.AGE, _is_of_age(grant, on)),
        (Over.PATIENT_DIED, _has_come(grant.patient.died_on, on)),
        (Over.PATIENT_MOVED, _is_off_list(grant.patient, on)),
        (Over.UNUSED, unused_until(grant) <= on),
        (Over.ACCOUNT_CLOSED, _was_closed(grant)),
        (Over.LEFT_ORGANISATION, _has_left_organisation(grant, on)),
        (Over.NOT_IDENTIFIED, grant.proxy.identity_level != IdentityLevel.P9),
    ]
    return [reason for reason, holds in found if holds] + _of_proxy(grant, on)


def _is_past(day: date | None, on: date) -> bool:
    return day is not None and day < on


def _has_come(day: date | None, on: date) -> bool:
    return day is not None and day <= on


def _ended_with_basis(grant: ProxyGrant) -> bool:
    return grant.basis_ends_on is not None and grant.ends_on == grant.basis_ends_on


def _is_of_age(grant: ProxyGrant, on: date) -> bool:
    is_parental = grant.legal_basis == LegalBasis.PARENTAL_RESPONSIBILITY
    return is_parental and not grant.patient.is_under(16, on)


def _is_off_list(patient: Patient, on: date) -> bool:
    return patient.registered_on > on or _has_come(patient.left_on, on)


def _was_closed(grant: ProxyGrant) -> bool:
    if not grant.rests_on_agreement:
        return False
    own = OnlineRegistration.objects.filter(patient=grant.patient).select_related("user")
    closed = [online.user.closed_at for online in own if online.user.closed_at]
    return any(timezone.localdate(at) >= grant.starts_on for at in closed)


def _has_left_organisation(grant: ProxyGrant, on: date) -> bool:
    if grant.on_behalf_of_id is None:
        return False
    members = OrganisationMember.objects.live(on).filter(pk=grant.on_behalf_of_id)
    return not members.filter(user=grant.proxy).exists()


def _of_proxy(grant: ProxyGrant, on: date) -> list[Over]:
    """What became of whoever acts for the patient, as a patient themself."""
    own = OnlineRegistration.objects.filter(user=grant.proxy).select_related("patient")
    people = [online.patient for online in own]
    died = any(_has_come(person.died_on, on) for person in people)
    moves = [person.left_on for person in people if person.left_on]
    moved = any(grant.starts_on <= day <= on for day in moves)
    return [
        reason for reason, holds in ((Over.PROXY_DIED, died), (Over.PROXY_MOVED, moved)) if holds
    ]

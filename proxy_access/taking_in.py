"""Taking in a grant that another system tells of: what takes away holds at once, what gives waits for the surgery."""

import hashlib
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Duty, OnlineRegistration, User
from accounts.staff import Desk, desk_of
from proxy_access.changing import begin, follow
from proxy_access.fhir import Role
from proxy_access.following import follow_told
from proxy_access.handing_over import role_of
from proxy_access.matching import NotTaken, patient_told, proxy_told
from proxy_access.models import GrantSource, ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.steps import STANDING
from proxy_access.told_case import (
    Case,
    Move,
    Taken,
    Taking,
    check_capacity,
    keep_told,
    scopes_of,
)
from surgeries.models import Patient

NOT_OVER = (ProxyStatus.PROPOSED, *STANDING)
EARLIER = "Rejected before it came here; why is not known"


def take_in(role: Role, how: Taking, *, now: datetime) -> Taken:
    """Keep what is told of one grant, or of its change; once more changes nothing.

    Raises NotTaken, or ValidationError for what a rule of grants refuses.
    """
    today = timezone.localdate(now)
    patient = patient_told(role.patient, how.patient)
    proxy = proxy_told(role.proxy, how.proxy, on=today)
    own = OnlineRegistration.objects.filter(user=proxy, patient__nhs_number=patient.nhs_number)
    if own.exists():
        raise NotTaken("nobody acts for themselves: the patient and the other person are one")
    case = Case(role, how, patient, proxy, _confirmer(how, patient, proxy, today), now)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)  # two files at once
        sources = GrantSource.objects.filter(patient=patient, source_id=key_of(role))
        if source := sources.select_related("grant").first():
            return follow_told(case, source)
        own_id = _uuid(role.source_id)
        grants = ProxyGrant.objects.filter(patient=patient)
        if own_id and (grant := grants.filter(pk=own_id).first()):
            return _same(role, grant, today)
        return _begin(case)


def key_of(role: Role) -> str:
    """By what a grant is known again: the id that the source gave it, else what it said of it."""
    if role.source_id:
        return role.source_id
    said = (
        role.patient.nhs_number,
        role.proxy.nhs_number,
        role.basis,
        role.starts_on,
        role.written_at,
    )
    return f"of-{hashlib.sha256(repr([str(one) for one in said]).encode()).hexdigest()[:60]}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _same(role: Role, grant: ProxyGrant, today: date) -> Taken:
    """A grant that this portal told itself: another system does not change it."""
    told = role_of(grant, today=today)
    if (told.status, told.reason, told.ends_on) != (role.status, role.reason, role.ends_on):
        raise NotTaken("this portal wrote it, and it differs here now: change it on its page")
    return Taken(grant, "unchanged")


def _confirmer(how: Taking, patient: Patient, proxy: User, today: date) -> User | None:
    """The member of staff who confirms; they decide access at the patient's own surgery (R8.1)."""
    by = how.confirmed_by
    if by is None:
        return None
    desk = desk_of(by, on=today, surgery=patient.surgery)
    if not isinstance(desk, Desk) or not desk.may(Duty.DECIDE_ACCESS):
        raise NotTaken(
            "who confirms it does not have the duty decide-access at the patient's surgery"
        )
    if by == proxy or OnlineRegistration.objects.filter(user=by, patient=patient).exists():
        raise NotTaken("who confirms it is one of the two people that it is about")
    if not how.reason.strip():
        raise NotTaken("who confirms it says why with --reason")
    return by


def _begin(case: Case) -> Taken:
    """Keep a grant that was not here: it waits for the surgery, unless somebody of it confirms."""
    role, how = case.role, case.how
    ends = [day for day in (role.ends_on, how.ends_on) if day]
    _check_can_begin(case, min(ends, default=None))
    stands = role.status in NOT_OVER
    ways = _ways(role) if case.by else [SUBMITTED]
    grant = ProxyGrant(
        patient=case.patient, proxy=case.proxy, legal_basis=role.basis, scopes=scopes_of(case),
        status=ways[0][0], starts_on=max(role.starts_on, case.today) if stands else role.starts_on,
        ends_on=min(ends, default=None), open_ended_because="" if ends else how.open_ended_because,
        decided_by=case.by, decided_at=case.now if case.by else None,
    )  # fmt: skip
    begin(grant, by=case.by, at=case.now, words=case.words(ways[0][1]))
    for status, reason in ways[1:]:
        text = EARLIER if reason is StatusReason.OTHER and reason != role.reason else ""
        grant = follow(
            grant, status, reason, by=case.by, at=case.now, words=case.words(reason, text)
        )
    source = GrantSource(grant=grant, patient=case.patient, source_id=key_of(role))
    return keep_told(case, source, "added")


SUBMITTED: Move = (ProxyStatus.PROPOSED, StatusReason.APPLICATION_SUBMITTED)
CREATED: Move = (ProxyStatus.ACTIVE, StatusReason.CREATED)
SUSPENDED: Move = (ProxyStatus.SUSPENDED, StatusReason.SUSPENDED)
REJECTED: Move = (ProxyStatus.REJECTED, StatusReason.OTHER)
BEFORE: dict[Move, list[Move]] = {
    SUBMITTED: [],
    CREATED: [],
    (ProxyStatus.PROPOSED, StatusReason.APPLICATION_RESUBMITTED): [SUBMITTED, REJECTED],
    (ProxyStatus.ACTIVE, StatusReason.ACTIVATED): [SUBMITTED],
    (ProxyStatus.ACTIVE, StatusReason.REACTIVATED): [CREATED, SUSPENDED],
}
"""How a grant must have come to where another system says it stands, since none begins just anywhere (R4.9)."""


def _ways(role: Role) -> list[Move]:
    """The moves by which a confirmed grant gets to where it stands."""
    to: Move = (role.status, role.reason)
    was_role = role.status in (ProxyStatus.SUSPENDED, ProxyStatus.ENDED)
    return [*BEFORE.get(to, [CREATED if was_role else SUBMITTED]), to]


def _check_can_begin(case: Case, ends_on: date | None) -> None:
    """Refuse what would let somebody see more, or for longer, than anybody decided (R4.1, R4.6, R4.9)."""
    role, how = case.role, case.how
    if not case.patient.is_registered(case.today):
        raise NotTaken("the patient is not registered here today")
    if ends_on is None and not how.open_ended_because.strip():
        raise NotTaken(
            "it has no end date: give one with --ends-on, or say why there is none with --open-ended-because"
        )
    if not case.by and role.status not in (ProxyStatus.PROPOSED, ProxyStatus.ACTIVE):
        raise NotTaken(
            "it lets nobody see anything there and was never here:"
            " a member of staff who wants it on file confirms it with --confirmed-by"
        )
    if role.status not in NOT_OVER:
        return
    if ends_on and ends_on < case.today:
        raise NotTaken("its end date is past, so there is nothing to take in")
    if _others(case).exists():
        raise NotTaken(
            "these two have a grant or an application here already: decide about that one"
        )
    if role.status in STANDING:
        check_capacity(case)


def _others(case: Case) -> QuerySet[ProxyGrant]:
    """What is on file of the same two, and not over."""
    others = ProxyGrant.objects.filter(patient=case.patient, proxy=case.proxy, status__in=NOT_OVER)
    return others.filter(Q(ends_on=None) | Q(ends_on__gte=case.today))

"""Taking in a grant that another system tells of: what takes away holds at once, what gives waits for the surgery."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Duty, OnlineRegistration, User
from accounts.staff import Desk, desk_of
from audit import log
from proxy_access.changing import STANDING, Words, begin, end_sooner, follow
from proxy_access.fhir import Role
from proxy_access.handing_over import role_of
from proxy_access.matching import NotTaken, patient_told, proxy_told
from proxy_access.models import GrantSource, LegalBasis, ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from surgeries.models import Patient
from surgeries.terms import Section

LACKING_CAPACITY = (LegalBasis.ATTORNEY, LegalBasis.DEPUTY, LegalBasis.BEST_INTEREST)
NOT_OVER = (ProxyStatus.PROPOSED, *STANDING)
KEPT_FROM_PATIENT = (StatusReason.SUSPENDED, StatusReason.SAFEGUARDING)
"""What may be for the patient's safety: their own pages do not say it until the surgery does (R4.5)."""
UNSAID = "As another system told"
EARLIER = "Rejected before it came here; why is not known"
Move = tuple[ProxyStatus, StatusReason]


@dataclass(frozen=True)
class Taking:
    """What the operator, or a member of staff through them, says with a file: a Consent cannot carry it."""

    scopes: tuple[str, ...]
    patient: str = ""
    """The NHS number of whom they made sure, where the file names nobody with certainty."""
    proxy: User | None = None
    ends_on: date | None = None
    open_ended_because: str = ""
    confirmed_by: User | None = None
    reason: str = ""
    lacks_capacity: str = ""
    """The finding that the patient lacks capacity now (R4.1)."""


@dataclass(frozen=True)
class Taken:
    """What became of one grant of a file: added, changed or unchanged."""

    grant: ProxyGrant
    outcome: str


@dataclass(frozen=True)
class _Case:
    """One grant that a file tells, with whom it is about, who confirms it, and when."""

    role: Role
    how: Taking
    patient: Patient
    proxy: User
    by: User | None
    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def words(self, reason: StatusReason, text: str = "") -> Words:
        """What is kept with a step, for colleagues."""
        told = self.role.text if reason is StatusReason.OTHER else ""
        parts = [text or told, self.how.reason.strip(), self.how.lacks_capacity.strip()]
        said = "; ".join(part for part in parts if part) or UNSAID
        return Words(said, told_patient=reason not in KEPT_FROM_PATIENT)


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
    case = _Case(role, how, patient, proxy, _confirmer(how, patient, proxy, today), now)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)  # two files at once
        sources = GrantSource.objects.filter(patient=patient, source_id=key_of(role))
        if source := sources.select_related("grant").first():
            return _follow(case, source)
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


def _begin(case: _Case) -> Taken:
    """Keep a grant that was not here: it waits for the surgery, unless somebody of it confirms."""
    role, how = case.role, case.how
    ends = [day for day in (role.ends_on, how.ends_on) if day]
    _check_can_begin(case, min(ends, default=None))
    stands = role.status in NOT_OVER
    ways = _ways(role) if case.by else [SUBMITTED]
    grant = ProxyGrant(
        patient=case.patient, proxy=case.proxy, legal_basis=role.basis, scopes=_scopes(case),
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
    return _told(case, source, "added")


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


def _check_can_begin(case: _Case, ends_on: date | None) -> None:
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
        _check_capacity(case)


def _check_capacity(case: _Case) -> None:
    """Refuse to confirm without the finding on which some bases rest (R4.1)."""
    needs = case.by and case.role.basis in LACKING_CAPACITY
    if needs and not case.how.lacks_capacity.strip():
        raise NotTaken(
            "on this basis the patient has to lack capacity now: give the finding with --lacks-capacity"
        )


def _others(case: _Case) -> QuerySet[ProxyGrant]:
    """What is on file of the same two, and not over."""
    others = ProxyGrant.objects.filter(patient=case.patient, proxy=case.proxy, status__in=NOT_OVER)
    return others.filter(Q(ends_on=None) | Q(ends_on__gte=case.today))


def _scopes(case: _Case) -> list[str]:
    """The parts that the operator names, of those that were asked for where the file says so (R4.3)."""
    asked = case.role.asked_for or frozenset(Section)
    scopes = [
        section.value for section in Section if section in case.how.scopes and section in asked
    ]
    if not scopes:
        raise NotTaken("it asks for none of the parts that --scopes names")
    return scopes


def _follow(case: _Case, source: GrantSource) -> Taken:
    """Follow what another system tells of a grant that came from it."""
    role, grant = case.role, source.grant
    waits = grant.status == ProxyStatus.PROPOSED
    gives = role.status == ProxyStatus.ACTIVE and waits and case.by is not None
    is_same = (role.status, role.reason, role.ends_on) == (
        source.status,
        source.reason,
        source.ends_on,
    )
    _check_follows(case, source)
    if is_same and not gives:
        return Taken(grant, "unchanged")
    move = _next(case, grant)
    if move:
        grant = follow(grant, *move, by=case.by, at=case.now, words=case.words(move[1]))
    if role.ends_on:
        end_sooner(grant, role.ends_on, by=case.by, at=case.now, words=case.words(role.reason))
    return _told(case, source, "changed")


def _check_follows(case: _Case, source: GrantSource) -> None:
    """Refuse what is not the same grant, what is older than what is known, and what would give more (R4.3, R4.6)."""
    role, grant = case.role, source.grant
    if (grant.proxy_id, grant.legal_basis, source.starts_on) != (
        case.proxy.pk,
        role.basis,
        role.starts_on,
    ):
        raise NotTaken("its person, basis or start is not that of before: that takes another grant")
    if role.changed_at and source.changed_at and role.changed_at < source.changed_at:
        raise NotTaken("a later state of it was taken in already")
    is_longer = source.ends_on and (role.ends_on is None or role.ends_on > source.ends_on)
    if is_longer:
        raise NotTaken("it ends later there: renew it on its page, where both sides are told")


def _next(case: _Case, grant: ProxyGrant) -> Move | None:
    """What to do here for the state that is told; None where only dates differ. Raises NotTaken (R4.9)."""
    role = case.role
    waits = grant.status == ProxyStatus.PROPOSED
    if waits and role.status == ProxyStatus.ACTIVE:
        _check_capacity(case)
        return (ProxyStatus.ACTIVE, StatusReason.ACTIVATED) if case.by else None
    if waits and role.status in (ProxyStatus.SUSPENDED, ProxyStatus.ENDED):
        return ProxyStatus.ENTERED_IN_ERROR, StatusReason.APPLICATION_WITHDRAWN
    if grant.status == role.status != ProxyStatus.SUSPENDED:
        return None
    if role.status == ProxyStatus.ACTIVE and not case.by:
        raise NotTaken(
            "only the surgery lets it begin again: a member of staff confirms it with --confirmed-by"
        )
    return role.status, role.reason


def _told(case: _Case, source: GrantSource, outcome: str) -> Taken:
    """Keep what was told last."""
    role = case.role
    source.status, source.reason = role.status, role.reason
    source.text, source.starts_on, source.ends_on = role.text, role.starts_on, role.ends_on
    source.changed_at, source.taken_at = role.changed_at, case.now
    source.save()
    log.record(
        "proxy access taken in", at=case.now, actor_id=case.by.pk if case.by else None,
        patient_id=case.patient.pk, duty=Duty.DECIDE_ACCESS if case.by else "",
        about=f"proxy grant {source.pk}", details={"status": role.status, "reason": role.reason},
    )  # fmt: skip
    return Taken(ProxyGrant.objects.get(pk=source.pk), outcome)

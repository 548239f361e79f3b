"""What a patient's own pages say about who acts for them: never what the surgery keeps from whoever reads beside them (R4.5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from audit.kept import Kept
from audit.kept import named as place
from proxy_access.access import is_paused_by_patient
from proxy_access.models import LegalBasis, ProxyDecision, ProxyGrant, named
from proxy_access.models.days import PLACES, days_of
from proxy_access.models.decision import TELLS_PATIENT
from proxy_access.over import TOLD, why_over
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.steps import Side, stopped_by, told_end
from proxy_access.terms import TOLD_BEFORE, ends_soon, next_end, unused_until
from surgeries.models import Patient


class Stand(StrEnum):
    """How a grant stands, as its patient is told."""

    OPEN = "open"
    STOPPED_BY_YOU = "stopped-by-you"
    STOPPED_BY_SURGERY = "stopped-by-surgery"
    NOT_BEGUN = "not-begun"
    NOT_IN_FORCE = "not-in-force"
    ENDED = "ended"


@dataclass(frozen=True)
class Told:
    """One person who acts, will act or acted for the patient."""

    grant: ProxyGrant
    stand: Stand
    ended_on: date | None = None
    why: str = ""
    """Why it ended, or is not in force by a rule, in words; empty where they are not told."""
    ends_soon: bool = False
    """Whether both sides are told by now that it ends (R4.6)."""
    go_on_until: date | None = None
    """Until when the patient can let it go on for another term; None where it does not end soon, or they cannot."""

    @property
    def name(self) -> str:
        """The person's name, and their organisation; nothing else of them, as they learn nothing of the patient's address (R4.11)."""
        return self.grant.proxy_name

    @property
    def basis(self) -> str:
        """Why they may, in words to the patient."""
        return TO_PATIENT.get(self.grant.legal_basis) or self.grant.get_legal_basis_display()

    @property
    def sections(self) -> list[str]:
        """What they may see, by the names of the sections."""
        return named(self.grant.scopes)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left to change."""
        return self.stand is Stand.ENDED

    @property
    def can_end(self) -> bool:
        """Whether the patient can end it, or let the person see less."""
        return not self.is_over and self.grant.rests_on_agreement

    @property
    def can_stop(self) -> bool:
        """Whether the patient can stop it for now."""
        return not self.is_over and self.stand is not Stand.STOPPED_BY_YOU


def told_of(patient: Patient, *, today: date) -> list[Told]:
    """Everybody who acts for a patient, the newest first, then who did; an application that was not granted is not told."""
    open_by_rule = _open_by_rule(patient.pk, today)
    grants = ProxyGrant.objects.known_to_proxy().filter(patient=patient).with_names()
    told = [
        _told(grant, today, grant.pk in open_by_rule)
        for grant in grants.order_by("-starts_on", "id")
    ]
    return sorted(told, key=lambda one: one.is_over)


def told_about(grant: ProxyGrant, *, today: date) -> Told:
    """How one grant stands, as its patient is told."""
    return _told(grant, today, grant.pk in _open_by_rule(grant.patient_id, today))


BY_RULE = Kept(
    lambda: (
        ProxyGrant.objects.not_over_by_rule(PLACES)
        .filter(patient=place("patient"))
        .order_by()
        .values_list("pk")
    )
)


def _open_by_rule(patient_id: UUID, today: date) -> set[UUID]:
    """The grants of a patient that would be live, if nobody had stopped or ended them."""
    return {pk for (pk,) in BY_RULE.ask(patient=patient_id, **days_of(today).known)}


def _told(grant: ProxyGrant, today: date, is_open_by_rule: bool) -> Told:
    ended = told_end(grant) if grant.status == ProxyStatus.ENDED else None
    ended_on = timezone.localdate(ended.at) if ended else None
    if ended and ended_on and (grant.ends_on is None or ended_on <= grant.ends_on):
        return Told(grant, Stand.ENDED, ended_on, PLAIN.get(ended.reason, "Your surgery ended it"))
    if grant.ends_on and grant.ends_on < today:
        with_basis = grant.ends_on == grant.basis_ends_on
        return Told(grant, Stand.ENDED, grant.ends_on, BASIS_ENDED if with_basis else DATE_CAME)
    if (unused := unused_until(grant)) <= today:
        return Told(grant, Stand.ENDED, unused, PLAIN[StatusReason.INACTIVE])
    stopped = stopped_by(grant, told=True)
    if Side.PATIENT in stopped:
        return Told(grant, Stand.STOPPED_BY_YOU)
    if Side.SURGERY in stopped:
        return Told(grant, Stand.STOPPED_BY_SURGERY)
    if grant.starts_on > today:
        return Told(grant, Stand.NOT_BEGUN)
    # where it is stopped or ended, and the patient is not told, their pages say what they would say without it
    if not is_open_by_rule:
        said = [TOLD[reason] for reason in why_over(grant, on=today) if reason in TOLD]
        return Told(grant, Stand.NOT_IN_FORCE, why=". ".join(said))
    soon = ends_soon(grant, today=today)
    until = next_end(grant, today=today) if soon and grant.rests_on_agreement else None
    return Told(grant, Stand.OPEN, ends_soon=soon, go_on_until=until)


def is_told_over(
    viewer: User, patient_id: UUID, *, today: date, at: datetime | None = None
) -> bool:
    """Whether a patient's pages say that somebody who acted for them cannot see their record now.

    What a refusal has to be asked before the patient reads of it: who was stopped without a word is not told to
    have been refused (R4.5). Whom the patient paused themself, they know to be refused, and may see try (R5.2).
    """
    grants = ProxyGrant.objects.known_to_proxy().filter(patient=patient_id, proxy=viewer)
    return all(
        told_about(grant, today=today).stand is not Stand.OPEN
        or is_paused_by_patient(grant, on=today, at=at)
        for grant in grants
    )


def tells_of_end(patient: Patient, *, today: date) -> bool:
    """Whether a patient's pages say of somebody that their access ends soon (R4.6)."""
    latest = today + timedelta(days=TOLD_BEFORE[0])
    grants = ProxyGrant.objects.known_to_proxy().filter(
        patient=patient, ends_on__range=(today, latest)
    )
    return any(told_about(grant, today=today).ends_soon for grant in grants)


def told_rejections(patient: Patient) -> list[ProxyDecision]:
    """Those whom the surgery did not let act for the patient, as far as the patient is told (R4.5); the newest first."""
    made = ProxyDecision.objects.filter(grant__patient=patient, told__in=TELLS_PATIENT)
    rejected = made.filter(outcome=ProxyDecision.Outcome.REJECTED)
    return list(rejected.select_related("grant__proxy").order_by("-id"))


DATE_CAME = "The end date came"
BASIS_ENDED = "The order or the power that it rested on ended"
TO_PATIENT: dict[str, str] = {
    LegalBasis.CONSENT: "You agreed",
    LegalBasis.BEST_INTEREST: "It was decided in your best interest",
}
PLAIN: dict[str, str] = {
    "ROLE_DEACTIVATED_PATIENT_REQUEST": "You ended it, or asked for it",
    "ROLE_DEACTIVATED_PROXY_REQUEST": "They no longer act for you",
    "ROLE_DEACTIVATED_END_DATE_REACHED": DATE_CAME,
    "ROLE_DEACTIVATED_INACTIVE_ROLE": "It was not used any more",
    "ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED": "They moved to another surgery",
}
"""What is about the other person's life or health, or a concern, is only told as the surgery's decision."""

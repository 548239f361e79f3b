"""One grant that a file tells: with what the operator says of it, who confirms it, and what is kept of it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.models import Duty, User
from audit import log
from proxy_access.fhir import Role
from proxy_access.matching import NotTaken
from proxy_access.models import GrantSource, LegalBasis, ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.steps import Words
from surgeries.models import Patient
from surgeries.terms import Section

Move = tuple[ProxyStatus, StatusReason]
LACKING_CAPACITY = (LegalBasis.ATTORNEY, LegalBasis.DEPUTY, LegalBasis.BEST_INTEREST)
KEPT_FROM_PATIENT = (StatusReason.SUSPENDED, StatusReason.SAFEGUARDING)
"""What may be for the patient's safety: their own pages do not say it until the surgery does (R4.5)."""
UNSAID = "As another system told"


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
class Case:
    """One grant that a file tells, with whom it is about, who confirms it, and when."""

    role: Role
    how: Taking
    patient: Patient
    proxy: User
    by: User | None
    now: datetime

    @property
    def today(self) -> date:
        """The day of taking in."""
        return timezone.localdate(self.now)

    def words(self, reason: StatusReason, text: str = "") -> Words:
        """What is kept with a step, for colleagues."""
        told = self.role.text if reason is StatusReason.OTHER else ""
        parts = [text or told, self.how.reason.strip(), self.how.lacks_capacity.strip()]
        said = "; ".join(part for part in parts if part) or UNSAID
        return Words(said, told_patient=reason not in KEPT_FROM_PATIENT)


def check_capacity(case: Case) -> None:
    """Refuse to confirm without the finding on which some bases rest (R4.1)."""
    needs = case.by and case.role.basis in LACKING_CAPACITY
    if needs and not case.how.lacks_capacity.strip():
        raise NotTaken(
            "on this basis the patient has to lack capacity now: give the finding with --lacks-capacity"
        )


def scopes_of(case: Case) -> list[str]:
    """The parts that the operator names, of those that were asked for where the file says so (R4.3)."""
    asked = case.role.asked_for or frozenset(Section)
    scopes = [
        section.value for section in Section if section in case.how.scopes and section in asked
    ]
    if not scopes:
        raise NotTaken("it asks for none of the parts that --scopes names")
    return scopes


def keep_told(case: Case, source: GrantSource, outcome: str) -> Taken:
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

"""How a grant is held, how each change of it is kept, and who holds it stopped: for every act that changes one (R4.8, R4.9)."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.core.exceptions import ValidationError

from accounts.models import Duty, Kind, User
from accounts.staff import StaffAccess
from audit import log
from proxy_access.models import ProxyGrant, ProxyStep
from proxy_access.notices import tell_patient
from proxy_access.statuses import ENDING, ProxyStatus, StatusReason
from surgeries.models import Patient


class Side(StrEnum):
    """Who can stop a grant for now: each takes back only their own stop (R4.8)."""

    PATIENT = "patient"
    SURGERY = "surgery"


class Words(NamedTuple):
    """What staff write with a change: why, for colleagues, and whether the patient's own pages say that it was made."""

    text: str
    told_patient: bool = True


NO_WORDS = Words("")
STANDING = (ProxyStatus.ACTIVE, ProxyStatus.SUSPENDED)
BEGUN = {
    ProxyStatus.PROPOSED: StatusReason.APPLICATION_SUBMITTED,
    ProxyStatus.ACTIVE: StatusReason.CREATED,
}
DECIDED = ("decided_by", "decided_at")
"""Who decided a grant may not be known: of one that waits, nobody has."""


def stopped_by(grant: ProxyGrant, *, told: bool = False) -> set[Side]:
    """Who holds a grant stopped, the patient, the surgery or both; with `told`, as far as the patient is told."""
    steps = grant.steps.order_by("id")
    found: set[Side] = set()
    for step in steps.filter(told_patient=True) if told else steps:
        side = Side.SURGERY if step.duty else Side.PATIENT
        if step.reason == StatusReason.SUSPENDED:
            found.add(side)
        elif step.reason == StatusReason.REACTIVATED:
            found.discard(side)
    return found


def told_end(grant: ProxyGrant) -> ProxyStep | None:
    """The step by which a grant has ended as far as the patient is told; None where they are not, or it has not."""
    ended = grant.steps.filter(status=ProxyStatus.ENDED, reason__in=ENDING, told_patient=True)
    return ended.order_by("id").first()


def refuse_staff(by: StaffAccess, words: Words) -> None:
    """Refuse whoever lacks the duty, and a change of which nothing is said to colleagues."""
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError("To change this you need the duty “Decide access”")
    if not words.text.strip():
        raise ValidationError({"text": "Enter the reason, for colleagues"})


def hold_grant(grant: ProxyGrant, patient: Patient) -> ProxyGrant:
    """The grant as it is, which nobody else changes, and under which nobody begins to read, until this is done."""
    rows = ProxyGrant.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("proxy").get(pk=grant.pk, patient=patient)


def change_status(
    held: ProxyGrant,
    to: ProxyStatus,
    reason: StatusReason,
    by: User | None,
    at: datetime,
    side: Side,
    words: Words,
) -> ProxyGrant:
    """Give a held grant another status; the database refuses one that may not come now (R4.9)."""
    held.status, held.status_reason = to, reason
    held.save(update_fields=["status", "status_reason"])
    return note_step(held, reason, by, at, side, words)


def tell_of_change(
    held: ProxyGrant, *, by: User | None, at: datetime, words: Words, gives: bool = False
) -> ProxyGrant:
    """Tell the patient of a change, as far as their pages do (R4.5); the proxy reads of it when they come (R4.8).

    What the patient themself takes away is not told: they know, and it would only be a trace of it (R5.2). What
    `gives` access is told whoever did it, also in their name.
    """
    if words.told_patient:
        tell_patient(held.patient_id, Kind.PEOPLE, now=at, but=None if gives else by)
    return held


def note_step(
    held: ProxyGrant,
    reason: StatusReason | None,
    by: User | None,
    at: datetime,
    side: Side,
    words: Words = NO_WORDS,
    went_on_from: date | None = None,
) -> ProxyGrant:
    """Keep how a grant stands after a change, in the transaction that holds it."""
    is_surgerys = side is Side.SURGERY and (by or reason not in BEGUN.values())
    duty = Duty.DECIDE_ACCESS if is_surgerys else ""
    step = ProxyStep(
        grant=held, status=held.status, reason=reason or "", text=words.text.strip(), by=by,
        scopes=held.scopes, ends_on=held.ends_on, duty=duty, at=at, told_patient=words.told_patient,
        went_on_from=went_on_from,
    )  # fmt: skip
    step.full_clean(exclude=["by"])
    step.save(force_insert=True)
    log.record(
        "proxy access changed", at=at, actor_id=by.pk if by else None, patient_id=held.patient_id, duty=duty,
        about=f"proxy grant {held.pk}",
        details={"status": held.status, "reason": reason or "", "scopes": held.scopes, "told": step.told_patient},
    )  # fmt: skip
    return held

"""Leaving patients what they have while a setting of the surgery opens more to everybody else (ADR 25)."""

from copy import copy
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Duty
from audit import log
from records.grants import latest_of, usual_start
from records.models import AccessGrant, ChangePreview, Decision, KeptDecision
from records.models.preview import OWN_FIELD
from records.practice.cohort import WORDS, Member, decided_about
from records.practice.previewing import Kind
from surgeries.models import Patient, Surgery
from surgeries.terms import Section


def keep(member: Member, preview: ChangePreview, *, why: str, now: datetime) -> None:
    """Make what holds for a patient by the surgery's setting their own, in the transaction that holds the patient."""
    reason = f"Keeps what was open before a setting of the surgery changed: {WORDS[why]}"
    own = own_now(member.patient, preview.kind, on=timezone.localdate(now))
    _repeat(member.grant, own, preview, reason=reason, why=why, now=now)


def own_now(patient: Patient, kind: str, *, on: date) -> date | list[str]:
    """The date or the sections that hold for a patient by the surgery's setting.

    Before a surgery goes live nothing is current: then it is the next day, so that nothing that is there opens.
    """
    if kind == Kind.SECTIONS:
        return list(patient.surgery.restricted_sections)
    return usual_start(patient) or on + timedelta(days=1)


def _repeat(
    held: AccessGrant, own: Any, preview: ChangePreview, *, reason: str, why: str, now: datetime
) -> None:
    """Add the decision that holds once more, with another date or other sections."""
    grant: AccessGrant = copy(held)
    grant.pk = None
    grant.read_until = held.reads_until  # nobody read anything (R1.5)
    setattr(grant, OWN_FIELD[preview.kind], own)
    grant.decided_by, grant.decided_at, grant.reason = preview.proposed_by, now, reason
    grant.duty = Duty.MANAGE_SETTINGS if grant.decided_by_id else ""
    grant.save(force_insert=True)
    KeptDecision.objects.create(grant=grant, preview=preview, why=why)
    log.record(
        "access kept" if why else "access follows a setting", at=now, actor_id=grant.decided_by_id,
        patient_id=grant.patient_id, duty=grant.duty, about=f"grant {grant.pk}",
        details={"preview": str(preview.pk), "why": why},
    )  # fmt: skip


def follow(preview: ChangePreview, *, now: datetime) -> None:
    """Let what was kept follow the surgery's setting where that closes more, and end where both are the same.

    What was kept was nobody's decision about the patient: a section that is closed to everybody closes to them too.
    """
    surgery = Surgery.objects.get(pk=preview.surgery_id)
    for member in kept_at(surgery, preview.kind, on=timezone.localdate(now)):
        with transaction.atomic():
            latest = latest_of(member.patient)
            if latest is None or latest.pk != member.grant.pk:
                continue
            held = getattr(latest, OWN_FIELD[preview.kind])
            own = followed(held, member.patient, preview.kind)
            if own != held:
                reason = "Follows a setting of the surgery that changed"
                _repeat(latest, own, preview, reason=reason, why="", now=now)


def followed(held: Any, patient: Patient, kind: str) -> Any:
    """What was kept for a patient, as far as the surgery's setting of now leaves it; None where that is the setting."""
    if kind == Kind.SECTIONS:
        closed = {*held, *patient.surgery.restricted_sections}
        ordered = [section.value for section in Section if section in closed]
        return None if closed == set(patient.surgery.restricted_sections) else ordered
    usual = usual_start(patient)
    return held if usual and held > usual else None


def kept_at(surgery: Surgery, kind: str, *, on: date) -> list[Member]:
    """Patients for whom what a setting of this kind kept still holds: nobody decided anything else since."""
    field = OWN_FIELD[kind]
    latest = KeptDecision.objects.filter(preview__surgery=surgery, preview__kind=kind)
    latest = latest.exclude(**{f"grant__{field}": None}).select_related("grant")
    newest = latest.order_by("grant__patient", "-grant").distinct("grant__patient")
    own = {kept.grant.patient_id: getattr(kept.grant, field) for kept in newest}
    return [
        member
        for member in (decided_about(surgery, on=on) if own else [])
        if member.grant.decision == Decision.GRANTED
        and own.get(member.patient.pk) is not None
        and getattr(member.grant, field) == own[member.patient.pk]
    ]

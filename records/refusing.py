"""What a patient is told where their record does not open: whom to ask, and the surgery's words to them."""

from uuid import UUID

from accounts.staff import StaffRefusal
from proxy_access.access import Refusal
from records.models import AccessGrant, Decision
from surgeries.models import Surgery

TOLD_TO_PATIENTS = frozenset(
    [
        Refusal.REGISTRATION_OVER,
        Refusal.PAUSED,
        Refusal.PAUSED_BY_PATIENT,
        Refusal.DENIED,
        Refusal.DECLINED,
        Refusal.NO_ACCESS,
    ]
)
"""Refusals that only the patient meets: to a proxy all of these are an access that has ended."""
CLOSED_BY_SURGERY = (Refusal.PAUSED, Refusal.DENIED, Refusal.NO_ACCESS)


def surgery_to_ask(refusal: Refusal | StaffRefusal, patient_id: UUID) -> Surgery | None:
    """Whom a patient can ask about their own record; nobody else is told whose it is (R4.8)."""
    if not isinstance(refusal, Refusal) or refusal not in TOLD_TO_PATIENTS:
        return None
    return Surgery.objects.get(patients=patient_id)


def words_for(refusal: Refusal | StaffRefusal, patient_id: UUID) -> str:
    """What staff wrote to the patient with the decision that closed their record (R8.2); only they meet these (R4.11)."""
    if refusal not in CLOSED_BY_SURGERY:
        return ""
    latest = AccessGrant.objects.filter(patient=patient_id).order_by("-id").first()
    if latest is None or (refusal is Refusal.PAUSED and latest.decision != Decision.PAUSED):
        return (
            ""  # the patient paused it, through the surgery: the decision is about something else
        )
    return latest.reason_for_patient

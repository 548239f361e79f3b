"""What a patient is told where their record does not open: whom to ask, and the surgery's words to them."""

from uuid import UUID

from accounts.staff import StaffRefusal
from proxy_access.access import Refusal
from records.models import AccessGrant
from surgeries.models import Surgery

TOLD_TO_PATIENTS = frozenset(
    [Refusal.REGISTRATION_OVER, Refusal.PAUSED, Refusal.DENIED, Refusal.DECLINED, Refusal.NO_ACCESS]
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
    decisions = AccessGrant.objects.filter(patient=patient_id).order_by("-id")
    return decisions.values_list("reason_for_patient", flat=True).first() or ""

"""How staff prove who a person is, and who may say so (R3.5)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Duty, IdentityCheck, IdentityLevel, StaffRole, User
from audit import log
from surgeries.models import Surgery


class Evidence(models.TextChoices):
    """Kinds of paper that staff may see; only the kind is recorded, never a copy or a number."""

    PASSPORT = "passport", "Passport"
    DRIVING_LICENCE = "driving-licence", "Photo driving licence"
    IDENTITY_CARD = "identity-card", "National identity card"
    RESIDENCE_PERMIT = "residence-permit", "Residence permit"
    PROOF_OF_AGE_CARD = "proof-of-age-card", "Proof of age card (PASS)"
    COUNCIL_TAX_BILL = "council-tax-bill", "Council tax bill"
    UTILITY_BILL = "utility-bill", "Utility bill"
    BANK_STATEMENT = "bank-statement", "Bank or building society statement"
    BENEFITS_LETTER = "benefits-letter", "Letter about benefits or a pension"
    TENANCY_AGREEMENT = "tenancy-agreement", "Tenancy agreement"


PHOTO = frozenset(
    {
        Evidence.PASSPORT,
        Evidence.DRIVING_LICENCE,
        Evidence.IDENTITY_CARD,
        Evidence.RESIDENCE_PERMIT,
        Evidence.PROOF_OF_AGE_CARD,
    }
)
ADDRESS = frozenset(Evidence) - PHOTO


def may_check_identity(by: User, surgery: Surgery, *, now: datetime) -> bool:
    """Whether a person has the duty to check identity at a surgery today (R8.1)."""
    live = StaffRole.objects.live(timezone.localdate(now))
    return live.filter(user=by, surgery=surgery, duty=Duty.CHECK_IDENTITY).exists()


def prove_by_documents(
    user: User,
    *,
    evidence: Collection[str],
    surgery: Surgery,
    by: User,
    now: datetime,
    patient_id: UUID | None = None,
) -> IdentityCheck:
    """Record that staff saw one photo ID and one proof of address, which proves a person at P9 (R3.5).

    Raises ValidationError where the checker may not say so or the papers are not enough. `patient_id` is
    the patient in whose chain of events this belongs.
    """
    if not may_check_identity(by, surgery, now=now):
        raise ValidationError("The checker does not have the duty check-identity at this surgery")
    if by.pk == user.pk:
        raise ValidationError("Nobody can check their own identity")
    _refuse_too_little(set(evidence))
    check = IdentityCheck(
        user=user, method=IdentityCheck.Method.DOCUMENTS, level=IdentityLevel.P9,
        evidence=sorted(set(evidence)), checked_by=by, checked_at=now,
    )  # fmt: skip
    check.full_clean()
    with transaction.atomic():
        check.save(force_insert=True)
        user.identity_level = IdentityLevel.P9
        user.save(update_fields=["identity_level"])
        log.record(
            "identity checked", at=now, actor_id=by.pk, patient_id=patient_id,
            duty=Duty.CHECK_IDENTITY, about=f"user {user.pk}", details={"method": check.method},
        )  # fmt: skip
    return check


def _refuse_too_little(evidence: set[str]) -> None:
    if unknown := sorted(evidence - set(Evidence)):
        raise ValidationError(f"Not a kind of evidence: {', '.join(unknown)}")
    if not evidence & PHOTO:
        raise ValidationError(f"A photo ID is missing: one of {', '.join(sorted(PHOTO))}")
    if not evidence & ADDRESS:
        raise ValidationError(f"A proof of address is missing: one of {', '.join(sorted(ADDRESS))}")


__all__ = ["ADDRESS", "PHOTO", "Evidence", "may_check_identity", "prove_by_documents"]

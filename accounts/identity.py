"""How staff prove who a person is, and who may say so (R3.5)."""

from collections.abc import Collection
from datetime import date, datetime
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


class Question(models.TextChoices):
    """What staff may ask to confirm a person from their record: nothing whose asking tells what is in it."""

    DATE_OF_BIRTH = "date-of-birth", "Date of birth"
    ADDRESS = "address", "Address that the surgery has"
    PHONE = "phone", "Phone number that the surgery has"
    FORMER_NAME = "former-name", "Former names"
    FORMER_ADDRESS = "former-address", "Address before this one"
    FORMER_SURGERY = "former-surgery", "Surgery before this one"
    JOINED = "joined", "Year in which they joined this surgery"
    LAST_VISIT = "last-visit", "Month of the last visit to the surgery"


QUESTIONS_NEEDED = 2
YEARS_KNOWN = 2


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
    _refuse_too_little(set(evidence))
    check = IdentityCheck(
        user=user, method=IdentityCheck.Method.DOCUMENTS, evidence=sorted(set(evidence)),
        surgery=surgery, checked_by=by, checked_at=now,
    )  # fmt: skip
    return _prove_in_person(check, patient_id)


def prove_by_vouching(
    user: User,
    *,
    voucher: str,
    known_since: date,
    questions: Collection[str] | None = None,
    surgery: Surgery,
    by: User,
    now: datetime,
    patient_id: UUID | None = None,
) -> IdentityCheck:
    """Record that somebody who has known a person for two years vouched for them here, which proves P9 (R3.5).

    `questions` are the kinds asked from the record where that was done too; the answers are never given
    to the portal. Raises ValidationError as `prove_by_documents` does.
    """
    _refuse_too_short(known_since, on=timezone.localdate(now))
    methods = IdentityCheck.Method
    if questions is not None:
        _refuse_too_few(set(questions))
    check = IdentityCheck(
        user=user, method=methods.VOUCHING if questions is None else methods.VOUCHING_CONFIRMED,
        voucher=voucher.strip(), known_since=known_since, questions=sorted(set(questions or ())),
        surgery=surgery, checked_by=by, checked_at=now,
    )  # fmt: skip
    if not check.voucher:
        raise ValidationError("Enter the name of the person who vouches")
    return _prove_in_person(check, patient_id)


def prove_by_letter(
    user: User, *, surgery: Surgery, now: datetime, patient_id: UUID
) -> IdentityCheck:
    """Record that a person had the letter that the surgery made after it knew who they are (R3.6)."""
    check = IdentityCheck(
        user=user, method=IdentityCheck.Method.LETTER, surgery=surgery, checked_at=now
    )
    return _prove(check, patient_id)


def prove_by_nhs_login(
    user: User, *, now: datetime, patient_id: UUID | None = None
) -> IdentityCheck:
    """Record that NHS login proved a person at P9 (R3.2)."""
    check = IdentityCheck(user=user, method=IdentityCheck.Method.NHS_LOGIN, checked_at=now)
    return _prove(check, patient_id)


def _prove_in_person(check: IdentityCheck, patient_id: UUID | None) -> IdentityCheck:
    by, surgery = check.checked_by, check.surgery
    if not (by and surgery and may_check_identity(by, surgery, now=check.checked_at)):
        raise ValidationError("The checker does not have the duty check-identity at this surgery")
    if by.pk == check.user_id:
        raise ValidationError("Nobody can check their own identity")
    return _prove(check, patient_id)


def _prove(check: IdentityCheck, patient_id: UUID | None) -> IdentityCheck:
    """Put a person at P9 by a check; who is not staff leaves no duty on file."""
    user, by = check.user, check.checked_by
    check.level = IdentityLevel.P9
    check.full_clean(exclude=["checked_by"])
    with transaction.atomic():
        check.save(force_insert=True)
        user.identity_level = IdentityLevel.P9
        user.save(update_fields=["identity_level"])
        log.record(
            "identity checked", at=check.checked_at, actor_id=(by or user).pk, patient_id=patient_id,
            duty=Duty.CHECK_IDENTITY if by else "", about=f"user {user.pk}",
            details={"method": check.method},
        )  # fmt: skip
    return check


def _refuse_too_short(known_since: date, *, on: date) -> None:
    day = min(on.day, 28) if on.month == 2 else on.day
    if known_since > on.replace(year=on.year - YEARS_KNOWN, day=day):
        raise ValidationError("The person who vouches must have known them for 2 years or more")


def _refuse_too_few(questions: set[str]) -> None:
    if unknown := sorted(questions - set(Question)):
        raise ValidationError(f"Not a kind of question: {', '.join(unknown)}")
    if len(questions) < QUESTIONS_NEEDED:
        raise ValidationError("Ask at least 2 questions from the record")


def _refuse_too_little(evidence: set[str]) -> None:
    if unknown := sorted(evidence - set(Evidence)):
        raise ValidationError(f"Not a kind of evidence: {', '.join(unknown)}")
    if not evidence & PHOTO:
        raise ValidationError(f"A photo ID is missing: one of {', '.join(sorted(PHOTO))}")
    if not evidence & ADDRESS:
        raise ValidationError(f"A proof of address is missing: one of {', '.join(sorted(ADDRESS))}")


__all__ = [
    "ADDRESS",
    "PHOTO",
    "Evidence",
    "Question",
    "may_check_identity",
    "prove_by_documents",
    "prove_by_letter",
    "prove_by_nhs_login",
    "prove_by_vouching",
]

"""Letting surgeries use the portal, and putting people on their lists."""

from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from audit import log
from surgeries.models import Patient, Surgery


def add_surgery(
    *, ods_code: str, name: str, go_live_on: date | None, by: UUID | None, now: datetime
) -> Surgery:
    """Let a surgery use the portal; raises ValidationError where a value is wrong or it does already.

    One that is known from the ODS list keeps its address and phone number.
    """
    code = ods_code.upper()
    with transaction.atomic():
        known = Surgery.objects.select_for_update().filter(ods_code=code, uses_portal=False).first()
        surgery = known or Surgery(ods_code=code)
        surgery.name, surgery.go_live_on, surgery.uses_portal = name, go_live_on, True
        surgery.full_clean()
        surgery.save(force_insert=known is None)
        log.record("surgery added", at=now, actor_id=by, about=surgery.ods_code)
    return surgery


def add_patient(
    patient: Patient, *, by: UUID | None, now: datetime, moved: bool = False
) -> Patient:
    """Put a person on a surgery's list; raises ValidationError.

    With `moved`, the registration elsewhere ends on the day that this one begins: access to that record
    stops, and nothing of it is carried over (R1.5).
    """
    with transaction.atomic():
        if moved:
            _end_registration_elsewhere(patient, by=by, now=now)
        patient.full_clean()
        patient.save(force_insert=True)
        log.record("patient registered", at=now, actor_id=by, patient_id=patient.id)
    return patient


def _end_registration_elsewhere(patient: Patient, *, by: UUID | None, now: datetime) -> None:
    others = Patient.objects.select_for_update().filter(nhs_number=patient.nhs_number, left_on=None)
    for other in others.exclude(surgery=patient.surgery):
        if other.date_of_birth != patient.date_of_birth or not other.has_family_name(
            patient.family_name
        ):
            raise ValidationError(
                "Another surgery has this NHS number with another name or date of birth: nothing was changed"
            )
        other.left_on = patient.registered_on
        other.full_clean()
        other.save(update_fields=["left_on"])
        log.record("registration ended", at=now, actor_id=by, patient_id=other.id)

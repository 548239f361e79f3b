"""Undoing a change for many patients: each goes back to the decision before, unless somebody decided since."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.tasks import task
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk
from audit import log
from audit.row_security import rows_of
from nhsuk.wording import date_words
from records.grants import decide_access, latest_of, not_undone
from records.models import AccessGrant, Decision, PracticeChange
from records.practice.cohort import Member
from records.practice.returning import why_stays
from records.previewing.late import tell_of_late
from surgeries.models import Patient
from surgeries.terms import Level


class Left(NamedTuple):
    """A patient whom undoing left as they are, with the decision that holds since."""

    patient: Patient
    grant: AccessGrant


class Kept(NamedTuple):
    """A patient whom undoing left as they are, since going back would open what nobody read, and why."""

    patient: Patient
    why: str


def undo(change: PracticeChange, *, by: Desk, now: datetime) -> None:
    """Undo a change; raises ValidationError where it is undone already."""
    with transaction.atomic():
        held = PracticeChange.objects.select_for_update().get(pk=change.pk, surgery=by.surgery)
        if held.undone_at:
            raise ValidationError("This change is undone already")
        held.undone_at, held.undone_by = now, by.viewer
        held.save(update_fields=["undone_at", "undone_by"])
        log.record(
            "practice change undone", at=now, actor_id=by.viewer.pk, duty=Duty.DECIDE_ACCESS,
            about=f"change {change.pk}", details={"surgery": by.surgery.ods_code},
        )  # fmt: skip
        put_back.enqueue(str(change.pk))


@task(priority=-5)
def put_back(change_id: str) -> None:
    """Decide for each patient of a change as it was before, one transaction each; it may be begun again."""
    found = PracticeChange.objects.select_related("undone_by")
    change = found.get(pk=UUID(change_id))
    of_change = AccessGrant.objects.filter(practice_change_id=change.pk)
    kept = []
    for patient_id in of_change.order_by("patient").values_list("patient", flat=True).distinct():
        if why := _put_back(change, patient_id):
            kept.append([str(patient_id), why])
    PracticeChange.objects.filter(pk=change.pk).update(counted=change.counted | {"kept": kept})


def _put_back(change: PracticeChange, patient_id: UUID) -> str:
    """Let one patient go back; says why not where that would open what nobody read, and decides nothing twice."""
    by, now = change.undone_by, max(timezone.now(), change.undone_at or timezone.now())
    with transaction.atomic():
        patient = Patient.objects.select_related("surgery").get(pk=patient_id)
        latest_of(patient)  # until this is done nobody else decides
        held = not_undone(patient, but=change.pk)  # nobody goes back to what was undone, too
        newest, first = held.first(), held.filter(practice_change_id=change.pk).last()
        before = held.filter(pk__lt=first.pk).first() if first else None
        if newest is None or first is None or before is None or not _holds(change, newest):
            return ""
        # what a setting gave them since for their own stays theirs (ADR 25)
        before.starts_on, before.restricted_sections = newest.starts_on, newest.restricted_sections
        member = Member(patient, newest)
        if by and (why := why_stays(member, before, by=by, since=first.decided_at)):
            return why
        decide_access(
            patient, by=by, now=now, decision=Decision(before.decision),
            current=Level(before.current_level), historical=Level(before.historical_level),
            starts_on=before.starts_on, restricted_sections=before.restricted_sections,
            reason=f"Undoes the change for many patients of {date_words(change.made_at)}",
            reason_for_patient=before.reason_for_patient, practice_change_id=change.pk,
            read_until=before.reads_until,
        )  # fmt: skip
        with rows_of(patient.pk):
            tell_of_late(patient, now=now)
    return ""


def _holds(change: PracticeChange, newest: AccessGrant) -> bool:
    """Whether what a change gave to a patient still holds: nobody decided since, and they are not back yet."""
    is_of_change = newest.practice_change_id == change.pk
    return is_of_change and (change.undone_at is None or newest.decided_at < change.undone_at)


def changed_by(change: PracticeChange) -> int:
    """How many patients a change has reached so far."""
    made = AccessGrant.objects.filter(practice_change_id=change.pk)
    return made.values("patient").distinct().count()


def not_put_back(change: PracticeChange) -> int:
    """How many patients still have what the change gave them: undoing has not come to them yet, or stopped before."""
    kept = {patient_id for patient_id, _ in change.counted.get("kept", [])}
    return len(_still_changed(change) - kept)


def _still_changed(change: PracticeChange) -> set[str]:
    """The ids of patients for whom what the change gave them holds."""
    later = AccessGrant.objects.filter(patient=OuterRef("patient"), pk__gt=OuterRef("pk"))
    newest = AccessGrant.objects.filter(~Exists(later), practice_change_id=change.pk)
    if change.undone_at:
        newest = newest.filter(decided_at__lt=change.undone_at)
    return {str(patient_id) for patient_id in newest.values_list("patient", flat=True)}


def kept_by(change: PracticeChange) -> list[Kept]:
    """Patients who still have what the change gave them, since going back would open what nobody read."""
    still = _still_changed(change)
    why = {one: why for one, why in change.counted.get("kept", []) if one in still}
    patients = Patient.objects.filter(pk__in=why).order_by("family_name", "given_names", "id")
    return [Kept(patient, why[str(patient.pk)]) for patient in patients]


def left_by(change: PracticeChange) -> list[Left]:
    """Patients whom undoing left as they are: somebody, or they themself, decided since."""
    patients = AccessGrant.objects.filter(practice_change_id=change.pk).values("patient")
    newest = (
        AccessGrant.objects.filter(patient__in=patients)
        .order_by("patient", "-id")
        .distinct("patient")
        .select_related("patient", "decided_by")
    )
    return [Left(grant.patient, grant) for grant in newest if grant.practice_change_id != change.pk]

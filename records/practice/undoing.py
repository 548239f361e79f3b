"""Undoing a change for many patients: each goes back to the decision before, unless somebody decided since."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.tasks import task
from django.utils import timezone

from accounts.models import Duty, User
from accounts.staff import Desk
from audit import log
from audit.row_security import rows_of
from nhsuk.wording import date_words
from records.grants import decide_access, latest_of, not_undone
from records.models import AccessGrant, Decision, PracticeChange
from records.previewing.late import tell_of_late
from surgeries.models import Patient
from surgeries.terms import Level


class Left(NamedTuple):
    """A patient whom undoing left as they are, with the decision that holds since."""

    patient: Patient
    grant: AccessGrant


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
    change = PracticeChange.objects.select_related("undone_by").get(pk=UUID(change_id))
    for grant in AccessGrant.objects.filter(practice_change_id=change.pk).order_by("id"):
        _put_back(change, grant, by=change.undone_by)


def _put_back(change: PracticeChange, grant: AccessGrant, *, by: User | None) -> None:
    with transaction.atomic():
        patient = Patient.objects.get(pk=grant.patient_id)
        now = timezone.now()
        latest_of(patient)  # until this is done nobody else decides
        held = not_undone(patient, but=change.pk)  # nobody goes back to what was undone, too
        newest, before = held.first(), held.filter(pk__lt=grant.pk).first()
        if newest is None or newest.pk != grant.pk or before is None:
            return
        if before.practice_change_id == change.pk:  # this is the undoing itself
            return
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


def changed_by(change: PracticeChange) -> int:
    """How many patients a change has reached so far."""
    made = AccessGrant.objects.filter(practice_change_id=change.pk)
    return made.values("patient").distinct().count()


def not_put_back(change: PracticeChange) -> int:
    """How many patients still have what the change gave them: undoing has not come to them yet, or stopped before."""
    of_change = AccessGrant.objects.filter(practice_change_id=change.pk)
    once = of_change.values("patient").annotate(how_many=Count("id")).filter(how_many=1)
    later = AccessGrant.objects.filter(patient=OuterRef("patient"), pk__gt=OuterRef("pk"))
    return of_change.filter(~Exists(later), patient__in=once.values("patient")).count()


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

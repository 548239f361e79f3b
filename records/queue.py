"""The surgery's queue: tasks come into it, and leave it when what they ask for is done."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.staff import StaffAccess
from proxy_access.access import Access
from records.models import StaffTask
from records.visibility import RecordAccess
from surgeries.models import Patient


def open_task(
    patient: Patient,
    kind: str,
    *,
    because: str,
    now: datetime,
    about_id: UUID | None = None,
    due_on: date | None = None,
    shows_from: date | None = None,
) -> StaffTask:
    """The open task of this kind about this thing; made where there is none, and left as it is where there is.

    Holds the patient until the transaction ends, so call it before the act's own event is written, or while
    holding the patient already.
    """
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        held = open_tasks(patient, kind, about_id).order_by("id").first()
        return held or StaffTask.objects.create(
            patient=patient, kind=kind, about_id=about_id, because=because, opened_at=now,
            due_on=due_on, shows_from=shows_from,
        )  # fmt: skip


def close_tasks(
    patient: Patient,
    kind: str,
    *,
    by: StaffAccess | RecordAccess | Access,
    now: datetime,
    about_id: UUID | None = None,
) -> int:
    """End the tasks of this kind about this thing, and say how many; the act that ended them writes the event.

    Without `about_id`, only those that are about nothing in particular.
    """
    return open_tasks(patient, kind, about_id).update(
        closed_at=now, closed_by=by.viewer, version=F("version") + 1
    )


def open_tasks(patient: Patient, kind: str, about_id: UUID | None) -> QuerySet[StaffTask]:
    """The tasks of a kind about one thing that are not done."""
    return StaffTask.objects.filter(patient=patient, kind=kind, about_id=about_id, closed_at=None)

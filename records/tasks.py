"""What staff were asked to look at, and have looked at."""

from datetime import datetime

from django.db import transaction

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from records.models import StaffTask


def close_task(task: StaffTask, *, by: StaffAccess, now: datetime) -> None:
    """Say that a task is done; saying so twice does nothing."""
    with transaction.atomic():
        open_tasks = StaffTask.objects.filter(pk=task.pk, patient=by.patient, closed_at=None)
        if open_tasks.update(closed_at=now, closed_by=by.viewer):
            log.record(
                "task done", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
                duty=Duty.DECIDE_ACCESS, about=f"task {task.pk}", details={"kind": task.kind},
            )  # fmt: skip

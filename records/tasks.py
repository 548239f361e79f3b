"""What staff were asked to look at, and have looked at."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from records.grants import latest_of
from records.models import StaffTask
from records.previewing.late import came_late

DONE_OTHERWISE = {
    StaffTask.Kind.CORRECTION: "Answer the person who wrote: then this task is done",
    StaffTask.Kind.SPEAK_FIRST: "Say that you have spoken to the patient: then this task is done",
    StaffTask.Kind.REVIEW_HIDDEN: "Show it again, or say when to look again: then this task is done",
    StaffTask.Kind.REQUEST: "Decide about the request: then this task is done",
    StaffTask.Kind.PRINT_LETTER: "Print the letter and say so: then this task is done",
    StaffTask.Kind.SECOND_PERSON: "Agree or do not agree to the decision: then this task is done",
    StaffTask.Kind.NOMINATION: "Let the patient go on or end it: then this task is done",
    StaffTask.Kind.PROXY_APPLICATION: "Decide about who asks: then this task is done",
    StaffTask.Kind.AGE_REVIEW: "Decide about this person's access: then this task is done",
    StaffTask.Kind.HELP: "Say what was done for the patient: then this task is done",
    StaffTask.Kind.ACTIVITY: "Answer the patient: then this task is done",
    StaffTask.Kind.CLINICIAN: "Answer the question about the entry: then this task is done",
}


def close_task(task: StaffTask, *, by: StaffAccess, now: datetime) -> None:
    """Say that a task is done; saying so twice does nothing.

    Raises ValidationError for one that is done when something else is: an answer to whoever wrote.
    """
    if words := DONE_OTHERWISE.get(StaffTask.Kind(task.kind)):
        raise ValidationError(words)
    if task.kind == StaffTask.Kind.LATE_HISTORY and came_late(by.patient, latest_of(by.patient)):
        raise ValidationError("Read what came, or close older entries: then this task is done")
    with transaction.atomic():
        open_tasks = StaffTask.objects.filter(pk=task.pk, patient=by.patient, closed_at=None)
        if open_tasks.update(closed_at=now, closed_by=by.viewer):
            log.record(
                "task done", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
                duty=Duty.DECIDE_ACCESS, about=f"task {task.pk}", details={"kind": task.kind},
            )  # fmt: skip

"""The surgery's queue: tasks come into it, and leave it when what they ask for is done."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from accounts.staff import StaffAccess
from audit import log
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
        hold_patient(patient)
        held = open_tasks(patient, kind, about_id).order_by("id").first()
        return held or StaffTask.objects.create(
            patient=patient, kind=kind, about_id=about_id, because=because, opened_at=now,
            due_on=due_on, shows_from=shows_from,
        )  # fmt: skip


def open_tasks_about(
    patient: Patient,
    kind: str,
    *,
    about: Iterable[UUID],
    because: str,
    now: datetime,
    due_on: date,
    shows_from: date,
) -> None:
    """A task of this kind about each of some things, none of which can have an open one yet; holds the patient."""
    with transaction.atomic():
        hold_patient(patient)
        StaffTask.objects.bulk_create(
            StaffTask(
                patient=patient, kind=kind, about_id=about_id, because=because, opened_at=now,
                due_on=due_on, shows_from=shows_from,
            )
            for about_id in dict.fromkeys(about)
        )  # fmt: skip


def hold_patient(patient: Patient) -> None:
    """Let nobody else act on the patient's tasks until the transaction ends: before the first row and event of an act."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def close_tasks(
    patient: Patient,
    kind: str,
    *,
    by: StaffAccess | RecordAccess | Access | None,
    now: datetime,
    about_id: UUID | None = None,
) -> int:
    """End the tasks of this kind about this thing, and say how many; the act that ended them writes the event.

    Without `about_id`, only those that are about nothing in particular. `by` is None where nobody did it: an extract.
    """
    return open_tasks(patient, kind, about_id).update(
        closed_at=now, closed_by=by.viewer if by else None, version=F("version") + 1
    )


def open_tasks(patient: Patient, kind: str, about_id: UUID | None) -> QuerySet[StaffTask]:
    """The tasks of a kind about one thing that are not done."""
    return StaffTask.objects.filter(patient=patient, kind=kind, about_id=about_id, closed_at=None)


def hold_task(task: StaffTask, *, by: StaffAccess, seen: int, now: datetime) -> None:
    """Take a task on, from nobody or from a colleague; `seen` is the version of it that one had before one.

    Raises ValidationError, with who was faster, where it has changed since. Taken twice, it is taken once.
    """
    _hand(task, to=by.viewer, by=by, seen=seen, now=now, action="task taken on")


def let_go(task: StaffTask, *, by: StaffAccess, seen: int, now: datetime) -> None:
    """Leave a task to whoever takes it on next; raises ValidationError where one does not hold it any more."""
    _hand(task, to=None, by=by, seen=seen, now=now, action="task let go")


def _hand(
    task: StaffTask, *, to: User | None, by: StaffAccess, seen: int, now: datetime, action: str
) -> None:
    with transaction.atomic():
        hold_patient(by.patient)
        tasks = StaffTask.objects.filter(pk=task.pk, patient=by.patient)
        held = tasks.select_related("held_by", "closed_by").get()
        if held.closed_at is None and held.held_by == to:
            return
        if problem := _changed(held, by=by.viewer, seen=seen, lets_go=to is None):
            raise ValidationError(problem)
        tasks.update(held_by=to, version=F("version") + 1)
        told_nowhere = (
            task.kind == StaffTask.Kind.HELP
        )  # what the patient reads of it would give it away
        log.record(
            action, at=now, actor_id=by.viewer.pk, duty=by.duty,
            patient_id=None if told_nowhere else by.patient.pk,
            about=f"task {task.pk}", details={"kind": task.kind},
        )  # fmt: skip


def _changed(task: StaffTask, *, by: User, seen: int, lets_go: bool) -> str:
    """What happened to a task since somebody looked at it; empty where nothing did."""
    if task.closed_at:
        who = f" by {named(task.closed_by)}" if task.closed_by else ""
        return f"This task was done{who} while you looked at it. Nothing is left to do"
    if lets_go and task.held_by != by:
        return f"You do not hold this task any more. {named(task.held_by)} took it on"
    if task.version == seen:
        return ""
    if task.held_by is None:
        return "A colleague took this task on and let it go again while you looked at it. Look at it now"
    return f"{named(task.held_by)} was faster and took this task on. Take it over if you agree on it together"


def named(person: User | None) -> str:
    """How colleagues know somebody."""
    return (person.name or person.email) if person else "Nobody"

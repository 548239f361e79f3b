"""“This looks wrong”, from an event of a patient's activity: the surgery is asked, with a day to answer by (R9.2)."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Duty, Kind, User
from accounts.staff import StaffAccess
from audit import log
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access
from proxy_access.notices import tell_if_wanted
from records.corrections import MOST_WORDS, tidy
from records.models import ActivityReport, StaffTask
from records.models.activity_report import OPEN_REPORTS
from records.own_activity.reading import find_told
from records.own_activity.telling import Told, tell_patient
from records.queue import close_tasks, hold_patient, open_task
from surgeries.models import Patient
from surgeries.working_days import working_days_after

State = ActivityReport.State
WORKING_DAYS = 5
MOST_OPEN = 20
KIND = StaffTask.Kind.ACTIVITY

TOO_LONG = f"Write no more than {MOST_WORDS:,} characters"
TOO_MANY = (
    f"You have {MOST_OPEN} of these that wait for an answer. Wait for one, or contact the surgery"
)
WRITE_ANSWER = "Write the answer for the patient"
ANSWERED_ALREADY = "This was answered while you had the page open. Read the answer below"
OWN_ACT = "This is about something that you did, so somebody else has to answer. Ask a colleague, or who manages the settings"


class Reported(NamedTuple):
    """A report and its event in words."""

    report: ActivityReport
    event: Told


def report_event(
    access: Access, event_id: UUID, *, now: datetime, words: str = ""
) -> ActivityReport:
    """Tell the surgery that an event looks wrong; where that waits already, it is the same report.

    Raises AuditEvent.DoesNotExist for what the patient is not told, and ValidationError where the words are too many
    or too much waits.
    """
    words = tidy(words)
    if len(words) > MOST_WORDS:
        raise ValidationError(TOO_LONG)
    with rows_of(access.patient.pk):
        hold_patient(access.patient)
        event = find_told(access, event_id)
        waiting = ActivityReport.objects.filter(patient=access.patient, state__in=OPEN_REPORTS)
        if held := waiting.filter(event_id=event_id).first():
            return held
        if waiting.count() >= MOST_OPEN:
            raise ValidationError(TOO_MANY)
        due_on = working_days_after(timezone.localdate(now), WORKING_DAYS)
        report = ActivityReport.objects.create(
            patient=access.patient, event_id=event_id, is_of_account=event.patient_id is None,
            reported_by_id=access.viewer.pk, reported_at=now, words=words, due_on=due_on, state_at=now,
        )  # fmt: skip
        because = f"The patient asks about something in their activity. Answer by {due_on.day} {due_on:%B %Y}"
        open_task(access.patient, KIND, because=because, now=now, about_id=report.id, due_on=due_on)
        _log("activity reported", report, by=access.viewer, now=now)
    return report


def begin_to_look(report: ActivityReport, *, by: StaffAccess, now: datetime) -> None:
    """Say to the patient that somebody looks at it; later than that it does nothing."""
    with rows_of(by.patient.pk):
        held = _held(report, by.patient)
        if held.state == State.SENT:
            held.state, held.state_at = State.READ, now
            held.save(update_fields=["state", "state_at"])
            _log("activity report read", held, by=by.viewer, now=now, duty=by.duty)


def answer_report(report: ActivityReport, *, by: StaffAccess, now: datetime, answer: str) -> None:
    """Answer the patient, who gets an e-mail in neutral words (R5.4); the same sent twice is saved once.

    Raises ValidationError without words, where a colleague answered, and for whoever did what it is about.
    """
    answer = tidy(answer)
    if not answer:
        raise ValidationError(WRITE_ANSWER)
    if len(answer) > MOST_WORDS:
        raise ValidationError(TOO_LONG)
    with rows_of(by.patient.pk):
        held = _held(report, by.patient)
        if held.state == State.ANSWERED:
            if (held.answered_by_id, held.answer) == (by.viewer.pk, answer):
                return
            raise ValidationError(ANSWERED_ALREADY)
        if event_of(held).actor_id == by.viewer.pk:
            raise ValidationError(OWN_ACT)
        held.state, held.state_at = State.ANSWERED, now
        held.answer, held.answered_by_id = answer, by.viewer.pk
        held.save(update_fields=["state", "state_at", "answer", "answered_by_id"])
        close_tasks(by.patient, KIND, by=by, now=now, about_id=held.id)
        _log("activity report answered", held, by=by.viewer, now=now, duty=Duty.DECIDE_ACCESS)
        tell_if_wanted(User.objects.get(pk=held.reported_by_id), Kind.ACCESS)


def event_of(report: ActivityReport) -> AuditEvent:
    """The event that a report is about, of whichever chain."""
    with rows_of(None if report.is_of_account else report.patient_id):
        return AuditEvent.objects.get(pk=report.event_id)


def reports_of(access: Access, reports: list[ActivityReport], *, now: datetime) -> list[Reported]:
    """Reports with their events in words, as the patient reads them."""
    events = [event_of(report) for report in reports]
    told = tell_patient(access, events, today=timezone.localdate(now))
    return [Reported(*both) for both in zip(reports, told, strict=True)]


def _held(report: ActivityReport, patient: Patient) -> ActivityReport:
    hold_patient(patient)
    return ActivityReport.objects.get(patient=patient, id=report.id)


def _log(action: str, report: ActivityReport, *, by: User, now: datetime, duty: str = "") -> None:
    log.record(
        action, at=now, actor_id=by.pk, patient_id=report.patient_id, duty=duty,
        about=f"activity report {report.id}", details={"event": str(report.event_id)},
    )  # fmt: skip

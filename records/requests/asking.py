"""A patient asks their surgery for their full record, sees where that stands, and can take it back (R8.2, R8.4)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty, User
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from nhsuk.wording import date_words
from proxy_access.access import Access, Refusal
from records.models import AccessRequest, RequestState, StaffTask
from records.previewing.reviewing import end_tasks
from records.queue import close_tasks, open_task
from records.requests.steps import (
    BY_PATIENT,
    BY_STAFF,
    NO_DUTY,
    hold,
    refuse_unless,
    step_to,
)
from records.visibility import RecordAccess
from surgeries.models import Patient
from surgeries.working_days import due_on

State = RequestState
OPEN_ALREADY = "Your surgery has opened your full record to you already"
CLOSED_BY_SURGERY = (
    "Your surgery closed your online access, so you cannot ask for more here. Call or visit your surgery, and"
    " ask them to look at it again"
)
CLOSED_BY_YOU = (
    "You stopped online access. Start it again first, then you can ask for your full record"
)
MOST_WORDS = 10_000
PAUSED = "Your online access is paused. Open it again first, then you can ask"
TOO_LONG = "You have written as much as a request can hold. Call your surgery to tell them more"
NOT_YOURS = "Only the patient can ask for their full record and take the request back"


def why_not(record: RecordAccess | Refusal) -> str:
    """Why a patient cannot ask online for their full record, in words for them; empty where they can.

    **Decided**: summary only and no access at all invite a request (R6.2). What the surgery denied or paused was
    decided about this person: they speak to the surgery, which can note a request made on paper.
    """
    if isinstance(record, RecordAccess):
        return OPEN_ALREADY if record.opens_everything else ""
    words = {
        Refusal.NO_ACCESS: "",
        Refusal.DECLINED: CLOSED_BY_YOU,
        Refusal.PAUSED_BY_PATIENT: PAUSED,
    }
    return words.get(record, CLOSED_BY_SURGERY)


def request_of(patient: Patient) -> AccessRequest | None:
    """The request that waits, else the latest one."""
    return AccessRequest.objects.filter(patient=patient).order_by("-asked_at", "id").first()


def ask(*, by: Access, record: RecordAccess | Refusal, words: str, now: datetime) -> AccessRequest:
    """Ask for the full record; where a request waits already, this one joins it (R8.4).

    `record` is what the record answers its patient now. Raises ValidationError with words for them.
    """
    if not by.is_own_record:
        raise ValidationError(NOT_YOURS)
    with transaction.atomic():
        if held := _held(by.patient):
            return _join(held, by=by.viewer, words=words, now=now)
        if because := why_not(record):
            raise ValidationError(because)
        return _open(by.patient, by=by.viewer, words=words, asked_at=now, now=now)


def note_asked(*, by: StaffAccess, asked_on: date, words: str, now: datetime) -> AccessRequest:
    """Write down a request that came on paper, by phone or at the desk: it counts from the day it came (R8.2).

    Raises ValidationError with words for staff.
    """
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(NO_DUTY)
    if asked_on > timezone.localdate(now):
        raise ValidationError("The day on which they asked can't be in the future")
    if not by.patient.is_registered(timezone.localdate(now)):
        raise ValidationError("This patient is not on the surgery's list any more")
    if asked_on < by.patient.registered_on:
        raise ValidationError("The day on which they asked is before they registered here")
    began = timezone.make_aware(datetime.combine(asked_on, datetime.min.time()))
    with transaction.atomic():
        if held := _held(by.patient):
            return _join(held, by=by.viewer, words=words, now=now, duty=Duty.DECIDE_ACCESS)
        return _open(
            by.patient, by=by.viewer, words=words, now=now, duty=Duty.DECIDE_ACCESS,
            asked_at=now if asked_on == timezone.localdate(now) else began,
        )  # fmt: skip


def withdraw(request: AccessRequest, *, by: Access, now: datetime) -> None:
    """Take a request back before it is decided; twice does nothing (R8.4)."""
    if not by.is_own_record or request.patient_id != by.patient.pk:
        raise ValidationError(NOT_YOURS)
    with transaction.atomic():
        held = hold(request)
        if held.state != State.WITHDRAWN:
            refuse_unless(held, State.WITHDRAWN, BY_PATIENT)
            step_to(held, State.WITHDRAWN, by=by.viewer, now=now, action="request withdrawn")
            end_what_waits(held, by=by, now=now)


def note_withdrawn(
    request: AccessRequest, *, by: StaffAccess, now: datetime, seen: int, reason: str
) -> None:
    """Write down that the patient took a request back by word of mouth, or that it is over as they left or died."""
    if not by.may(Duty.DECIDE_ACCESS) or request.patient_id != by.patient.pk:
        raise ValidationError(NO_DUTY)
    if not reason.strip():
        raise ValidationError("Enter who told you, or why the request is over")
    with transaction.atomic():
        held = hold(request, seen=seen)
        refuse_unless(held, State.WITHDRAWN, BY_STAFF)
        step_to(
            held, State.WITHDRAWN, by=by.viewer, now=now, action="request withdrawn",
            duty=Duty.DECIDE_ACCESS, reason=reason.strip(),
        )  # fmt: skip
        end_what_waits(held, by=by, now=now)


def end_what_waits(request: AccessRequest, *, by: StaffAccess | Access, now: datetime) -> None:
    """End the task of a request that is over, and give up the review that was begun for it."""
    close_tasks(request.patient, StaffTask.Kind.REQUEST, by=by, now=now, about_id=request.pk)
    with rows_of(request.patient_id):  # what was decided about entries is among the patient's rows
        for review in request.reviews.filter(used_at=None, dropped_at=None):
            end_tasks(review, by=by, now=now)
            review.dropped_at = now
            review.save(update_fields=["dropped_at"])


def _held(patient: Patient) -> AccessRequest | None:
    """The request that waits; until the transaction ends nobody else makes one."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    return AccessRequest.objects.open().select_related("patient").filter(patient=patient).first()


def _open(
    patient: Patient, *, by: User, words: str, asked_at: datetime, now: datetime, duty: str = ""
) -> AccessRequest:
    asked_on = timezone.localdate(asked_at)
    request = AccessRequest(
        patient=patient, asked_by=by, asked_at=asked_at, words=words.strip(), state_at=now,
        due_on=due_on(asked_on),
    )  # fmt: skip
    request.save(force_insert=True)
    open_task(
        patient, StaffTask.Kind.REQUEST, now=now, about_id=request.pk, due_on=request.due_on,
        because=f"Asked {'at the surgery' if duty else 'online'} on {date_words(asked_on)}",
    )  # fmt: skip
    step_to(request, State.SENT, by=by, now=now, action="request made", duty=duty)
    return request


def _join(
    request: AccessRequest, *, by: User, words: str, now: datetime, duty: str = ""
) -> AccessRequest:
    """Add what was asked for again to the request that waits; what says nothing new adds nothing."""
    new = words.strip()
    if not new or f"\n\n{request.words}".endswith(f"\n\n{new}"):  # a form that was sent twice
        return request
    request.words = f"{request.words}\n\n{new}".strip()
    if len(request.words) > MOST_WORDS:
        raise ValidationError(TOO_LONG)
    request.save(update_fields=["words"])
    request.steps.create(state=State.SENT, by=by, duty=duty, at=now)
    log.record(
        "request joined", at=now, actor_id=by.pk, patient_id=request.patient_id, duty=duty,
        about=f"request {request.pk}", details={"state": request.state},
    )  # fmt: skip
    return request

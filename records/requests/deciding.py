"""What staff do with a request for the full record: nobody is refused but on a ground of R8.3."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess
from records.models import (
    AccessGrant,
    AccessRequest,
    GrantReview,
    RefusalGround,
    RequestState,
    RequestStep,
    StaffTask,
)
from records.previewing.reviewing import Proposal
from records.previewing.reviewing import open_review as begin_review
from records.queue import close_tasks, open_tasks
from records.requests.asking import end_what_waits
from records.requests.steps import BY_STAFF, DECIDED, NO_DUTY, TOLD, hold, refuse_unless, step_to
from records.requests.telling import tell_patient
from surgeries.working_days import due_on

State = RequestState
OTHER_REVIEW = "A review of this patient is open already. Go on with that one: its decision answers this request too"


def acknowledge(request: AccessRequest, *, by: StaffAccess, now: datetime, seen: int) -> None:
    """Let the patient see that the surgery has read their request (R8.2)."""
    _take(request, State.ACKNOWLEDGED, by=by, now=now, seen=seen, action="request acknowledged")


def start_review(
    request: AccessRequest, *, by: StaffAccess, now: datetime, seen: int, proposal: Proposal
) -> GrantReview:
    """Begin to read what a decision would newly open (R8.6), or go on with what was begun.

    Raises ValidationError where a review for something else is open, or what is proposed cannot be.
    """
    with transaction.atomic():
        held = hold(request, seen=seen)
        if review := open_review(held):
            return review
        if GrantReview.objects.filter(patient=by.patient, used_at=None, dropped_at=None).exists():
            raise ValidationError(OTHER_REVIEW)
        if held.state != State.REVIEWING:
            _take(held, State.REVIEWING, by=by, now=now, seen=seen, action="request review started")
        return begin_review(proposal, by=by, now=now)


def open_review(request: AccessRequest) -> GrantReview | None:
    """The review that is open for a request."""
    return request.reviews.filter(used_at=None, dropped_at=None).first()


def refuse(
    request: AccessRequest,
    *,
    by: StaffAccess,
    now: datetime,
    seen: int,
    ground: str,
    professional: str,
    reason: str,
    reason_for_patient: str,
) -> RequestStep:
    """Refuse, on one of two grounds; likely serious harm is a named health professional's decision (R8.3).

    What is open to the patient already stays open. Raises ValidationError where something is missing.
    """
    named = professional.strip() if ground == RefusalGround.SERIOUS_HARM else ""
    return _take(
        request, State.REFUSED, by=by, now=now, seen=seen, action="request refused", ground=ground,
        professional=named, reason=reason.strip(), reason_for_patient=reason_for_patient.strip(),
    )  # fmt: skip


def defer(
    request: AccessRequest,
    *,
    by: StaffAccess,
    now: datetime,
    seen: int,
    until: date,
    reason: str,
    reason_for_patient: str,
) -> RequestStep:
    """Put a request off until a day, on which it comes back to the queue.

    **Decided**: by 28 working days at most, since to put off without end would be to refuse without a ground (R8.3).
    """
    today = timezone.localdate(now)
    if not today < until <= due_on(today):
        raise ValidationError(
            {"until": "Choose a day from tomorrow on, at most 28 working days away"}
        )
    return _take(
        request, State.DEFERRED, by=by, now=now, seen=seen, action="request put off", until=until,
        reason=reason.strip(), reason_for_patient=reason_for_patient.strip(),
    )  # fmt: skip


def note_granted(
    request: AccessRequest,
    grant: AccessGrant,
    *,
    in_part: bool,
    by: StaffAccess,
    now: datetime,
    reason: str,
    reason_for_patient: str,
) -> RequestStep:
    """Say that a request was answered with a grant, all or in part; the caller made the grant in this transaction.

    Raises ValidationError where the request is over, such as when the patient withdrew it meanwhile.
    """
    if grant.patient_id != request.patient_id:
        raise ValidationError("This decision is about another patient")
    state = State.GRANTED_IN_PART if in_part else State.GRANTED
    return _take(
        request, state, by=by, now=now, action="request granted", reason=reason.strip(),
        reason_for_patient=reason_for_patient.strip(), grant=grant,
    )  # fmt: skip


def _take(
    request: AccessRequest,
    state: State,
    *,
    by: StaffAccess,
    now: datetime,
    action: str,
    seen: int | None = None,
    **said: Any,
) -> RequestStep:
    """One step by staff, with what follows from it in the queue and for the patient."""
    if not by.may(Duty.DECIDE_ACCESS) or request.patient_id != by.patient.pk:
        raise ValidationError(NO_DUTY)
    with transaction.atomic():
        held = hold(request, seen=seen)
        refuse_unless(held, state, BY_STAFF)
        step = step_to(
            held, state, by=by.viewer, now=now, action=action, duty=Duty.DECIDE_ACCESS, **said
        )
        _follow(held, by=by, now=now)
        if state in TOLD:
            tell_patient(held, now=now)
    return step


def _follow(request: AccessRequest, *, by: StaffAccess, now: datetime) -> None:
    """Let the queue follow: what is decided leaves it, what is put off comes back on its day."""
    if request.state == State.REFUSED:
        end_what_waits(request, by=by, now=now)
    elif request.state in DECIDED:  # the review was used: whoever granted says so on it
        close_tasks(request.patient, StaffTask.Kind.REQUEST, by=by, now=now, about_id=request.pk)
    else:
        due = max(request.due_on, request.deferred_until or request.due_on)
        open_tasks(request.patient, StaffTask.Kind.REQUEST, request.pk).update(
            shows_from=request.deferred_until, due_on=due
        )

"""What staff do with a request for the full record: nobody is refused but on a ground of R8.3."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.mail import Message, tell
from accounts.models import Duty, OnlineRegistration
from accounts.staff import StaffAccess
from records.models import (
    AccessGrant,
    AccessRequest,
    RequestState,
    RequestStep,
    StaffTask,
)
from records.queue import close_tasks, open_task
from records.requests.steps import BY_STAFF, DECIDED, hold, refuse_unless, step_to

State = RequestState
NO_DUTY = "To decide about a request you need the duty “Decide access”"


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
    **said: object,
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
        if state in DECIDED:
            close_tasks(by.patient, StaffTask.Kind.REQUEST, by=by, now=now, about_id=held.pk)
            _tell(held, now=now)
    return step


def _tell(request: AccessRequest, *, now: datetime) -> None:
    """Say to the patient that there is something new (R5.4), and have a letter printed where that is needed."""
    live = OnlineRegistration.objects.live(timezone.localdate(now)).filter(patient=request.patient)
    online = live.select_related("user").first()
    if online:
        tell(online.user, Message.SOMETHING_NEW)
    if online is None or online.user_id != request.asked_by_id:
        open_task(
            request.patient, StaffTask.Kind.PRINT_LETTER, now=now, about_id=request.pk,
            because="The decision about the request has to go out on paper",
        )  # fmt: skip

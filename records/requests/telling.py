"""What a patient is told of their request: by e-mail that there is something new, on paper where that is needed."""

from datetime import datetime

from django.utils import timezone

from accounts.models import Kind, OnlineRegistration
from proxy_access.notices import tell_if_wanted
from records.models import AccessGrant, AccessRequest, RequestState, StaffTask
from records.queue import open_task
from records.telling_of_news import note_told
from surgeries.models import Patient
from surgeries.terms import Level

State = RequestState


def tell_patient(request: AccessRequest, *, now: datetime) -> None:
    """Say that there is something new (R5.4), and have a letter printed for who has no account or asked on paper."""
    today = timezone.localdate(now)
    if not request.patient.is_registered(today):  # they died or left: nobody writes to them
        return
    live = OnlineRegistration.objects.live(today).filter(patient=request.patient)
    online = live.select_related("user").first()
    if online:
        tell_if_wanted(online.user, Kind.ACCESS)
        note_told(online.user, request.patient_id, now=now)
    if online is None or online.user_id != request.asked_by_id:
        open_task(
            request.patient, StaffTask.Kind.PRINT_LETTER, now=now, about_id=request.pk,
            because="What was decided about the request has to go out on paper",
        )  # fmt: skip


def told_state(request: AccessRequest) -> str:
    """How a request stands, as its patient is told.

    Whether it was granted whole or in part is said by level, date and section only: that single entries were
    hidden is not for the patient to read from it (R2.3).
    """
    if request.state not in (State.GRANTED, State.GRANTED_IN_PART):
        return request.state
    step = request.steps.filter(grant__isnull=False).select_related("grant").order_by("-id").first()
    is_whole = (
        step is not None and step.grant is not None and opens_all(request.patient, step.grant)
    )
    return State.GRANTED if is_whole else State.GRANTED_IN_PART


def opens_all(patient: Patient, grant: AccessGrant) -> bool:
    """Whether a decision keeps nothing back by level, date or section."""
    closed = grant.restricted_sections
    if closed is None:  # the patient's own setting wins (R1.12)
        closed = patient.surgery.restricted_sections
    levels = {grant.current_level, grant.historical_level}
    return levels == {Level.FULL} and not closed

"""The way of a request from being asked to being decided, and who may take which step of it (R8.2, R8.4)."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from audit import log
from records.models import AccessRequest, RequestState, RequestStep
from surgeries.models import Patient

State = RequestState
DECIDED = frozenset({State.GRANTED, State.GRANTED_IN_PART, State.REFUSED})
"""What the surgery ends a request with."""
TOLD = DECIDED | {State.DEFERRED}
"""What the patient is told by e-mail or letter."""
NO_DUTY = "To decide about a request you need the duty “Decide access”"
_ANSWERS = {State.REVIEWING, State.DEFERRED, State.WITHDRAWN, *DECIDED}
BY_STAFF: dict[State, set[State]] = {
    State.SENT: {State.ACKNOWLEDGED, *_ANSWERS},
    State.ACKNOWLEDGED: _ANSWERS,
    State.REVIEWING: _ANSWERS - {State.REVIEWING},
    State.DEFERRED: _ANSWERS,
}
BY_PATIENT: dict[State, set[State]] = {
    state: {State.WITHDRAWN}
    for state in (State.SENT, State.ACKNOWLEDGED, State.REVIEWING, State.DEFERRED)
}
OVER = "This request is {state} already. Nothing was changed"
OVERTAKEN = "Somebody else did something with this request while you had it open. Read what is new, then decide"


def hold(request: AccessRequest, *, seen: int | None = None) -> AccessRequest:
    """A request as it is now; until the transaction ends nobody else takes a step of it.

    `seen` is the last step that staff had before them; raises ValidationError where there is a later one.
    """
    Patient.objects.select_for_update().get(pk=request.patient_id)
    held = AccessRequest.objects.select_related("patient__surgery").get(pk=request.pk)
    if seen is not None and last_step(held).pk != seen:
        raise ValidationError(OVERTAKEN)
    return held


def last_step(request: AccessRequest) -> RequestStep:
    """The newest step of a request; the first is the asking itself."""
    return request.steps.order_by("-id")[0]


def refuse_unless(request: AccessRequest, state: State, allowed: dict[State, set[State]]) -> None:
    """Raise ValidationError where a request cannot become this from what it is."""
    if state not in allowed.get(State(request.state), set()):
        raise ValidationError(OVER.format(state=State(request.state).label.lower()))


def step_to(
    request: AccessRequest,
    state: State,
    *,
    by: User,
    now: datetime,
    action: str,
    duty: str = "",
    **said: Any,
) -> RequestStep:
    """Take a step: the request, its history and the event in one; the caller holds the request.

    `said` are the reasons, the ground, the professional, the grant and `until`, the day to which it is put off.
    """
    request.state, request.state_at = state, now
    request.deferred_until = said.pop("until", None)
    step = RequestStep(request=request, state=state, by=by, duty=duty, at=now, **said)
    step.full_clean(validate_unique=False)
    request.save(update_fields=["state", "state_at", "deferred_until"])
    step.save(force_insert=True)
    details = {"state": state.value} | ({"ground": step.ground} if step.ground else {})
    log.record(
        action, at=now, actor_id=by.pk, patient_id=request.patient_id, duty=duty,
        about=f"request {request.pk}", details=details,
    )  # fmt: skip
    return step

"""Where a patient's requests stand, in words for them: never a ground, nor a reason that is for colleagues (R8.2)."""

from datetime import datetime
from typing import NamedTuple

from records.models import AccessRequest, RequestState, RequestStep
from records.requests.telling import told_state
from surgeries.models import Patient

State = RequestState
NOW = {
    State.SENT: "Sent. Your surgery has not said yet that it has seen your request",
    State.ACKNOWLEDGED: "Your surgery has seen your request",
    State.REVIEWING: "Your surgery is reading through your record, to decide",
    State.DEFERRED: "Your surgery has put off its decision",
    State.GRANTED: "Your surgery opened your full record to you",
    State.GRANTED_IN_PART: "Your surgery opened a part of what you asked for",
    State.REFUSED: "Your surgery decided not to open more of your record to you online",
    State.WITHDRAWN: "You took your request back",
}
HAPPENED = NOW | {
    State.SENT: "You asked for your full record",
    State.REVIEWING: "Your surgery began to read through your record",
    State.DEFERRED: "Your surgery put off its decision",
}
OVER = "Your request is over. Your surgery wrote that down"
BY_SURGERY = {
    State.SENT: "Your surgery wrote down that you asked for your full record",
    State.WITHDRAWN: "Your surgery wrote down that your request is over",
}


class Line(NamedTuple):
    """One step of a request as its patient reads it; `said` are the surgery's words for them."""

    at: datetime
    happened: str
    said: str


class Standing(NamedTuple):
    """A request as its patient reads it."""

    request: AccessRequest
    state: str
    now: str
    lines: list[Line]

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.request.is_open


def standings_of(patient: Patient) -> list[Standing]:
    """All requests of a patient, the newest first."""
    requests = AccessRequest.objects.filter(patient=patient).select_related("patient__surgery")
    return [standing_of(each) for each in requests.order_by("-asked_at", "id")]


def standing_of(request: AccessRequest) -> Standing:
    """One request in words for its patient."""
    state = told_state(request)
    steps = list(request.steps.order_by("id"))
    lines = [_line(step, state, is_first=step is steps[0]) for step in steps]
    now = NOW[State(state)]
    if state == State.WITHDRAWN and steps[-1].duty:
        now = OVER
    return Standing(request, state, now, lines)


def _line(step: RequestStep, told: str, *, is_first: bool) -> Line:
    state = State(told if step.grant_id else step.state)
    happened = HAPPENED[state]
    if step.duty:
        happened = BY_SURGERY.get(state, happened)
    if state == State.SENT and not is_first:
        happened = "Your surgery wrote down more" if step.duty else "You wrote more"
    return Line(step.at, happened, step.reason_for_patient)

"""The letter that tells a patient what was decided about their request, made from the step that decided it (R8.2)."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import OnlineRegistration
from records.grants import levels_of
from records.letter_pages import styles_of_page
from records.models import AccessRequest, RequestState, RequestStep
from records.requests.steps import TOLD
from records.requests.telling import told_state
from surgeries.terms import Section

State = RequestState
HEADINGS = {
    State.GRANTED: "We have opened your full record to you online",
    State.GRANTED_IN_PART: "We have opened a part of your record to you online",
    State.REFUSED: "We have decided not to open more of your record to you online",
    State.DEFERRED: "We have put off our decision about your record",
}


def step_to_tell(request: AccessRequest) -> RequestStep | None:
    """The last step that the patient is told of by letter, if there was one."""
    told = request.steps.filter(state__in=TOLD).select_related("grant")
    return told.order_by("-id").first()


def letter_words(request: AccessRequest, step: RequestStep) -> dict[str, Any]:
    """What the letter says; never who decided, on which ground, or a reason that is for colleagues.

    Like the registration letter it holds no address, for whom PDS restricts has none (R7.5).
    """
    patient, on = request.patient, timezone.localdate(step.at)
    state = told_state(request) if step.grant else step.state
    live = OnlineRegistration.objects.live(timezone.localdate()).filter(patient=patient)
    return {
        "patient": patient,
        "made": request,
        "step": step,
        "state": state,
        "heading": HEADINGS[State(state)],
        "on": on,
        "until": request.deferred_until,
        "opened": _opened(step) if state == State.GRANTED_IN_PART else [],
        "has_account": live.exists(),
    }


def letter_page(request: AccessRequest, step: RequestStep) -> str:
    """The letter as a page to print, and to make a PDF of."""
    words = letter_words(request, step) | {"styles": styles_of_page()}
    return render_to_string("letters/decision.html", words)


def _opened(step: RequestStep) -> list[tuple[str, str]]:
    """What a decision opens by level, date and section, and never by entry (R2.3)."""
    if step.grant is None:
        return []
    patient, grant = step.request.patient, step.grant
    levels = levels_of(patient, grant)
    closed = grant.restricted_sections
    if closed is None:
        closed = patient.surgery.restricted_sections
    said = [("New entries", levels.current.label), ("Older entries", levels.historical.label)]
    named = [section.label for section in Section if section in closed]
    return [*said, ("Sections that stay closed", ", ".join(named))] if named else said

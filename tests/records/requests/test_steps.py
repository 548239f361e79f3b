"""Which step of a request leads where, and who may take it (R8.2 to R8.4): the truth table."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.grants import decide_access
from records.models import AccessRequest, RequestState, RequestStep, StaffTask
from records.previewing.reviewing import Proposal, decide_entry
from records.previewing.standing import standing_of
from records.requests import deciding
from records.requests import standing as requests_standing
from records.requests.asking import note_withdrawn, withdraw
from records.requests.steps import last_step
from surgeries.terms import Level
from tests.cast import make_entry
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

BOTH = {"reason": "For colleagues", "reason_for_patient": "For the patient"}
FULL = Proposal(Level.FULL, Level.FULL)
LATER = NOW + timedelta(hours=1)
ACTS = {
    "acknowledge": "acknowledged",
    "start review": "reviewing",
    "defer": "deferred",
    "grant": "granted",
    "grant in part": "granted-in-part",
    "refuse": "refused",
    "note withdrawn": "withdrawn",
    "withdraw": "withdrawn",
}
POSSIBLE = {
    "sent": set(ACTS),
    "acknowledged": set(ACTS) - {"acknowledge"},
    "reviewing": set(ACTS) - {"acknowledge"},
    "deferred": set(ACTS) - {"acknowledge"},
    "granted": set(),
    "granted-in-part": set(),
    "refused": set(),
    "withdrawn": set(),
}
SILENT = {("reviewing", "start review"), ("withdrawn", "withdraw")}
"""What may be done again, and then changes nothing."""


def act(name, request, by, own, now=LATER):
    seen = last_step(request).pk
    staffs = {"by": by, "now": now, "seen": seen}
    if name == "acknowledge":
        deciding.acknowledge(request, **staffs)
    elif name == "start review":
        deciding.start_review(request, **staffs, proposal=FULL)
    elif name == "defer":
        deciding.defer(request, **staffs, **BOTH, until=TODAY + timedelta(days=14))
    elif name == "refuse":
        ground = {"ground": "third-party", "professional": ""}
        deciding.refuse(request, **staffs, **BOTH, **ground)
    elif name == "note withdrawn":
        note_withdrawn(request, **staffs, reason="They called")
    elif name == "withdraw":
        withdraw(request, by=own, now=now)
    else:
        historical = Level.DETAILED if name == "grant in part" else Level.FULL
        grant = decide_access(
            by.patient, by=by.viewer, now=now, reason="Reviewed", current=Level.FULL,
            historical=historical,
        )  # fmt: skip
        in_part = name == "grant in part"
        deciding.note_granted(request, grant, in_part=in_part, by=by, now=now, **BOTH)


def brought_to(state, request, by, own):
    """A request in a state, by the acts that lead there."""
    ways = {after: name for name, after in ACTS.items()}
    if state != "sent":
        act(ways[state], request, by, own, now=NOW)
    request.refresh_from_db()
    assert request.state == state
    return request


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("state", RequestState.values)
def test_what_can_be_done_in_which_state(request_made, by_staff, own, state, name):
    request = brought_to(state, request_made, by_staff, own)
    steps = request.steps.count()
    if name in POSSIBLE[state]:
        act(name, request, by_staff, own)
        request.refresh_from_db()
        assert request.state == ACTS[name]
    elif (state, name) not in SILENT:
        with pytest.raises(ValidationError):
            act(name, request, by_staff, own)
    else:
        act(name, request, by_staff, own)
    is_step = name in POSSIBLE[state] and (state, name) not in SILENT
    assert request.steps.count() == steps + is_step


@pytest.mark.parametrize("name", [name for name in ACTS if name != "withdraw"])
def test_staff_without_the_duty_take_no_step(request_made, without_duty, own, name):
    """R8.1"""
    with pytest.raises(ValidationError, match="you need the duty"):
        act(name, request_made, without_duty, own)
    assert AccessRequest.objects.get().state == "sent"


def test_a_request_is_decided_about_its_own_patient(request_made, by_staff, own, other_patient):
    elsewhere = type(by_staff)(by_staff.desk, other_patient, by_staff.duty)
    for name in ("acknowledge", "defer", "refuse", "note withdrawn", "start review"):
        with pytest.raises(ValidationError):
            act(name, request_made, elsewhere, own)
    grant = decide_access(other_patient, by=by_staff.viewer, now=NOW, reason="Theirs")
    with pytest.raises(ValidationError, match="another patient"):
        deciding.note_granted(request_made, grant, in_part=False, by=by_staff, now=NOW, **BOTH)
    assert AccessRequest.objects.get().state == "sent"


@pytest.mark.parametrize(
    "name", [name for name in ACTS if "grant" not in name and name != "withdraw"]
)
def test_who_decides_on_what_is_no_longer_so_is_told(request_made, by_staff, own, asked, name):
    """Two members of staff at once, or a patient who writes more: nothing is lost, nothing done blindly."""
    seen = last_step(request_made).pk
    asked("And my letters, please")
    with pytest.raises(ValidationError, match="Somebody else did something"):
        act_seeing(name, request_made, by_staff, seen)
    request_made.refresh_from_db()
    assert request_made.state == "sent"
    assert request_made.words.endswith("And my letters, please")


def act_seeing(name, request, by, seen):
    said = {
        "acknowledge": {},
        "start review": {"proposal": FULL},
        "defer": {**BOTH, "until": TODAY + timedelta(days=14)},
        "refuse": {**BOTH, "ground": "third-party", "professional": ""},
        "note withdrawn": {"reason": "They called"},
    }[name]
    acts = {
        "acknowledge": deciding.acknowledge,
        "start review": deciding.start_review,
        "defer": deciding.defer,
        "refuse": deciding.refuse,
        "note withdrawn": note_withdrawn,
    }
    acts[name](request, by=by, now=LATER, seen=seen, **said)


@pytest.mark.parametrize("missing", ["reason", "reason_for_patient"])
@pytest.mark.parametrize("name", ["defer", "refuse"])
def test_both_reasons_are_needed(request_made, by_staff, name, missing):
    """R8.2"""
    seen = last_step(request_made).pk
    said = BOTH | {missing: "  "}
    more = {
        "defer": {"until": TODAY + timedelta(days=1)},
        "refuse": {"ground": "third-party", "professional": ""},
    }[name]
    with pytest.raises(ValidationError, match="Give a reason for colleagues and words"):
        getattr(deciding, name)(request_made, by=by_staff, now=NOW, seen=seen, **said, **more)
    assert AccessRequest.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("ground", "professional", "words"),
    [
        ("", "", "Choose the ground"),
        ("too much work", "Dr Example", "not a valid choice"),
        ("serious-harm", "", "Name the health professional"),
        ("serious-harm", "  ", "Name the health professional"),
        ("serious-harm", "Dr Imogen Example, GP partner", None),
        ("third-party", "", None),
    ],
)
def test_a_refusal_needs_one_of_two_grounds_and_harm_a_professional(
    request_made, by_staff, ground, professional, words
):
    """R8.3"""

    def refuse():
        return deciding.refuse(
            request_made, by=by_staff, now=NOW, seen=last_step(request_made).pk, ground=ground,
            professional=professional, **BOTH,
        )  # fmt: skip

    if words:
        with pytest.raises(ValidationError, match=words):
            refuse()
        assert AccessRequest.objects.get().state == "sent"
    else:
        assert refuse().ground == ground


@pytest.mark.parametrize(
    ("days", "may"), [(-1, False), (0, False), (1, True), (28, True), (38, True), (39, False)]
)
def test_a_request_is_put_off_to_a_day_that_comes_and_not_for_ever(
    request_made, by_staff, days, may
):
    """R8.3: 3 June 2024 and 28 working days are 11 July, 38 days on."""
    until = TODAY + timedelta(days=days)
    seen = last_step(request_made).pk
    if not may:
        with pytest.raises(ValidationError, match="from tomorrow on"):
            deciding.defer(request_made, by=by_staff, now=NOW, seen=seen, until=until, **BOTH)
        return
    deciding.defer(request_made, by=by_staff, now=NOW, seen=seen, until=until, **BOTH)
    assert AccessRequest.objects.get().deferred_until == until


def test_what_is_put_off_comes_back_on_its_day_and_is_due_then_at_the_earliest(
    request_made, by_staff, own
):
    """R8.2"""
    act("defer", request_made, by_staff, own)
    task = StaffTask.objects.get(kind="request")
    assert (task.shows_from, task.due_on) == (TODAY + timedelta(days=14), request_made.due_on)
    deciding.defer(
        request_made, by=by_staff, now=NOW + timedelta(days=14), until=TODAY + timedelta(days=50),
        seen=last_step(request_made).pk, **BOTH,
    )  # fmt: skip
    task.refresh_from_db()
    assert task.shows_from == task.due_on == TODAY + timedelta(days=50)
    act("start review", request_made, by_staff, own)
    task.refresh_from_db()
    assert (task.shows_from, task.due_on) == (None, request_made.due_on)


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("withdraw", "You took your request back"),
        ("note withdrawn", "Your request is over. Your surgery wrote that down"),
    ],
)
def test_who_took_a_request_back_is_told_as_it_was(request_made, by_staff, own, name, now):
    """Whoever left, or said nothing of the kind, did not take it back."""
    act(name, request_made, by_staff, own)
    request_made.refresh_from_db()
    told = requests_standing.standing_of(request_made)
    assert told.now == now
    assert ("You took" in told.lines[-1].happened) is (name == "withdraw")


@pytest.mark.parametrize("name", ["refuse", "note withdrawn", "withdraw"])
def test_a_review_that_was_begun_is_given_up_when_the_request_is_over(
    request_made, by_staff, own, name
):
    act("start review", request_made, by_staff, own)
    review = request_made.reviews.get()
    StaffTask.objects.create(
        patient=by_staff.patient, kind="second-person", because="x", about_id=review.pk, opened_at=NOW
    )  # fmt: skip
    entry = make_entry(by_staff.patient, recorded_at=NOW - timedelta(days=3000))
    with rows_of(by_staff.patient.pk):
        row = standing_of(review, by_staff).revealed[entry.id]
        decide_entry(review, entry.id, "ask", by=by_staff, now=NOW, seen=row.seen)
    assert StaffTask.objects.filter(kind="clinician", closed_at=None).exists()
    act(name, request_made, by_staff, own)
    review.refresh_from_db()
    assert review.dropped_at == LATER
    assert not StaffTask.objects.filter(closed_at=None).exclude(kind="print-letter")


def test_a_review_that_led_to_the_grant_is_not_given_up(request_made, by_staff, own):
    act("start review", request_made, by_staff, own)
    act("grant", request_made, by_staff, own)
    assert request_made.reviews.get().dropped_at is None


def test_a_review_that_is_open_already_is_gone_on_with(request_made, by_staff, own):
    act("start review", request_made, by_staff, own)
    act("start review", request_made, by_staff, own)
    assert request_made.reviews.count() == 1


def test_beside_a_review_that_was_begun_before_no_other_is_begun(request_made, by_staff, own):
    act("start review", request_made, by_staff, own)
    request_made.reviews.update(request=None)
    with pytest.raises(ValidationError, match="answers this request too"):
        act("start review", request_made, by_staff, own)


def test_older_entries_cannot_be_proposed_more_open_than_new_ones(request_made, by_staff):
    with pytest.raises(ValidationError, match="can't be higher"):
        deciding.start_review(
            request_made, by=by_staff, now=NOW, seen=last_step(request_made).pk,
            proposal=Proposal(Level.SUMMARY, Level.FULL),
        )  # fmt: skip
    assert AccessRequest.objects.get().state == "sent"


def test_every_step_is_on_file_with_the_duty_and_without_a_word(request_made, by_staff, own):
    """R9.1, R8.1"""
    for name in ("acknowledge", "start review", "defer", "refuse"):
        act(name, request_made, by_staff, own)
    with rows_of(by_staff.patient.pk):
        events = list(AuditEvent.objects.filter(object=f"request {request_made.pk}"))
    events.sort(key=lambda event: event.sequence)
    assert [(event.action, event.duty) for event in events] == [
        ("request made", ""),
        ("request acknowledged", "decide-access"),
        ("request review started", "decide-access"),
        ("request put off", "decide-access"),
        ("request refused", "decide-access"),
    ]
    assert events[-1].details == {"state": "refused", "ground": "third-party"}
    said = " ".join(str(event.details) for event in events)
    assert "For " not in said
    assert "vaccin" not in said


def test_steps_keep_what_was_said_to_whom(request_made, by_staff, own):
    act("refuse", request_made, by_staff, own)
    step = RequestStep.objects.latest("id")
    assert (step.reason, step.reason_for_patient) == ("For colleagues", "For the patient")
    assert (step.by, step.duty, step.ground) == (by_staff.viewer, "decide-access", "third-party")

"""More ways in which older entries come late: with many, moved, undone, or gone for a while (R1.5)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.grants import decline_access, record_of, resume_access
from records.models import AccessGrant, AccessRequest, Entry, Redaction
from records.practice.cohort import Cohort
from records.practice.making import propose
from records.practice.previewing import Kind, ask_preview, totals_of
from records.practice.undoing import undo
from records.previewing.late import read_late
from records.previewing.reviewing import Proposal, open_review
from records.since import read_changes
from surgeries.terms import Level
from tests.cast import make_grant, make_staff, sign_in
from tests.clock import NOW, TODAY
from tests.records.importing.extracts import entry, part
from tests.records.test_late_history import (
    HOUR,
    LATE,
    READ,
    TRANSFERRED,
    decided,
    load,
    seen,
    tasks,
)
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def decider(patient):
    return make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)


@pytest.fixture
def desk(decider, patient):
    return Desk(decider, patient.surgery, frozenset(Duty))


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


# with many


def counted(desk, then, now_historical="detailed"):
    cohort = Cohort(["full"], [now_historical], None, None, "full", then)
    preview = ask_preview(desk, Kind.LEVELS, cohort.as_json, now=NOW)
    preview.refresh_from_db()
    return preview


def made(preview, desk):
    propose(
        preview, reason="x", reason_for_patient="", with_flagged=False, by=desk,
        now=preview.asked_at,
    )  # fmt: skip


@pytest.mark.parametrize(("then", "opens"), [("full", True), ("documents", True), ("none", False)])
def test_a_change_for_many_counts_all_that_it_opens(desk, patient, patient_user, then, opens):
    """R1.5, R8.6: also what came late, which a raised level counts as read."""
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    decided(patient, READ, historical=Level.DETAILED)
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED), now=LATE)
    assert seen(patient, patient_user) == {"e1"}
    preview = counted(desk, then)
    assert totals_of(preview)["entries"] == int(opens)
    made(preview, desk)
    assert seen(patient, patient_user) == ({"e1", "e2"} if opens else set())
    assert tasks(patient) == []


def test_undoing_a_change_tells_of_what_came_meanwhile(desk, patient, patient_user):
    """R1.5: nobody was told while all was closed."""
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    decided(patient, READ, historical=Level.DETAILED)
    preview = counted(desk, "none")
    made(preview, desk)
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED), now=LATE)
    assert tasks(patient) == []
    preview.refresh_from_db()
    undo(preview.change, by=desk, now=timezone.now())
    assert seen(patient, patient_user) == {"e1"}
    assert len(tasks(patient)) == 1


# by the patient


def test_who_starts_again_has_staff_told_of_what_came_meanwhile(client, patient, patient_user, own):
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    decided(patient, READ)
    decline_access(by=own, now=LATE)
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED), now=LATE + HOUR)
    assert tasks(patient) == []
    sign_in(client, patient_user)
    client.post(reverse("records:resume-access", args=[patient.pk]))
    assert seen(patient, patient_user) == {"e1"}
    assert len(tasks(patient)) == 1


def test_declining_between_two_extracts_closes_nothing_that_was_read(patient, patient_user, own):
    """R1.5, R1.13: whoever declines reads nothing."""
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    decided(patient, READ)
    load(patient, now=LATE)
    decline_access(by=own, now=LATE + HOUR)
    load(patient, entry("e1", **TRANSFERRED), now=LATE + 2 * HOUR)
    resume_access(by=own, now=LATE + 3 * HOUR)
    assert seen(patient, patient_user) == {"e1"}


# moved by the source


def test_a_part_is_not_open_before_its_entry(client, patient, patient_user):
    """R1.5: a new id for a report leads to no page that is not there."""
    low = part("p1", details={"value": {"text": "1"}}, kind="observation")
    load(patient, entry("e1", **TRANSFERRED, parts=(low,)), now=READ - HOUR)
    decided(patient, READ)
    load(patient, entry("e9", title="Other words", **TRANSFERRED, parts=(low,)), now=LATE)
    assert seen(patient, patient_user) == set()
    assert len(tasks(patient)) == 1
    decided(patient, LATE + HOUR, read_until=LATE + HOUR)
    assert seen(patient, patient_user) == {"e9", "p1"}


def test_a_part_that_stayed_is_closed_with_its_entry_that_comes_back(patient, patient_user):
    named = {"still_named": frozenset([part("p1").key])}
    load(patient, entry("e1", **TRANSFERRED, parts=(part("p1"),)), now=READ - 2 * HOUR)
    load(patient, now=READ - HOUR, **named)
    decided(patient, READ)
    load(patient, entry("e1", **TRANSFERRED, parts=(part("p1"),)), now=LATE)
    assert seen(patient, patient_user) == set()


@pytest.mark.parametrize(("historical", "opens"), [("documents", False), ("full", True)])
def test_what_needs_a_lower_level_than_before_was_not_read_at_it(
    patient, patient_user, historical, opens
):
    """R1.5: typed words that get a code; where their level was open they were read."""
    load(patient, entry("e1", **TRANSFERRED, level_needed="full"), now=READ - HOUR)
    decided(patient, READ, historical=Level(historical))
    load(patient, entry("e1", **TRANSFERRED, level_needed="detailed"), now=LATE)
    assert seen(patient, patient_user) == ({"e1"} if opens else set())
    assert bool(tasks(patient)) is not opens


@pytest.mark.parametrize(("restricted", "opens"), [(["consultations"], False), ([], True)])
def test_what_comes_out_of_a_closed_section_was_not_read(patient, patient_user, restricted, opens):
    """R1.5, R1.12"""
    both = {"sections": ("consultations", "health-conditions")}
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR, **both)
    decided(patient, READ, restricted_sections=restricted)
    load(patient, entry("e1", **TRANSFERRED, section="health-conditions"), now=LATE, **both)
    assert seen(patient, patient_user) == ({"e1"} if opens else set())


# tasks that end


@pytest.fixture
def late(patient):
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    held = decided(patient, READ)
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED))
    assert len(tasks(patient)) == 1
    return held


def test_the_task_ends_when_the_source_takes_back_what_came(patient, late):
    load(patient, entry("e1", **TRANSFERRED), now=LATE + HOUR)
    assert tasks(patient) == []


def test_the_task_ends_when_a_decision_closes_the_section_of_what_came(
    client, patient, decider, late
):
    sign_in(client, decider)
    answers = {
        "decision": "granted", "current": "full", "historical": "full", "sections_from": "patient",
        "restricted_sections": ["consultations"], "reason": "x", "reason_for_patient": "",
        "made_from": late.pk,
    }  # fmt: skip
    client.post(f"/surgery/patients/{patient.pk}/access", answers)
    assert AccessGrant.objects.of(patient).first().restricted_sections == ["consultations"]
    assert tasks(patient) == []


def test_where_what_came_is_hidden_the_task_can_be_ended(client, patient, decider, late):
    with rows_of(patient.pk):
        hide_from(patient, Entry.objects.get(patient=patient, source_id="e2"))
    sign_in(client, decider)
    (task,) = tasks(patient)
    place = f"/surgery/patients/{patient.pk}/tasks/{task.pk}"
    page = client.get(place, follow=True).text
    assert f"{place}/done" in page
    client.post(f"{place}/done")
    assert tasks(patient) == []


def test_the_task_is_not_done_while_something_waits(client, patient, decider, late):
    sign_in(client, decider)
    (task,) = tasks(patient)
    place = f"/surgery/patients/{patient.pk}/tasks/{task.pk}"
    assert f"{place}/done" not in client.get(place, follow=True).text
    client.post(f"{place}/done")
    assert tasks(patient) == [task]


# what the patient is told


def test_the_same_extract_again_begins_and_ends_the_task(patient, late):
    """What was hidden or closed for all when it came is late when it is not any more."""
    with rows_of(patient.pk):
        hidden = Entry.objects.get(patient=patient, source_id="e2")
        hide_from(patient, hidden)
    both = [entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED)]
    assert load(patient, *both, now=LATE + HOUR).outcome == "unchanged"
    assert tasks(patient) == []
    with rows_of(patient.pk):
        Redaction.objects.filter(patient=patient).update(undone_at=LATE, undone_by_id=uuid4())
    load(patient, *both, now=LATE + HOUR)
    assert len(tasks(patient)) == 1


@pytest.mark.parametrize("hidden", [True, False])
def test_reading_is_told_only_where_something_opened(patient, patient_user, decider, late, hidden):
    """R2.3: else what staff read and hid would tell of itself."""
    if hidden:
        with rows_of(patient.pk):
            hide_from(patient, Entry.objects.get(patient=patient, source_id="e2"))
    decided_at = LATE + 2 * HOUR
    make_grant(
        patient, historical="full", decided_at=decided_at, read_until=decided_at,
        decided_by=decider, duty="decide-access",
    )  # fmt: skip
    record = record_of(patient_user, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        told = read_changes(record, LATE + HOUR).access_changed_at
    assert told == (None if hidden else decided_at)


# beside a request


@pytest.mark.parametrize(
    ("begun", "historical", "answers"),
    [(False, "detailed", False), (True, "detailed", True), (False, "full", True)],
)
def test_to_read_what_came_late_answers_no_request(patient, desk, begun, historical, answers):
    """R8.2: the same levels are no answer to whoever asks for more, unless somebody answers by them."""
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    decided(patient, READ, historical=Level.DETAILED)
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED))
    asked = AccessRequest.objects.create(
        patient=patient, asked_by=desk.viewer, asked_at=LATE, state_at=LATE, due_on=TODAY,
        state="reviewing" if begun else "sent",
    )  # fmt: skip
    by = StaffAccess(desk, patient, Duty.DECIDE_ACCESS)
    with rows_of(patient.pk):
        if historical == "detailed":
            review = read_late(by=by, now=LATE)
        else:
            review = open_review(Proposal(Level.FULL, Level.FULL, reason="x"), by=by, now=LATE)
    assert review.request == (asked if answers else None)


# by a clock, and by an order of words


def test_a_clock_that_went_ahead_once_makes_no_day_to_come_believed(patient):
    """R1.3: an extract is stamped after what was read, and a day of the source is held against the clock."""
    ahead = NOW + 365 * DAY
    load(patient, entry("e1"), now=ahead)
    decided(patient, NOW)
    load(patient, entry("e1"), entry("e2", recorded_at=ahead - DAY), now=NOW)
    with rows_of(patient.pk):
        assert Entry.objects.get(patient=patient, source_id="e2").recorded_from == "extract"


def test_the_same_decision_in_another_order_is_the_same(patient):
    closed = ["documents", "medicines"]
    held = decided(patient, READ, restricted_sections=closed)
    assert held.says_the_same(
        make_grant(patient, historical="full", restricted_sections=closed[::-1])
    )
    assert not held.says_the_same(make_grant(patient, historical="full", restricted_sections=None))
    assert not held.says_the_same(make_grant(patient, historical="full", restricted_sections=[]))
    assert not held.says_the_same(None)

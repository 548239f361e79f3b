"""Older entries that came after older ones were opened: nothing imported counts as reviewed (R1.5)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.explaining import kept_from
from records.grants import (
    all_until,
    decide_access,
    decline_access,
    levels_of,
    record_of,
    resume_access,
    start_access,
)
from records.importing.store import store
from records.models import AccessGrant, Decision, Entry, ImportedExtract, PracticeChange, StaffTask
from records.practice.undoing import put_back
from records.previewing.late import came_late, is_without_review, read_late
from records.previewing.reviewing import takes_two
from records.rules_in_words import why_not
from records.visibility import Levels, RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_grant, make_proxy_grant, make_staff, sign_in
from tests.clock import NOW, TODAY
from tests.records.importing.extracts import entry, extract, part
from tests.records.views.record import agreed

pytestmark = pytest.mark.django_db

START = datetime(2024, 3, 3, tzinfo=UTC)
READ = datetime(2024, 5, 1, tzinfo=UTC)
LATE = READ + timedelta(microseconds=1)
HOUR = timedelta(hours=1)
OLDER = {"recorded_at": START - HOUR}


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


def told(access, current="full", historical="full", read_until=READ):
    """Each row with whether it is shown, and by which rule."""
    levels = Levels(Level(current), Level(historical), START, read_until)
    record = RecordAccess(access, levels)
    with rows_of(access.patient.pk):
        seen = set(Entry.objects.visible_to(record).values_list("title", flat=True))
        rows = list(Entry.objects.explained_to(record))
    assert seen == {row.title for row in rows if row.is_shown}
    return {row.title: (row.is_shown, row.shown_rule or row.hiding_rule) for row in rows}


@pytest.mark.parametrize(
    ("values", "in_time", "late"),
    [
        ({"recorded_at": START}, (True, "R1.1"), (True, "R1.1")),
        (OLDER, (True, "R1.6"), (False, "R1.5")),
        ({"origin": "transferred"}, (True, "R1.6"), (False, "R1.5")),
        ({"origin": "back-scanned"}, (True, "R1.6"), (False, "R1.5")),
        ({"origin": "summarised"}, (True, "R1.6"), (False, "R1.5")),
        ({"recorded_at": None}, (True, "R1.6"), (False, "R1.5")),
        (
            OLDER | {"section": Section.MEDICINES, "level_needed": "summary"},
            (True, "R1.8"),
            (True, "R1.8"),
        ),
        (
            OLDER | {"section": Section.MEDICINES, "level_needed": "full"},
            (True, "R1.6"),
            (False, "R1.5"),
        ),
    ],
)
def test_what_is_older_and_came_late_is_closed_whatever_its_kind(own, values, in_time, late):
    """R1.5, R1.8"""
    make_entry(own.patient, "1", title="in time", added_at=READ, **values)
    make_entry(own.patient, "2", title="late", added_at=LATE, **values)
    assert told(own) == {"in time": in_time, "late": late}


@pytest.mark.parametrize("historical", list(Level))
def test_levels_come_first(own, historical):
    """R1.5 with R1.6: what no level opens is not told as late."""
    make_entry(own.patient, title="it", added_at=LATE, level_needed="documents", **OLDER)
    shown, rule = told(own, historical=historical)["it"]
    assert not shown
    assert rule == ("R1.5" if historical.rank >= Level.DOCUMENTS.rank else "R1.1")


def test_nothing_older_opens_where_nothing_was_read(own):
    make_entry(own.patient, title="it", added_at=READ, **OLDER)
    assert told(own, read_until=None) == {"it": (False, "R1.5")}


def test_what_was_read_stays_open_though_it_was_gone_for_a_while(own):
    """R1.5, R7.3"""
    make_entry(own.patient, title="it", added_at=LATE, readable_since=READ, **OLDER)
    assert told(own) == {"it": (True, "R1.6")}


def test_a_proxy_sees_no_more_of_it(patient, proxy_user, own):
    """R4.3"""
    make_proxy_grant(patient, proxy_user, scopes=list(Section))
    make_entry(patient, "1", title="in time", added_at=READ, **OLDER)
    make_entry(patient, "2", title="late", added_at=LATE, **OLDER)
    by_proxy = access_of(proxy_user, patient.pk, on=TODAY)
    assert told(by_proxy) == told(own) == {"in time": (True, "R1.6"), "late": (False, "R1.5")}


@pytest.mark.parametrize(
    ("values", "opens"),
    [
        ({"added_at": READ, **OLDER}, True),
        ({"added_at": LATE, **OLDER}, False),
        ({"added_at": LATE, "recorded_at": None}, False),
        ({"added_at": LATE, "recorded_at": START}, True),
    ],
)
def test_the_text_of_a_medicine_that_came_late_is_closed_though_the_medicine_is_not(
    own, values, opens
):
    """R1.5, R1.7, R1.8"""
    medicine = {"section": Section.MEDICINES, "level_needed": "summary"}
    make_entry(own.patient, title="it", free_text={"comment": "words"}, **medicine, **values)
    record = RecordAccess(own, Levels(Level.FULL, Level.FULL, START, READ))
    with rows_of(own.patient.pk):
        (row,) = Entry.objects.visible_to(record)
        assert row.text == ({"comment": "words"} if opens else None)


# what a decision counts as read


def decided(patient, now, **values):
    values = {"current": Level.FULL, "historical": Level.FULL, "reason": "For a test"} | values
    return decide_access(patient, by=None, now=now, **values)


@pytest.mark.parametrize(
    ("before", "after", "reads_on"),
    [
        (None, "full", True),
        ("none", "detailed", True),
        ("summary", "full", True),
        ("documents", "full", True),
        ("full", "full", False),
        ("full", "detailed", False),
        ("full", "none", False),
    ],
)
def test_a_decision_reads_on_only_where_older_entries_open_further(
    patient, before, after, reads_on
):
    """R1.5: with a review before it, where anything opens (R8.6)."""
    if before:
        decided(patient, READ, historical=Level(before))
    made = decided(patient, LATE, historical=Level(after))
    assert made.reads_until == (LATE if reads_on else READ)


def test_after_a_pause_all_was_read_anew(patient):
    decided(patient, READ)
    paused = {"current": Level.NONE, "historical": Level.NONE, "decision": Decision.PAUSED}
    decided(patient, LATE, **paused)
    assert decided(patient, LATE + HOUR).reads_until == LATE + HOUR


def test_who_declines_and_starts_again_gets_nothing_that_nobody_read(patient, own):
    """R1.5, R1.13"""
    first = make_grant(patient, historical="full", decided_at=READ, read_until=None)
    decline_access(by=own, now=LATE)
    again = resume_access(by=own, now=LATE + HOUR)
    assert (again.pk != first.pk, again.reads_until) == (True, READ)
    decline_access(by=own, now=LATE + 2 * HOUR)
    assert start_access(patient, now=LATE + 3 * HOUR).reads_until == READ


def test_undoing_a_change_for_many_reads_nothing(patient, decider):
    """R1.5: an undone change leaves what was read before it."""
    decided(patient, READ)
    change = PracticeChange.objects.create(
        surgery=patient.surgery, cohort={}, current_level="full", historical_level="none",
        reason="x", made_by=decider, made_at=LATE, undone_at=LATE + HOUR, undone_by=decider,
    )  # fmt: skip
    decided(patient, LATE, historical=Level.NONE, practice_change_id=change.pk)
    put_back.call(str(change.pk))
    newest = AccessGrant.objects.of(patient).first()
    assert (newest.historical_level, newest.reads_until) == ("full", READ)


def test_a_preview_leaves_nothing_out_and_a_decision_counts_what_a_fast_clock_loaded(patient):
    """R8.6: a decision that is not made yet is about everything."""
    proposed = AccessGrant(patient=patient, current_level="full", historical_level="full")
    assert levels_of(patient, proposed).read_until > NOW + timedelta(days=365_000)
    with rows_of(patient.pk):
        ImportedExtract.objects.create(patient=patient, content_hash="", loaded_at=LATE)
    assert all_until(patient, now=READ) == LATE
    assert all_until(patient, now=LATE + HOUR) == LATE + HOUR


# what extracts bring

TRANSFERRED = {"origin": "transferred"}


@pytest.fixture
def first_load(patient):
    """One older entry is held and open."""
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    return decided(patient, READ)


def load(patient, *entries, now=LATE, **values):
    return store(extract(*entries, **values), patient, by=None, now=now)


def seen(patient, user):
    record = record_of(user, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        return set(Entry.objects.visible_to(record).values_list("source_id", flat=True))


def tasks(patient):
    found = StaffTask.objects.filter(patient=patient, kind=StaffTask.Kind.LATE_HISTORY)
    return list(found.filter(closed_at=None))


def test_a_transfer_that_comes_late_stays_closed_and_staff_find_a_task(
    patient, patient_user, first_load
):
    """R1.5: its entries, and parts that it adds to what is open."""
    load(
        patient,
        entry("e1", **TRANSFERRED, parts=(part("p1"),)),
        entry("e2", **TRANSFERRED),
        entry("e3", recorded_at=LATE),
        now=LATE,
    )
    assert seen(patient, patient_user) == {"e1", "e3"}
    (task,) = tasks(patient)
    assert (
        task.because == "They came after 1 May 2024, and stay closed until somebody has read them"
    )
    load(patient, entry("e1", **TRANSFERRED), entry("e4", **TRANSFERRED), now=LATE + HOUR)
    assert tasks(patient) == [task]


@pytest.mark.parametrize("historical", ["none", "summary"])
def test_no_task_where_older_entries_are_closed_anyway(patient, historical):
    decided(patient, READ, historical=Level(historical))
    load(patient, entry("e1", **TRANSFERRED))
    assert tasks(patient) == []


def test_no_task_for_what_opens_by_its_date_or_never(patient, first_load):
    load(
        patient,
        entry("e1", **TRANSFERRED),
        entry("e2", recorded_at=LATE),
        entry("e3", **TRANSFERRED, unreleased_because="draft"),
    )
    assert tasks(patient) == []


def test_loading_that_began_before_a_decision_comes_after_it(patient, patient_user, first_load):
    """R1.5: an extract read from disk at noon, stored when a decision of one o'clock was made."""
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED), now=READ - HOUR / 2)
    assert seen(patient, patient_user) == {"e1"}
    with rows_of(patient.pk):
        assert Entry.objects.get(patient=patient, source_id="e2").added_at == LATE


@pytest.mark.parametrize(
    ("gone", "back", "words", "opens"),
    [
        pytest.param(LATE, LATE + HOUR, "Entry e1", True, id="it was there when it was read"),
        pytest.param(LATE, LATE + HOUR, "Other words", False, id="it says something else"),
        pytest.param(READ - HOUR / 2, LATE, "Entry e1", False, id="it was gone at the reading"),
    ],
)
def test_what_comes_back_is_open_only_if_it_was_read(
    patient, patient_user, gone, back, words, opens
):
    """R1.5, R7.3: a faulty extract must not close what was read, nor open what was not."""
    load(patient, entry("e1", **TRANSFERRED), now=READ - HOUR)
    steps = sorted([(gone, "gone"), (READ, "read"), (back, "back")])
    for when, step in steps:
        if step == "read":
            decided(patient, when)
        else:
            again = [entry("e1", title=words, **TRANSFERRED)] if step == "back" else []
            load(patient, *again, now=when)
    assert seen(patient, patient_user) == ({"e1"} if opens else set())
    assert bool(tasks(patient)) is not opens


def test_what_is_released_only_later_was_not_read(patient, patient_user):
    """R1.5, R1.10"""
    load(patient, entry("e1", **TRANSFERRED, unreleased_because="not-filed"), now=READ - HOUR)
    decided(patient, READ)
    load(patient, entry("e1", **TRANSFERRED))
    assert seen(patient, patient_user) == set()
    assert len(tasks(patient)) == 1


# how staff read it


@pytest.fixture
def decider(patient):
    return make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)


@pytest.fixture
def by_staff(patient, decider):
    desk = Desk(decider, patient.surgery, frozenset(Duty))
    return StaffAccess(desk, patient, Duty.DECIDE_ACCESS)


@pytest.fixture
def late(patient, first_load):
    load(patient, entry("e1", **TRANSFERRED), entry("e2", **TRANSFERRED))
    return first_load


FULL = {"decision": "granted", "current_level": "full", "historical_level": "full"}


@pytest.mark.parametrize(
    ("values", "at_once"),
    [
        (FULL, False),
        (FULL | {"historical_level": "detailed"}, True),
        (FULL | {"restricted_sections": ["documents"]}, True),
        (FULL | {"restricted_sections": ["consultations"]}, True),
        ({"decision": "paused"}, True),
        ({"decision": "denied"}, True),
    ],
)
def test_who_closes_something_does_not_have_to_read_what_came_late(patient, late, values, at_once):
    """R1.5, R8.6: and it stays closed; the same decision again is how it is read."""
    with rows_of(patient.pk):
        proposed = AccessGrant(patient=patient, **values)
        assert is_without_review(patient, proposed, late) is at_once


def test_what_came_late_is_read_and_then_open(client, patient, patient_user, decider, late):
    """R1.5, R8.6: from the task, through the review, to the patient."""
    sign_in(client, decider)
    (task,) = tasks(patient)
    page = client.get(f"/surgery/patients/{patient.pk}/tasks/{task.pk}", follow=True).text
    assert "1 older entry came after 1 May 2024" in page
    response = client.post(f"/surgery/patients/{patient.pk}/reviews/late-history")
    review = patient.grant_reviews.get()
    assert response.headers["location"].endswith(f"reviews/{review.pk}/")
    assert "Entry e2" in client.get(f"{response.headers['location']}rest").text
    finish(client, response.headers["location"])
    assert seen(patient, patient_user) == {"e1", "e2"}
    assert tasks(patient) == []


def finish(client, review):
    page = client.get(review + "rest").text
    client.post(review + "rest/accept", {"seen": value_of(page, "seen")})
    page = client.get(review + "decision").text
    answers = {"seen": value_of(page, "seen"), "reason": "Read", "reason_for_patient": ""}
    response = client.post(review + "decision", answers)
    assert response.status_code == 302, response.text


def value_of(page, name):
    return page.rpartition(f'name="{name}" value="')[2].partition('"')[0]


def test_where_nothing_came_late_there_is_nothing_to_read(client, patient, decider, first_load):
    sign_in(client, decider)
    response = client.post(f"/surgery/patients/{patient.pk}/reviews/late-history", follow=True)
    assert "Nothing waits to be read" in response.text
    assert not patient.grant_reviews.exists()


def test_reading_goes_on_where_a_review_is_open(by_staff, patient, late):
    with rows_of(patient.pk):
        review = read_late(by=by_staff, now=LATE)
        assert read_late(by=by_staff, now=LATE + HOUR) == review


@pytest.mark.parametrize("two_people", [True, False])
def test_a_full_history_that_came_late_takes_a_second_person_too(patient, late, two_people):
    """R1.5, R8.6: it opens all of what nobody had read."""
    patient.surgery.two_people_for_full = two_people
    proposed = AccessGrant(patient=patient, **FULL)
    with rows_of(patient.pk):
        assert takes_two(patient, proposed, late) is two_people
        proposed.read_until = late.reads_until
        assert takes_two(patient, proposed, late) is False


def test_closing_the_history_ends_the_task(client, patient, decider, late):
    sign_in(client, decider)
    answers = {
        "decision": "granted", "current": "full", "historical": "none", "sections_from": "surgery",
        "reason": "x", "reason_for_patient": "", "made_from": late.pk,
    }  # fmt: skip
    client.post(f"/surgery/patients/{patient.pk}/access", answers)
    assert AccessGrant.objects.of(patient).first().historical_level == "none"
    assert tasks(patient) == []


def test_staff_are_told_why_it_is_closed(patient, patient_user, late):
    record = record_of(patient_user, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        (row,) = kept_from(record, rule="R1.5")
        assert why_not(row, record) == (
            "It is older and came here on 1 May 2024, after the day until which older entries were read"
            " (1 May 2024). It opens when somebody has read it"
        )


def test_only_what_came_late_counts_as_late(patient, late):
    with rows_of(patient.pk):
        (entry_id,) = came_late(patient, late)
        assert Entry.objects.get(patient=patient, id=entry_id).source_id == "e2"
        assert came_late(patient, None) == {}


@pytest.mark.parametrize(
    ("historical", "came"), list(product(["none", "summary", "detailed", "full"], [False, True]))
)
def test_a_patient_is_told_the_same_whether_or_not_anything_came(
    client, patient, patient_user, historical, came
):
    """R6.2, R2.3: level decides what is said, and never what is held."""
    decided(patient, READ, historical=Level(historical))
    load(patient, *([entry("e2", **TRANSFERRED)] if came else []))
    agreed(sign_in(client, patient_user), patient)
    for address in ("", "consultations"):
        page = client.get(f"/records/{patient.pk}/{address}").text
        says = "show here once staff have read them" in page
        assert says is (historical in ("detailed", "full"))

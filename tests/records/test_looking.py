"""A reason to look: a task that waits, or one that staff give; it holds for a while, for one patient."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess
from records.looking import HOLDS_FOR, TO_FINISH, give_reason, may_look
from records.models import StaffTask
from tests.clock import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
LATER = TODAY + timedelta(days=1)


@pytest.fixture
def access(staff, patient):
    return StaffAccess(Desk(staff, patient.surgery, frozenset(Duty)), patient, Duty.REVIEW_ENTRIES)


def task(patient, **values):
    return StaffTask.objects.create(
        patient=patient, kind="correction", because="x", opened_at=NOW, **values
    )


@pytest.mark.parametrize(
    ("waits", "may"),
    [
        ([], False),
        ([{}], True),
        ([{"shows_from": TODAY}], True),
        ([{"shows_from": LATER}], False),
        ([{"closed_at": NOW}], False),
        ([{"closed_at": NOW}, {"shows_from": LATER}], False),
        ([{"shows_from": LATER}, {}], True),
    ],
    ids=str,
)
@pytest.mark.parametrize("sends", [True, False])
def test_a_task_that_waits_today_is_a_reason(access, patient, waits, may, sends):
    for values in waits:
        task(patient, **values)
    assert may_look({}, access, now=NOW, sends=sends) is may


def test_a_task_of_somebody_else_is_none(access, other_patient):
    task(other_patient)
    assert not may_look({}, access, now=NOW, sends=False)


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("after", "may_read", "may_send"),
    [
        (timedelta(0), True, True),
        (HOLDS_FOR - SECOND, True, True),
        (HOLDS_FOR, False, True),
        (HOLDS_FOR + TO_FINISH - SECOND, False, True),
        (HOLDS_FOR + TO_FINISH, False, False),
    ],
)
def test_a_reason_that_was_given_holds_for_two_hours_and_what_was_begun_may_be_sent(
    access, after, may_read, may_send
):
    session = {}
    give_reason(session, access, reason="asked", words="", now=NOW)
    assert may_look(session, access, now=NOW + after, sends=False) is may_read
    assert may_look(session, access, now=NOW + after, sends=True) is may_send


def test_whoever_finishes_a_task_may_see_what_came_of_it(access, patient):
    session = {}
    waiting = task(patient)
    assert may_look(session, access, now=NOW, sends=False)
    StaffTask.objects.filter(pk=waiting.pk).update(closed_at=NOW)
    assert may_look(session, access, now=NOW + SECOND, sends=False)
    assert not may_look(session, access, now=NOW + HOLDS_FOR, sends=False)


def test_a_session_forgets_what_is_over(access, patient, other_patient, staff):
    session = {}
    give_reason(session, access, reason="asked", words="", now=NOW)
    other = StaffAccess(access.desk, other_patient, access.duty)
    give_reason(session, other, reason="asked", words="", now=NOW + HOLDS_FOR + TO_FINISH)
    (kept,) = session.values()
    assert list(kept) == [str(other_patient.pk)]
    assert datetime.fromisoformat(kept[str(other_patient.pk)]) > NOW

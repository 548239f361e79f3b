"""More ways in which older entries come late: with many, moved, undone, or gone for a while (R1.5)."""

from datetime import timedelta

import pytest

from accounts.models import Duty
from accounts.staff import Desk
from proxy_access.access import access_of
from records.practice.cohort import Cohort
from records.practice.making import propose
from records.practice.previewing import Kind, ask_preview, totals_of
from surgeries.terms import Level
from tests.cast import make_staff
from tests.clock import NOW, TODAY
from tests.records.importing.extracts import entry
from tests.records.test_late_history import (
    HOUR,
    LATE,
    READ,
    TRANSFERRED,
    decided,
    load,
    seen,
)

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

"""The queue: tasks come once, leave when they are done, and are held by one person at a time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from accounts.models import DeskCode, Duty, OnlineRegistration, SignedInDevice
from accounts.staff import StaffAccess, desk_of
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import StaffTask
from records.queue import close_tasks, hold_task, let_go, open_task
from records.waiting import (
    Filters,
    codes_waiting,
    counts_of,
    narrowed,
    note_dormant,
    waiting_at,
)
from tests.cast import (
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
)
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def at_desk_of(user, patient):
    return StaffAccess(desk_of(user, on=TODAY, surgery=patient.surgery), patient, "")


@pytest.fixture
def imogen(surgery):
    return make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)


@pytest.fixture
def task(patient):
    return open_task(patient, "dormant", because="Nobody signed in", now=NOW)


def kinds(tasks):
    return [task.kind for task in tasks]


def test_a_task_is_made_once_for_each_thing(patient, other_patient):
    one, other = uuid4(), uuid4()
    made = [
        open_task(patient, "clinician", because="first", now=NOW, about_id=one),
        open_task(patient, "clinician", because="again", now=NOW, about_id=one),
        open_task(patient, "clinician", because="other", now=NOW, about_id=other),
        open_task(patient, "request", because="kind", now=NOW, about_id=one),
        open_task(other_patient, "clinician", because="patient", now=NOW, about_id=one),
        open_task(patient, "clinician", because="about nothing", now=NOW),
    ]
    assert made[0] == made[1]
    assert len({each.pk for each in made}) == 5
    assert made[1].because == "first"


def test_a_task_that_was_done_is_made_again(patient, staff):
    first = open_task(patient, "dormant", because="x", now=NOW)
    assert close_tasks(patient, "dormant", by=at_desk_of(staff, patient), now=NOW) == 1
    assert open_task(patient, "dormant", because="x", now=NOW) != first


def test_only_the_tasks_about_that_thing_are_done(patient, other_patient, staff):
    one, other = uuid4(), uuid4()
    for about in (one, other, None):
        open_task(patient, "clinician", because="x", now=NOW, about_id=about)
    open_task(patient, "request", because="x", now=NOW, about_id=one)
    open_task(other_patient, "clinician", because="x", now=NOW, about_id=one)
    by = at_desk_of(staff, patient)
    assert close_tasks(patient, "clinician", by=by, now=NOW, about_id=one) == 1
    assert close_tasks(patient, "clinician", by=by, now=NOW, about_id=one) == 0
    assert close_tasks(patient, "clinician", by=by, now=NOW) == 1
    done = StaffTask.objects.exclude(closed_at=None)
    assert {each.about_id for each in done} == {one, None}
    assert {each.closed_by for each in done} == {staff}


def test_a_task_is_taken_on_let_go_and_taken_over(task, patient, staff, imogen):
    mine, hers = at_desk_of(staff, patient), at_desk_of(imogen, patient)
    hold_task(task, by=mine, seen=0, now=NOW)
    hold_task(task, by=hers, seen=1, now=NOW)
    assert StaffTask.objects.get().held_by == imogen
    let_go(task, by=hers, seen=2, now=NOW)
    task.refresh_from_db()
    assert (task.held_by, task.version) == (None, 3)
    with rows_of(patient.pk):
        events = AuditEvent.objects.filter(patient_id=patient.pk).order_by("sequence")
        done = [(event.action, event.actor_id) for event in events]
    assert done == [
        ("task taken on", staff.pk), ("task taken on", imogen.pk), ("task let go", imogen.pk)
    ]  # fmt: skip


def test_the_same_pressed_twice_is_done_once(task, patient, staff):
    by = at_desk_of(staff, patient)
    for _ in range(2):
        hold_task(task, by=by, seen=0, now=NOW)
    assert StaffTask.objects.get().version == 1
    for _ in range(2):
        let_go(task, by=by, seen=1, now=NOW)
    assert StaffTask.objects.get().version == 2


def test_who_was_slower_is_told_who_was_faster(task, patient, staff, imogen):
    """Two staff at once: the second does not take away what the first has begun."""
    hold_task(task, by=at_desk_of(imogen, patient), seen=0, now=NOW)
    with pytest.raises(ValidationError, match=r"imogen@example.test was faster"):
        hold_task(task, by=at_desk_of(staff, patient), seen=0, now=NOW)
    assert StaffTask.objects.get().held_by == imogen


def test_who_lets_go_what_was_taken_over_is_told(task, patient, staff, imogen):
    hold_task(task, by=at_desk_of(staff, patient), seen=0, now=NOW)
    hold_task(task, by=at_desk_of(imogen, patient), seen=1, now=NOW)
    with pytest.raises(ValidationError, match=r"imogen@example.test took it on"):
        let_go(task, by=at_desk_of(staff, patient), seen=1, now=NOW)
    assert StaffTask.objects.get().held_by == imogen


def test_who_takes_on_what_came_and_went_is_asked_to_look(task, patient, staff, imogen):
    hold_task(task, by=at_desk_of(imogen, patient), seen=0, now=NOW)
    let_go(task, by=at_desk_of(imogen, patient), seen=1, now=NOW)
    with pytest.raises(ValidationError, match="let it go again"):
        hold_task(task, by=at_desk_of(staff, patient), seen=0, now=NOW)


@pytest.mark.parametrize("act", [hold_task, let_go])
def test_what_is_done_is_not_taken_on(task, patient, staff, imogen, act):
    close_tasks(patient, "dormant", by=at_desk_of(imogen, patient), now=NOW)
    with pytest.raises(ValidationError, match=r"was done by imogen@example.test"):
        act(task, by=at_desk_of(staff, patient), seen=0, now=NOW)


def test_a_task_waits_from_its_day_on(patient, staff):
    for days in (-1, 0, 1):
        open_task(
            patient, "review-hidden", because=f"{days}", now=NOW, about_id=uuid4(),
            shows_from=TODAY + days * DAY,
        )  # fmt: skip
    desk = desk_of(staff, on=TODAY)
    assert {task.because for task in waiting_at(desk, on=TODAY)} == {"-1", "0"}
    assert waiting_at(desk, on=TODAY + DAY).count() == 3


def test_only_what_waits_at_ones_own_surgery_is_shown(task, staff, other_surgery, other_staff):
    """R8.1"""
    theirs = make_patient(other_surgery, "9990000026")
    open_task(theirs, "request", because="x", now=NOW)
    assert kinds(waiting_at(desk_of(staff, on=TODAY), on=TODAY)) == ["dormant"]
    assert kinds(waiting_at(desk_of(other_staff, on=TODAY), on=TODAY)) == ["request"]


@pytest.mark.parametrize("who", ["the patient", "was the patient", "acts", "acted"])
def test_what_is_about_oneself_or_whom_one_acts_for_is_not_in_ones_queue(task, patient, staff, who):
    """R8.1, R2.3: that something is hidden would be read there."""
    if "patient" in who:
        make_online(patient, staff, ended_on=TODAY - DAY if "was" in who else None)
    else:
        make_proxy_grant(patient, staff, ends_on=TODAY + (DAY if who == "acts" else -DAY))
    desk = desk_of(staff, on=TODAY)
    assert not waiting_at(desk, on=TODAY).exists()
    assert counts_of(waiting_at(desk, on=TODAY), viewer=staff, on=TODAY).total == 0


def test_what_is_due_first_comes_first_and_what_has_no_day_last(patient, staff):
    for days in (None, 3, -2, None, 0):
        open_task(
            patient, "clinician", because=str(days), now=NOW, about_id=uuid4(),
            due_on=days if days is None else TODAY + days * DAY,
        )  # fmt: skip
    tasks = narrowed(
        waiting_at(desk_of(staff, on=TODAY), on=TODAY), Filters(), viewer=staff, on=TODAY
    )
    assert [task.because for task in tasks] == ["-2", "0", "3", "None", "None"]


@pytest.fixture
def mixed(patient, staff, imogen):
    """Five tasks: kinds, holders and due days."""
    rows = [
        ("request", staff, -1),
        ("request", imogen, 1),
        ("request", None, 0),
        ("dormant", None, None),
        ("print-letter", staff, -3),
    ]
    StaffTask.objects.bulk_create(
        StaffTask(
            patient=patient, kind=kind, because="x", opened_at=NOW, held_by=holder,
            about_id=uuid4(), due_on=None if days is None else TODAY + days * DAY,
        )
        for kind, holder, days in rows
    )  # fmt: skip
    return waiting_at(desk_of(staff, on=TODAY), on=TODAY)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), 5),
        (Filters(kind="request"), 3),
        (Filters(holder="mine"), 2),
        (Filters(holder="nobody"), 2),
        (Filters(overdue=True), 2),
        (Filters(kind="request", holder="mine"), 1),
        (Filters(kind="request", holder="nobody", overdue=True), 0),
    ],
)
def test_filters_narrow_the_queue_down(mixed, staff, filters, found):
    assert narrowed(mixed, filters, viewer=staff, on=TODAY).count() == found


def test_counts_say_how_much_waits_with_whom(mixed, staff):
    counts = counts_of(mixed, viewer=staff, on=TODAY)
    assert counts.by_kind == {"request": 3, "dormant": 1, "print-letter": 1}
    assert (counts.total, counts.mine, counts.nobodys, counts.overdue) == (5, 2, 2, 2)


def test_a_surgery_sees_that_somebody_made_a_code_and_not_who(surgery, other_surgery):
    """R3.1"""
    user = make_user("new@example.test", level="P0")
    lasting = {"user": user, "made_at": NOW, "ends_at": NOW + DAY}
    for number, values in enumerate(
        [
            {"surgery": surgery},
            {"surgery": surgery, "ends_at": NOW},
            {"surgery": surgery, "used_at": NOW},
            {"surgery": None},
            {"surgery": other_surgery},
        ]
    ):
        DeskCode.objects.create(code_hash=str(number), **lasting | values)
    assert codes_waiting(surgery, now=NOW).count() == 1


@pytest.fixture
def unused(patient, patient_user):
    """A record that is open, to an account in which nobody signed in for longer than a year."""
    make_grant(patient)
    OnlineRegistration.objects.update(started_on=TODAY - 2 * YEAR)
    return SignedInDevice.objects.create(
        user=patient_user, kind="Firefox", factor="app", began_at=NOW - YEAR - DAY
    )


def test_access_that_nobody_used_for_a_year_comes_into_the_queue_once(surgery, unused, patient):
    for _ in range(2):
        note_dormant(surgery, now=NOW)
    task = StaffTask.objects.get()
    assert (task.kind, task.patient, task.because) == (
        "dormant", patient, "Nobody signed in since 3 June 2023"
    )  # fmt: skip
    assert AuditEvent.objects.get(action="dormant access found").details == {"found": 1}


def test_who_never_signed_in_counts_from_the_start(surgery, patient, unused):
    SignedInDevice.objects.all().update(user=make_user("else@example.test"))
    note_dormant(surgery, now=NOW)
    assert StaffTask.objects.get().because == "Nobody ever signed in. Open online since 4 June 2022"


@pytest.mark.parametrize(
    "change",
    ["signed in", "new", "ended", "denied", "declined", "no levels", "left", "died", "elsewhere"],
)
def test_what_is_used_or_new_or_closed_is_not_dormant(
    surgery, other_surgery, patient, patient_user, unused, change
):
    registrations = OnlineRegistration.objects.filter(patient=patient)
    if change == "signed in":
        SignedInDevice.objects.update(began_at=NOW - YEAR + DAY)
    elif change == "new":
        registrations.update(started_on=TODAY - YEAR + DAY)
    elif change == "ended":
        registrations.update(ended_on=TODAY)
    elif change in ("denied", "declined"):
        make_grant(patient, "none", "none", decision=change)
    elif change == "no levels":
        make_grant(patient, "none", "none")
    elif change in ("left", "died"):
        setattr(patient, f"{change}_on", TODAY)
        patient.save()
    else:
        surgery = other_surgery
    note_dormant(surgery, now=NOW)
    assert not StaffTask.objects.exists()


def test_what_was_looked_at_does_not_come_back_for_a_year(surgery, patient, staff, unused):
    note_dormant(surgery, now=NOW)
    close_tasks(patient, "dormant", by=at_desk_of(staff, patient), now=NOW)
    note_dormant(surgery, now=NOW + 300 * DAY)
    assert StaffTask.objects.count() == 1
    note_dormant(surgery, now=NOW + YEAR + DAY)
    assert StaffTask.objects.count() == 2


@pytest.mark.parametrize("change", ["signed in", "ended"])
def test_what_is_used_again_leaves_the_queue(surgery, patient, patient_user, unused, change):
    note_dormant(surgery, now=NOW)
    if change == "signed in":
        SignedInDevice.objects.create(
            user=patient_user, kind="Firefox", factor="app", began_at=NOW + DAY
        )
    else:
        OnlineRegistration.objects.update(ended_on=TODAY)
    note_dormant(surgery, now=NOW + 2 * DAY)
    assert StaffTask.objects.get().closed_at == NOW + 2 * DAY


def test_looking_for_dormant_access_costs_the_same_for_many(
    surgery, unused, django_assert_num_queries
):
    for number in range(8):
        other = make_patient(surgery, f"99900001{number:02}")
        make_online(other, make_user(f"p{number}@example.test"), started_on=TODAY - 2 * YEAR)
        make_grant(other)
    with django_assert_num_queries(6):
        note_dormant(surgery, now=NOW)
    assert StaffTask.objects.filter(kind="dormant").count() == 9
    with django_assert_num_queries(2):
        note_dormant(surgery, now=NOW)

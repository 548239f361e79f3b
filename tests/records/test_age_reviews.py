"""The desk looks at who acts for a child when an age comes; nothing ends by that (R4.7, R4.12)."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.letters import make_letter
from accounts.models import Duty, User
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, access_of
from proxy_access.changing import end_as_staff
from proxy_access.models import AgeReview, LegalBasis, ProxyGrant
from proxy_access.steps import Words
from records.age_reviewing import Decision, decide_at_age
from records.age_tasks import note_ages
from records.models import StaffTask
from records.online import register_online
from records.tasks import close_task
from tests.cast import make_grant, make_patient, make_proxy_grant, make_staff, make_user
from tests.proxy_access.test_changing import staff_with
from tests.records.test_online import checked

pytestmark = pytest.mark.django_db

BORN = date(2012, 5, 20)
ELEVEN, SIXTEEN = date(2023, 5, 20), date(2028, 5, 20)
DAY = timedelta(days=1)


@pytest.fixture
def child(surgery):
    return make_patient(surgery, "9990000034", given_names="Sam", date_of_birth=BORN)


def parent_of(child, email="parent@example.test", **values):
    values = {
        "legal_basis": LegalBasis.PARENTAL_RESPONSIBILITY, "starts_on": date(2020, 1, 1),
        "ends_on": date(2090, 1, 1), "scopes": ["medicines", "test-results"],
    } | values  # fmt: skip
    return make_proxy_grant(child, make_user(email, name="Pat Parent"), **values)


@pytest.fixture
def grant(child):
    return parent_of(child)


@pytest.fixture
def by(child):
    return staff_with(child, Duty.DECIDE_ACCESS)


def at(day):
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def note(surgery, day):
    note_ages(surgery, now=at(day))


def tasks(kind="age-review"):
    return list(StaffTask.objects.filter(kind=kind, closed_at=None).order_by("id"))


@pytest.mark.parametrize(
    ("age", "today", "opens"),
    [
        (11, ELEVEN - 91 * DAY, False),
        (11, ELEVEN - 90 * DAY, True),
        (11, ELEVEN, True),
        (11, date(2026, 1, 1), True),  # nobody looked at the desk for years
        (11, SIXTEEN, False),  # over by the clock
        (12, ELEVEN, False),
        (12, date(2024, 2, 20), True),
        (13, date(2024, 2, 20), False),
    ],
)
def test_when_a_review_comes_into_the_queue(surgery, child, grant, age, today, opens):
    surgery.proxy_review_age = age
    surgery.save()
    for _ in range(2):
        note(surgery, today)
    assert [task.about_id for task in tasks()] == ([grant.pk] if opens else [])
    assert ProxyGrant.objects.get().status == "active"  # asked, not stopped


def test_it_says_when_and_is_shown_from_90_days_before(surgery, child, grant):
    note(surgery, ELEVEN - 80 * DAY)
    (task,) = tasks()
    assert (task.due_on, task.shows_from) == (ELEVEN, ELEVEN - 90 * DAY)
    assert task.because.startswith("11 on 20 May 2023")
    assert AuditEvent.objects.get(action="ages found").details == {"found": 1}


def test_each_parent_is_reviewed_apart(surgery, child, grant):
    """R4.12"""
    other = parent_of(child, "other@example.test")
    note(surgery, ELEVEN)
    assert {task.about_id for task in tasks()} == {grant.pk, other.pk}


@pytest.mark.parametrize("why", ["another basis", "begun later", "ended", "elsewhere", "left"])
def test_what_is_not_reviewed(surgery, other_surgery, child, why):
    values = {
        "another basis": {"legal_basis": LegalBasis.BEST_INTEREST},
        "begun later": {"starts_on": ELEVEN + DAY},  # decided in the knowledge of the age
        "ended": {"status": "ended"},
    }.get(why, {})
    parent_of(child, **values)
    if why == "left":
        child.left_on = ELEVEN
        child.save()
    note(other_surgery if why == "elsewhere" else surgery, ELEVEN + 5 * DAY)
    assert tasks() == []


def test_a_review_of_what_is_over_leaves_the_queue(surgery, child, grant, by):
    note(surgery, ELEVEN)
    end_as_staff(grant, "OTHER", by=by, now=at(ELEVEN), words=Words("x"))
    note(surgery, ELEVEN + DAY)
    assert tasks() == []


def test_a_review_that_left_the_queue_by_itself_comes_back(surgery, child, grant):
    """R4.7: nobody has looked at it."""
    for level, open_tasks in (("P9", 1), ("P5", 0), ("P9", 1)):
        User.objects.filter(pk=grant.proxy_id).update(identity_level=level)
        note(surgery, ELEVEN)
        assert len(tasks()) == open_tasks


@pytest.mark.parametrize(
    ("today", "opens"),
    [
        (SIXTEEN - 91 * DAY, False),
        (SIXTEEN - 90 * DAY, True),
        (SIXTEEN, True),
        (SIXTEEN + 300 * DAY, True),
        (SIXTEEN + 365 * DAY, False),
    ],
)
def test_at_16_it_is_asked_what_comes_instead(surgery, child, grant, today, opens):
    """Once for the young person, however many acted for them, and also where nobody looked on the day."""
    parent_of(child, "other@example.test")
    for _ in range(2):
        note(surgery, today)
    found = tasks("age-16")
    assert [task.patient for task in found] == ([child] if opens else [])
    if found:
        assert "parents’ access ends by itself" in found[0].because


def decision(outcome, competence="agrees", **values):
    return Decision(competence, outcome, Words("Talked with Sam alone"), **values)


@pytest.mark.parametrize(
    ("made", "status", "scopes", "ends_on"),
    [
        (decision("goes-on"), "active", ["medicines", "test-results"], date(2090, 1, 1)),
        (decision("goes-on", "not-yet"), "active", ["medicines", "test-results"], date(2090, 1, 1)),
        (
            decision("less", "refuses", scopes=["medicines"], ends_on=date(2025, 1, 1)),
            "active", ["medicines"], date(2025, 1, 1),
        ),
        (
            decision("ends", "refuses", reason="ROLE_DEACTIVATED_PATIENT_REQUEST"),
            "ended", ["medicines", "test-results"], date(2090, 1, 1),
        ),
    ],
)  # fmt: skip
def test_what_is_decided_is_done_kept_and_ends_the_task(
    surgery, child, grant, by, made, status, scopes, ends_on
):
    other = parent_of(child, "other@example.test")
    note(surgery, ELEVEN)
    decide_at_age(grant, made, by=by, now=at(ELEVEN), today=ELEVEN)
    grant.refresh_from_db()
    assert (grant.status, grant.scopes, grant.ends_on) == (status, scopes, ends_on)
    review = AgeReview.objects.get()
    assert (review.outcome, review.competence, review.by) == (
        made.outcome, made.competence, by.viewer
    )  # fmt: skip
    assert [task.about_id for task in tasks()] == [other.pk]
    other.refresh_from_db()
    assert (other.status, other.scopes) == ("active", ["medicines", "test-results"])
    note(surgery, ELEVEN + DAY)
    assert len(tasks()) == 1  # what was reviewed is not asked again
    with rows_of(child.pk):
        assert AuditEvent.objects.filter(action="age reviewed").count() == 1


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (decision("goes-on", "refuses"), "does not want it as it is"),
        (decision("less", scopes=["medicines", "documents"], ends_on=None), "only take parts away"),
        (
            decision("less", scopes=["medicines", "test-results"], ends_on=date(2090, 1, 1)),
            "Take a part away",
        ),
        (decision("ends", reason="ROLE_CREATED"), ""),
        (Decision("agrees", "goes-on", Words(" ")), ""),
    ],
)
def test_what_cannot_be_decided_changes_nothing(surgery, child, grant, by, made, says):
    note(surgery, ELEVEN)
    with pytest.raises(ValidationError, match=says or None):
        decide_at_age(grant, made, by=by, now=at(ELEVEN), today=ELEVEN)
    grant.refresh_from_db()
    assert (grant.status, len(tasks()), AgeReview.objects.count()) == ("active", 1, 0)


def test_going_on_against_who_can_decide_is_refused_in_the_database_too(grant, by):
    with pytest.raises(IntegrityError), transaction.atomic():
        AgeReview.objects.create(
            grant=grant, competence="refuses", outcome="goes-on", text="x", by=by.viewer,
            at=at(ELEVEN),
        )  # fmt: skip


def test_who_decides_needs_the_duty_and_a_parents_grant(surgery, child, grant, by):
    made = decision("goes-on")
    without = staff_with(child, Duty.REVIEW_ENTRIES)
    with pytest.raises(ValidationError, match="duty"):
        decide_at_age(grant, made, by=without, now=at(ELEVEN), today=ELEVEN)
    with pytest.raises(ValidationError, match="no age changes it"):
        decide_at_age(grant, made, by=by, now=at(SIXTEEN), today=SIXTEEN)
    ProxyGrant.objects.update(legal_basis=LegalBasis.CONSENT)
    with pytest.raises(ValidationError, match="no age changes it"):
        decide_at_age(grant, made, by=by, now=at(ELEVEN), today=ELEVEN)


def test_the_review_is_not_simply_ticked_off(surgery, child, grant, by):
    note(surgery, ELEVEN)
    with pytest.raises(ValidationError, match="Decide about this person"):
        close_task(tasks()[0], by=by, now=at(ELEVEN))


def test_the_command_does_both_and_is_run_twice_without_harm(
    surgery, child, grant, mailoutbox, capsys
):
    make_grant(child)
    for told in ("1 people told", "0 people told"):
        with time_machine.travel(at(ELEVEN - 30 * DAY), tick=False):
            call_command("tell_of_ages")
        assert told in capsys.readouterr().out
    assert (len(tasks()), len(mailoutbox)) == (1, 1)


def test_no_mail_comes_to_whom_a_pause_has_to_look_like_an_end(surgery, child, grant, mailoutbox):
    """R4.8, R5.2"""
    make_grant(child, "none", "none", decision="paused")
    with time_machine.travel(at(ELEVEN - 30 * DAY), tick=False):
        call_command("tell_of_ages")
    assert mailoutbox == []


WAYS = {
    # the day, what a letter without an assessment, a letter with one, and NHS login answer
    BORN.replace(year=2025) - DAY: (False, False, False),
    BORN.replace(year=2025): (False, True, False),  # 13
    SIXTEEN - DAY: (False, True, False),
    SIXTEEN: (True, True, True),
}


@pytest.mark.parametrize("today", WAYS, ids=str)
def test_a_young_persons_own_account_with_the_clock_moved(surgery, child, today):
    """R3.8: under 13 none, 13 to 15 by a letter after an assessment, from 16 as anybody."""
    iris = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    newcomer = make_user("sam@example.test", is_self_made=True)

    def opens(act):
        try:
            with transaction.atomic():
                act()
                transaction.set_rollback(True)
        except ValidationError:
            return False
        return True

    def letter(*, is_competent):
        return lambda: make_letter(child, by=iris, now=at(today), is_competent=is_competent)

    def alone():
        check = checked(newcomer, "nhs-login")
        register_online(child, newcomer, check, by=None, terms_version="x", now=at(today))

    found = (opens(letter(is_competent=False)), opens(letter(is_competent=True)), opens(alone))
    assert found == WAYS[today]


def test_an_account_of_their_own_leaves_the_parents_access_as_it_was(surgery, child, grant):
    """R4.7: at 13 nothing ends by itself."""
    day = date(2025, 5, 21)
    assert isinstance(access_of(grant.proxy, child.pk, on=day), Access)

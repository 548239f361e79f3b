"""Asking for the full record: what may be asked, when it is due, and how it is taken back (R8.2, R8.4)."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Refusal, access_of
from records.grants import record_of
from records.models import AccessRequest, StaffTask
from records.requests import asking
from records.requests.asking import ask, note_asked, request_of, why_not, withdraw
from records.requests.deciding import note_granted, refuse
from records.requests.steps import last_step
from records.requests.telling import told_state
from tests.cast import make_grant, make_online, make_proxy_grant, make_user
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

BOTH = {"reason": "For colleagues", "reason_for_patient": "For the patient"}
HARMED = {"ground": "serious-harm", "professional": "Dr Imogen Example"}


@pytest.mark.parametrize(
    ("decision", "current", "historical", "sections", "words"),
    [
        ("granted", "summary", "summary", None, ""),  # R6.2: this invites a request
        ("granted", "full", "summary", None, ""),
        ("granted", "full", "documents", None, ""),
        ("granted", "full", "full", None, asking.OPEN_ALREADY),
        ("granted", "full", "full", ["documents"], ""),
        ("granted", "none", "none", None, ""),
        ("denied", "none", "none", None, asking.CLOSED_BY_SURGERY),
        ("paused", "none", "none", None, asking.CLOSED_BY_SURGERY),
        ("declined", "none", "none", None, asking.CLOSED_BY_YOU),
    ],
)
def test_what_may_be_asked_with_which_access(
    patient, patient_user, decision, current, historical, sections, words
):
    """**Decided**: whoever has less than everything may ask, but not past a decision to close."""
    make_grant(patient, current, historical, decision=decision, restricted_sections=sections)
    own = access_of(patient_user, patient.pk, on=TODAY)
    record = record_of(patient_user, patient.pk, on=TODAY)
    assert why_not(record) == words
    if words:
        with pytest.raises(ValidationError, match=words[:30]):
            ask(by=own, record=record, words="", now=NOW)
        assert not AccessRequest.objects.exists()
        assert not StaffTask.objects.exists()
    else:
        assert ask(by=own, record=record, words="", now=NOW).state == "sent"


def test_who_has_no_decision_yet_may_ask(patient, patient_user):
    own = access_of(patient_user, patient.pk, on=TODAY)
    record = record_of(patient_user, patient.pk, on=TODAY)
    assert record is Refusal.NO_ACCESS
    assert ask(by=own, record=record, words="", now=NOW).is_open


def test_a_section_that_the_surgery_closed_for_everyone_may_be_asked_for(
    surgery, patient, patient_user
):
    """R1.12"""
    surgery.restricted_sections = ["documents"]
    surgery.save()
    make_grant(patient, "full", "full")
    assert why_not(record_of(patient_user, patient.pk, on=TODAY)) == ""


def test_a_proxy_does_not_ask(patient, own, proxy_user):
    make_proxy_grant(patient, proxy_user)
    theirs = access_of(proxy_user, patient.pk, on=TODAY)
    record = record_of(proxy_user, patient.pk, on=TODAY)
    with pytest.raises(ValidationError, match="Only the patient"):
        ask(by=theirs, record=record, words="", now=NOW)


def test_a_proxy_takes_nothing_back(patient, proxy_user, request_made):
    make_proxy_grant(patient, proxy_user)
    with pytest.raises(ValidationError, match="Only the patient"):
        withdraw(request_made, by=access_of(proxy_user, patient.pk, on=TODAY), now=NOW)


def test_nobody_takes_back_what_another_patient_asked(request_made, other_patient, stranger):
    make_grant(other_patient)
    with pytest.raises(ValidationError, match="Only the patient"):
        withdraw(request_made, by=access_of(stranger, other_patient.pk, on=TODAY), now=NOW)


def test_what_is_asked_waits_in_the_queue_with_its_due_day(asked):
    """R8.2: 28 working days on, and no word of the patient's in the queue."""
    made = asked("I want to check my vaccinations")
    task = StaffTask.objects.get()
    assert (task.kind, task.about_id, task.due_on) == ("request", made.pk, date(2024, 7, 11))
    assert made.due_on == date(2024, 7, 11)
    assert task.because == "Asked online on 3 June 2024"


def test_the_day_of_asking_is_the_day_here_and_not_in_greenwich(asked):
    """11:30 at night on 3 June in Greenwich is 4 June in London."""
    made = asked(now=datetime(2024, 6, 3, 23, 30, tzinfo=NOW.tzinfo))
    assert made.due_on == date(2024, 7, 12)


def test_a_second_request_joins_the_first(asked):
    """R8.4"""
    first = asked("My vaccinations")
    second = asked("And my letters", now=NOW + timedelta(days=3))
    assert first == second
    second.refresh_from_db()
    assert second.words == "My vaccinations\n\nAnd my letters"
    assert second.due_on == first.due_on
    assert [step.state for step in second.steps.order_by("id")] == ["sent", "sent"]
    assert StaffTask.objects.count() == 1


@pytest.mark.parametrize("again", ["", "My vaccinations", "  My vaccinations "])
def test_the_same_sent_twice_is_one_request_and_one_step(asked, again):
    asked("My vaccinations")
    made = asked(again)
    assert made.words == "My vaccinations"
    assert made.steps.count() == 1


def test_a_request_holds_only_so_much(asked):
    asked("a" * 9_000)
    with pytest.raises(ValidationError, match="as much as a request can hold"):
        asked("b" * 2_000)


def test_what_joins_leaves_the_state_as_it_is(asked, by_staff):
    made = asked("My vaccinations")
    asking_again = made.steps.count()
    AccessRequest.objects.update(state="acknowledged")
    assert asked("More").state == "acknowledged"
    assert made.steps.count() == asking_again + 1


def test_after_a_decision_the_patient_may_ask_anew(asked, by_staff):
    first = asked()
    refuse(first, by=by_staff, now=NOW, seen=last_step(first).pk, **BOTH, **HARMED)
    second = asked(now=NOW + timedelta(days=1))
    assert second != first
    assert request_of(by_staff.patient) == second
    assert StaffTask.objects.filter(kind="request", closed_at=None).get().about_id == second.pk


def test_what_is_taken_back_leaves_the_queue_and_stays_on_file(request_made, own):
    for _ in range(2):
        withdraw(request_made, by=own, now=NOW)
    request_made.refresh_from_db()
    assert request_made.state == "withdrawn"
    assert StaffTask.objects.get().closed_by == own.viewer
    with rows_of(own.patient.pk):
        assert AuditEvent.objects.filter(action="request withdrawn").count() == 1


def test_what_was_decided_cannot_be_taken_back(request_made, own, by_staff):
    refuse(request_made, by=by_staff, now=NOW, seen=last_step(request_made).pk, **BOTH, **HARMED)
    with pytest.raises(ValidationError, match="refused already"):
        withdraw(request_made, by=own, now=NOW)


@pytest.mark.parametrize(
    ("asked_on", "words"),
    [
        (TODAY + timedelta(days=1), "in the future"),
        (date(2009, 12, 31), "before they registered"),
        (TODAY, None),
        (TODAY - timedelta(days=10), None),
    ],
)
def test_a_request_on_paper_counts_from_the_day_it_came(by_staff, asked_on, words):
    """R8.2"""
    if words:
        with pytest.raises(ValidationError, match=words):
            note_asked(by=by_staff, asked_on=asked_on, words="", now=NOW)
        return
    made = note_asked(by=by_staff, asked_on=asked_on, words="A letter", now=NOW)
    assert timezone.localdate(made.asked_at) == asked_on
    assert made.due_on == asking.due_on(asked_on)
    assert made.steps.get().duty == "decide-access"
    assert StaffTask.objects.get().because.startswith("Asked at the surgery on")


def test_a_request_on_paper_joins_one_that_was_made_online(request_made, by_staff):
    """R8.4"""
    assert note_asked(by=by_staff, asked_on=TODAY, words="They called", now=NOW) == request_made
    assert AccessRequest.objects.get().words.endswith("They called")


def test_a_request_on_paper_needs_the_duty(without_duty):
    with pytest.raises(ValidationError, match="you need the duty"):
        note_asked(by=without_duty, asked_on=TODAY, words="", now=NOW)


def test_nobody_asks_for_who_left(by_staff):
    by_staff.patient.left_on = TODAY
    by_staff.patient.save()
    with pytest.raises(ValidationError, match="not on the surgery's list"):
        note_asked(by=by_staff, asked_on=TODAY, words="", now=NOW)


@pytest.mark.parametrize(
    ("account", "paper", "mail", "letter"),
    [(True, False, True, False), (True, True, True, True), (False, True, False, True)],
)
def test_who_is_told_by_mail_and_who_by_letter(
    by_staff, mailoutbox, account, paper, mail, letter, django_capture_on_commit_callbacks
):
    """R5.4: neutral words; on paper for those without an account or who asked on paper."""
    patient = by_staff.patient
    user = make_user("ada@example.test")
    if account:
        make_online(patient, user)
    make_grant(patient)
    if paper:
        made = note_asked(by=by_staff, asked_on=TODAY, words="", now=NOW)
    else:
        record = record_of(user, patient.pk, on=TODAY)
        made = ask(by=access_of(user, patient.pk, on=TODAY), record=record, words="", now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        refuse(made, by=by_staff, now=NOW, seen=last_step(made).pk, **BOTH, **HARMED)
    assert [sent.to for sent in mailoutbox] == ([["ada@example.test"]] if mail else [])
    assert not any("refus" in f"{sent.subject}{sent.body}".lower() for sent in mailoutbox)
    waiting = StaffTask.objects.filter(kind="print-letter", closed_at=None)
    assert waiting.count() == letter
    assert all(task.about_id == made.pk for task in waiting)


def test_nobody_writes_to_who_died(request_made, by_staff, mailoutbox):
    by_staff.patient.died_on = TODAY
    by_staff.patient.save()
    refuse(request_made, by=by_staff, now=NOW, seen=last_step(request_made).pk, **BOTH, **HARMED)
    assert mailoutbox == []
    assert not StaffTask.objects.filter(kind="print-letter").exists()


@pytest.mark.parametrize(
    ("historical", "sections", "in_part", "told"),
    [
        ("full", None, False, "granted"),
        ("full", None, True, "granted"),  # such as with single entries hidden: R2.3
        ("full", ["documents"], True, "granted-in-part"),
        ("detailed", None, True, "granted-in-part"),
        ("detailed", None, False, "granted-in-part"),
    ],
)
def test_that_entries_were_hidden_is_not_to_be_read_from_what_the_patient_is_told(
    request_made, by_staff, historical, sections, in_part, told
):
    """R2.3"""
    grant = make_grant(by_staff.patient, "full", historical, restricted_sections=sections)
    note_granted(request_made, grant, in_part=in_part, by=by_staff, now=NOW, **BOTH)
    request_made.refresh_from_db()
    assert told_state(request_made) == told

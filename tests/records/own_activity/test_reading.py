"""Which events a patient reads, in which words, and what somebody who acts for them reads (R2.3, R4.5, R4.11, R9.2)."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Duty
from audit import log
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.changing import suspend_as_staff
from proxy_access.models import Whom
from proxy_access.pausing import Wanted as Paused
from proxy_access.pausing import pause
from proxy_access.steps import Words
from proxy_access.telling import is_told_over
from records.own_activity.reading import (
    PAGE,
    Wanted,
    count_told,
    find_told,
    page_for_patient,
    page_for_proxy,
)
from records.own_activity.table import ACCOUNT, NEVER, SHOWN
from records.own_activity.telling import by_day, tell_patient, tell_proxy
from tests.cast import make_online, make_staff, make_user, record_access
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import staff_with

pytestmark = pytest.mark.django_db

EVERYTHING = sorted(
    SHOWN.keys() | ACCOUNT.keys() | NEVER.keys() | {"help asked", "an action of tomorrow"}
)


@pytest.fixture
def own(patient, patient_user):
    access = access_of(patient_user, patient.pk, on=TODAY)
    with rows_of(patient.pk):
        yield access


@pytest.fixture
def acting(patient, proxy_user, proxy_grant):
    return record_access(access_of(proxy_user, patient.pk, on=TODAY))


def note(action, actor, patient, *, minute=0, **values):
    log.record(
        action, at=NOW + timedelta(minutes=minute), actor_id=actor and actor.pk,
        patient_id=patient and patient.pk, **values,
    )  # fmt: skip


def told(own, **wanted):
    page = page_for_patient(own, Wanted(**wanted), before=None)
    return tell_patient(own, page.events, today=TODAY)


def words(own):
    return [f"{event.who.name}: {event.words}" for event in told(own)]


def test_of_all_actions_a_patient_reads_those_of_the_table_and_no_other(own, patient, patient_user):
    """R2.3, R9.2: what is not in the table is kept, whoever did it and however it ended."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            action=action, at=NOW, outcome=outcome, actor_id=patient_user.pk, patient_id=patient_id,
            object=f"user {patient_user.pk}", details={"told": True, "status": "active", "because": "paused"},
        )
        for action in EVERYTHING for outcome in Outcome for patient_id in (patient.pk, None)
    )  # fmt: skip
    page = page_for_patient(own, Wanted(), before=None)
    done = {(event.action, event.patient_id) for event in page.events if event.outcome == "done"}
    assert done == {(one, patient.pk) for one in SHOWN} | {(one, None) for one in ACCOUNT}
    refused = {
        (event.action, event.patient_id) for event in page.events if event.outcome == "refused"
    }
    assert refused == {("record opened", patient.pk), ("letter tried", patient.pk)} | {
        (one, None) for one, line in ACCOUNT.items() if line.refused
    }
    assert {event.outcome for event in page.events} == {"done", "refused"}
    assert count_told(patient) == len([event for event in page.events if event.patient_id])


def test_nobody_reads_of_another_patient_or_of_another_account(
    own, other_patient, stranger, patient_user
):
    note("record opened", patient_user, other_patient)
    note("sign-in", stranger, None)
    note("set-up link made", None, None, about=f"user {stranger.pk}")
    assert told(own) == []
    note("set-up link made", None, None, about=f"user {patient_user.pk}")
    assert words(own) == ["Somebody who runs this portal: made a link to set up the account again"]


def test_people_are_named_by_what_they_are_to_the_patient(
    own, patient, patient_user, proxy_user, proxy_grant, staff, stranger
):
    """R9.2: staff without their duty, which could say why they looked; nobody by e-mail address."""
    earlier = make_user("earlier@example.test", name="Earlier")
    make_online(patient, earlier, ended_on=TODAY)
    nameless = make_staff(patient.surgery, "nameless@example.test", Duty.REVIEW_ENTRIES)
    note("record opened", patient_user, patient, about="section medicines")
    note("record opened", earlier, patient, minute=1)
    note("record opened", proxy_user, patient, minute=2, about="section test-results")
    note(
        "staff looked",
        staff,
        patient,
        minute=3,
        duty=Duty.REVIEW_ENTRIES,
        about="desk hide entry x",
    )
    note("staff looked", nameless, patient, minute=4, duty=Duty.REVIEW_ENTRIES)
    note(
        "record opened",
        stranger,
        patient,
        minute=5,
        outcome=Outcome.REFUSED,
        details={"because": "unknown"},
    )
    note("access decided", None, patient, minute=6)
    note("record explained", None, patient, minute=7)
    surgery = f"staff of {patient.surgery.name}"
    assert [(event.who.name, event.who.role, event.words) for event in reversed(told(own))] == [
        ("You", "", "opened Medicines"),
        ("An earlier account of yours", "", "opened the record"),
        (proxy_user.name or proxy_user.email, "acts or acted for you", "opened Test results"),
        (staff.name or "A member of staff", surgery, "looked at the record"),
        ("A member of staff", surgery, "looked at the record"),
        ("Somebody who has no access to your record", "", "tried without success: the record"),
        ("Your surgery’s computer system", "", "decided about what is open online"),
        ("Somebody who runs this portal", "", "looked at the record"),
    ]


def test_which_entry_was_opened_is_not_told_whether_or_not_it_is_hidden(
    own, patient, patient_user, staff
):
    """R2.3: no line comes, goes or changes with the hiding of an entry, by the surgery or by the patient."""
    entry = f"entry {uuid.uuid4()}"
    for minute, (action, about) in enumerate(
        [("record opened", entry), ("result opened", entry), ("document opened", f"document {entry}"),
         ("record opened", f"looks wrong {entry}"), ("record opened", f"hide from {entry}")]
    ):  # fmt: skip
        note(action, patient_user, patient, minute=minute, about=about)
    before = words(own), count_told(patient)
    assert before[0] == [
        "You: opened the record", "You: opened the record", "You: opened Documents", "You: opened Test results",
        "You: opened the record",
    ]  # fmt: skip
    for action in (
        "entry hidden",
        "entry shown again",
        "review opened",
        "entry reviewed",
        "task done",
    ):
        note(action, staff, patient, minute=9, duty=Duty.REVIEW_ENTRIES, about=entry)
    for action in ("entry hidden by patient", "entry shown again by patient", "correction opened"):
        note(action, patient_user, patient, minute=9, about=entry)
    note("record opened", patient_user, patient, minute=9, about=entry, outcome=Outcome.NOT_FOUND)
    assert (words(own), count_told(patient)) == before


@pytest.mark.parametrize(("told_patient", "lines"), [(True, 2), (False, 0)])
def test_a_stop_that_the_patient_is_not_told_of_is_in_no_line(
    own, patient, proxy_user, proxy_grant, told_patient, lines
):
    """R4.5: neither the stop nor that the person was refused afterwards; R9.2: with what they are told, both."""
    by = staff_with(patient, Duty.DECIDE_ACCESS)
    suspend_as_staff(proxy_grant, by=by, now=NOW, words=Words("Concern", told_patient=told_patient))
    assert is_told_over(proxy_user, patient.pk, today=TODAY) is told_patient
    note("record opened", proxy_user, patient, outcome=Outcome.REFUSED,
         details={"because": "ended", "told": is_told_over(proxy_user, patient.pk, today=TODAY)})  # fmt: skip
    found = [event.words for event in told(own) if event.kind in ("people", "reading")]
    assert len(found) == lines


@pytest.mark.parametrize("whom", Whom)
def test_whom_the_patient_paused_they_see_try(own, patient, proxy_user, proxy_grant, whom):
    """R9.2, R5.2: who stopped access may see who tries, by a pause as by a stop; while it lasts."""
    grant = proxy_grant if whom == Whom.ONE else None
    pause(Paused(whom, NOW + timedelta(days=1), grant=grant), by=own, now=NOW)
    during, after = NOW + timedelta(hours=1), NOW + timedelta(days=2)
    assert is_told_over(proxy_user, patient.pk, today=TODAY, at=during) is True
    assert is_told_over(proxy_user, patient.pk, today=after.date(), at=after) is False


@pytest.mark.parametrize("status", ["proposed", "rejected", "entered-in-error"])
def test_who_only_asked_to_act_is_in_no_line(own, patient, proxy_user, status):
    """R4.5"""
    note("proxy access changed", proxy_user, patient, details={"status": status, "told": True})
    assert told(own) == []


def test_whose_identity_was_checked_is_told_of_the_patient_alone(
    own, patient, patient_user, proxy_user, staff
):
    note(
        "identity checked", staff, patient, duty=Duty.CHECK_IDENTITY, about=f"user {proxy_user.pk}"
    )
    assert told(own) == []
    note(
        "identity checked",
        staff,
        patient,
        duty=Duty.CHECK_IDENTITY,
        about=f"user {patient_user.pk}",
    )
    assert len(told(own)) == 1


def test_a_wrong_password_may_have_been_somebody_else(own, patient_user):
    note(
        "sign-in",
        patient_user,
        None,
        outcome=Outcome.REFUSED,
        details={"because": "password", "device": "Firefox on Windows"},
    )
    [event] = told(own)
    assert (event.who.name, event.device) == (
        "You, or somebody who used your email address",
        "Firefox on Windows",
    )


def test_who_acts_for_a_patient_reads_what_they_did_and_nothing_else(
    acting, patient, patient_user, proxy_user, staff, other_patient
):
    """R4.11"""
    note("record opened", proxy_user, patient, about="section medicines")
    note("copy fetched", proxy_user, patient, minute=1)
    note(
        "record opened",
        proxy_user,
        patient,
        minute=2,
        outcome=Outcome.REFUSED,
        details={"because": "section"},
    )
    others = make_user("second@example.test")
    for actor in (patient_user, staff, others, None):
        note("record opened", actor, patient, minute=3)
    for action in ("proxy application matched", "proxy application taken back", "correction opened", "invitation accepted",
                   "activity reported", "people page opened"):  # fmt: skip
        note(action, proxy_user, patient, minute=4)
    for status in ("proposed", "entered-in-error"):  # as staff matched it, in the name of who asked
        note("proxy access changed", proxy_user, patient, minute=4, details={"status": status})
    note("record opened", proxy_user, patient, minute=5, outcome=Outcome.NOT_FOUND)
    note("document opened", proxy_user, patient, minute=5, duty=Duty.REVIEW_ENTRIES)
    note("record opened", proxy_user, other_patient, minute=6)
    note("sign-in", proxy_user, None, minute=7)
    with rows_of(patient.pk):
        page = page_for_proxy(acting, before=None)
    assert [event.words for event in tell_proxy(page.events)] == [
        "tried without success: the record", "saved a copy of the record", "opened Medicines",
    ]  # fmt: skip


def test_a_long_day_is_grouped_by_person_and_kind(
    own, patient, patient_user, proxy_user, proxy_grant
):
    for minute, section in enumerate(
        [
            "medicines",
            "allergies",
            "immunisations",
            "health-conditions",
            "medicines",
            "test-results",
        ]
    ):
        note(
            "record opened",
            proxy_user,
            patient,
            minute=minute,
            about=f"section {section}",
            details={"device": "Chrome on Android"},
        )
    note(
        "record searched", proxy_user, patient, minute=7, details={"device": "Safari on an iPhone"}
    )
    note("sign-in", patient_user, None, minute=8)
    note("record opened", proxy_user, patient, minute=-24 * 60, about="home")
    first, second = by_day(told(own))
    assert [(str(day.on), len(day.groups)) for day in (first, second)] == [
        ("2024-06-03", 2),
        ("2024-06-02", 1),
    ]
    signing_in, reading = first.groups
    assert signing_in.words == "signed in"
    assert (
        reading.words
        == "opened Medicines, Allergies and adverse reactions and 3 more; searched the record"
    )
    assert (reading.ends - reading.begins, len(reading.events)) == (timedelta(minutes=7), 7)
    assert reading.devices == ["Safari on an iPhone", "Chrome on Android"]


def test_pages_of_both_chains_leave_nothing_out_and_repeat_nothing(own, patient, patient_user):
    """Also where many events have one moment; the address holds an id, never a number that tells of others (R2.3)."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            action="record opened" if number % 3 else "sign-in", outcome="done", actor_id=patient_user.pk,
            at=NOW + timedelta(minutes=number // 90), patient_id=patient.pk if number % 3 else None,
        )
        for number in range(2 * PAGE + 50)
    )  # fmt: skip
    seen, before = [], None
    for _ in range(3):
        page = page_for_patient(own, Wanted(), before=before)
        seen += [event.pk for event in page.events]
        before = page.older
    assert (len(seen), len(set(seen)), before) == (2 * PAGE + 50, 2 * PAGE + 50, None)


def test_an_event_that_the_patient_is_not_told_is_not_there(own, patient, staff, stranger):
    """R2.3: neither to report nor as the place where a page begins."""
    note("entry hidden", staff, patient, duty=Duty.REVIEW_ENTRIES)
    note("sign-in", stranger, None)
    hidden = AuditEvent.objects.get(action="entry hidden")
    with rows_of(None):
        others = AuditEvent.objects.get(action="sign-in")
    for event_id in (hidden.pk, others.pk, uuid.uuid4()):
        with pytest.raises(AuditEvent.DoesNotExist):
            find_told(own, event_id)
        with pytest.raises(AuditEvent.DoesNotExist):
            page_for_patient(own, Wanted(), before=event_id)


def test_a_page_costs_the_same_however_much_there_is(
    own, patient, patient_user, proxy_user, proxy_grant, staff
):
    costs = []
    for _ in range(2):
        note("record opened", proxy_user, patient)
        note("staff looked", staff, patient, duty=Duty.REVIEW_ENTRIES)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            told(own)
        costs.append(len(queries))
        AuditEvent.objects.bulk_create(
            AuditEvent(
                action="record opened",
                outcome="done",
                actor_id=patient_user.pk,
                at=NOW - timedelta(days=1),
                patient_id=patient.pk,
            )
            for _ in range(300)
        )
    assert costs[0] == costs[1] < 25


@pytest.mark.parametrize(
    ("action", "details", "same"),
    [
        ("paused", {"whom": "everyone"}, ("access decided", {"decision": "paused"})),
        (
            "paused",
            {"whom": "one"},
            ("proxy access changed", {"status": "suspended", "told": True}),
        ),
    ],
)
def test_a_pause_that_only_the_surgery_ends_reads_as_an_act_of_the_surgery(
    own, patient, staff, action, details, same
):
    """R5.2: whoever stands beside the patient cannot tell who closed it, also not from the kind of device."""
    note(
        action,
        None,
        patient,
        details=details | {"through surgery": True, "device": "Chrome on Android"},
    )
    note(same[0], staff, patient, minute=1, duty=Duty.DECIDE_ACCESS, details=same[1])
    surgerys, patients = told(own)
    assert surgerys._replace(id=None, at=None) == patients._replace(id=None, at=None)
    assert patients.who.name == f"Staff of {patient.surgery.name}"


def test_a_pause_of_the_patients_own_says_so(own, patient, patient_user):
    note("paused", patient_user, patient, details={"whom": "everyone", "through surgery": False})
    assert words(own) == ["You: paused online access, or somebody’s"]

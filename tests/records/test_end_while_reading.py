"""Nothing of a record is read once what closes it to whoever acts for the patient is done, by real connections (R4.8, R5.2)."""

import threading
from datetime import date

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.models import Duty, User
from proxy_access.access import access_of
from proxy_access.changing import (
    end_as_patient,
    end_as_staff,
    narrow,
    resign,
    suspend_as_patient,
    suspend_as_staff,
)
from proxy_access.models import Whom
from proxy_access.pausing import Wanted, pause
from proxy_access.steps import Words
from records.grants import decide_access, decline_access
from records.importing.words import index_record
from records.models import Decision
from surgeries.models import Patient
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_grant, make_proxy_grant
from tests.pages import bare
from tests.proxy_access.test_changing import staff_with
from tests.records.views.record import cover, home_of, kept_copy, make_medicine, reader
from tests.sent_sql import words_of

pytestmark = pytest.mark.django_db(transaction=True)

FAR = date(2099, 1, 1)
WHY = Words("A concern", told_patient=False)


class Acting:
    """A patient, who acts for them, and everybody who can end it."""

    def __init__(self, patient, user, proxy):
        self.patient, self.user, self.proxy = patient, user, proxy
        make_grant(patient, Level.FULL, Level.FULL)
        self.grant = make_proxy_grant(patient, proxy, scopes=list(Section), ends_on=FAR)
        self.now, self.today = timezone.now(), timezone.localdate()
        self.own = access_of(user, patient.pk, on=self.today)
        self.by_proxy = access_of(proxy, patient.pk, on=self.today)
        self.by_staff = staff_with(patient, Duty.DECIDE_ACCESS)
        self.client = reader(Client(), proxy, patient)

    def decide(self, decision):
        decide_access(
            self.patient, by=None, now=timezone.now(), decision=decision, reason="A concern"
        )


@pytest.fixture
def acting(patient, patient_user, proxy_user):
    return Acting(patient, patient_user, proxy_user)


WAITING = {
    "all paused by the patient": lambda a: pause(Wanted(Whom.PROXIES), by=a.own, now=a.now),
    "paused alone": lambda a: pause(Wanted(Whom.ONE, grant=a.grant), by=a.own, now=timezone.now()),
    "ended by the patient": lambda a: end_as_patient(a.grant, by=a.own, now=a.now),
    "stopped by the patient": lambda a: suspend_as_patient(a.grant, by=a.own, now=a.now),
    "narrowed by the patient": lambda a: narrow(
        a.grant, scopes=["documents"], ends_on=FAR, by=a.own, now=a.now, today=a.today
    ),
    "resigned": lambda a: resign(a.by_proxy, now=a.now),
    "ended by staff": lambda a: end_as_staff(
        a.grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=a.by_staff, now=a.now, words=WHY
    ),
    "stopped by staff": lambda a: suspend_as_staff(a.grant, by=a.by_staff, now=a.now, words=WHY),
}
"""What takes the grant itself away: it waits for whoever reads."""
AT_ONCE = {
    "paused by the patient": lambda a: pause(Wanted(), by=a.own, now=timezone.now()),
    "declined by the patient": lambda a: decline_access(by=a.own, now=timezone.now()),
    "paused by staff": lambda a: a.decide(Decision.PAUSED),
    "denied by staff": lambda a: a.decide(Decision.DENIED),
    "died": lambda a: Patient.objects.filter(pk=a.patient.pk).update(died_on=a.today),
    "moved": lambda a: Patient.objects.filter(pk=a.patient.pk).update(left_on=a.today),
    "account closed": lambda a: User.objects.filter(pk=a.user.pk).update(closed_at=a.now),
}
"""What closes the record to all: it waits for nobody, so that what was read meanwhile is thrown away."""


def meanwhile(after, act, waits):
    """An execute wrapper: once a statement that holds `after` is done, another connection acts.

    The reader goes on when that is committed, or where it `waits` for the reader.
    """
    state = {"done": None, "was_waiting": None}

    def wrapper(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if after in words_of(sql) and state["done"] is None:
            done = threading.Event()
            state["done"], state["thread"] = done, threading.Thread(target=run, args=[done])
            state["thread"].start()
            state["was_waiting"] = not done.wait(0.4 if waits else 10)
        return result

    def run(done):
        try:
            act()
            done.set()
        finally:
            connections.close_all()

    return wrapper, state


def asked_for(acting, page, act, *, waits):
    """One page, while somebody ends the access just after the reading began; the answer, and the same page again."""
    path = f"{home_of(acting.patient)}{page}"
    reads = "records_takeaway" if page == "copies" else "records_entry"
    wrapper, state = meanwhile(reads, act, waits)
    with connection.execute_wrapper(wrapper):
        response = acting.client.get(path)
    assert state["done"] is not None, "the page never came to what was waited for"
    state["thread"].join(20)
    assert state["done"].is_set()
    assert state["was_waiting"] is waits
    return response, acting.client.get(path)


@pytest.fixture
def long_record(acting):
    """More of everything than a page takes."""
    cover(acting.patient)
    make_medicine(acting.patient)
    for number in range(60):
        make_entry(acting.patient, f"c{number}", title="Seen in the surgery")
    index_record(acting.patient)
    return acting


@pytest.mark.parametrize("end", WAITING.values(), ids=WAITING)
def test_who_ends_it_waits_for_a_page_that_is_being_read(long_record, end):
    """R4.8: and the next page is closed."""
    first, second = asked_for(long_record, "medicines", lambda: end(long_record), waits=True)
    assert (first.status_code, second.status_code) == (200, 403)
    assert "Atorvastatin" in first.text


@pytest.mark.parametrize(
    ("page", "end"),
    [("consultations", end) for end in AT_ONCE]
    + [(page, "declined by the patient") for page in ("", "timeline", "medicines", "copies")]
    + [("timeline", "paused by the patient")],
)
def test_what_was_read_is_thrown_away_where_the_record_closed_meanwhile(long_record, page, end):
    """R5.2, R4.9: nothing comes out of a page that was begun before and read after, and it answers as an end does."""
    first, second = asked_for(long_record, page, lambda: AT_ONCE[end](long_record), waits=False)
    assert (first.status_code, second.status_code) == (403, 403)
    assert bare(first.text) == bare(second.text)


def test_a_search_finds_nothing_that_is_read_after_the_end(long_record):
    """R5.2: the words are asked for before, and what they find is read after."""
    home = home_of(long_record.patient)
    long_record.client.post(f"{home}find", {"words": "surgery"})
    assert "Seen in the" in long_record.client.get(f"{home}found").text
    first, second = asked_for(
        long_record, "found", lambda: AT_ONCE["paused by staff"](long_record), waits=False
    )
    assert (first.status_code, second.status_code) == (403, 403)


def test_a_decision_that_opens_more_meanwhile_is_no_end(long_record):
    """What was read is read again, under the decision that holds by then."""
    make_grant(long_record.patient, Level.SUMMARY, Level.NONE)
    first, _ = asked_for(
        long_record, "medicines",
        lambda: make_grant(long_record.patient, Level.FULL, Level.FULL), waits=False,
    )  # fmt: skip
    assert (first.status_code, "Atorvastatin" in first.text) == (200, True)


@pytest.mark.parametrize("end", ["ended by the patient", "declined by the patient", "died"])
def test_a_piece_of_a_copy_that_is_read_as_it_ends_is_not_sent(acting, end):
    """R4.8, R5.2: of a long download too."""
    copy = kept_copy(acting.patient, acting.proxy, pieces=3)
    path = f"{home_of(acting.patient)}copies/{copy.id}/file"
    pieces = iter(acting.client.get(path).streaming_content)
    assert next(pieces) == b"x"
    ending = (WAITING | AT_ONCE)[end]
    wrapper, state = meanwhile("records_takeawaypiece", lambda: ending(acting), waits=False)
    with connection.execute_wrapper(wrapper):
        assert list(pieces) == []
    state["thread"].join(20)
    assert state["done"].is_set()

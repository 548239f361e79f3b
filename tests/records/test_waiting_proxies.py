"""Who waits to act for a patient stands in the queue, by whatever way it came, and leaves it when it waits no more (R4.5)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit.models import AuditEvent
from proxy_access.organisations import end_member, propose
from proxy_access.statuses import ProxyStatus
from records.models import StaffTask
from records.waiting_proxies import note_waiting_proxies
from tests.cast import make_patient, make_proxy_grant, make_staff, make_user, sign_in
from tests.clock import NOW
from tests.proxy_access.test_organisations import desk_of, make_member, make_organisation

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WAITS = "proxy-application"


def waiting_for(patient, number=0, status=ProxyStatus.PROPOSED):
    """What waits, as an import leaves it: without a task."""
    return make_proxy_grant(patient, make_user(f"asks{number}@example.test"), status=status)


def tasks():
    found = StaffTask.objects.filter(kind=WAITS, closed_at=None)
    return set(found.values_list("patient", "about_id"))


@pytest.mark.parametrize("status", ProxyStatus)
def test_only_what_waits_for_a_decision_comes_into_the_queue_and_once(surgery, patient, status):
    grant = waiting_for(patient, status=status)
    for _ in range(2):
        note_waiting_proxies(surgery, now=NOW)
    waits = status == ProxyStatus.PROPOSED
    assert tasks() == ({(patient.pk, grant.pk)} if waits else set())
    assert AuditEvent.objects.filter(action="waiting proxies found").count() == waits


def test_what_the_queue_knows_is_left_as_it_is(surgery, patient):
    grant = waiting_for(patient)
    known = StaffTask.objects.create(
        patient=patient, kind=WAITS, about_id=grant.pk, because="Named", opened_at=NOW - DAY
    )
    note_waiting_proxies(surgery, now=NOW)
    held = StaffTask.objects.get()
    assert (held.pk, held.because, held.version, held.closed_at) == (known.pk, "Named", 0, None)


@pytest.mark.parametrize("status", [each for each in ProxyStatus if each != "proposed"])
def test_a_task_about_what_waits_no_more_leaves_the_queue(surgery, patient, status):
    """Nobody can say that such a task is done: only a decision does."""
    grant = waiting_for(patient, status=status)
    for about in (grant.pk, uuid4()):
        StaffTask.objects.create(
            patient=patient, kind=WAITS, about_id=about, because="Asked", opened_at=NOW - DAY
        )
    note_waiting_proxies(surgery, now=NOW)
    assert tasks() == set()
    assert {task.closed_at for task in StaffTask.objects.all()} == {NOW}


def test_another_surgery_is_not_touched(surgery, other_surgery, patient):
    waiting_for(patient)
    StaffTask.objects.create(
        patient=patient, kind=WAITS, about_id=uuid4(), because="Asked", opened_at=NOW - DAY
    )
    note_waiting_proxies(other_surgery, now=NOW)
    assert len(tasks()) == 1
    assert StaffTask.objects.count() == 1


def test_it_costs_the_same_for_many(surgery, django_assert_num_queries):
    for number in range(9):
        waiting_for(make_patient(surgery, f"99900001{number:02}"), number)
    with django_assert_num_queries(6):
        note_waiting_proxies(surgery, now=NOW)
    assert len(tasks()) == 9
    with django_assert_num_queries(1):
        note_waiting_proxies(surgery, now=NOW)


def test_whom_an_organisation_proposes_is_in_the_queue_until_they_leave(
    client, surgery, patient, proxy_user
):
    """R4.9"""
    member = make_member(make_organisation(surgery), proxy_user)
    desk = desk_of(surgery)
    with time_machine.travel(NOW, tick=False):
        grant = propose(
            member, legal_basis="consent", scopes=["medicines"], wider_because="",
            ends_on=date(2025, 1, 1), by=StaffAccess(desk, patient, Duty.DECIDE_ACCESS), now=NOW,
        )  # fmt: skip
        sign_in(client, make_staff(surgery, "decides@example.test", Duty.DECIDE_ACCESS))
        assert "Somebody wants to act for the patient" in client.get("/surgery/").text
        assert tasks() == {(patient.pk, grant.pk)}
        end_member(member, on=None, reason="Left", by=desk, now=NOW)
        client.get("/surgery/")
    assert tasks() == set()

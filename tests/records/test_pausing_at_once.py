"""Two who pause, come back or end a pause at the same moment, by real connections (R5.2)."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import Duty
from accounts.signing_in import Confirmed
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.models import Pause, PauseEnd, ProxyGrant, Whom
from proxy_access.pausing import Wanted, end_as_staff, pause
from records.models import HelpAsked, Reach, StaffTask
from records.pausing import open_again, pause_record
from records.quiet_help import ask_for_help
from records.stopping import start_again, stop_for_now
from tests.cast import make_grant, make_proxy_grant
from tests.proxy_access.test_changing import staff_with

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    def __init__(self, patient, user, proxy):
        make_grant(patient)
        self.patient, self.now = patient, timezone.now()
        self.own = access_of(user, patient.pk, on=timezone.localdate(), at=self.now)
        far = timezone.localdate() + timedelta(days=300)
        basis = {"legal_basis": "court-appointed-personal-welfare-deputy"}
        self.grant = make_proxy_grant(patient, proxy, ends_on=far, **basis)
        self.by_staff = staff_with(patient, Duty.DECIDE_ACCESS)
        self.after = self.now + timedelta(seconds=1)

    def back(self):
        given = {"now": self.after, "confirmed": Confirmed(self.after, self.now)}
        open_again(Whom.EVERYONE, by=self.own, **given)

    def by_desk(self):
        held = Pause.objects.get()
        end_as_staff(held, by=self.by_staff, now=self.after, text="x", spoke_alone=True)


@pytest.fixture
def world(patient, patient_user, proxy_user):
    return World(patient, patient_user, proxy_user)


def at_once(*acts):
    """What came of acts that begin at the same moment: None, or what each raised."""
    gate, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            gate.wait(10)
            act()
        except Exception as error:
            found[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    return found


def test_pressed_many_times_at_once_it_is_one_pause_with_one_task(world):
    """R5.2: a double press, or two tabs."""
    wanted = Wanted(until=world.now + timedelta(days=7))
    found = at_once(*[lambda: pause_record(wanted, by=world.own, now=world.now)] * 4)
    assert found == [None] * 4
    assert (Pause.objects.count(), StaffTask.objects.count()) == (1, 1)


def test_the_patient_comes_back_while_staff_end_it(world):
    """R5.2: one of the two does; the other is told that nothing is left to do."""
    pause(Wanted(), by=world.own, now=world.now)
    found = [each for each in at_once(world.back, world.by_desk) if each]
    assert [type(each) for each in found] == [ValidationError]
    assert "not paused" in found[0].messages[0]
    assert PauseEnd.objects.count() == 1


def test_pausing_and_coming_back_at_once_ends_in_one_of_the_two(world):
    pause(Wanted(), by=world.own, now=world.now)
    more = lambda: pause(Wanted(through_surgery=True), by=world.own, now=world.after)  # noqa: E731
    found = at_once(world.back, more)
    assert found[1] is None
    still = list(Pause.objects.in_force(world.after))
    assert any(each.through_surgery for each in still)  # what was pressed last is never lost


def test_who_reads_stops_and_pauses_do_not_wait_for_each_other_for_ever(world):
    """R4.8: each holds the grant before the patient, so that none breaks off with an error."""

    def read():
        with transaction.atomic():
            ProxyGrant.objects.select_for_update(no_key=True).get(pk=world.grant.pk)
            stop_for_now(world.grant, by=world.own, now=world.now)

    wanted = Wanted(Whom.ONE, world.now + timedelta(days=7), grant=world.grant)
    everybody = Wanted(Whom.PROXIES)
    for _ in range(3):
        found = at_once(
            read,
            lambda: pause_record(wanted, by=world.own, now=world.now),
            lambda: pause_record(everybody, by=world.own, now=world.now),
            lambda: start_again(world.grant, by=world.own, now=world.after),
        )
        assert [each for each in found if each and not isinstance(each, ValidationError)] == []


def test_help_that_is_sent_twice_at_once_is_told_once(world):
    """R5.2"""
    send = lambda: ask_for_help(Reach.NOTHING, "", by=world.own, now=world.now)  # noqa: E731
    assert at_once(send, send, send) == [None] * 3
    with rows_of(world.patient.pk):
        assert (HelpAsked.objects.count(), StaffTask.objects.count()) == (1, 1)

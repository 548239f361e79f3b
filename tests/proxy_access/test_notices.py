"""Who is told by e-mail of who acts for whom, and who is not (R4.5, R4.8, R5.2, R5.4)."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core import mail

from accounts.models import Duty, Kind, NoticeChoice
from accounts.staff import find_staff_access
from audit.models import AuditEvent
from proxy_access.access import Access
from proxy_access.changing import (
    end_as_patient,
    end_as_staff,
    narrow,
    resign,
    resume_as_patient,
    suspend_as_patient,
    suspend_as_staff,
)
from proxy_access.mailboxes import sharers_of
from proxy_access.notices import send_if_wanted, tell_if_wanted
from proxy_access.steps import Words
from surgeries.terms import Section
from tests.cast import make_proxy_grant, make_user, verified
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db
NIGHT = datetime(2024, 6, 3, 22, 0, tzinfo=UTC)


@pytest.fixture
def grant(patient, proxy_user, patient_user):
    return make_proxy_grant(patient, proxy_user, ends_on=date(2099, 1, 1))


@pytest.fixture
def own(patient, patient_user):
    return Access(patient, patient_user, frozenset(Section))


@pytest.fixture
def by_staff(staff, patient):
    access = find_staff_access(
        viewer=verified(staff), patient_id=patient.pk, needs=Duty.DECIDE_ACCESS, now=NOW
    )
    return access


def told():
    found = sorted(email.to[0] for email in mail.outbox)
    assert {email.subject for email in mail.outbox} <= {"There is something new"}
    mail.outbox.clear()
    return found


ADA = ["ada@example.test"]
WHY, UNTOLD = Words("For a test"), Words("For a test", told_patient=False)


def test_what_a_patient_takes_away_leaves_no_trace_and_what_gives_access_is_told(grant, own):
    """R5.2: a stop at home is no e-mail; whoever begins it again in their name is noticed."""
    suspend_as_patient(grant, by=own, now=NOW)
    assert told() == []
    resume_as_patient(grant, by=own, now=NOW)
    assert told() == ADA
    narrow(grant, scopes=["medicines"], ends_on=grant.ends_on, by=own, now=NOW, today=TODAY)
    end_as_patient(grant, by=own, now=NOW)
    assert told() == []


def test_what_the_surgery_does_is_told_to_the_patient_alone(grant, by_staff):
    """R4.8: the proxy reads of an end when they come, so that a pause looks the same."""
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    assert told() == ADA
    end_as_staff(grant, "ROLE_DEACTIVATED_INACTIVE_ROLE", by=by_staff, now=NOW, words=WHY)
    assert told() == ADA


def test_what_the_surgery_keeps_back_is_not_told(grant, by_staff):
    """R4.5: neither on the patient's pages nor in their mailbox."""
    suspend_as_staff(grant, by=by_staff, now=NOW, words=UNTOLD)
    end_as_staff(grant, "ROLE_DEACTIVATED_INACTIVE_ROLE", by=by_staff, now=NOW, words=UNTOLD)
    assert told() == []


def test_who_resigns_is_not_told_and_the_patient_is(grant, patient, proxy_user):
    resign(Access(patient, proxy_user, frozenset(grant.scopes), grant), now=NOW)
    assert told() == ADA


def test_a_shared_mailbox_keeps_it_back_until_that_is_said_to_be_safe(
    grant, own, patient_user, by_staff
):
    """R4.11: and it is on file that it was, without a word of what."""
    type(grant.proxy).objects.filter(pk=grant.proxy_id).update(email="A.D.A+x@example.test")
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    assert told() == ADA  # dots are others' at example.test
    type(grant.proxy).objects.filter(pk=grant.proxy_id).update(email="ADA+x@example.test")
    tell_if_wanted(patient_user, Kind.PEOPLE)
    assert told() == []
    [event] = AuditEvent.objects.filter(action="notice kept back")
    assert (event.object, event.details) == (f"user {patient_user.pk}", {"because": "mailbox"})
    NoticeChoice.objects.update(
        readers="others-safe", readers_of=patient_user.email, sharers=[grant.proxy_id]
    )
    tell_if_wanted(patient_user, Kind.PEOPLE)
    assert told() == ADA


def test_at_night_it_waits_once(patient_user, settings):
    settings.NOTICE_HOURS = (8, 20)
    with time_machine.travel(NIGHT, tick=False):
        for kind in (Kind.PEOPLE, Kind.ENDS, Kind.PEOPLE):
            tell_if_wanted(patient_user, kind)
    assert told() == []
    assert NoticeChoice.objects.get().waiting == ["ends", "people"]


def test_a_closed_account_is_told_nothing(patient_user):
    type(patient_user).objects.update(is_active=False, closed_at=NOW)
    send_if_wanted.call(str(patient_user.pk), "people")
    assert told() == []
    assert not NoticeChoice.objects.exists()


def test_sharers_are_those_of_whom_the_patient_is_told(patient, patient_user, proxy_user):
    """R4.5, R4.11: and nobody is one for a proxy."""
    found = {}
    for status in ("active", "suspended", "ended", "proposed", "rejected"):
        user = make_user(f"ada+{status}@example.test")
        make_proxy_grant(patient, user, status=status)
        found[status] = user.pk
        assert sharers_of(user, on=TODAY) == set()
    assert sharers_of(patient_user, on=TODAY) == {
        found[each] for each in ("active", "suspended", "ended")
    }

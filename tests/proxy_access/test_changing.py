"""Who may stop, end and narrow a grant, and what that does at once (R4.8, R4.9)."""

import threading
from datetime import date, timedelta
from importlib import import_module
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, Refusal, access_of, hold
from proxy_access.changing import (
    begin,
    end_as_patient,
    end_as_staff,
    narrow,
    resign,
    resume_as_patient,
    resume_as_staff,
    suspend_as_patient,
    suspend_as_staff,
)
from proxy_access.models import ProxyGrant, ProxyStep
from proxy_access.steps import Side, Words, stopped_by
from proxy_access.telling import Stand, told_of
from tests.cast import make_patient, make_proxy_grant, make_staff, make_user, set_status
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def grant(patient, proxy_user):
    return make_proxy_grant(patient, proxy_user, scopes=["medicines", "test-results"])


@pytest.fixture
def by_proxy(grant, proxy_user):
    return access_of(proxy_user, grant.patient_id, on=TODAY)


@pytest.fixture
def by_staff(patient):
    return staff_with(patient, Duty.DECIDE_ACCESS)


def staff_with(patient, *duties):
    user = make_staff(patient.surgery, f"{'-'.join(duties)}@example.test", *duties)
    return StaffAccess(Desk(user, patient.surgery, frozenset(duties)), patient, duties[0])


def opens(grant):
    return isinstance(access_of(grant.proxy, grant.patient_id, on=TODAY), Access)


def steps(grant):
    return list(grant.steps.order_by("id").values_list("status", "reason", "duty"))


WHY = Words("Somebody rang")


def test_what_the_patient_ends_has_ended_at_once(own, grant):
    """R4.8: in one step, and to the proxy it has ended, whatever the reason."""
    assert opens(grant)
    ended = end_as_patient(grant, by=own, now=NOW)
    assert (ended.status, ended.status_reason) == ("ended", "ROLE_DEACTIVATED_PATIENT_REQUEST")
    assert access_of(grant.proxy, grant.patient_id, on=TODAY) is Refusal.ENDED
    assert steps(grant) == [("ended", "ROLE_DEACTIVATED_PATIENT_REQUEST", "")]
    end_as_patient(grant, by=own, now=LATER)
    assert len(steps(grant)) == 1


def test_what_the_patient_stops_is_closed_until_they_start_it(own, grant):
    """R4.8, R5.2"""
    suspend_as_patient(grant, by=own, now=NOW)
    assert access_of(grant.proxy, grant.patient_id, on=TODAY) is Refusal.ENDED
    suspend_as_patient(grant, by=own, now=NOW)
    resume_as_patient(grant, by=own, now=LATER)
    assert opens(grant)
    assert [reason for _, reason, _ in steps(grant)] == [
        "ROLE_SUSPENDED_PENDING_REVIEW",
        "ROLE_REACTIVATED",
    ]


def act(name, grant, own, by_staff):
    """One act of the table below; what is refused leaves everything as it was."""
    acts = {
        "patient stops": lambda: suspend_as_patient(grant, by=own, now=NOW),
        "patient starts": lambda: resume_as_patient(grant, by=own, now=NOW),
        "surgery stops": lambda: suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY),
        "surgery starts": lambda: resume_as_staff(grant, by=by_staff, now=NOW, words=WHY),
    }
    try:
        acts[name]()
    except ValidationError:
        return "refused"
    return "done"


P, S = Side.PATIENT, Side.SURGERY
STOPS = ["patient stops", "patient starts", "surgery stops", "surgery starts"]


@pytest.mark.parametrize("acts", list(product(STOPS, repeat=3)))
def test_each_side_takes_back_only_its_own_stop(own, grant, by_staff, acts):
    """R4.8, R4.9: a grant is open only while neither holds it stopped."""
    stopped = set()
    for name in acts:
        side = P if name.startswith("patient") else S
        expected = "done" if name.endswith("stops") or side in stopped else "refused"
        assert act(name, grant, own, by_staff) == expected
        stopped = stopped | {side} if name.endswith("stops") else stopped - {side}
        assert stopped_by(grant) == stopped
        assert opens(grant) is (not stopped)
        assert ProxyGrant.objects.get().status == ("suspended" if stopped else "active")


def test_narrowing_while_stopped_takes_no_stop_back(own, grant, by_staff):
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    narrow(grant, scopes=["medicines"], ends_on=grant.ends_on, by=own, now=NOW, today=TODAY)
    assert stopped_by(grant) == {S}
    with pytest.raises(ValidationError, match="You have not stopped"):
        resume_as_patient(grant, by=own, now=NOW)


@pytest.mark.parametrize("status", ["proposed", "ended", "rejected", "entered-in-error"])
def test_what_has_ended_or_never_began_is_not_changed(patient, proxy_user, own, by_staff, status):
    """R4.9"""
    grant = make_proxy_grant(patient, proxy_user, status=status)
    refused = [act(name, grant, own, by_staff) for name in STOPS]
    assert refused == ["refused"] * 4
    with pytest.raises(ValidationError):
        narrow(grant, scopes=["medicines"], ends_on=TODAY, by=own, now=NOW, today=TODAY)
    assert ProxyGrant.objects.get().status == status


@pytest.mark.parametrize(
    ("scopes", "ends_on", "field"),
    [
        ([], date(2025, 1, 1), "scopes"),
        (["medicines", "documents"], date(2025, 1, 1), "scopes"),
        (["medicines"], date(2025, 1, 2), "ends_on"),
        (["medicines"], None, "ends_on"),
        (["medicines"], TODAY - timedelta(days=1), "ends_on"),
        (["medicines"], date(2025, 1, 1), ""),
        (["test-results"], TODAY, ""),
        (["medicines", "test-results"], date(2024, 12, 31), ""),
    ],
)
def test_a_patient_only_takes_away(own, grant, scopes, ends_on, field):
    """R4.3, R4.6, R4.8"""
    asked = {"scopes": scopes, "ends_on": ends_on, "by": own, "now": NOW, "today": TODAY}
    if field:
        with pytest.raises(ValidationError) as error:
            narrow(grant, **asked)
        assert list(error.value.message_dict) == [field]
        assert ProxyStep.objects.count() == 0
    else:
        narrow(grant, **asked)
        assert access_of(grant.proxy, grant.patient_id, on=TODAY).scopes == set(scopes)
        step = ProxyStep.objects.get()
        assert (step.scopes, step.ends_on, step.reason) == (scopes, ends_on, "")


def test_the_same_again_is_no_step(own, grant):
    same = {"scopes": grant.scopes, "ends_on": grant.ends_on}
    narrow(grant, **same, by=own, now=NOW, today=TODAY)
    assert ProxyStep.objects.count() == 0


def test_a_proxy_resigns(by_proxy, grant):
    """R4.8"""
    resign(by_proxy, now=NOW)
    assert steps(grant) == [("ended", "ROLE_DEACTIVATED_PROXY_REQUEST", "")]
    assert not opens(grant)


@pytest.mark.parametrize("act", [end_as_patient, suspend_as_patient, resume_as_patient])
def test_only_the_patient_acts_as_the_patient(by_proxy, grant, act):
    """R4.8: another proxy of theirs neither."""
    with pytest.raises(ValidationError, match="Only the patient"):
        act(grant, by=by_proxy, now=NOW)
    with pytest.raises(ValidationError, match="Only the patient"):
        narrow(grant, scopes=["medicines"], ends_on=None, by=by_proxy, now=NOW, today=TODAY)
    assert opens(grant)


def test_nobody_resigns_from_their_own_record(own):
    with pytest.raises(ValidationError, match="your own record"):
        resign(own, now=NOW)


def test_of_another_patient_nothing_is_changed(surgery, proxy_user, own):
    """R4.11: the grant is looked for among this patient's."""
    other = make_proxy_grant(make_patient(surgery, "9990000026"), proxy_user)
    with pytest.raises(ProxyGrant.DoesNotExist):
        end_as_patient(other, by=own, now=NOW)
    assert ProxyGrant.objects.get().status == "active"


@pytest.mark.parametrize("duty", [duty for duty in Duty if duty != Duty.DECIDE_ACCESS])
def test_staff_need_the_duty(patient, grant, duty):
    """R8.1"""
    by = staff_with(patient, duty)
    for change in (suspend_as_staff, resume_as_staff):
        with pytest.raises(ValidationError, match="Decide access"):
            change(grant, by=by, now=NOW, words=WHY)
    with pytest.raises(ValidationError, match="Decide access"):
        end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by, now=NOW, words=WHY)
    assert opens(grant)


def test_staff_say_why(grant, by_staff):
    for change in (suspend_as_staff, resume_as_staff):
        with pytest.raises(ValidationError, match="for colleagues"):
            change(grant, by=by_staff, now=NOW, words=Words(" "))
    for reason in ("", "ROLE_REACTIVATED", "APPLICATION_REJECTED_NO_CONSENT"):
        with pytest.raises(ValidationError, match="why it ends"):
            end_as_staff(grant, reason, by=by_staff, now=NOW, words=WHY)
    end_as_staff(grant, "OTHER", by=by_staff, now=NOW, words=WHY)
    assert steps(grant) == [("ended", "OTHER", "decide-access")]


def test_what_the_patient_is_not_told_does_not_count_for_their_pages(grant, own, by_staff):
    """R4.5, R4.11"""
    suspend_as_staff(grant, by=by_staff, now=NOW, words=Words("A concern", told_patient=False))
    assert (stopped_by(grant), stopped_by(grant, told=True)) == ({S}, set())
    suspend_as_patient(grant, by=own, now=NOW)
    assert stopped_by(grant, told=True) == {P}


def test_an_end_that_the_patient_is_not_told_of_is_none_to_them(grant, own, by_staff):
    """R4.5: what they press works as if it had not ended; it stays ended, and staff change nothing of it."""
    quietly = Words("A concern", told_patient=False)
    end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by_staff, now=NOW, words=quietly)
    assert stand(own) == Stand.OPEN
    suspend_as_patient(grant, by=own, now=NOW)
    assert stand(own) == Stand.STOPPED_BY_YOU
    resume_as_patient(grant, by=own, now=NOW)
    assert stand(own) == Stand.OPEN
    narrow(grant, scopes=["medicines"], ends_on=TODAY, by=own, now=NOW, today=TODAY)
    for change in (suspend_as_staff, resume_as_staff):
        with pytest.raises(ValidationError, match="has ended"):
            change(grant, by=by_staff, now=NOW, words=WHY)
    end_as_patient(grant, by=own, now=NOW)
    assert stand(own) == Stand.ENDED
    held = ProxyGrant.objects.get()
    assert (held.status, held.status_reason) == ("ended", "ROLE_DEACTIVATED_SAFEGUARDING")
    assert not opens(grant)


def test_who_acts_for_the_patient_stands_before_who_did(patient, proxy_user, surgery):
    """In words to the patient: they are the one who agreed."""
    make_proxy_grant(patient, proxy_user, starts_on=date(2024, 3, 1), ends_on=date(2024, 4, 1))
    make_proxy_grant(patient, make_user("other@example.test"), starts_on=date(2024, 2, 1))
    told = told_of(patient, today=TODAY)
    assert [(one.stand, one.basis) for one in told] == [
        (Stand.OPEN, "You agreed"),
        (Stand.ENDED, "You agreed"),
    ]


def test_a_rejection_of_long_ago_is_no_end(patient, proxy_user, own, by_staff):
    """R4.9: what was rejected for another reason, asked for again and granted has not ended for that."""
    grant = make_proxy_grant(patient, proxy_user, status="rejected")
    for status, reason in (("proposed", "APPLICATION_RESUBMITTED"), ("active", "ROLE_ACTIVATED")):
        set_status(grant, status, reason)
    quietly = Words("A concern", told_patient=False)
    end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by_staff, now=NOW, words=quietly)
    assert stand(own) == Stand.OPEN


def stand(own):
    (told,) = told_of(own.patient, today=TODAY)
    return told.stand


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Stand.OPEN),
        ({"status": "suspended"}, Stand.STOPPED_BY_YOU),
        ({"starts_on": TODAY + timedelta(days=1)}, Stand.NOT_BEGUN),
        ({"ends_on": TODAY - timedelta(days=1)}, Stand.ENDED),
        ({"ends_on": TODAY}, Stand.OPEN),
        ({"legal_basis": "parental-responsibility"}, Stand.NOT_IN_FORCE),  # she is over 16
        ({"status": "proposed"}, None),
        ({"status": "rejected"}, None),
        ({"status": "entered-in-error"}, None),
    ],
)
def test_a_patient_is_told_how_each_grant_stands(patient, proxy_user, change, expected):
    """R4.7, R4.9; an application that was not granted is kept from them (R4.5)."""
    make_proxy_grant(patient, proxy_user, **change)
    assert [told.stand for told in told_of(patient, today=TODAY)] == (
        [expected] if expected else []
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("ROLE_DEACTIVATED_PATIENT_REQUEST", "You ended it, or asked for it"),
        ("ROLE_DEACTIVATED_SAFEGUARDING", "Your surgery ended it"),
        ("ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY", "Your surgery ended it"),
        ("ROLE_DEACTIVATED_PROXY_DECEASED", "Your surgery ended it"),
        ("OTHER", "Your surgery ended it"),
    ],
)
def test_what_is_about_the_other_person_is_not_told(grant, own, by_staff, reason, told):
    """R4.11 the other way round"""
    end_as_staff(grant, reason, by=by_staff, now=NOW, words=Words("Their daughter rang"))
    (one,) = told_of(own.patient, today=TODAY)
    assert (one.stand, one.ended_on, one.why) == (Stand.ENDED, TODAY, told)


def test_each_change_is_in_the_patients_log(patient, own, grant):
    """R9.1: ids and codes."""
    end_as_patient(grant, by=own, now=NOW)
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(action="proxy access changed")
    assert (event.actor_id, event.object) == (own.viewer.pk, f"proxy grant {grant.pk}")
    assert event.details["reason"] == "ROLE_DEACTIVATED_PATIENT_REQUEST"


@pytest.mark.parametrize("status", ["proposed", "active"])
def test_a_grant_begins_with_its_first_step(patient, proxy_user, status):
    grant = ProxyGrant(
        patient=patient, proxy=proxy_user, legal_basis="consent", scopes=["medicines"], status=status,
        starts_on=TODAY, ends_on=TODAY,
    )  # fmt: skip
    begin(grant, by=None, at=NOW)
    reason = {"proposed": "APPLICATION_SUBMITTED", "active": "ROLE_CREATED"}[status]
    assert steps(grant) == [(status, reason, "")]


def test_a_held_access_is_the_one_that_is(own, by_proxy, grant):
    """R4.8: what was narrowed or ended since it was decided counts."""
    assert hold(own, on=TODAY) == own
    narrow(grant, scopes=["medicines"], ends_on=grant.ends_on, by=own, now=NOW, today=TODAY)
    assert hold(by_proxy, on=TODAY).scopes == {"medicines"}
    end_as_patient(grant, by=own, now=NOW)
    assert hold(by_proxy, on=TODAY) is Refusal.ENDED


@pytest.mark.django_db(transaction=True)
def test_an_end_waits_for_who_reads_and_lets_nobody_begin(patient, own, by_proxy, grant):
    """R4.8: nothing is read after it was said that it has ended."""
    ended = threading.Event()

    def end():
        end_as_patient(grant, by=own, now=NOW)
        ended.set()
        connections.close_all()

    with transaction.atomic():
        assert isinstance(hold(by_proxy, on=TODAY), Access)
        ending = threading.Thread(target=end)
        ending.start()
        assert not ended.wait(0.5)
    assert ended.wait(10)
    ending.join()
    with transaction.atomic():
        assert hold(by_proxy, on=TODAY) is Refusal.ENDED


def test_whoever_read_of_a_stop_reads_that_it_is_over(own, grant, by_staff):
    """R4.8: nobody is told that it is stopped while somebody sees their record."""
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    assert stand(own) == Stand.STOPPED_BY_SURGERY
    resume_as_staff(grant, by=by_staff, now=NOW, words=Words("Settled", told_patient=False))
    assert opens(grant)
    assert stand(own) == Stand.OPEN


@pytest.mark.parametrize("act", ["stop", "end"])
def test_what_is_kept_back_says_what_it_would_say_without_it(
    patient, proxy_user, own, by_staff, act
):
    """R4.5: where a rule closes it, an age for one, a stop that is kept back must not show by saying that it is open."""
    grant = make_proxy_grant(patient, proxy_user, legal_basis="parental-responsibility")
    before = stand(own)
    quietly = {"by": by_staff, "now": NOW, "words": Words("A concern", told_patient=False)}
    if act == "stop":
        suspend_as_staff(grant, **quietly)
    else:
        end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", **quietly)
    assert (before, stand(own)) == (Stand.NOT_IN_FORCE, Stand.NOT_IN_FORCE)


def test_when_and_why_it_ended_stays_so_after_its_end_date(own, grant):
    end_as_patient(grant, by=own, now=NOW)
    (told,) = told_of(own.patient, today=grant.ends_on + timedelta(days=1))
    assert (told.ended_on, told.why) == (TODAY, "You ended it, or asked for it")


def test_of_what_is_over_by_its_date_nothing_is_narrowed(own, grant):
    """R4.9: what could be seen then stays on file."""
    after = grant.ends_on + timedelta(days=1)
    with pytest.raises(ValidationError, match="has ended"):
        narrow(grant, scopes=["medicines"], ends_on=grant.ends_on, by=own, now=NOW, today=after)
    assert ProxyGrant.objects.get().scopes == ["medicines", "test-results"]


def test_what_a_second_colleague_says_is_not_lost_without_a_word(grant, by_staff, patient):
    """R4.5: they may have chosen that the patient is not told."""
    second = staff_with(patient, Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)
    quietly = Words("Do not tell", told_patient=False)
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)  # pressed twice
    with pytest.raises(ValidationError, match="already"):
        suspend_as_staff(grant, by=second, now=LATER, words=quietly)
    reason = "ROLE_DEACTIVATED_SAFEGUARDING"
    for _press in range(2):
        end_as_staff(grant, reason, by=by_staff, now=NOW, words=WHY)
    with pytest.raises(ValidationError, match="already"):
        end_as_staff(grant, reason, by=second, now=LATER, words=quietly)
    assert len(steps(grant)) == 2


def test_a_stop_from_before_steps_were_kept_is_the_surgerys(patient, proxy_user):
    """R4.8, R4.9: there was no way for a patient to stop one, so none starts it."""
    grant = make_proxy_grant(patient, proxy_user)
    set_status(grant, "suspended", "ROLE_SUSPENDED_PENDING_REVIEW")
    migration = import_module("proxy_access.migrations.0003_steps_of_a_grant")
    with connection.cursor() as cursor:
        cursor.execute(migration.BEGIN_HISTORY)
    assert stopped_by(grant) == {S}

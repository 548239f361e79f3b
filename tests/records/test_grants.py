"""How much of a record is open, as tables."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, Refusal, access_of
from proxy_access.pausing import Wanted, pause
from records.grants import (
    decide_access,
    open_record,
    record_of,
    records_to_choose,
    start_access,
    with_levels,
)
from records.holding import still_open
from records.models import AccessGrant, Decision, StaffTask
from records.visibility import RecordAccess
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_grant, make_patient, make_proxy_grant, make_surgery
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def by_proxy(patient, proxy_user):
    make_proxy_grant(patient, proxy_user)
    return access_of(proxy_user, patient.pk, on=TODAY)


@pytest.mark.parametrize(
    ("grant", "patient_gets", "proxy_gets"),
    [
        (None, Refusal.NO_ACCESS, Refusal.ENDED),
        ({"current": "none", "historical": "none"}, Refusal.NO_ACCESS, Refusal.ENDED),
        ({"decision": "denied", "current": "none", "historical": "none"}, Refusal.DENIED, Refusal.ENDED),
        ({"decision": "paused", "current": "none", "historical": "none"}, Refusal.PAUSED, Refusal.ENDED),
        ({"current": "summary", "historical": "none"}, RecordAccess, RecordAccess),
        ({"current": "full", "historical": "full"}, RecordAccess, RecordAccess),
    ],
)  # fmt: skip
def test_last_decision_holds(own, by_proxy, grant, patient_gets, proxy_gets):
    """R1.13, R5.2: to a proxy every closed record answers as an ended grant."""
    make_grant(own.patient, "full", "full")
    if grant is None:
        other = make_patient(own.patient.surgery, "9990000034")
        own = type(own)(other, own.viewer, own.scopes)
        by_proxy = type(by_proxy)(other, by_proxy.viewer, by_proxy.scopes, by_proxy.grant)
    else:
        make_grant(own.patient, **grant)
    for access, expected in [(own, patient_gets), (by_proxy, proxy_gets)]:
        answer = with_levels(access)
        assert answer is expected or (expected is RecordAccess and isinstance(answer, RecordAccess))


@pytest.mark.parametrize(
    ("go_live", "registered", "chosen", "starts"),
    [
        (date(2023, 10, 31), date(2010, 1, 1), None, date(2023, 10, 31)),
        (date(2023, 10, 31), date(2024, 2, 1), None, date(2024, 2, 1)),
        (date(2023, 10, 31), date(2010, 1, 1), date(2020, 5, 5), date(2020, 5, 5)),
        (date(2023, 10, 31), date(2024, 2, 1), date(2024, 4, 4), date(2024, 4, 4)),
        (None, date(2010, 1, 1), None, None),
        (None, date(2010, 1, 1), date(2024, 4, 4), date(2024, 4, 4)),
    ],
)
def test_start_date_is_the_later_of_go_live_and_registration(go_live, registered, chosen, starts):
    """R1.2, R1.14"""
    surgery = make_surgery("Z99009", go_live_on=go_live)
    patient = make_patient(surgery, "9990000042", registered_on=registered)
    make_grant(patient, starts_on=chosen)
    access = access_as_patient(patient)
    starts_at = with_levels(access).levels.starts_at
    assert (starts_at and timezone.localdate(starts_at)) == starts


def access_as_patient(patient):
    return Access(patient, User(), frozenset(Section))


@pytest.mark.parametrize(
    ("of_surgery", "of_patient", "closed"),
    [
        ([], None, set()),
        (["documents"], None, {"documents"}),
        (["documents"], [], set()),
        (["documents"], ["medicines"], {"medicines"}),
        ([], ["medicines"], {"medicines"}),
    ],
)
def test_patients_own_restriction_wins_over_the_surgerys(own, of_surgery, of_patient, closed):
    """R1.12"""
    own.patient.surgery.restricted_sections = of_surgery
    make_grant(own.patient, restricted_sections=of_patient)
    assert with_levels(own).restricted == closed


def decide(patient, by=None, **values):
    values = {"now": NOW, "reason": "Asked at the desk"} | values
    return decide_access(patient, by=by, **values)


def test_decision_is_added_and_told_to_the_log(patient, staff):
    """R1.13, R9.1"""
    decide(patient, staff, current=Level.SUMMARY)
    decide(patient, staff, current=Level.FULL, historical=Level.FULL, reason_for_patient="All open")
    grants = list(AccessGrant.objects.of(patient))
    assert [grant.current_level for grant in grants] == ["full", "summary"]
    assert (grants[0].decided_by, grants[0].duty) == (staff, "decide-access")
    with rows_of(patient.pk):
        event = AuditEvent.objects.filter(action="access decided").latest("sequence")
    assert event.actor_id == staff.pk
    assert "Asked at the desk" not in str(event.details)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"current": "summary", "historical": "full"}, "can't be higher"),
        ({"current": "none", "historical": "summary"}, "can't be higher"),
        ({"current": "full", "reason": "  "}, "blank"),
        ({"current": "full", "decision": Decision.DENIED}, "has no levels"),
        ({"current": "full", "decision": Decision.PAUSED}, "has no levels"),
        ({"current": "everything"}, "not a valid choice"),
    ],
)
def test_decision_that_makes_no_sense_is_refused(patient, staff, values, words):
    with pytest.raises(ValidationError, match=words):
        decide(patient, staff, **values)
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"current": "summary", "historical": "full"},
        {"current": "full", "decision": "denied"},
        {"reason": ""},
    ],
)
def test_database_refuses_it_too(patient, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_grant(patient, **values)


CODES = {
    "declined": "1290331000000103",
    "review": "1364731000000104",
    "no review": "1364751000000106",
}


@pytest.mark.parametrize(
    ("born", "codes", "current", "historical", "task"),
    [
        (date(1980, 1, 1), [], "full", "summary", False),
        (date(2008, 6, 4), [], "summary", "summary", True),
        (date(2008, 6, 3), [], "full", "summary", False),
        (date(1980, 1, 1), ["review"], "summary", "summary", True),
        (date(1980, 1, 1), ["review", "no review"], "full", "summary", False),
        (date(1980, 1, 1), ["no review", "review"], "summary", "summary", True),
        (date(2010, 1, 1), ["no review"], "summary", "summary", True),
        (date(1980, 1, 1), ["declined"], "none", "none", True),
        (date(1980, 1, 1), ["declined", "no review"], "none", "none", True),
    ],
)
def test_access_begins_at_the_surgerys_defaults_or_less(
    surgery, born, codes, current, historical, task
):
    """R1.9, R1.11: the latest code of review wins."""
    patient = make_patient(surgery, "9990000042", date_of_birth=born)
    for number, code in enumerate(codes):
        make_entry(
            patient, f"c{number}", kind="access-code", details={"code": CODES[code]},
            effective_on=date(2020, 1, 1) + timedelta(days=number), released=False,
            unreleased_because="access-code",
        )  # fmt: skip
    grant = start_access(patient, now=NOW)
    assert (grant.current_level, grant.historical_level) == (current, historical)
    assert StaffTask.objects.filter(patient=patient).exists() is task


def test_codes_never_take_away_access_already_held(patient):
    """R1.11"""
    held = make_grant(patient, "full", "full")
    make_entry(
        patient, kind="access-code", details={"code": CODES["declined"]}, released=False,
        unreleased_because="access-code",
    )  # fmt: skip
    assert start_access(patient, now=NOW) == held
    assert AccessGrant.objects.count() == 1


def test_surgerys_own_defaults_are_used(surgery, patient):
    """R1.9"""
    surgery.default_current_level, surgery.default_historical_level = "detailed", "detailed"
    surgery.save()
    patient.refresh_from_db()
    grant = start_access(patient, now=NOW)
    assert (grant.current_level, grant.historical_level) == ("detailed", "detailed")


@pytest.mark.parametrize("decision", ["granted", "denied", "paused"])
def test_closed_record_is_not_among_those_a_proxy_can_choose(
    patient, patient_user, by_proxy, decision
):
    """R5.2: the start page tells no more than the record does; the patient's own stays."""
    make_grant(patient)
    assert records_to_choose(by_proxy.viewer, on=TODAY) == [by_proxy]
    make_grant(patient, "none", "none", decision=decision)
    assert records_to_choose(by_proxy.viewer, on=TODAY) == []
    assert [own.patient for own in records_to_choose(patient_user, on=TODAY)] == [patient]


def test_new_surgery_begins_anew(patient, patient_user, other_surgery):
    """R1.5: nothing that the old surgery granted or loaded holds at the new one."""
    make_grant(patient, "full", "full")
    there = make_patient(other_surgery, "9990000042", registered_on=TODAY)
    assert with_levels(access_as_patient(there)) is Refusal.NO_ACCESS


@pytest.mark.parametrize("who", ["patient", "proxy", "stranger"])
@pytest.mark.parametrize("grant", [{}, {"decision": "denied", "current": "none"}, None])
@pytest.mark.parametrize("state", ["open", "closed", "switched off"])
def test_a_task_reads_for_somebody_what_they_could_open_themself(
    who, grant, state, patient, patient_user, proxy_user, stranger
):
    """R1.6: nobody is signed in to a task; a closed account opens nothing by any way."""
    user = {"patient": patient_user, "proxy": proxy_user, "stranger": stranger}[who]
    make_proxy_grant(patient, proxy_user)
    if grant is not None:
        make_grant(patient, **({"current": "full", "historical": "none"} | grant))
    user.is_active, user.closed_at = state != "switched off", NOW if state == "closed" else None
    user.is_verified = lambda: True
    found = record_of(user, patient.pk, on=timezone.localdate(NOW))
    if state == "open":
        assert found == open_record(viewer=user, patient_id=patient.pk, now=NOW)
    else:
        assert found is Refusal.SIGNED_OUT


def test_a_record_of_ones_own_opens_by_one_question(
    patient, patient_user, django_assert_num_queries
):
    """Who this is, whether they paused it, which decision holds and whether to ask for wishes: in one trip, and as before."""
    patient_user.is_verified = lambda: True
    expected = with_levels(access_of(patient_user, patient.pk, on=TODAY, at=NOW))
    assert expected is Refusal.NO_ACCESS
    for current, decision in [
        ("full", "granted"),
        ("none", "denied"),
        ("none", "paused"),
        ("none", "declined"),
        ("full", "granted"),
    ]:
        make_grant(patient, current, "none", decision=decision)
        expected = with_levels(access_of(patient_user, patient.pk, on=TODAY, at=NOW))
        with django_assert_num_queries(1):
            found = open_record(viewer=patient_user, patient_id=patient.pk, now=NOW)
        assert found == expected
    pause(Wanted(), by=access_of(patient_user, patient.pk, on=TODAY, at=NOW), now=NOW)
    with django_assert_num_queries(1):
        found = open_record(viewer=patient_user, patient_id=patient.pk, now=NOW)
    assert found is Refusal.PAUSED_BY_PATIENT


def test_what_was_decided_is_read_anew_each_time(patient, patient_user):
    """Nothing of one question stays for the next: an access that is looked at again is asked about again."""
    patient_user.is_verified = lambda: True
    make_grant(patient, "full", "full")
    found = open_record(viewer=patient_user, patient_id=patient.pk, now=NOW)
    make_grant(patient, "none", "none", decision="denied")
    assert still_open(found, now=NOW) is Refusal.DENIED
    assert with_levels(found.access) is Refusal.DENIED
    assert open_record(viewer=patient_user, patient_id=patient.pk, now=NOW) is Refusal.DENIED

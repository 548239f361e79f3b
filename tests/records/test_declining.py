"""A patient stops online access and starts it again; what staff close stays closed."""

import pytest
from django.core.exceptions import ValidationError

from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, Refusal, access_of
from records.grants import (
    decide_access,
    decline_access,
    open_record,
    records_to_choose,
    resume_access,
    start_access,
)
from records.models import AccessGrant, Decision
from records.visibility import RecordAccess
from surgeries.terms import Level
from tests.cast import make_grant, make_proxy_grant, make_staff, make_user, verified
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(patient, patient_user):
    make_grant(patient, "documents", "summary", starts_on=TODAY, restricted_sections=["documents"])
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def joel(surgery):
    return make_staff(surgery, "joel@example.test")


def latest(patient):
    return AccessGrant.objects.of(patient).first()


def opened(user, patient):
    return open_record(viewer=verified(user), patient_id=patient.pk, now=NOW)


def facts(grant):
    names = ("decision", "current_level", "historical_level", "starts_on", "restricted_sections")
    return [getattr(grant, name) for name in names]


def test_declining_closes_the_record_to_the_patient_and_to_proxies(patient, patient_user, own):
    proxy = make_user("carer@example.test")
    make_proxy_grant(patient, proxy, ends_on=None, open_ended_because="For a test")
    assert isinstance(opened(proxy, patient), RecordAccess)
    grant = decline_access(by=own, now=NOW)
    assert (grant.decision, grant.decided_by, grant.duty) == ("declined", patient_user, "")
    assert opened(patient_user, patient) is Refusal.DECLINED
    assert opened(proxy, patient) is Refusal.ENDED  # as after an end (R4.8, R5.2)
    assert records_to_choose(proxy, on=TODAY) == []


def test_starting_again_opens_what_was_open(patient, patient_user, own):
    before = latest(patient)
    decline_access(by=own, now=NOW)
    grant = resume_access(by=own, now=NOW)
    assert facts(grant) == facts(before)
    assert grant.pk > before.pk
    assert grant.decided_by == patient_user
    assert isinstance(opened(patient_user, patient), RecordAccess)


def test_both_are_on_file(patient, patient_user, own):
    decline_access(by=own, now=NOW)
    resume_access(by=own, now=NOW)
    with rows_of(patient.pk):
        events = AuditEvent.objects.order_by("sequence")
        assert [(event.action, event.actor_id) for event in events] == [
            ("online access declined", patient_user.pk),
            ("online access resumed", patient_user.pk),
        ]


STAFF_AND_PATIENT = [
    # what holds, may the patient decline, may the patient resume
    (None, False, False),
    ("granted", True, False),
    ("granted none", False, False),
    ("denied", False, False),
    ("paused", False, False),
    ("declined", False, True),
    ("declined denied", False, False),
    ("declined paused", False, False),
    ("declined granted", True, False),
]


@pytest.mark.parametrize(("held", "may_decline", "may_resume"), STAFF_AND_PATIENT)
def test_who_wins(patient, patient_user, held, may_decline, may_resume):
    """What staff denied or paused, before or after, the patient does not open."""
    access = access_of(patient_user, patient.pk, on=TODAY)
    if held and held.startswith("declined"):
        make_grant(patient)
    for word in (held or "").replace("granted none", "closed").split():
        levels = {"current": "full", "historical": "none"} if word == "granted" else {}
        decision = "granted" if word == "closed" else word
        make_grant(patient, **{"current": "none", "historical": "none"} | levels, decision=decision)
    before = AccessGrant.objects.count()
    for act, may in ((decline_access, may_decline), (resume_access, may_resume)):
        if may:
            assert act(by=access, now=NOW)
            return
        with pytest.raises(ValidationError):
            act(by=access, now=NOW)
    assert AccessGrant.objects.count() == before


def test_a_proxy_neither_stops_nor_starts(patient, own):
    proxy = make_user("carer@example.test")
    grant = make_proxy_grant(patient, proxy)
    acting = Access(patient, proxy, frozenset(grant.scopes), grant)
    for act in (decline_access, resume_access):
        with pytest.raises(ValidationError, match="Only the patient"):
            act(by=acting, now=NOW)


def test_staff_do_not_open_what_the_patient_declined_but_may_close_it(patient, own, joel):
    decline_access(by=own, now=NOW)
    values = {"by": joel, "now": NOW, "reason": "For a test"}
    with pytest.raises(ValidationError, match="Only they can start it again"):
        decide_access(patient, current=Level.FULL, historical=Level.FULL, **values)
    assert decide_access(patient, decision=Decision.DENIED, **values)
    with pytest.raises(ValidationError, match="Only the patient can decline"):
        decide_access(patient, decision=Decision.DECLINED, **values)


def test_who_registers_again_after_declining_wants_it_again(patient, own):
    before = latest(patient)
    decline_access(by=own, now=NOW)
    assert facts(start_access(patient, now=NOW)) == facts(before)


@pytest.mark.parametrize("decision", ["denied", "paused"])
def test_what_staff_closed_stays_closed_for_who_registers_again(patient, own, decision):
    """R1.13"""
    decline_access(by=own, now=NOW)
    closed = make_grant(patient, "none", "none", decision=decision)
    assert start_access(patient, now=NOW) == closed


def test_declining_twice_and_starting_twice_is_once(patient, own):
    decline_access(by=own, now=NOW)
    with pytest.raises(ValidationError):
        decline_access(by=own, now=NOW)
    resume_access(by=own, now=NOW)
    with pytest.raises(ValidationError):
        resume_access(by=own, now=NOW)
    assert AccessGrant.objects.of(patient).count() == 3

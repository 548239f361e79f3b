"""Named people who act on behalf of an organisation: until when, how much, and that a leaver reads nothing more (R4.2, R4.3, R4.9)."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess
from audit.models import AuditEvent
from proxy_access.access import Access, Refusal, access_of, hold, people_open_to
from proxy_access.changing import resume_as_staff, suspend_as_staff
from proxy_access.models import LegalBasis, Organisation, OrganisationMember, ProxyGrant
from proxy_access.organisations import (
    add_member,
    add_organisation,
    end_member,
    end_organisation,
    known_to,
    listed,
    propose,
)
from proxy_access.statuses import ProxyStatus
from proxy_access.steps import Words
from proxy_access.telling import told_of
from tests.cast import (
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
)
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db

BEFORE, AFTER = TODAY - timedelta(1), TODAY + timedelta(1)


def make_organisation(surgery, name="Willow House", **values):
    values = {"starts_on": date(2023, 1, 1)} | values
    return Organisation.objects.create(surgery=surgery, name=name, **values)


def make_member(organisation, user, **values):
    values = {"starts_on": date(2023, 1, 1)} | values
    return OrganisationMember.objects.create(organisation=organisation, user=user, **values)


def make_grant_of(member, patient, **values):
    values = {"scopes": ["allergies", "medicines"], "on_behalf_of": member} | values
    return make_proxy_grant(patient, member.user, **values)


def desk_of(surgery, *duties):
    duties = duties or (Duty.DECIDE_ACCESS,)
    user = make_staff(surgery, f"{'-'.join(duties)}@{surgery.ods_code}.test".lower(), *duties)
    return Desk(user, surgery, frozenset(duties))


@pytest.fixture
def home(surgery):
    return make_organisation(surgery)


@pytest.fixture
def member(home, proxy_user):
    return make_member(home, proxy_user)


@pytest.fixture
def grant(member, patient):
    return make_grant_of(member, patient)


@pytest.fixture
def desk(surgery):
    return desk_of(surgery)


def opens(grant, on=TODAY):
    return isinstance(access_of(grant.proxy, grant.patient_id, on=on), Access)


def last(on, *, at_once=False):
    return {"ends_on": on, "ended_at": NOW if at_once else None}


TRUTH = [
    # the person's part, the organisation, the grant, and whether it opens today
    ({}, {}, {}, True),
    ({"starts_on": TODAY}, {"starts_on": TODAY}, {}, True),
    ({"starts_on": AFTER}, {}, {}, False),
    ({}, {"starts_on": AFTER}, {}, False),
    (last(AFTER), last(AFTER), {}, True),
    (last(TODAY), {}, {}, True),
    ({}, last(TODAY), {}, True),
    (last(BEFORE), {}, {}, False),
    ({}, last(BEFORE), {}, False),
    (last(TODAY, at_once=True), {}, {}, False),
    ({}, last(TODAY, at_once=True), {}, False),
    (last(BEFORE), last(BEFORE), {}, False),
    ({}, {}, {"ends_on": BEFORE}, False),
    ({}, {}, {"starts_on": AFTER}, False),
    ({}, {}, {"status": ProxyStatus.PROPOSED}, False),
    ({}, {}, {"status": ProxyStatus.SUSPENDED}, False),
    ({}, {}, {"status": ProxyStatus.ENDED}, False),
]


@pytest.mark.parametrize(("part", "organisation", "granted", "is_open"), TRUTH)
def test_who_acts_for_an_organisation_does_so_while_they_belong_to_it(
    surgery, patient, proxy_user, part, organisation, granted, is_open
):
    """R4.9: by the clock, whenever access is asked for; no job has to run."""
    member = make_member(make_organisation(surgery, **organisation), proxy_user, **part)
    grant = make_grant_of(member, patient, **granted)
    assert opens(grant) == is_open
    assert ProxyGrant.objects.live(TODAY).filter(pk=grant.pk).exists() == is_open
    assert bool(people_open_to(proxy_user, on=TODAY)) == is_open


def test_what_a_person_has_in_their_own_right_does_not_depend_on_an_organisation(
    home, member, patient
):
    own = make_proxy_grant(patient, member.user)
    OrganisationMember.objects.update(ends_on=BEFORE)
    assert opens(own)


def test_somebody_elses_part_opens_nothing(member, patient):
    """The database could hold it; the one decision does not take it."""
    grant = make_proxy_grant(
        patient, make_user("other@example.test"), on_behalf_of=member, scopes=["medicines"]
    )
    assert not opens(grant)


def test_who_left_and_comes_back_sees_nothing_of_before(grant, member, home, desk):
    """What has ended does not begin again: another grant does (R4.5)."""
    end_member(member, on=None, reason="Left", by=desk, now=NOW)
    add_member(home, email=member.user.email, by=desk, now=NOW)
    assert not opens(grant)
    assert not opens(grant, on=AFTER)


def test_a_leaver_by_date_sees_nothing_of_before_when_they_come_back(grant, member, home, desk):
    OrganisationMember.objects.update(ends_on=BEFORE)
    add_member(home, email=member.user.email, by=desk, now=NOW)
    assert not opens(grant)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_who_comes_back_can_be_let_act_again_and_what_was_before_ends_for_good(
    grant, member, home, patient, desk, elsewhere
):
    """Also for another home; the old grant would stand in the way, though it opens nothing."""
    OrganisationMember.objects.update(ends_on=BEFORE)
    there = make_organisation(home.surgery, "Elm Court") if elsewhere else home
    again = add_member(there, email=member.user.email, by=desk, now=NOW)
    access = StaffAccess(desk, patient, Duty.DECIDE_ACCESS)
    made = propose(
        again, legal_basis="consent", scopes=["medicines"], wider_because="", by=access,
        ends_on=date(2025, 1, 1), now=NOW,
    )  # fmt: skip
    grant.refresh_from_db()
    assert (grant.status, made.status) == ("ended", "proposed")


def test_asking_the_door_takes_as_many_queries_as_before(
    patient, grant, other_patient, django_assert_num_queries
):
    with CaptureQueriesContext(
        connection,
    ) as of_member:
        access_of(grant.proxy, patient.pk, on=TODAY)
    alone = make_proxy_grant(other_patient, make_user("alone@example.test"))
    with CaptureQueriesContext(connection) as of_other:
        access_of(alone.proxy, other_patient.pk, on=TODAY)
    assert len(of_member) == len(of_other)


SCOPES = [
    (["medicines"], "", True),
    (["allergies", "medicines"], "", True),
    (["medicines", "test-results"], "", False),
    (["documents"], "", False),
    (["medicines", "test-results"], "Blood sugar is measured there", True),
]


@pytest.mark.parametrize(("scopes", "because", "is_taken"), SCOPES)
def test_more_than_medicines_and_allergies_takes_a_reason(
    member, patient, desk, scopes, because, is_taken
):
    """R4.3: here and in the database."""
    access = StaffAccess(desk, patient, Duty.DECIDE_ACCESS)
    values = {"legal_basis": "consent", "scopes": scopes, "wider_because": because}

    def proposed():
        return propose(member, **values, ends_on=date(2025, 1, 1), by=access, now=NOW)

    if is_taken:
        grant = proposed()
        assert (grant.status, grant.proxy, grant.on_behalf_of) == (
            "proposed", member.user, member,
        )  # fmt: skip
        assert not opens(grant)
    else:
        with pytest.raises(ValidationError, match="more than medicines and allergies"):
            proposed()
        with pytest.raises(IntegrityError, match="is_narrow_or_says_why"), transaction.atomic():
            make_grant_of(member, patient, scopes=scopes)


def test_for_others_nothing_is_narrower(patient, proxy_user):
    make_proxy_grant(patient, proxy_user, scopes=["documents", "consultations"])


def test_who_leaves_at_once_is_out_of_every_record(home, member, patient, other_patient, desk):
    """R4.9: with a step of the surgery's for each, and what still waits is taken back."""
    active = make_grant_of(member, patient)
    stopped = make_grant_of(member, other_patient, status=ProxyStatus.SUSPENDED)
    third = make_patient(home.surgery, "9990000034")
    waits = make_grant_of(member, third, status=ProxyStatus.PROPOSED)
    colleague = make_grant_of(make_member(home, make_user("stays@example.test")), third)
    end_member(member, on=None, reason="Left the home", by=desk, now=NOW)
    for grant in (active, stopped, waits, colleague):
        grant.refresh_from_db()
    assert [grant.status for grant in (active, stopped, waits, colleague)] == [
        "ended", "ended", "entered-in-error", "active",
    ]  # fmt: skip
    step = active.steps.latest("id")
    assert (step.text, step.by, step.reason) == (
        "Left the home", desk.viewer, "ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP",
    )  # fmt: skip
    assert access_of(member.user, patient.pk, on=TODAY) is Refusal.ENDED
    assert access_of(member.user, third.pk, on=TODAY) is Refusal.UNKNOWN
    assert opens(colleague)


def test_an_organisation_that_ends_at_once_ends_it_for_all_of_its_people(
    home, grant, patient, desk
):
    second = make_grant_of(make_member(home, make_user("second@example.test")), patient)
    end_organisation(home, on=None, reason="Closed", by=desk, now=NOW)
    assert not opens(grant)
    assert not opens(second)
    assert {each.status for each in ProxyGrant.objects.all()} == {"ended"}


@pytest.mark.parametrize("end", [end_member, end_organisation])
def test_an_end_on_a_day_comes_by_itself(grant, member, home, desk, end):
    end(member if end is end_member else home, on=AFTER, reason="Leaves", by=desk, now=NOW)
    assert opens(grant, on=AFTER)
    assert not opens(grant, on=AFTER + timedelta(1))
    grant.refresh_from_db()
    assert grant.status == "active"


@pytest.mark.parametrize("end", [end_member, end_organisation])
def test_an_end_can_come_sooner_but_not_twice_nor_in_the_past(grant, member, home, desk, end):
    what = member if end is end_member else home
    with pytest.raises(ValidationError, match="Choose today or a later day"):
        end(what, on=BEFORE, reason="x", by=desk, now=NOW)
    end(what, on=AFTER, reason="x", by=desk, now=NOW)
    end(what, on=None, reason="x", by=desk, now=NOW)
    assert not opens(grant)
    with pytest.raises(ValidationError, match="ended already"):
        end(what, on=None, reason="x", by=desk, now=NOW)


def test_only_somebody_with_a_proved_identity_and_their_own_account_is_added(home, desk):
    """R4.2: one answer for no account and for one without proof."""
    make_user("p5@example.test", level="P5")
    make_user("closed@example.test", closed_at=NOW)
    told = set()
    for email in ("nobody@example.test", "p5@example.test", "closed@example.test"):
        with pytest.raises(ValidationError) as why:
            add_member(home, email=email, by=desk, now=NOW)
        told |= set(why.value.message_dict["email"])
    assert len(told) == 1
    with pytest.raises(ValidationError, match="cannot add yourself"):
        add_member(home, email=desk.viewer.email, by=desk, now=NOW)
    make_user("new@example.test")
    assert add_member(home, email=" New@Example.test ", by=desk, now=NOW).starts_on == TODAY
    with pytest.raises(ValidationError, match="belongs to the organisation already"):
        add_member(home, email="new@example.test", by=desk, now=NOW)


def test_nobody_is_added_to_what_has_ended(home, desk, proxy_user):
    end_organisation(home, on=None, reason="Closed", by=desk, now=NOW)
    with pytest.raises(ValidationError, match="ended already"):
        add_member(home, email=proxy_user.email, by=desk, now=NOW)


def test_an_organisation_is_on_the_list_once(home, desk):
    for name in ("Willow House", "willow  house"):
        with pytest.raises(ValidationError, match="on your list already"):
            add_organisation(name=name, ods_code="", by=desk, now=NOW)
    with pytest.raises(ValidationError, match="3 to 10 letters and digits"):
        add_organisation(name="Elm Court", ods_code="A-1", by=desk, now=NOW)
    made = add_organisation(name=" Elm  Court ", ods_code=" vl123 ", by=desk, now=NOW)
    assert (made.name, made.ods_code, made.surgery) == ("Elm Court", "VL123", desk.surgery)
    end_organisation(home, on=None, reason="x", by=desk, now=NOW)
    add_organisation(name="Willow House", ods_code="", by=desk, now=NOW)


@pytest.mark.parametrize(
    "act",
    [
        lambda home, member, by: add_organisation(name="Elm", ods_code="", by=by, now=NOW),
        lambda home, member, by: add_member(home, email="x@example.test", by=by, now=NOW),
        lambda home, member, by: end_member(member, on=None, reason="x", by=by, now=NOW),
        lambda home, member, by: end_organisation(home, on=None, reason="x", by=by, now=NOW),
    ],
)
def test_each_act_takes_the_duty(home, member, surgery, act):
    """R8.1"""
    others = [duty for duty in Duty if duty != Duty.DECIDE_ACCESS]
    with pytest.raises(ValidationError, match="you need the duty"):
        act(home, member, desk_of(surgery, *others))


def test_to_write_down_who_acts_takes_the_duty_and_is_never_for_oneself(
    member, patient, surgery, desk
):
    values = {"legal_basis": "consent", "scopes": ["medicines"], "wider_because": ""}
    others = desk_of(surgery, Duty.REVIEW_ENTRIES)
    for by, why in ((others, "you need the duty"), (desk, "Nobody acts for themselves")):
        if by is desk:
            make_online(patient, member.user)
        with pytest.raises(ValidationError, match=why):
            propose(
                member, **values, ends_on=date(2025, 1, 1),
                by=StaffAccess(by, patient, Duty.DECIDE_ACCESS), now=NOW,
            )  # fmt: skip
    with pytest.raises(ValidationError, match="Choose today or a later day"):
        propose(
            member, **values, ends_on=BEFORE,
            by=StaffAccess(desk, patient, Duty.DECIDE_ACCESS), now=NOW,
        )  # fmt: skip


def test_staff_do_not_write_down_that_they_are_to_act_themselves(home, patient, desk):
    """R8.1: also where a colleague put them on the list of the organisation's people."""
    own = make_member(home, desk.viewer)
    with pytest.raises(ValidationError, match="a colleague does"):
        propose(
            own, legal_basis="best-interest", scopes=["medicines"], wider_because="",
            ends_on=date(2025, 1, 1), by=StaffAccess(desk, patient, Duty.DECIDE_ACCESS), now=NOW,
        )  # fmt: skip
    assert not ProxyGrant.objects.exists()


def test_another_surgery_has_no_part_in_it(home, member, desk):
    elsewhere = desk_of(make_surgery("Z99009"))
    for act in (
        lambda: add_member(home, email=member.user.email, by=elsewhere, now=NOW),
        lambda: end_member(member, on=None, reason="x", by=elsewhere, now=NOW),
        lambda: end_organisation(home, on=None, reason="x", by=elsewhere, now=NOW),
    ):
        with pytest.raises(ValidationError, match="of another surgery"):
            act()
    patient = make_patient(elsewhere.surgery, "9990000034")
    access = StaffAccess(elsewhere, patient, Duty.DECIDE_ACCESS)
    with pytest.raises(ValidationError, match="ended already"):
        propose(
            member, legal_basis="consent", scopes=["medicines"], wider_because="", by=access,
            ends_on=date(2025, 1, 1), now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    "status", [ProxyStatus.PROPOSED, ProxyStatus.ACTIVE, ProxyStatus.SUSPENDED]
)
def test_nobody_is_to_act_for_one_patient_twice(member, patient, desk, status):
    make_grant_of(member, patient, status=status)
    access = StaffAccess(desk, patient, Duty.DECIDE_ACCESS)
    with pytest.raises(ValidationError, match="acts for the patient already"):
        propose(
            member, legal_basis="consent", scopes=["medicines"], wider_because="", by=access,
            ends_on=date(2025, 1, 1), now=NOW,
        )  # fmt: skip


def test_staff_see_who_acts_for_how_many(home, member, patient, other_patient, desk):
    make_grant_of(member, patient)
    make_grant_of(member, other_patient)
    idle = make_member(home, make_user("idle@example.test", name="Aaron Idle"))
    make_grant_of(idle, patient, status=ProxyStatus.PROPOSED)
    with CaptureQueriesContext(connection) as queries:
        found = [(one.member.user.name, one.acts_for) for one in listed(home, on=TODAY)]
    assert found == [("Aaron Idle", 0), ("Cara Helper", 2)]
    assert len(queries) == 3
    gone = make_organisation(home.surgery, "Elm Court", ends_on=BEFORE)
    make_organisation(make_surgery("Z99008"), "Oak Lodge")
    with CaptureQueriesContext(connection) as queries:
        known = known_to(home.surgery, on=TODAY)
    assert [(one.organisation, one.people, one.acts_for, one.is_live) for one in known] == [
        (home, 2, 2, True), (gone, 0, 0, False),
    ]  # fmt: skip
    assert len(queries) == 4


@pytest.mark.parametrize("basis", LegalBasis)
def test_a_parent_an_attorney_or_a_deputy_acts_in_person(member, patient, desk, basis):
    access = StaffAccess(desk, patient, Duty.DECIDE_ACCESS)
    values = {"scopes": ["medicines"], "wider_because": "", "ends_on": date(2025, 1, 1)}
    if basis in (LegalBasis.CONSENT, LegalBasis.BEST_INTEREST):
        propose(member, legal_basis=basis, **values, by=access, now=NOW)
    else:
        with pytest.raises(ValidationError, match="acts in person"):
            propose(member, legal_basis=basis, **values, by=access, now=NOW)


def test_the_patient_reads_of_which_organisation_somebody_is(grant, patient, member, desk):
    [told] = told_of(patient, today=TODAY)
    assert told.name == "Cara Helper, of Willow House"
    end_member(member, on=None, reason="Left", by=desk, now=NOW)
    [told] = told_of(patient, today=TODAY)
    assert (told.stand, told.ended_on) == ("ended", TODAY)


def test_an_end_by_date_is_no_longer_in_force_to_the_patient(grant, patient, member):
    OrganisationMember.objects.update(ends_on=BEFORE)
    [told] = told_of(patient, today=TODAY)
    assert told.stand == "not-in-force"


def test_what_the_surgery_starts_again_stays_closed_to_a_leaver(grant, patient, member, desk):
    access = StaffAccess(desk, patient, Duty.DECIDE_ACCESS)
    suspend_as_staff(grant, by=access, now=NOW, words=Words("x"))
    OrganisationMember.objects.update(ends_on=BEFORE)
    resume_as_staff(grant, by=access, now=NOW, words=Words("x"))
    assert not opens(grant)


def test_every_act_is_in_the_log(home, desk, proxy_user):
    """R9.1: with ids, and no names."""
    made = add_organisation(name="Elm Court", ods_code="", by=desk, now=NOW)
    member = add_member(made, email=proxy_user.email, by=desk, now=NOW)
    end_member(member, on=None, reason="Left", by=desk, now=NOW)
    end_organisation(made, on=None, reason="Closed", by=desk, now=NOW)
    events = AuditEvent.objects.filter(action__startswith="organisation").order_by("sequence")
    assert sorted(event.action for event in events) == [
        "organisation added", "organisation ended", "organisation member added",
        "organisation member ended",
    ]  # fmt: skip
    assert {(event.actor_id, event.duty) for event in events} == {(desk.viewer.pk, "decide-access")}
    assert "Elm" not in "".join(event.object for event in events)


@pytest.mark.parametrize("table", ["organisation", "organisationmember"])
def test_nothing_is_deleted(grant, table):
    """ADR 7"""
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"delete from proxy_access_{table}")


@pytest.mark.parametrize("model", [Organisation, OrganisationMember])
def test_the_database_holds_the_dates(grant, model):
    with pytest.raises(IntegrityError, match="does_not_end_before_it_starts"), transaction.atomic():
        model.objects.update(ends_on=date(2022, 1, 1))
    with pytest.raises(IntegrityError, match="ended_at_once_has_a_last_day"), transaction.atomic():
        model.objects.update(ended_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_an_end_waits_for_who_reads_and_lets_nobody_begin_again(grant, patient, member, desk):
    """R4.8: no read after whoever ended it was told that it has ended."""
    access = access_of(member.user, patient.pk, on=TODAY)
    ended, order = threading.Event(), []

    def end():
        try:
            end_member(member, on=None, reason="Left", by=desk, now=NOW)
            order.append("ended")
        finally:
            ended.set()
            connections.close_all()

    with transaction.atomic():
        assert isinstance(hold(access, on=TODAY), Access)
        thread = threading.Thread(target=end)
        thread.start()
        assert not ended.wait(0.5)
        order.append("read")
    assert ended.wait(20)
    thread.join(20)
    assert order == ["read", "ended"]
    with transaction.atomic():
        assert hold(access, on=TODAY) is Refusal.ENDED

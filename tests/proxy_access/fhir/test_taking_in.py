"""What becomes of a grant that another system tells of: what takes away holds at once, what gives waits (R4.1 to R4.10)."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Duty, OnlineRegistration
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, access_of
from proxy_access.changing import end_as_patient, suspend_as_patient
from proxy_access.fhir import Person, read
from proxy_access.handing_over import role_of
from proxy_access.matching import NotTaken
from proxy_access.models import GrantSource, ProxyGrant
from proxy_access.statuses import ALLOWED, ProxyStatus, StatusReason
from proxy_access.taking_in import take_in
from proxy_access.telling import told_of
from proxy_access.told_case import Taking
from tests.cast import (
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
    sign_in,
)
from tests.clock import NOW, TODAY
from tests.proxy_access.fhir.examples import AT, ROLE, content, example
from tests.proxy_access.fhir.test_examples import TABLE

pytestmark = pytest.mark.django_db

STANDS = sorted({(after, reason) for (_, after), reasons in ALLOWED.items() for reason in reasons})
MEDICINES = Taking(scopes=("medicines",))


@pytest.fixture
def people(patient, stranger):
    """The two of `ROLE`: a patient, and a patient of the same surgery who acts for them."""
    OnlineRegistration.objects.filter(user=stranger).update(started_on=date(2024, 1, 1))
    patient.surgery.patients.filter(nhs_number="9990000026").update(
        family_name="Demoson", date_of_birth=date(1990, 5, 6)
    )
    return patient, stranger


@pytest.fixture
def confirmed(people):
    """Somebody of the surgery who decides access says that it is so."""
    patient, _ = people
    by = make_staff(patient.surgery, "decides@example.test", Duty.DECIDE_ACCESS)
    return replace(MEDICINES, confirmed_by=by, reason="Both were here", lacks_capacity="Assessed")


def role(status="active", reason="ROLE_CREATED", **changed):
    status, reason = ProxyStatus(status), StatusReason(reason)
    text = "Said there" if reason is StatusReason.OTHER else ""
    return replace(ROLE, status=status, reason=reason, text=text, **changed)


def stands(grant):
    return grant.status, grant.status_reason


def opens(grant, on=TODAY):
    return isinstance(access_of(grant.proxy, grant.patient_id, on=on), Access)


def refused(told, how, now=NOW):
    before = ProxyGrant.objects.count()
    with pytest.raises((NotTaken, ValidationError)) as why:
        take_in(told, how, now=now)
    assert ProxyGrant.objects.count() == before
    error = why.value
    return "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)


@pytest.mark.parametrize(("status", "reason"), STANDS)
def test_what_was_not_here_waits_for_the_surgery_or_is_refused(people, status, reason):
    """R4.5: a file gives nobody access; what is over there is not put on file by itself."""
    told = role(status, reason)
    if status in ("proposed", "active"):
        taken = take_in(told, MEDICINES, now=NOW)
        assert taken.outcome == "added"
        assert stands(taken.grant) == ("proposed", "APPLICATION_SUBMITTED")
        assert not opens(taken.grant)
    else:
        assert "a member of staff who wants it on file" in refused(told, MEDICINES)


@pytest.mark.parametrize(("status", "reason"), STANDS)
def test_what_the_surgery_confirms_stands_as_there_and_is_told_back_the_same(
    people, confirmed, status, reason
):
    """R4.9: by moves that are allowed, each a step with its reason; who sees more is only whom it says."""
    told = role(status, reason)
    grant = take_in(told, confirmed, now=NOW).grant
    assert stands(grant) == (status, reason)
    assert opens(grant) == (status == "active")
    assert grant.scopes == ["medicines"]
    back = role_of(grant, today=TODAY)
    assert replace(back, written_at=told.written_at, changed_at=told.changed_at) == told
    moves = list(grant.steps.order_by("id").values_list("status", "reason"))
    before = ""
    for after, why in moves:
        assert why in ALLOWED[before, after]
        before = after
    assert take_in(told, confirmed, now=NOW).outcome == "unchanged"
    assert grant.steps.count() == len(moves)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_each_national_example_is_taken_in(shared, surgery, row, is_confirmed):
    """The example's own status where the surgery confirms it, else an application; and back equal in meaning."""
    name, status, reason, *_ = row
    [told] = read(example(shared, name))
    patient, proxy = examples_people(surgery, told)
    by = make_staff(surgery, "decides@example.test", Duty.DECIDE_ACCESS)
    how = Taking(
        ("medicines", "immunisations", "test-results"), patient=patient.nhs_number, proxy=proxy,
        open_ended_because="As told", confirmed_by=by if is_confirmed else None, reason="Seen",
        lacks_capacity="Assessed",
    )  # fmt: skip
    taken = take_in(told, how, now=AT)
    expected = (status, reason) if is_confirmed else ("proposed", "APPLICATION_SUBMITTED")
    assert (taken.outcome, stands(taken.grant)) == ("added", expected)
    assert take_in(told, how, now=AT).outcome == "unchanged"
    if is_confirmed:
        back = role_of(taken.grant, today=timezone.localdate(AT))
        [again] = read(content(back))
        if name in OF_AN_ADULT:
            told = replace(told, status=ProxyStatus.SUSPENDED, reason=StatusReason.SUSPENDED)
        assert meaning(again) == meaning(told)


OF_AN_ADULT = {
    f"GET_Consent/single-consenting-adult-relationship-{kind}"
    for kind in ("include-patient", "include-performer-patient")
}
"""Parental responsibility for somebody born in 1995: it opens nothing here, and is not told as active (R4.7)."""


def examples_people(surgery, told):
    born = {"date_of_birth": date(2020, 1, 1)}
    for person in (told.patient, told.proxy):
        values = {
            name: getattr(person, name)
            for name in ("family_name", "given_names", "date_of_birth")
            if getattr(person, name)
        }
        make_patient(surgery, person.nhs_number, **(born | values))
    proxy = make_user("proxy@example.test")
    own = surgery.patients.get(nhs_number=told.proxy.nhs_number)
    make_online(own, proxy)
    return surgery.patients.get(nhs_number=told.patient.nhs_number), proxy


def meaning(told):
    """What has to come back. Facts of people come from the list here, which may know more than the file did."""
    return (
        told.status, told.reason, told.basis, told.starts_on, told.ends_on,
        told.patient.nhs_number, told.proxy.nhs_number,
    )  # fmt: skip


def test_a_file_with_all_facts_needs_nobody_to_be_named(shared, surgery):
    """R3.7: number, family name and date of birth of both are in it."""
    name = "GET_Consent/single-consenting-adult-relationship-include-performer-patient"
    [told] = read(example(shared, name))
    examples_people(surgery, told)
    assert take_in(told, MEDICINES, now=AT).outcome == "added"


NUMBER_ONLY = Person(nhs_number="9990000018")
PROXY_NUMBER_ONLY = Person(nhs_number="9990000026")


@pytest.mark.parametrize(
    ("changed", "how", "why"),
    [
        ({"patient": NUMBER_ONLY}, {}, "name them with --patient"),
        ({"patient": NUMBER_ONLY}, {"patient": "9990000026"}, "another patient than the one named"),
        ({"patient": replace(ROLE.patient, family_name="Demoson")}, {}, "the patient's family name"),
        ({"patient": replace(ROLE.patient, date_of_birth=TODAY)}, {}, "the patient's date of birth"),
        ({"patient": replace(ROLE.patient, date_of_birth=TODAY)}, {"patient": "9990000018"}, "the patient's date of"),
        ({"patient": replace(ROLE.patient, nhs_number="9990000034")}, {}, "add the patient first"),
        ({"proxy": PROXY_NUMBER_ONLY}, {}, "name their account with --proxy-email"),
        ({"proxy": replace(ROLE.proxy, family_name="Testwell")}, {}, "the other person's family name"),
        ({"proxy": replace(ROLE.proxy, nhs_number="9990000034")}, {}, "no account here is known"),
        ({"proxy": replace(ROLE.proxy, nhs_number="9990000034")}, {"proxy": "them"}, "somebody else than the account"),
        ({"proxy": replace(ROLE.proxy, date_of_birth=TODAY)}, {"proxy": "them"}, "the other person's date of birth"),
        ({"proxy": Person(account="8f8f8f8f-0000-4000-8000-000000000000")}, {}, "no account here is known"),
        ({"proxy": Person(account="8f8f8f8f-0000-4000-8000-000000000000")}, {"proxy": "them"}, "another account than"),
        ({"proxy": ROLE.patient}, {"proxy": "patient"}, "nobody acts for themselves"),
    ],
)  # fmt: skip
def test_who_is_meant_is_certain_or_refused(people, patient_user, changed, how, why):
    """R3.7: never by the NHS number alone, and what is named by hand must not contradict."""
    named = {"them": people[1], "patient": patient_user}
    how = {name: named.get(value, value) for name, value in how.items()}
    assert why in refused(role(**changed), replace(MEDICINES, **how))


def test_who_is_named_by_hand_is_taken(people, proxy_user):
    """Somebody whose NHS number is not known here is named by their account."""
    told = role(patient=NUMBER_ONLY, proxy=Person(nhs_number="9990000042"))
    how = replace(MEDICINES, patient="9990000018", proxy=proxy_user)
    grant = take_in(told, how, now=NOW).grant
    assert (grant.patient, grant.proxy) == (people[0], proxy_user)
    assert role_of(grant, today=TODAY).proxy == Person(account=str(proxy_user.pk))


@pytest.mark.parametrize(
    "changed", [{"identity_level": "P5"}, {"is_active": False}, {"closed_at": NOW}]
)
def test_nobody_acts_without_a_proved_identity(people, changed):
    """R4.2"""
    for name, value in changed.items():
        setattr(people[1], name, value)
    people[1].save()
    assert "they prove who they are first" in refused(role(), MEDICINES)


def test_who_confirms_decides_access_at_the_surgery_and_is_neither_of_the_two(people, confirmed):
    """R8.1"""
    patient, proxy = people
    elsewhere = make_staff(make_surgery("Z99003"), "far@example.test")
    reviews = make_staff(patient.surgery, "reviews@example.test", Duty.REVIEW_ENTRIES)
    patient.surgery.staff_roles.create(
        user=proxy, duty=Duty.DECIDE_ACCESS, starts_on=date(2020, 1, 1)
    )
    for by in (elsewhere, reviews):
        assert "the duty decide-access" in refused(role(), replace(confirmed, confirmed_by=by))
    assert "one of the two people" in refused(role(), replace(confirmed, confirmed_by=proxy))
    assert "says why with --reason" in refused(role(), replace(confirmed, reason=" "))


def test_an_end_date_or_a_reason_for_none(people, confirmed):
    """R4.6: the nearer of the two ends holds."""
    told = role(ends_on=None)
    assert "give one with --ends-on" in refused(told, MEDICINES)
    grant = take_in(told, replace(MEDICINES, ends_on=date(2024, 9, 1)), now=NOW).grant
    assert grant.ends_on == date(2024, 9, 1)


def test_an_open_end_keeps_its_reason_and_a_given_end_is_never_later(people):
    grant = take_in(
        role(ends_on=None), replace(MEDICINES, open_ended_because="Lifelong"), now=NOW
    ).grant
    assert (grant.ends_on, grant.open_ended_because) == (None, "Lifelong")
    grant.status, grant.status_reason = "entered-in-error", "APPLICATION_WITHDRAWN"
    grant.save()
    nearer = take_in(
        role(source_id="B"), replace(MEDICINES, ends_on=date(2030, 1, 1)), now=NOW
    ).grant
    assert nearer.ends_on == ROLE.ends_on


@pytest.mark.parametrize("gone", [{"died_on": TODAY}, {"registered_on": TODAY + timedelta(1)}])
def test_nobody_is_taken_in_for_who_is_not_registered_today(people, gone):
    """R4.9"""
    patient = people[0]
    for name, value in gone.items():
        setattr(patient, name, value)
    patient.save()
    assert "not registered here today" in refused(role(), MEDICINES)


def test_an_end_that_there_is_no_more_of_is_followed(people):
    """What had no end date gets one; other facts of it stay."""
    take_in(role(ends_on=None), replace(MEDICINES, open_ended_because="Lifelong"), now=NOW)
    grant = take_in(role(ends_on=date(2025, 1, 1)), MEDICINES, now=NOW).grant
    assert (grant.ends_on, grant.status) == (date(2025, 1, 1), "proposed")


def test_a_state_that_differs_in_its_reason_alone_changes_nothing(people, confirmed):
    how = replace(confirmed, open_ended_because="Lifelong")
    grant = take_in(role(ends_on=None), how, now=NOW).grant
    told = take_in(role("active", "ROLE_ACTIVATED", ends_on=None), how, now=NOW)
    assert stands(told.grant) == stands(grant)
    assert grant.steps.count() == 1


def test_what_is_past_is_not_taken_in(people, confirmed):
    told = role(starts_on=date(2023, 1, 1), ends_on=TODAY - timedelta(1))
    assert "its end date is past" in refused(told, confirmed)


def test_nobody_is_said_to_have_seen_a_record_before_it_came(people, confirmed):
    """It begins here on the day it is taken in; the day there is kept, and told back."""
    grant = take_in(role(starts_on=date(2024, 2, 1)), confirmed, now=NOW).grant
    assert grant.starts_on == TODAY
    assert not opens(grant, on=TODAY - timedelta(1))
    assert role_of(grant, today=TODAY).starts_on == date(2024, 2, 1)


@pytest.mark.parametrize("basis", ["health-and-welfare-lasting-power-of-attorney",
                                   "court-appointed-personal-welfare-deputy", "best-interest"])  # fmt: skip
def test_some_bases_take_a_finding_on_capacity(people, confirmed, basis):
    """R4.1: kept with the step, for colleagues."""
    assert "give the finding" in refused(role(basis=basis), replace(confirmed, lacks_capacity=""))
    grant = take_in(role(basis=basis), confirmed, now=NOW).grant
    assert grant.steps.get().text == "Both were here; Assessed"


def test_two_who_have_a_grant_already_get_no_second(people, confirmed):
    make_proxy_grant(*people, status=ProxyStatus.PROPOSED)
    assert "decide about that one" in refused(role(), confirmed)


def test_parts_are_those_named_and_asked_for(people):
    """R4.3: an application never gets more than it asked for."""
    told = role("proposed", "APPLICATION_SUBMITTED", asked_for=frozenset(["test-results"]))
    assert "asks for none of the parts" in refused(told, MEDICINES)
    how = replace(MEDICINES, scopes=("medicines", "test-results"))
    assert take_in(told, how, now=NOW).grant.scopes == ["test-results"]


CHANGES = [
    # here, told next, without anybody's word, confirmed
    ("proposed", ("active", "ROLE_CREATED"), "proposed", "active"),
    ("proposed", ("active", "ROLE_ACTIVATED"), "proposed", "active"),
    ("proposed", ("rejected", "APPLICATION_REJECTED_COERCION"), "rejected", "rejected"),
    ("proposed", ("entered-in-error", "APPLICATION_WITHDRAWN"), "entered-in-error", "entered-in-error"),
    ("proposed", ("suspended", "ROLE_SUSPENDED_PENDING_REVIEW"), "entered-in-error", "entered-in-error"),
    ("proposed", ("ended", "ROLE_DEACTIVATED_PATIENT_REQUEST"), "entered-in-error", "entered-in-error"),
    ("active", ("suspended", "ROLE_SUSPENDED_PENDING_REVIEW"), "suspended", "suspended"),
    ("active", ("ended", "ROLE_DEACTIVATED_PROXY_DECEASED"), "ended", "ended"),
    ("active", ("ended", "OTHER"), "ended", "ended"),
    ("active", ("active", "ROLE_REACTIVATED"), "active", "active"),
    ("active", ("rejected", "OTHER"), "does not become", "does not become"),
    ("active", ("proposed", "APPLICATION_SUBMITTED"), "does not become", "does not become"),
    ("active", ("entered-in-error", "APPLICATION_WITHDRAWN"), "does not become", "does not become"),
    ("suspended", ("active", "ROLE_REACTIVATED"), "only the surgery", "active"),
    ("suspended", ("active", "ROLE_CREATED"), "only the surgery", "does not become"),
    ("suspended", ("ended", "ROLE_DEACTIVATED_SAFEGUARDING"), "ended", "ended"),
    ("ended", ("active", "ROLE_REACTIVATED"), "only the surgery", "This has ended"),
    ("ended", ("active", "ROLE_CREATED"), "only the surgery", "does not become"),
    ("ended", ("suspended", "ROLE_SUSPENDED_PENDING_REVIEW"), "does not become", "does not become"),
    ("rejected", ("proposed", "APPLICATION_RESUBMITTED"), "proposed", "proposed"),
    ("rejected", ("active", "ROLE_ACTIVATED"), "only the surgery", "does not become"),
    ("entered-in-error", ("active", "ROLE_ACTIVATED"), "only the surgery", "does not become"),
]  # fmt: skip
FIRST = {
    "proposed": ("proposed", "APPLICATION_SUBMITTED"), "active": ("active", "ROLE_CREATED"),
    "suspended": ("suspended", "ROLE_SUSPENDED_PENDING_REVIEW"),
    "ended": ("ended", "ROLE_DEACTIVATED_PATIENT_REQUEST"), "rejected": ("rejected", "OTHER"),
    "entered-in-error": ("entered-in-error", "APPLICATION_WITHDRAWN"),
}  # fmt: skip


@pytest.mark.parametrize(("here", "told", "alone", "with_word"), CHANGES)
@pytest.mark.parametrize("is_confirmed", [False, True])
def test_each_change_that_is_told_of_what_came_from_there(
    people, confirmed, here, told, alone, with_word, is_confirmed
):
    """R4.9: what takes away holds at once; what gives takes the surgery; what cannot be is refused with the reason."""
    grant = take_in(role(*FIRST[here]), confirmed, now=NOW).grant
    expected = with_word if is_confirmed else alone
    later = role(*told, changed_at=ROLE.changed_at + timedelta(days=1))
    how = confirmed if is_confirmed else MEDICINES
    if expected not in ProxyStatus.values:
        assert expected in refused(later, how)
        expected = here
    else:
        take_in(later, how, now=NOW + timedelta(hours=1))
        assert take_in(later, how, now=NOW + timedelta(hours=2)).outcome == "unchanged"
    grant.refresh_from_db()
    assert grant.status == expected
    assert opens(grant) == (expected == "active")


def test_what_is_told_is_the_surgerys_act_and_why_is_kept_from_the_patients_pages(
    people, confirmed
):
    """R4.5, R4.8: the patient does not take it back, and a look into safety is not told to whoever reads beside them."""
    grant = take_in(role(), confirmed, now=NOW).grant
    take_in(role("suspended", "ROLE_SUSPENDED_PENDING_REVIEW"), MEDICINES, now=NOW)
    step = grant.steps.latest("id")
    assert (step.duty, step.by, step.told_patient) == (Duty.DECIDE_ACCESS, None, False)
    [told] = told_of(people[0], today=TODAY)
    assert told.stand == "open"
    assert not opens(grant)


def test_the_patients_own_stop_outlives_what_is_told(people, patient_user, confirmed):
    """R4.8"""
    grant = take_in(role(), confirmed, now=NOW).grant
    own = access_of(patient_user, people[0].pk, on=TODAY)
    suspend_as_patient(grant, by=own, now=NOW)
    take_in(role("suspended", "ROLE_SUSPENDED_PENDING_REVIEW"), confirmed, now=NOW)
    take_in(role("active", "ROLE_REACTIVATED"), confirmed, now=NOW)
    grant.refresh_from_db()
    assert grant.status == "suspended"
    assert not opens(grant)


def test_staff_read_where_it_came_from(client, people):
    grant = take_in(role(), MEDICINES, now=NOW).grant
    sign_in(client, make_staff(people[0].surgery, "d@example.test", Duty.DECIDE_ACCESS))
    page = client.get(f"/surgery/patients/{people[0].pk}/proxies/{grant.pk}/").text
    assert "There it is “Active: Set up by the surgery”, from 1 June 2024 until 1 June 2025" in page
    assert "As another system told" in page


def test_the_same_file_does_not_undo_what_was_done_here(people, patient_user, confirmed):
    grant = take_in(role(), confirmed, now=NOW).grant
    end_as_patient(grant, by=access_of(patient_user, people[0].pk, on=TODAY), now=NOW)
    assert take_in(role(), confirmed, now=NOW).outcome == "unchanged"
    assert not opens(grant)
    ended = role("ended", "ROLE_DEACTIVATED_INACTIVE_ROLE")
    assert stands(take_in(ended, confirmed, now=NOW).grant) == (
        "ended", "ROLE_DEACTIVATED_PATIENT_REQUEST",
    )  # fmt: skip


def test_an_application_told_as_active_begins_when_the_surgery_confirms_the_same_file(
    people, confirmed
):
    assert stands(take_in(role(), MEDICINES, now=NOW).grant)[0] == "proposed"
    taken = take_in(role(), confirmed, now=NOW)
    assert (taken.outcome, stands(taken.grant)) == ("changed", ("active", "ROLE_ACTIVATED"))
    assert take_in(role(), confirmed, now=NOW).outcome == "unchanged"


def test_what_waited_begins_on_the_day_it_is_confirmed_with_the_parts_that_waited(
    people, confirmed
):
    """R4.3: nobody confirms other parts than they name, and nobody is said to have seen a record before."""
    take_in(role(), MEDICINES, now=NOW)
    later = NOW + timedelta(days=30)
    assert "other parts than --scopes" in refused(
        role(), replace(confirmed, scopes=("medicines", "documents")), now=later
    )
    grant = take_in(role(), confirmed, now=later).grant
    assert grant.starts_on == TODAY + timedelta(days=30)
    assert (grant.decided_by, grant.decided_at) == (confirmed.confirmed_by, later)
    assert not opens(grant, on=TODAY + timedelta(days=29))
    assert opens(grant, on=TODAY + timedelta(days=30))


def test_what_waited_past_its_end_is_not_confirmed(people, confirmed):
    take_in(role(ends_on=TODAY), MEDICINES, now=NOW)
    why = refused(role(ends_on=TODAY), confirmed, now=NOW + timedelta(days=1))
    assert "its end date is past" in why


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"basis": "parental-responsibility"}, "that takes another grant"),
        ({"starts_on": date(2024, 7, 1)}, "that takes another grant"),
        ({"ends_on": date(2025, 6, 2)}, "it ends later there"),
        ({"ends_on": None}, "it ends later there"),
        ({"changed_at": datetime(2024, 6, 1, tzinfo=UTC)}, "a later state of it was taken in already"),
    ],
)  # fmt: skip
def test_what_is_another_grant_or_more_of_it_is_refused(people, confirmed, changed, why):
    take_in(role(), confirmed, now=NOW)
    assert why in refused(role(**changed), replace(confirmed, open_ended_because="x"))


@pytest.mark.parametrize(
    ("ends_on", "expected", "status"),
    [
        (date(2024, 12, 1), date(2024, 12, 1), "active"),
        (TODAY, TODAY, "active"),
        (TODAY - timedelta(1), ROLE.ends_on, "ended"),
    ],
)
def test_a_nearer_end_holds_at_once(people, confirmed, ends_on, expected, status):
    """R4.6: nobody sees more for longer than was told."""
    take_in(role(), confirmed, now=NOW)
    grant = take_in(role(ends_on=ends_on), MEDICINES, now=NOW).grant
    assert (grant.ends_on, grant.status) == (expected, status)


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [(date(2024, 12, 1), "proposed"), (TODAY - timedelta(1), "entered-in-error")],
)
def test_a_nearer_end_holds_for_what_waits_too(people, ends_on, expected):
    take_in(role(), MEDICINES, now=NOW)
    grant = take_in(role(ends_on=ends_on), MEDICINES, now=NOW).grant
    assert grant.status == expected
    assert grant.ends_on == (ends_on if expected == "proposed" else ROLE.ends_on)


def test_what_this_portal_wrote_is_known_again_and_not_changed_by_a_file(people, confirmed):
    own = make_proxy_grant(*people, starts_on=date(2024, 6, 1), ends_on=date(2025, 6, 1))
    told = role_of(own, today=TODAY)
    assert take_in(told, MEDICINES, now=NOW).outcome == "unchanged"
    changed = replace(told, status=ProxyStatus.ENDED, reason=StatusReason.PATIENT_REQUEST)
    assert "change it on its page" in refused(changed, confirmed)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ("active", "ROLE_CREATED")),
        ({"ends_on": TODAY - timedelta(1)}, ("ended", "ROLE_DEACTIVATED_END_DATE_REACHED")),
        ({"starts_on": TODAY + timedelta(9)}, ("active", "ROLE_CREATED")),
        ({"legal_basis": "parental-responsibility"}, ("suspended", "ROLE_SUSPENDED_PENDING_REVIEW")),
    ],
)  # fmt: skip
def test_what_a_rule_has_stopped_is_not_told_as_active(people, changed, told):
    """R4.6, R4.7: another system cannot ask the rules again; the patient here is over 16."""
    grant = make_proxy_grant(*people, **changed)
    back = role_of(grant, today=TODAY)
    assert (back.status, back.reason) == told


def test_each_is_in_the_log(people, confirmed):
    """R9.1: by whom, and with which duty; never a number or a name."""
    patient, _ = people
    take_in(role(), confirmed, now=NOW)
    with rows_of(patient.pk):
        events = list(
            AuditEvent.objects.filter(patient_id=patient.pk, action="proxy access taken in")
        )
    assert [(event.actor_id, event.duty) for event in events] == [
        (confirmed.confirmed_by.pk, "decide-access")
    ]
    assert "999" not in str(events[0].details)


def test_the_database_keeps_where_a_grant_came_from(people):
    """ADR 7"""
    take_in(role(), MEDICINES, now=NOW)
    with pytest.raises(Exception, match="permission denied"):
        with connection.cursor() as cursor:
            cursor.execute("delete from proxy_access_grantsource")


@pytest.mark.django_db(transaction=True)
def test_one_file_from_two_sides_at_once_is_taken_in_once(people):
    """Both wait for the patient's row; the second finds what the first kept."""
    outcomes = []

    def take():
        try:
            outcomes.append(take_in(role(), MEDICINES, now=NOW).outcome)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["added", "unchanged"]
    assert GrantSource.objects.count() == 1


def test_what_waits_is_not_confirmed_round_a_stop(people, confirmed):
    """R4.8: what prevents it on its page prevents it here."""
    grant = take_in(role(), MEDICINES, now=NOW).grant
    make_proxy_grant(*people, status=ProxyStatus.SUSPENDED)
    with pytest.raises(NotTaken, match="nobody gets round a stop"):
        take_in(role(), confirmed, now=NOW)
    grant.refresh_from_db()
    assert stands(grant) == ("proposed", "APPLICATION_SUBMITTED")

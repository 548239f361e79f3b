"""The surgery decides about somebody who asked to act for a patient (R4.2, R4.3, R4.5, R4.6)."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connections, transaction

from accounts.models import Duty, IdentityLevel
from accounts.staff import Desk, StaffAccess
from nhsuk.wording import date_words
from proxy_access.access import Access, Refusal, access_if_granted, access_of
from proxy_access.changing import begin
from proxy_access.checklist import Answer
from proxy_access.deciding import (
    CLOSED,
    GONE,
    LONGER,
    MORE,
    NOT_IDENTIFIED,
    NOT_ON_LIST,
    STOPPED,
    Before,
    Terms,
    grant,
    last_step,
    reject,
    usually_told,
    what_prevents,
)
from proxy_access.models import LegalBasis, ProxyDecision, ProxyGrant, Told
from proxy_access.over import Over
from proxy_access.statuses import REJECTING
from proxy_access.telling import told_of
from tests.cast import make_online, make_patient, make_proxy_grant, make_staff
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import staff_with
from tests.proxy_access.test_checklist import all_well
from tests.proxy_access.test_organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db

END = date(2025, 6, 1)
TERMS = Terms(["medicines"], TODAY, END)


def proposed_for(patient, proxy, **values):
    """A grant that waits, as whoever asked left it."""
    values = {
        "legal_basis": LegalBasis.CONSENT, "scopes": ["medicines", "test-results"],
        "starts_on": TODAY, "ends_on": END,
    } | values  # fmt: skip
    return begin(
        ProxyGrant(patient=patient, proxy=proxy, status="proposed", **values), by=proxy, at=NOW
    )


@pytest.fixture
def asked(patient, proxy_user):
    return proposed_for(patient, proxy_user)


@pytest.fixture
def by_staff(patient):
    return staff_with(patient, Duty.DECIDE_ACCESS)


def granted(asked, by, terms=TERMS, answers=None, **values):
    values = {"text": "All is well", "now": NOW, "before": Before(last_step(asked))} | values
    answers = all_well(asked.legal_basis) if answers is None else answers
    return grant(asked, terms, answers, by=by, **values)


def rejected(asked, by, reason="APPLICATION_REJECTED_NOT_NEEDED", **values):
    values = {"text": "Not now", "now": NOW, "before": Before(last_step(asked))} | values
    return reject(asked, reason, by=by, **values)


def opens(asked):
    return isinstance(access_of(asked.proxy, asked.patient_id, on=TODAY), Access)


@pytest.mark.parametrize("basis", LegalBasis)
def test_what_is_granted_opens_the_record_and_is_kept_with_basis_decider_and_end(
    patient, proxy_user, by_staff, basis
):
    """R4.5"""
    if basis == LegalBasis.PARENTAL_RESPONSIBILITY:
        patient.date_of_birth = date(2016, 1, 1)
        patient.save()
    asked = proposed_for(patient, proxy_user, legal_basis=basis)
    assert not opens(asked)
    done = granted(asked, by_staff, before=Before(last_step(asked), {"flagged": 2}))
    assert (done.status, done.status_reason) == ("active", "ROLE_ACTIVATED")
    assert access_of(proxy_user, patient.pk, on=TODAY).scopes == {"medicines"}
    made = ProxyDecision.objects.get()
    assert (made.outcome, made.legal_basis, made.by, made.ends_on, made.told) == (
        "granted", basis, by_staff.viewer, END, "both",
    )  # fmt: skip
    assert (made.duty, made.text, made.seen) == ("decide-access", "All is well", {"flagged": 2})
    assert made.answers["safe"] == {"is_yes": True, "words": "Looked at", "on": ""}
    step = done.steps.latest("id")
    assert (step.status, step.reason, step.scopes, step.ends_on, step.told_patient) == (
        "active", "ROLE_ACTIVATED", ["medicines"], END, True,
    )  # fmt: skip


@pytest.mark.parametrize("key", [key for key in all_well(LegalBasis.CONSENT) if key != "coercion"])
def test_a_missing_yes_is_refused_by_the_act_itself(asked, by_staff, key):
    """R4.3"""
    answers = all_well(LegalBasis.CONSENT) | {key: Answer(False, "No")}
    with pytest.raises(ValidationError, match="Without a yes here"):
        granted(asked, by_staff, answers=answers)
    assert_nothing_kept(asked)


def assert_nothing_kept(asked):
    held = ProxyGrant.objects.get(pk=asked.pk)
    assert (held.status, held.decided_by, held.scopes) == ("proposed", None, asked.scopes)
    assert (held.steps.count(), ProxyDecision.objects.count()) == (1, 0)
    assert not opens(asked)


@pytest.mark.parametrize("basis", LegalBasis)
def test_a_sign_of_coercion_stops_it_whatever_else_is_answered(
    patient, proxy_user, by_staff, basis
):
    """R4.5"""
    patient.date_of_birth = date(2016, 1, 1)
    patient.save()
    asked = proposed_for(patient, proxy_user, legal_basis=basis)
    for answers in (all_well(basis), {}):
        with pytest.raises(ValidationError, match="A sign of coercion stops this"):
            granted(asked, by_staff, answers=answers | {"coercion": Answer(True)})
    assert_nothing_kept(asked)


@pytest.mark.parametrize("of", ["proxy", "closed", "patient"])
def test_people_who_cannot_be_in_a_grant_are_refused(asked, by_staff, patient, proxy_user, of):
    """R4.2, R4.7, R4.9"""
    says = {"proxy": NOT_IDENTIFIED, "closed": CLOSED, "patient": NOT_ON_LIST}[of]
    if of == "proxy":
        proxy_user.identity_level = IdentityLevel.P5
    elif of == "closed":
        proxy_user.closed_at = NOW
    else:
        by_staff.patient.left_on = TODAY
    proxy_user.save()
    with pytest.raises(ValidationError) as refused:
        granted(asked, by_staff)
    assert refused.value.messages == [says]


def test_what_the_patient_agreed_to_before_they_closed_their_account_is_not_granted_after(
    asked, by_staff, patient, patient_user
):
    """R4.8: not with a later start either, which would lie after the day on which they closed it."""
    patient_user.closed_at = NOW + timedelta(1)
    patient_user.save()
    terms = replace(TERMS, starts_on=TODAY + timedelta(3))
    with pytest.raises(ValidationError) as refused:
        granted(asked, by_staff, terms=terms, now=NOW + timedelta(3))
    assert refused.value.messages == [GONE[Over.ACCOUNT_CLOSED]]
    assert_nothing_kept(asked)


@pytest.mark.parametrize("basis", ["consent", "best-interest"])
def test_who_left_the_organisation_meanwhile_is_not_granted(
    surgery, patient, proxy_user, by_staff, basis
):
    """R4.9: also where they left on a day that was set, which takes nothing back."""
    member = make_member(make_organisation(surgery), proxy_user)
    asked = proposed_for(
        patient,
        proxy_user,
        legal_basis=basis,
        on_behalf_of=member,
        wider_because="Takes them along",
    )
    assert what_prevents(asked, today=TODAY) == ""
    member.ends_on = TODAY - timedelta(1)
    member.save()
    with pytest.raises(ValidationError) as refused:
        granted(asked, by_staff)
    assert refused.value.messages == [GONE[Over.LEFT_ORGANISATION]]
    assert_nothing_kept(asked)


def test_what_is_granted_to_somebody_of_an_organisation_is_narrower_and_still_theirs(
    surgery, patient, proxy_user, by_staff
):
    """R4.3: as whose member, and why more than usual, stay with the grant."""
    member = make_member(make_organisation(surgery), proxy_user)
    asked = proposed_for(patient, proxy_user, on_behalf_of=member, wider_because="Takes them along")
    granted(asked, by_staff)
    held = ProxyGrant.objects.get(pk=asked.pk)
    assert (held.scopes, held.on_behalf_of, held.wider_because) == (
        ["medicines"], member, "Takes them along",
    )  # fmt: skip


def test_who_has_died_meanwhile_is_not_granted(asked, by_staff, surgery, proxy_user):
    """R4.9"""
    own = make_patient(surgery, "9990000034")
    make_online(own, proxy_user)
    own.died_on = TODAY
    own.save()
    with pytest.raises(ValidationError) as refused:
        granted(asked, by_staff)
    assert refused.value.messages == [GONE[Over.PROXY_DIED]]


@pytest.mark.parametrize("basis", LegalBasis)
def test_nobody_gets_round_a_stop_by_asking_anew(patient, proxy_user, by_staff, basis):
    """R4.8: what the patient or the surgery stopped is started again or ended first; what is over stops nothing."""
    patient.date_of_birth = by_staff.patient.date_of_birth = date(2016, 1, 1)
    patient.save()
    asked = proposed_for(patient, proxy_user, legal_basis=basis)
    for ends_on, is_stopped in ((TODAY, True), (TODAY - timedelta(1), False)):
        stopped = make_proxy_grant(patient, proxy_user, status="suspended", ends_on=ends_on)
        is_refused = what_prevents(asked, today=TODAY) == STOPPED
        assert is_refused is is_stopped
        if is_stopped:
            with pytest.raises(ValidationError) as refused:
                granted(asked, by_staff)
            assert refused.value.messages == [STOPPED]
        ended = {"status": "ended", "status_reason": "ROLE_DEACTIVATED_PATIENT_REQUEST"}
        ProxyGrant.objects.filter(pk=stopped.pk).update(**ended)


@pytest.mark.parametrize(
    ("basis", "asked_until", "ends_on", "is_well"),
    [
        ("consent", END, END, True),
        ("consent", END, END - timedelta(1), True),
        ("consent", END, END + timedelta(1), False),
        ("consent", END, None, False),
        ("consent", None, END + timedelta(1), True),
        ("best-interest", END, END + timedelta(1), True),
        ("best-interest", END, None, True),
    ],
)
def test_what_rests_on_agreement_ends_when_the_patient_agreed_that_it_does(
    patient, proxy_user, by_staff, basis, asked_until, ends_on, is_well
):
    """R4.4: they were told for how long; on another basis the surgery says for how long."""
    because = "" if asked_until else "Lives with her"
    asked = proposed_for(
        patient, proxy_user, legal_basis=basis, ends_on=asked_until, open_ended_because=because
    )
    terms = Terms(["medicines"], TODAY, ends_on, "" if ends_on else "For life")
    if is_well:
        assert granted(asked, by_staff, terms=terms).ends_on == ends_on
        return
    with pytest.raises(ValidationError) as refused:
        granted(asked, by_staff, terms=terms)
    assert refused.value.messages == [LONGER.format(day=date_words(END))]
    assert_nothing_kept(asked)


@pytest.mark.parametrize(
    ("basis", "age", "is_well"),
    [
        ("parental-responsibility", 15, True),
        ("parental-responsibility", 16, False),
        ("health-and-welfare-lasting-power-of-attorney", 17, False),
        ("health-and-welfare-lasting-power-of-attorney", 18, True),
        ("court-appointed-personal-welfare-deputy", 15, False),
        ("court-appointed-personal-welfare-deputy", 16, True),
        ("best-interest", 15, False),
        ("best-interest", 16, True),
        ("consent", 13, True),
    ],
)
@pytest.mark.parametrize("days", [0, 1])
def test_each_basis_is_for_patients_of_an_age(
    patient, proxy_user, by_staff, basis, age, is_well, days
):
    """R4.1, R4.7: on the birthday itself, and on the last day of that year of age."""
    born = date(TODAY.year - age - days, TODAY.month, TODAY.day) + timedelta(days)
    by_staff.patient.date_of_birth = patient.date_of_birth = born
    patient.save()
    asked = proposed_for(patient, proxy_user, legal_basis=basis)
    answers = all_well(basis) | {"asked": Answer(True, "Alone")}
    if is_well:
        assert granted(asked, by_staff, answers=answers).status == "active"
        return
    with pytest.raises(ValidationError, match=f"The patient is (16 or older|under {age + 1})"):
        granted(asked, by_staff, answers=answers)
    assert_nothing_kept(asked)


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"scopes": []}, "Choose at least one part"),
        ({"scopes": ["documents"]}, MORE),
        ({"starts_on": TODAY - timedelta(1)}, "The start date must be today or later"),
        ({"ends_on": TODAY - timedelta(1)}, "The end date must be after the start date"),
        ({"ends_on": None}, LONGER.format(day=date_words(END))),
    ],
)
def test_terms_that_cannot_be_are_refused_in_words(asked, by_staff, terms, says):
    """R4.3, R4.6"""
    with pytest.raises(ValidationError) as refused:
        granted(asked, by_staff, terms=replace(TERMS, **terms))
    assert says in refused.value.messages
    assert_nothing_kept(asked)


def test_an_open_end_needs_a_reason(patient, proxy_user, by_staff):
    """R4.6"""
    asked = proposed_for(patient, proxy_user, ends_on=None, open_ended_because="For life")
    done = granted(asked, by_staff, terms=Terms(["medicines"], TODAY, None, "Lives with her"))
    assert (done.ends_on, done.open_ended_because) == (None, "Lives with her")


def test_an_end_that_is_left_out_takes_a_reason(patient, proxy_user, by_staff):
    """R4.6"""
    asked = proposed_for(patient, proxy_user, ends_on=None, open_ended_because="For life")
    with pytest.raises(ValidationError, match="Give an end date, or the reason for having none"):
        granted(asked, by_staff, terms=Terms(["medicines"], TODAY, None))


@pytest.mark.parametrize(
    ("ends_on", "is_well"), [(date(2025, 1, 1), True), (date(2025, 1, 2), False), (None, False)]
)
def test_a_dated_order_limits_the_access(patient, proxy_user, by_staff, ends_on, is_well):
    """R4.6"""
    asked = proposed_for(patient, proxy_user, legal_basis=LegalBasis.DEPUTY)
    answers = all_well(LegalBasis.DEPUTY)
    answers["document"] = replace(answers["document"], on=date(2025, 1, 1))
    terms = Terms(["medicines"], TODAY, ends_on, "" if ends_on else "For life")
    if is_well:
        done = granted(asked, by_staff, terms=terms, answers=answers)
        assert (done.ends_on, done.basis_ends_on) == (ends_on, date(2025, 1, 1))
        return
    with pytest.raises(ValidationError, match="The document ends before that"):
        granted(asked, by_staff, terms=terms, answers=answers)


def test_another_grant_of_the_two_on_these_days_is_refused(asked, by_staff, patient, proxy_user):
    make_proxy_grant(patient, proxy_user)
    with pytest.raises(ValidationError, match="acts for the patient already"):
        granted(asked, by_staff)
    assert ProxyDecision.objects.count() == 0


@pytest.mark.parametrize("act", [granted, rejected])
def test_it_takes_the_duty_and_a_reason(asked, patient, by_staff, act):
    other = staff_with(patient, Duty.REVIEW_ENTRIES)
    with pytest.raises(ValidationError, match="you need the duty"):
        act(asked, other)
    with pytest.raises(ValidationError, match="Enter the reason"):
        act(asked, by_staff, text=" ")
    assert_nothing_kept(asked)


@pytest.mark.parametrize("act", [granted, rejected])
def test_of_two_at_once_the_second_is_told_who_was_faster(asked, patient, by_staff, act):
    before = Before(last_step(asked))
    rejected(asked, by_staff)
    with pytest.raises(ValidationError, match="decided this already: not granted"):
        act(asked, by_staff, before=before)
    with pytest.raises(ValidationError, match="decided this already"):
        act(asked, by_staff)
    assert ProxyDecision.objects.count() == 1


def test_what_changed_since_the_page_was_opened_is_looked_at_again(asked, by_staff):
    with pytest.raises(ValidationError, match="A colleague changed this"):
        granted(asked, by_staff, before=Before(None))
    assert_nothing_kept(asked)


@pytest.mark.parametrize("reason", sorted(REJECTING))
def test_every_rejection_has_a_national_reason_and_opens_nothing(asked, by_staff, reason):
    """R4.10"""
    done = rejected(asked, by_staff, reason)
    made = ProxyDecision.objects.get()
    assert (done.status, done.status_reason, made.reason) == ("rejected", reason, reason)
    assert (made.outcome, made.text, made.ends_on) == ("rejected", "Not now", END)
    assert not opens(asked)


@pytest.mark.parametrize("reason", ["", "ROLE_ACTIVATED", "ROLE_DEACTIVATED_SAFEGUARDING", "x"])
def test_no_other_reason_rejects(asked, by_staff, reason):
    with pytest.raises(ValidationError, match="Choose why it is not granted"):
        rejected(asked, by_staff, reason)
    assert_nothing_kept(asked)


QUIET = {
    "APPLICATION_REJECTED_COERCION",
    "APPLICATION_REJECTED_SAFEGUARDING",
    "APPLICATION_REJECTED_NO_CONSENT",
}


@pytest.mark.parametrize("reason", sorted(REJECTING))
@pytest.mark.parametrize("basis", LegalBasis)
def test_who_is_usually_told_of_a_rejection(asked, by_staff, basis, reason):
    """R4.5: nobody of what could put the patient in danger; a patient only of what they asked for."""
    asked.legal_basis = basis
    usual = "both" if basis == LegalBasis.CONSENT else "applicant"
    assert usually_told(asked, reason) == ("no-one" if reason in QUIET else usual)


@pytest.mark.parametrize("told", Told)
def test_staff_say_who_is_told_of_a_rejection(asked, by_staff, told):
    done = rejected(asked, by_staff, "APPLICATION_REJECTED_COERCION", told=told)
    made = ProxyDecision.objects.get()
    assert (made.tells_applicant, made.tells_patient) == (
        told in ("both", "applicant"),
        told in ("both", "patient"),
    )
    assert done.steps.latest("id").told_patient is made.tells_patient


def test_a_rejected_person_is_not_among_those_who_act(asked, by_staff, patient):
    rejected(asked, by_staff)
    assert told_of(patient, today=TODAY) == []
    assert access_of(asked.proxy, patient.pk, on=TODAY) is Refusal.UNKNOWN


def test_decisions_are_only_added(asked, by_staff, owner):
    rejected(asked, by_staff)
    for act in (
        lambda: ProxyDecision.objects.update(text="x"),
        ProxyDecision.objects.all().delete,
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            act()


def test_the_database_keeps_no_grant_that_is_told_to_less_than_both(asked, by_staff):
    """ADR 28"""
    granted(asked, by_staff)
    made = ProxyDecision.objects.get()
    made.pk, made.told = None, Told.NO_ONE
    with pytest.raises(IntegrityError, match="told_to_both"), transaction.atomic():
        made.save()
    made.told, made.text = Told.BOTH, ""
    with pytest.raises(IntegrityError, match="has_a_reason"), transaction.atomic():
        made.save()


def test_what_would_be_seen_can_be_looked_at_before(asked, patient, proxy_user):
    """A dry run opens nothing to whoever asks."""
    found = access_if_granted(asked, on=TODAY)
    assert (found.viewer, found.patient, found.scopes) == (proxy_user, patient, set(asked.scopes))
    assert not found.is_own_record
    assert access_of(proxy_user, patient.pk, on=TODAY) is Refusal.UNKNOWN
    patient.left_on = TODAY
    assert access_if_granted(asked, on=TODAY) is Refusal.ENDED


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_the_same_moment_make_one_decision(patient, proxy_user):
    asked = proposed_for(patient, proxy_user)
    before, made = Before(last_step(asked)), []
    people = [staff_named(patient, f"{name}@example.test") for name in "ab"]

    def decide(by, act):
        try:
            made.append(act(asked, by, before=before).status)
        except ValidationError as error:
            made.append(error.messages[0])
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in zip(people, (granted, rejected), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in made if one in ("active", "rejected")]) == 1
    assert len([one for one in made if "decided this already" in one]) == 1
    assert ProxyDecision.objects.count() == 1


def staff_named(patient, email):
    user = make_staff(patient.surgery, email, Duty.DECIDE_ACCESS)
    desk = Desk(user, patient.surgery, frozenset([Duty.DECIDE_ACCESS]))
    return StaffAccess(desk, patient, Duty.DECIDE_ACCESS)

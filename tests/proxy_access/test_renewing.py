"""When a grant can go on, who lets it, and until when (R4.6)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import Access, access_of
from proxy_access.changing import (
    end_as_patient,
    end_as_staff,
    narrow,
    resume_as_staff,
    suspend_as_patient,
    suspend_as_staff,
)
from proxy_access.models import LegalBasis, ProxyGrant, ProxyStep
from proxy_access.renewing import ask_to_go_on, renew_as_patient, renew_as_staff
from proxy_access.steps import Words
from proxy_access.telling import Stand, told_about
from proxy_access.terms import ends_soon, next_end
from tests.cast import make_proxy_grant, make_user
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import staff_with

pytestmark = pytest.mark.django_db

SOON = TODAY + timedelta(days=20)
TERM = timedelta(days=90)
UNTIL = SOON + TERM
WHY = Words("They rang, and it is still needed")
QUIETLY = Words("A concern", told_patient=False)
BY_LAW = [basis for basis in LegalBasis if basis != LegalBasis.CONSENT]


@pytest.fixture
def own(patient, patient_user):
    return access_of(patient_user, patient.pk, on=TODAY)


def ending(patient, proxy, **values):
    """A grant of 90 days, of which 20 are left."""
    values = {"starts_on": SOON - TERM, "ends_on": SOON} | values
    return make_proxy_grant(patient, proxy, **values)


@pytest.fixture
def grant(patient, proxy_user):
    return ending(patient, proxy_user)


@pytest.fixture
def by_staff(patient):
    return staff_with(patient, Duty.DECIDE_ACCESS)


def renew(grant, by, until=UNTIL, today=TODAY):
    return renew_as_patient(grant, until=until, by=by, now=NOW, today=today)


@pytest.mark.parametrize(
    ("days_left", "soon"),
    [(31, False), (30, True), (7, True), (1, True), (0, True), (-1, False)],
)
def test_it_ends_soon_from_30_days_before_until_its_last_day(patient, proxy_user, days_left, soon):
    """R4.6"""
    ends_on = TODAY + timedelta(days=days_left)
    grant = ending(patient, proxy_user, starts_on=TODAY - TERM, ends_on=ends_on)
    assert ends_soon(grant, today=TODAY) is soon
    assert (told_about(grant, today=TODAY).go_on_until is not None) is soon


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "until"),
    [
        (TODAY - timedelta(days=60), TODAY, TODAY + timedelta(days=60)),
        (SOON - TERM, SOON, SOON + TERM),
        (date(2023, 6, 10), date(2024, 6, 10), date(2025, 6, 3)),  # a year from the day at most
        (date(2010, 1, 1), date(2024, 6, 10), date(2025, 6, 3)),
        (TODAY, TODAY, TODAY + timedelta(days=1)),
    ],
)
def test_another_term_is_as_long_and_a_year_at_most(patient, proxy_user, starts_on, ends_on, until):
    grant = ending(patient, proxy_user, starts_on=starts_on, ends_on=ends_on)
    assert next_end(grant, today=TODAY) == until


def test_terms_do_not_grow_from_one_to_the_next(grant, own):
    """However early it is pressed: each is as long as the first."""
    expected, today = SOON, TODAY
    for _term in range(3):
        expected += TERM
        renew(grant, own, until=expected, today=today)
        grant.refresh_from_db()
        assert grant.ends_on == expected
        today = expected - timedelta(days=30)
    assert next_end(grant, today=today) == expected + TERM


def test_a_term_that_was_made_shorter_goes_on_from_its_first_day(grant, own):
    renew(grant, own)
    nearer = SOON - timedelta(days=10)
    narrow(grant, scopes=grant.scopes, ends_on=nearer, by=own, now=NOW, today=TODAY)
    grant.refresh_from_db()
    assert next_end(grant, today=TODAY) == nearer + (nearer - grant.starts_on)


def test_a_patient_lets_somebody_go_on_with_one_press(grant, own):
    """R4.6: nothing becomes more to see, and the history says who, and until when."""
    before = list(grant.scopes)
    renew(grant, own)
    renew(grant, own)  # pressed twice
    held, step = ProxyGrant.objects.get(), ProxyStep.objects.get()
    assert (held.ends_on, held.scopes, held.status) == (UNTIL, before, "active")
    assert (step.by, step.ends_on, step.went_on_from, step.reason) == (own.viewer, UNTIL, SOON, "")
    assert isinstance(access_of(grant.proxy, grant.patient_id, on=UNTIL), Access)
    with rows_of(grant.patient_id):
        assert AuditEvent.objects.filter(action="proxy access changed").count() == 1


TOO_EARLY = {"ends_on": TODAY + timedelta(days=31)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (TOO_EARLY, "30 days before"),
        ({"ends_on": TODAY - timedelta(days=1)}, "has ended"),
        ({"ends_on": None, "open_ended_because": "x"}, "30 days before"),
        ({"status": "ended"}, "has ended"),
        ({"status": "suspended"}, "You have stopped this"),
        ({"status": "proposed"}, "has ended"),
        ({"status": "rejected"}, "has ended"),
        ({"starts_on": TODAY + timedelta(days=1)}, "cannot go on from here"),
        *[({"legal_basis": basis}, "does not rest on your agreement") for basis in BY_LAW],
    ],
)
def test_what_does_not_go_on_by_the_patient(patient, proxy_user, own, change, said):
    grant = ending(patient, proxy_user, **change)
    with pytest.raises(ValidationError, match=said):
        renew(grant, own)
    held = ProxyGrant.objects.get()
    assert (held.ends_on, held.status) == (grant.ends_on, grant.status)


def test_what_the_surgery_stopped_does_not_go_on_and_nobody_is_told_why(grant, own, by_staff):
    """R4.5"""
    suspend_as_staff(grant, by=by_staff, now=NOW, words=Words("A sign of coercion"))
    with pytest.raises(ValidationError, match="Ask your surgery") as error:
        renew(grant, own)
    assert "coercion" not in str(error.value)
    assert ProxyGrant.objects.get().ends_on == SOON


@pytest.mark.parametrize("act", ["stop", "end"])
def test_what_is_kept_back_from_the_patient_is_pressed_as_if_it_were_not(grant, own, by_staff, act):
    """R4.5: a refusal would tell whoever reads beside them; it stays closed all the same."""
    if act == "stop":
        suspend_as_staff(grant, by=by_staff, now=NOW, words=QUIETLY)
    else:
        end_as_staff(grant, "ROLE_DEACTIVATED_SAFEGUARDING", by=by_staff, now=NOW, words=QUIETLY)
    assert told_about(grant, today=TODAY).go_on_until == UNTIL
    renew(grant, own)
    held = ProxyGrant.objects.get()
    assert held.status == {"stop": "suspended", "end": "ended"}[act]
    assert not isinstance(access_of(grant.proxy, grant.patient_id, on=TODAY), Access)
    told = told_about(held, today=TODAY)
    assert (told.stand, told.go_on_until) == (Stand.OPEN, None)


@pytest.mark.parametrize("is_kept_back", [True, False])
def test_a_second_press_does_not_tell_of_a_stop_that_is_kept_back(
    grant, own, by_staff, is_kept_back
):
    """R4.5: a stop between the two presses answers as none, unless they are told of it."""
    renew(grant, own)
    words = QUIETLY if is_kept_back else Words("x")
    suspend_as_staff(grant, by=by_staff, now=NOW, words=words)
    if is_kept_back:
        renew(grant, own)
    else:
        with pytest.raises(ValidationError, match="Ask your surgery"):
            renew(grant, own)
    assert ProxyGrant.objects.get().ends_on == UNTIL


def test_once_started_again_it_goes_on(grant, own, by_staff):
    suspend_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    resume_as_staff(grant, by=by_staff, now=NOW, words=WHY)
    renew(grant, own)
    assert ProxyGrant.objects.get().ends_on == UNTIL


@pytest.mark.parametrize("until", [SOON, UNTIL - timedelta(days=1), date(2090, 1, 1)])
def test_only_the_day_that_was_shown_counts(grant, own, until):
    """It may have been made shorter meanwhile, or somebody sends a day of their own."""
    with pytest.raises(ValidationError, match="changed while you looked"):
        renew(grant, own, until=until)


def test_of_two_grants_of_the_same_person_one_does_not_run_into_the_other(
    patient, proxy_user, own, grant
):
    make_proxy_grant(patient, proxy_user, starts_on=UNTIL, ends_on=date(2025, 1, 1))
    with pytest.raises(ValidationError, match="acts for the patient already"):
        renew(grant, own)


def test_only_the_patient_lets_somebody_go_on(grant, proxy_user):
    by_proxy = access_of(proxy_user, grant.patient_id, on=TODAY)
    with pytest.raises(ValidationError, match="Only the patient"):
        renew(grant, by_proxy)


def test_a_proxy_asks_and_it_opens_nothing(grant, proxy_user, own):
    """Asked twice it is asked once, and once it goes on nothing is left to ask."""
    by_proxy = access_of(proxy_user, grant.patient_id, on=TODAY)
    ask_to_go_on(by_proxy, now=NOW, today=TODAY)
    ask_to_go_on(by_proxy, now=NOW, today=TODAY + timedelta(days=1))
    held = ProxyGrant.objects.get()
    assert (held.asked_to_go_on, held.ends_on) == (TODAY, SOON)
    assert not ProxyStep.objects.exists()
    with rows_of(grant.patient_id):
        assert AuditEvent.objects.filter(action="asked to go on").count() == 1
    renew(grant, own)
    assert ProxyGrant.objects.get().asked_to_go_on is None


def test_a_proxy_asks_in_the_last_30_days_only(patient, proxy_user, own):
    ending(patient, proxy_user, **TOO_EARLY)
    by_proxy = access_of(proxy_user, patient.pk, on=TODAY)
    with pytest.raises(ValidationError, match="30 days before"):
        ask_to_go_on(by_proxy, now=NOW, today=TODAY)
    with pytest.raises(ValidationError, match="your own record"):
        ask_to_go_on(own, now=NOW, today=TODAY)


@pytest.mark.parametrize("act", [suspend_as_patient, end_as_patient])
def test_asking_is_no_way_around_a_stop(grant, proxy_user, own, act):
    """R4.8: what the patient did since counts, whatever somebody asked for."""
    ask_to_go_on(access_of(proxy_user, grant.patient_id, on=TODAY), now=NOW, today=TODAY)
    act(grant, by=own, now=NOW)
    with pytest.raises(ValidationError):
        renew(grant, own)


def staff_renew(grant, by, ends_on=date(2025, 6, 3), words=WHY):
    return renew_as_staff(grant, ends_on=ends_on, by=by, now=NOW, today=TODAY, words=words)


@pytest.mark.parametrize("basis", BY_LAW)
def test_staff_let_go_on_what_rests_on_a_law(patient, proxy_user, by_staff, basis):
    grant = ending(patient, proxy_user, legal_basis=basis)
    staff_renew(grant, by_staff, words=QUIETLY)
    step = ProxyStep.objects.get()
    assert (step.ends_on, step.went_on_from, step.text) == (date(2025, 6, 3), SOON, "A concern")
    assert step.told_patient  # nobody goes on seeing a record without that its patient can read it


@pytest.mark.parametrize(
    ("change", "ends_on", "said"),
    [
        ({}, SOON, "after the end date"),
        ({}, date(2025, 6, 4), "not more than a year"),
        ({"legal_basis": "consent"}, UNTIL, "only they"),
        ({"ends_on": TODAY - timedelta(days=1)}, UNTIL, "has ended"),
        ({"ends_on": None, "open_ended_because": "x"}, UNTIL, "no end date"),
        ({"status": "suspended"}, UNTIL, "Start it again first"),
        ({"status": "ended"}, UNTIL, "has ended"),
        ({"status": "proposed"}, UNTIL, "has ended"),
    ],
)
def test_what_staff_do_not_let_go_on(patient, proxy_user, by_staff, change, ends_on, said):
    grant = ending(patient, proxy_user, **({"legal_basis": "best-interest"} | change))
    with pytest.raises(ValidationError, match=said):
        staff_renew(grant, by_staff, ends_on=ends_on)
    assert ProxyGrant.objects.get().ends_on == grant.ends_on


@pytest.mark.parametrize("duty", [duty for duty in Duty if duty != Duty.DECIDE_ACCESS])
def test_staff_need_the_duty_and_a_reason(patient, proxy_user, duty, by_staff):
    """R8.1"""
    grant = ending(patient, proxy_user, legal_basis="best-interest")
    with pytest.raises(ValidationError, match="Decide access"):
        staff_renew(grant, staff_with(patient, duty))
    with pytest.raises(ValidationError, match="for colleagues"):
        staff_renew(grant, by_staff, words=Words(" "))


def test_a_grant_of_another_patient_is_not_found(grant, surgery, other_patient, stranger):
    theirs = access_of(stranger, other_patient.pk, on=TODAY)
    with pytest.raises(ProxyGrant.DoesNotExist):
        renew(grant, theirs)
    assert make_user("nobody@example.test").proxy_grants.count() == 0

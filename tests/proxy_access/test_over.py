"""Why a grant is not in force by the rules: the words say what the query does (R4.6, R4.7, R4.9)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Duty, User
from proxy_access.models import OrganisationMember, ProxyGrant
from proxy_access.over import Over, why_over
from proxy_access.renewing import renew_as_staff
from proxy_access.telling import Stand, told_about
from surgeries.models import Patient
from tests.cast import make_online, make_patient, make_proxy_grant, make_staff, make_user, sign_in
from tests.clock import NOW, TODAY
from tests.proxy_access.test_changing import WHY, staff_with
from tests.proxy_access.test_organisations import make_member, make_organisation

pytestmark = pytest.mark.django_db

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
DEPUTY = "court-appointed-personal-welfare-deputy"


def of_patient(**values):
    return lambda grant: Patient.objects.filter(pk=grant.patient_id).update(**values)


def of_proxy(**values):
    return lambda grant: Patient.objects.filter(nhs_number="9990000034").update(**values)


def of_grant(**values):
    return lambda grant: ProxyGrant.objects.filter(pk=grant.pk).update(**values)


def closed(at):
    return lambda grant: User.objects.filter(email="ada@example.test").update(closed_at=at)


def parental(born):
    def change(grant):
        of_grant(legal_basis="parental-responsibility")(grant)
        of_patient(date_of_birth=born)(grant)

    return change


def member(*, of=None, **values):
    """The grant as that of somebody of an organisation; `of` is about the organisation."""

    def change(grant):
        home = make_organisation(grant.patient.surgery, **(of or {}))
        on_behalf_of = make_member(home, grant.proxy, **values)
        of_grant(on_behalf_of=on_behalf_of, scopes=["medicines"])(grant)

    return change


def anothers_membership(grant):
    member()(grant)
    OrganisationMember.objects.update(user=make_user("another@example.test"))


CASES = {
    "in force": (lambda grant: None, []),
    "begins tomorrow": (of_grant(starts_on=TOMORROW), [Over.NOT_BEGUN]),
    "begins today": (of_grant(starts_on=TODAY), []),
    "ended yesterday": (of_grant(ends_on=YESTERDAY), [Over.END_DATE]),
    "ends today": (of_grant(ends_on=TODAY), []),
    "no end": (of_grant(ends_on=None, open_ended_because="x"), []),
    "order ended": (
        of_grant(ends_on=YESTERDAY, basis_ends_on=YESTERDAY, legal_basis=DEPUTY),
        [Over.BASIS_ENDED],
    ),
    "ended before the order": (
        of_grant(ends_on=YESTERDAY, basis_ends_on=TODAY, legal_basis=DEPUTY),
        [Over.END_DATE],
    ),
    "16 today": (parental(date(2008, 6, 3)), [Over.AGE]),
    "16 tomorrow": (parental(date(2008, 6, 4)), []),
    "patient died": (of_patient(died_on=TODAY), [Over.PATIENT_DIED]),
    "patient died tomorrow": (of_patient(died_on=TOMORROW), []),
    "patient left": (of_patient(left_on=TODAY), [Over.PATIENT_MOVED]),
    "patient not there yet": (of_patient(registered_on=TOMORROW), [Over.PATIENT_MOVED]),
    "proxy died": (of_proxy(died_on=TODAY), [Over.PROXY_DIED]),
    "proxy moved": (of_proxy(left_on=TODAY), [Over.PROXY_MOVED]),
    "proxy moved before": (of_proxy(left_on=date(2023, 12, 31)), []),
    "proxy moves tomorrow": (of_proxy(left_on=TOMORROW), []),
    "account closed": (closed(NOW), [Over.ACCOUNT_CLOSED]),
    "account closed before": (closed(NOW - timedelta(days=900)), []),
    "unused": (
        of_grant(last_used_on=date(2019, 6, 3), starts_on=date(2019, 1, 1)),
        [Over.UNUSED],
    ),
    "not identified": (
        lambda grant: User.objects.filter(pk=grant.proxy_id).update(identity_level="P5"),
        [Over.NOT_IDENTIFIED],
    ),
    "of an organisation": (member(), []),
    "its last day there": (member(ends_on=TODAY), []),
    "left at once today": (member(ends_on=TODAY, ended_at=NOW), [Over.LEFT_ORGANISATION]),
    "left yesterday": (member(ends_on=YESTERDAY), [Over.LEFT_ORGANISATION]),
    "comes there tomorrow": (member(starts_on=TOMORROW), [Over.LEFT_ORGANISATION]),
    "organisation ended": (member(of={"ends_on": YESTERDAY}), [Over.LEFT_ORGANISATION]),
    "another's membership": (anothers_membership, [Over.LEFT_ORGANISATION]),
    "two at once": (
        lambda grant: (of_grant(ends_on=YESTERDAY)(grant), of_patient(died_on=TODAY)(grant)),
        [Over.END_DATE, Over.PATIENT_DIED],
    ),
}


@pytest.fixture
def grant(surgery, patient, patient_user, proxy_user):
    make_online(make_patient(surgery, "9990000034"), proxy_user)
    return make_proxy_grant(patient, proxy_user)


@pytest.mark.parametrize("case", CASES)
def test_the_words_say_what_the_rule_does(grant, case):
    change, expected = CASES[case]
    change(grant)
    held = ProxyGrant.objects.select_related("patient", "proxy").get()
    assert why_over(held, on=TODAY) == expected
    assert ProxyGrant.objects.live(TODAY).exists() is (not expected)


def test_every_rule_is_tried():
    assert {reason for _, reasons in CASES.values() for reason in reasons} == set(Over)


@pytest.mark.parametrize("ends_on", [None, TOMORROW])
def test_no_grant_outlasts_its_basis(patient, proxy_user, ends_on):
    """R4.9: the database refuses it, whoever writes."""
    values = {"ends_on": ends_on, "open_ended_because": "x", "basis_ends_on": TODAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        make_proxy_grant(patient, proxy_user, legal_basis=DEPUTY, **values)
    make_proxy_grant(patient, proxy_user, legal_basis=DEPUTY, **(values | {"ends_on": TODAY}))


def test_it_goes_on_until_the_end_of_its_basis_and_further_with_a_newer_one(patient, proxy_user):
    """R4.9"""
    ends = TODAY + timedelta(days=10)
    grant = make_proxy_grant(
        patient, proxy_user, legal_basis=DEPUTY, ends_on=TODAY, basis_ends_on=ends
    )
    by = {"by": staff_with(patient, Duty.DECIDE_ACCESS), "now": NOW, "today": TODAY, "words": WHY}
    later = ends + timedelta(days=1)
    with pytest.raises(ValidationError, match="ends on 13 June 2024"):
        renew_as_staff(grant, ends_on=later, **by)
    renew_as_staff(grant, ends_on=ends, **by)
    renew_as_staff(grant, ends_on=later, basis_ends_on=later, **by)
    held = ProxyGrant.objects.get()
    assert (held.ends_on, held.basis_ends_on) == (later, later)
    with pytest.raises(ValidationError, match="ends on 15 June 2024"):
        renew_as_staff(grant, ends_on=date(2024, 6, 20), basis_ends_on=date(2024, 6, 15), **by)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("order ended", "The order or the power that it rested on ended"),
        ("ended yesterday", "The end date came"),
        ("16 today", "You are 16 or older"),
        ("proxy moved", "They moved to another surgery"),
        ("proxy died", ""),  # about the other person's life the surgery speaks to them
        ("not identified", ""),
    ],
)
def test_a_patient_is_told_plainly_what_is_theirs_to_know(grant, case, said):
    CASES[case][0](grant)
    told = told_about(ProxyGrant.objects.get(), today=TODAY)
    assert told.stand in (Stand.ENDED, Stand.NOT_IN_FORCE)
    assert told.why.startswith(said) if said else told.why == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (of_proxy(died_on=date(2026, 1, 1)), Over.PROXY_DIED),
        (of_proxy(left_on=date(2026, 1, 1)), Over.PROXY_MOVED),
        (of_patient(died_on=date(2026, 1, 1)), Over.PATIENT_DIED),
    ],
)
def test_staff_read_plainly_why_it_is_not_in_force(grant, patient, change, said):
    ProxyGrant.objects.update(ends_on=timezone.localdate() + timedelta(days=300))
    change(grant)
    desk = sign_in(Client(), make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))
    page = desk.get(f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/").text
    assert "By the rules it is not in force" in page
    assert said in page

"""Who may act for whom, as a table."""

from datetime import date
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from accounts.models import IdentityLevel
from proxy_access.access import Access, Refusal, access_of, find_access, people_open_to
from proxy_access.models import LegalBasis
from proxy_access.statuses import ProxyStatus
from surgeries.terms import Section
from tests.cast import make_online, make_patient, make_proxy_grant, make_user, verified
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db


def test_signed_out_person_gets_no_further():
    assert find_access(viewer=AnonymousUser(), patient_id=uuid4(), now=NOW) is Refusal.SIGNED_OUT


def test_second_factor_comes_before_everything_else(patient, patient_user):
    """R3.9"""
    patient_user.is_verified = lambda: False
    assert find_access(viewer=patient_user, patient_id=patient.pk, now=NOW) is Refusal.SECOND_FACTOR


@pytest.mark.parametrize("level", [IdentityLevel.P0, IdentityLevel.P5])
def test_below_p9_a_real_patient_and_none_answer_alike(patient, level):
    """R3.1"""
    claimed = make_user("claimed@example.test", level=level)
    make_online(patient, claimed)
    for patient_id in (patient.pk, uuid4()):
        found = find_access(viewer=verified(claimed), patient_id=patient_id, now=NOW)
        assert found is Refusal.IDENTITY


def test_patient_opens_their_own_record_with_every_section(patient, patient_user):
    found = find_access(viewer=verified(patient_user), patient_id=patient.pk, now=NOW)
    assert isinstance(found, Access)
    assert found.is_own_record
    assert found.scopes == frozenset(Section)


def test_stranger_and_missing_patient_answer_alike(patient, stranger):
    for patient_id in (patient.pk, uuid4()):
        assert access_of(stranger, patient_id, on=TODAY) is Refusal.UNKNOWN


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, "access"),
        ({"starts_on": TODAY}, "access"),
        ({"ends_on": TODAY}, "access"),
        ({"ends_on": None, "open_ended_because": "Lifelong condition"}, "access"),
        ({"starts_on": date(2024, 6, 4)}, Refusal.UNKNOWN),
        ({"ends_on": date(2024, 6, 2)}, Refusal.ENDED),
        ({"status": ProxyStatus.PROPOSED}, Refusal.UNKNOWN),
        ({"status": ProxyStatus.REJECTED}, Refusal.UNKNOWN),
        ({"status": ProxyStatus.ENTERED_IN_ERROR}, Refusal.UNKNOWN),
        ({"status": ProxyStatus.SUSPENDED}, Refusal.ENDED),
        ({"status": ProxyStatus.ENDED}, Refusal.ENDED),
    ],
)
def test_proxy_opens_a_record_only_under_a_grant_in_force(patient, proxy_user, change, found):
    """R4.6, R4.9: by the dates and the status, with no job run."""
    make_proxy_grant(patient, proxy_user, **change)
    answer = access_of(proxy_user, patient.pk, on=TODAY)
    if found == "access":
        assert isinstance(answer, Access)
        assert answer.scopes == {Section.MEDICINES, Section.TEST_RESULTS}
        assert not answer.is_own_record
    else:
        assert answer is found


@pytest.mark.parametrize(
    ("basis", "day", "opens"),
    [
        (LegalBasis.PARENTAL_RESPONSIBILITY, date(2024, 6, 2), True),
        (LegalBasis.PARENTAL_RESPONSIBILITY, date(2024, 6, 3), False),
        (LegalBasis.PARENTAL_RESPONSIBILITY, date(2024, 6, 4), False),
        (LegalBasis.CONSENT, date(2024, 6, 3), True),
    ],
)
def test_parental_responsibility_ends_on_the_16th_birthday(surgery, proxy_user, basis, day, opens):
    """R4.7"""
    child = make_patient(surgery, "9990000034", date_of_birth=date(2008, 6, 3))
    make_proxy_grant(child, proxy_user, legal_basis=basis)
    assert isinstance(access_of(proxy_user, child.pk, on=day), Access) is opens


@pytest.mark.parametrize(
    ("born", "day", "opens"),
    [
        (date(2008, 2, 29), date(2024, 2, 28), True),
        (date(2008, 2, 29), date(2024, 2, 29), False),
    ],
)
def test_16th_birthday_of_a_leap_day_child(surgery, proxy_user, born, day, opens):
    """R4.7"""
    child = make_patient(surgery, "9990000034", date_of_birth=born)
    make_proxy_grant(child, proxy_user, legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY)
    assert isinstance(access_of(proxy_user, child.pk, on=day), Access) is opens


@pytest.mark.parametrize("field", ["left_on", "died_on"])
def test_moving_or_dying_closes_the_record_to_all(patient, patient_user, proxy_user, field):
    """R1.5, R4.9, R7.5"""
    make_proxy_grant(patient, proxy_user)
    setattr(patient, field, TODAY)
    patient.save()
    assert access_of(patient_user, patient.pk, on=TODAY) is Refusal.REGISTRATION_OVER
    assert access_of(proxy_user, patient.pk, on=TODAY) is Refusal.ENDED
    assert isinstance(access_of(patient_user, patient.pk, on=date(2024, 6, 2)), Access)


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ({}, True),
        ({"died_on": date(2024, 6, 3)}, False),
        ({"died_on": date(2024, 6, 4)}, True),
        ({"left_on": date(2024, 2, 1)}, False),
        ({"left_on": date(2023, 6, 1)}, True),
    ],
)
def test_proxys_own_death_or_move_ends_it_too(patient, other_patient, stranger, change, opens):
    """R4.9: a grant that was made after the move holds."""
    make_proxy_grant(patient, stranger)
    type(other_patient).objects.filter(pk=other_patient.pk).update(**change)
    answer = access_of(stranger, patient.pk, on=TODAY)
    assert isinstance(answer, Access) if opens else answer is Refusal.ENDED


def test_registration_that_has_not_begun_opens_nothing(surgery, proxy_user):
    """R1.5"""
    coming = make_patient(surgery, "9990000034", registered_on=date(2024, 6, 4))
    make_online(coming, proxy_user, started_on=date(2024, 6, 1))
    assert access_of(proxy_user, coming.pk, on=TODAY) is Refusal.REGISTRATION_OVER
    assert isinstance(access_of(proxy_user, coming.pk, on=date(2024, 6, 4)), Access)


def test_new_surgery_is_another_record(patient, patient_user, other_surgery):
    """R1.5: the person at the new surgery is another patient, whom the old account does not open."""
    patient.left_on = TODAY
    patient.save()
    there = make_patient(other_surgery, patient.nhs_number, registered_on=TODAY)
    assert access_of(patient_user, there.pk, on=TODAY) is Refusal.UNKNOWN


def test_account_that_was_closed_opens_nothing(patient, proxy_user):
    """R1.13"""
    make_online(patient, proxy_user, ended_on=TODAY)
    assert access_of(proxy_user, patient.pk, on=TODAY) is Refusal.UNKNOWN


def test_proxy_of_several_sees_each_apart(surgery, patient, other_patient, proxy_user):
    """R4.2"""
    make_proxy_grant(patient, proxy_user, scopes=[Section.MEDICINES])
    make_proxy_grant(other_patient, proxy_user, scopes=[Section.ALLERGIES])
    make_patient(surgery, "9990000034")
    people = people_open_to(proxy_user, on=TODAY)
    assert {(access.patient, *access.scopes) for access in people} == {
        (patient, Section.MEDICINES),
        (other_patient, Section.ALLERGIES),
    }


@pytest.mark.parametrize(
    "change",
    [{"ends_on": date(2023, 12, 31)}, {"ends_on": None}],
    ids=["ends before it starts", "has neither end nor reason"],
)
def test_database_refuses_a_grant_that_makes_no_sense(patient, proxy_user, change):
    """R4.6"""
    with pytest.raises(IntegrityError), transaction.atomic():
        make_proxy_grant(patient, proxy_user, **change)


def test_database_refuses_two_grants_of_a_pair_at_a_time(patient, proxy_user, proxy_grant):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_proxy_grant(patient, proxy_user, starts_on=date(2024, 12, 31), ends_on=None,
                         open_ended_because="Lifelong condition")  # fmt: skip
    make_proxy_grant(patient, proxy_user, starts_on=date(2025, 1, 2), ends_on=date(2026, 1, 1))

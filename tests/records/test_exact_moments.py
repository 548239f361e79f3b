"""Access of whoever acts for a patient begins and ends at the exact moment, through the real door, with no job run.

A day is a day in London, also where the clocks change on it: each moment is written here in universal time (R4.6, R4.7, R4.9).
"""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from surgeries.models import Patient
from tests.cast import make_grant, make_online, make_patient, make_proxy_grant, make_user
from tests.records.views.record import home_of, reader

pytestmark = pytest.mark.django_db

FAR = date(2190, 1, 1)
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def proxy(surgery, proxy_user):
    """Somebody who acts for others and is a patient too."""
    make_online(make_patient(surgery, "9990000034", family_name="Helper"), proxy_user)
    return proxy_user


def seen(proxy, patient, at):
    """What the door answers at a moment, and whether the front page leads there."""
    with time_machine.travel(at, tick=False):
        client = reader(Client(), proxy, patient)
        status = client.get(home_of(patient)).status_code
        return status, home_of(patient) in client.get("/").text


def before_and_at(proxy, patient, moment):
    at = datetime.fromisoformat(moment)
    return seen(proxy, patient, at - A_SECOND), seen(proxy, patient, at)


ENDS = ((200, True), (403, False))
BEGINS = ((404, False), (200, True))
BEGINS_AGAIN = ((403, False), (200, True))


@pytest.mark.parametrize(
    ("last_day", "moment"),
    [
        (date(2024, 6, 3), "2024-06-03T23:00:00Z"),
        (date(2024, 12, 31), "2025-01-01T00:00:00Z"),
        (date(2024, 2, 29), "2024-03-01T00:00:00Z"),
        (date(2024, 3, 30), "2024-03-31T00:00:00Z"),  # the clocks go forward an hour later
        (date(2024, 3, 31), "2024-03-31T23:00:00Z"),
        (date(2024, 10, 26), "2024-10-26T23:00:00Z"),
        (date(2024, 10, 27), "2024-10-28T00:00:00Z"),  # the day has 25 hours
    ],
)
def test_the_end_date_is_the_last_day(patient, proxy, last_day, moment):
    """R4.6"""
    make_grant(patient)
    make_proxy_grant(patient, proxy, ends_on=last_day)
    assert before_and_at(proxy, patient, moment) == ENDS


@pytest.mark.parametrize(
    ("first_day", "moment"),
    [
        (date(2024, 6, 3), "2024-06-02T23:00:00Z"),
        (date(2024, 3, 31), "2024-03-31T00:00:00Z"),
        (date(2024, 4, 1), "2024-03-31T23:00:00Z"),
        (date(2024, 10, 27), "2024-10-26T23:00:00Z"),
        (date(2024, 10, 28), "2024-10-28T00:00:00Z"),
    ],
)
def test_it_begins_with_its_first_day(patient, proxy, first_day, moment):
    """R4.9: until then there is no such patient."""
    make_grant(patient)
    make_proxy_grant(patient, proxy, starts_on=first_day, ends_on=FAR)
    assert before_and_at(proxy, patient, moment) == BEGINS


@pytest.mark.parametrize(
    ("born", "moment"),
    [
        (date(2008, 6, 3), "2024-06-02T23:00:00Z"),
        (date(2008, 1, 1), "2024-01-01T00:00:00Z"),
        (date(2008, 2, 29), "2024-02-29T00:00:00Z"),
        (date(2008, 3, 31), "2024-03-31T00:00:00Z"),
        (date(2008, 4, 1), "2024-03-31T23:00:00Z"),
        (date(2008, 10, 27), "2024-10-26T23:00:00Z"),
        (date(2084, 2, 29), "2100-03-01T00:00:00Z"),  # there is no 29 February in 2100
    ],
)
def test_parental_responsibility_ends_as_the_16th_birthday_begins(surgery, proxy, born, moment):
    """R4.7"""
    child = make_patient(surgery, date_of_birth=born)
    make_grant(child)
    began_on = datetime.fromisoformat(moment).date() - timedelta(days=99)
    make_proxy_grant(
        child, proxy, legal_basis="parental-responsibility", starts_on=began_on,
        last_used_on=began_on, ends_on=FAR,
    )  # fmt: skip
    assert before_and_at(proxy, child, moment) == ENDS


@pytest.mark.parametrize("gone", ["left_on", "died_on"])
@pytest.mark.parametrize("whose", ["patient", "proxy"])
def test_a_death_and_a_move_count_from_the_day_of_it(patient, proxy, whose, gone):
    """R4.9: of either."""
    make_grant(patient)
    make_proxy_grant(patient, proxy, ends_on=FAR)
    number = patient.nhs_number if whose == "patient" else "9990000034"
    Patient.objects.filter(nhs_number=number).update(**{gone: date(2024, 6, 3)})
    assert before_and_at(proxy, patient, "2024-06-02T23:00:00Z") == ENDS


def test_a_patient_who_registers_is_there_from_that_day(surgery, proxy):
    """R1.5"""
    coming = make_patient(surgery, registered_on=date(2024, 6, 3))
    make_grant(coming)
    make_proxy_grant(coming, proxy, ends_on=FAR)
    assert before_and_at(proxy, coming, "2024-06-02T23:00:00Z") == BEGINS_AGAIN


def test_a_closed_account_ends_what_was_agreed_at_that_moment(patient, patient_user, proxy):
    """R4.8: the moment, and not the day, is when it is asked for."""
    make_grant(patient)
    make_proxy_grant(patient, proxy, ends_on=FAR)
    moment = datetime.fromisoformat("2024-06-03T14:00:00Z")
    assert seen(proxy, patient, moment) == (200, True)
    type(patient_user).objects.filter(pk=patient_user.pk).update(closed_at=moment, is_active=False)
    assert seen(proxy, patient, moment) == (403, False)


def test_somebody_else_s_end_leaves_it_open(patient, proxy):
    """What ends one proxy does not end another."""
    make_grant(patient)
    make_proxy_grant(patient, make_user("other@example.test"), ends_on=date(2024, 6, 2))
    make_proxy_grant(patient, proxy, ends_on=FAR)
    at = datetime.fromisoformat("2024-06-02T23:00:00Z")
    assert seen(proxy, patient, at) == (200, True)


@pytest.mark.parametrize(
    ("last_used_on", "moment"),
    [
        (date(2019, 6, 3), "2024-06-02T23:00:00Z"),
        (date(2020, 2, 29), "2025-03-01T00:00:00Z"),  # there is no 29 February in 2025
    ],
)
@pytest.mark.parametrize(("seconds", "answer"), [(-1, (200, True)), (0, (403, False))])
def test_five_years_without_use_are_over_as_the_day_begins(
    patient, proxy, last_used_on, moment, seconds, answer
):
    """R4.6: who comes a second before has used it, so each moment is tried apart."""
    make_grant(patient)
    make_proxy_grant(
        patient, proxy, starts_on=date(2019, 1, 1), last_used_on=last_used_on, ends_on=FAR
    )
    at = datetime.fromisoformat(moment) + timedelta(seconds=seconds)
    assert seen(proxy, patient, at) == answer


def test_a_dated_order_ends_it_as_any_end_date_does(patient, proxy):
    """R4.9"""
    make_grant(patient)
    order = {"legal_basis": "court-appointed-personal-welfare-deputy"}
    last_day = date(2024, 10, 27)
    make_proxy_grant(patient, proxy, ends_on=last_day, basis_ends_on=last_day, **order)
    assert before_and_at(proxy, patient, "2024-10-28T00:00:00Z") == ENDS

"""A request, and who has to do with it."""

import pytest

from accounts.models import Duty
from accounts.staff import StaffAccess, desk_of
from proxy_access.access import access_of
from records.grants import record_of
from records.requests.asking import ask
from tests.cast import make_grant, make_staff
from tests.clock import NOW, TODAY


def as_staff(user, patient, duty=Duty.DECIDE_ACCESS):
    """A member of staff looking at a patient under a duty."""
    return StaffAccess(desk_of(user, on=TODAY, surgery=patient.surgery), patient, duty)


@pytest.fixture
def by_staff(staff, patient):
    return as_staff(staff, patient)


@pytest.fixture
def without_duty(surgery, patient):
    others = [duty for duty in Duty if duty != Duty.DECIDE_ACCESS]
    return as_staff(make_staff(surgery, "others@example.test", *others), patient)


@pytest.fixture
def own(patient, patient_user):
    """The patient's own access; the record is open as it usually is at first (R1.9)."""
    make_grant(patient)
    return access_of(patient_user, patient.pk, on=TODAY)


@pytest.fixture
def asked(own):
    """Asks for the full record as the patient does."""

    def ask_for_it(words="", now=NOW):
        record = record_of(own.viewer, own.patient.pk, on=TODAY)
        return ask(by=own, record=record, words=words, now=now)

    return ask_for_it


@pytest.fixture
def request_made(asked):
    return asked("I want to check my vaccinations")

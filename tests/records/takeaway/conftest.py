"""A record to take away, on the day on which tests happen."""

import pytest
from time_machine import travel

from tests.cast import make_grant
from tests.clock import NOW


@pytest.fixture(autouse=True)
def _today():
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def open_to_patient(patient, patient_user):
    """The patient's record, everything open."""
    make_grant(patient, historical="full")
    return patient

"""The fixtures of the pages of a record."""

import pytest

from tests.cast import make_grant


@pytest.fixture
def open_to_patient(patient, patient_user):
    """The patient's record, everything open."""
    make_grant(patient, historical="full")
    return patient

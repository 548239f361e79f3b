"""Which patient an extract is about."""

from datetime import date

import msgspec
import pytest

from records.importing.extract import Person
from records.importing.matching import Unmatched, add_from, match, match_named
from surgeries.models import Patient
from tests.cast import make_patient
from tests.clock import NOW
from tests.records.importing.extracts import ADA

pytestmark = pytest.mark.django_db


def person(**values):
    return msgspec.structs.replace(ADA, **values)


@pytest.mark.parametrize("name", ["Testwell", "TESTWELL", " test-well", "Tèstwell"])
def test_all_three_must_be_true(patient, surgery, name):
    """R3.7"""
    assert match(person(family_name=name), surgery, now=NOW) == patient


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date_of_birth": date(1980, 2, 4)}, "date of birth is not the one"),
        ({"family_name": "Demoson"}, "family name is not the one"),
        ({"nhs_number": "1234567890"}, "not valid"),
        ({"nhs_number": "٩٩٩٠٠٠٠٠١٨"}, "not valid"),
        ({"nhs_number": ""}, "not valid"),
        ({"family_name": ""}, "does not give family name"),
        ({"date_of_birth": None}, "does not give family name"),
    ],
)
def test_anything_less_is_refused_with_the_reason(patient, surgery, change, words):
    """R7.2"""
    with pytest.raises(Unmatched, match=words):
        match(person(**change), surgery, now=NOW)


@pytest.mark.parametrize("written", ["9" * 400_000, "99900\x1b[2J00018", "é\u2028" * 300])
def test_what_stands_for_a_number_is_told_in_a_line(surgery, written):
    """R7.7: whatever a source writes there, it neither floods a terminal nor commands it."""
    with pytest.raises(Unmatched) as refused:
        match(person(nhs_number=written), surgery, now=NOW)
    assert len(str(refused.value)) < 120
    assert str(refused.value).isprintable()


def test_patient_of_another_surgery_is_nobody_here(patient, other_surgery):
    assert match(ADA, other_surgery, now=NOW) is None


def test_patient_who_left_is_nobody_here(patient, surgery):
    """R1.5"""
    Patient.objects.update(left_on=date(2024, 1, 1))
    assert match(ADA, surgery, now=NOW) is None


@pytest.mark.parametrize(
    "change",
    [
        {"nhs_number": "1234567890"},
        {"nhs_number": "Test Harness", "family_name": "", "date_of_birth": None},
    ],
)
def test_operator_may_name_the_patient_of_an_unusable_number(patient, change):
    """R7.2"""
    assert match_named(person(**change), patient) == patient


@pytest.mark.parametrize(
    "change",
    [
        {"date_of_birth": date(1980, 2, 4)},
        {"family_name": "Demoson"},
        {"nhs_number": "9990000026"},
    ],
)
def test_named_patient_must_not_contradict(patient, change):
    """R7.2: twelve people share one number in real test data."""
    with pytest.raises(Unmatched):
        match_named(person(**{"nhs_number": "1234567890"} | change), patient)


def test_person_is_added_from_today(surgery):
    """R1.2: everything recorded before is historical."""
    added = add_from(ADA, surgery, nhs_number=ADA.nhs_number, by=None, now=NOW)
    assert added.registered_on == date(2024, 6, 3)
    assert match(ADA, surgery, now=NOW) == added


@pytest.mark.parametrize("change", [{"family_name": ""}, {"date_of_birth": None}])
def test_nobody_is_added_without_name_and_birth_date(surgery, change):
    with pytest.raises(Unmatched):
        add_from(person(**change), surgery, nhs_number="9990000018", by=None, now=NOW)


@pytest.mark.parametrize("number", ["1234567890", "123", ""])
def test_nobody_is_added_with_an_invalid_number(surgery, number):
    """R7.1"""
    with pytest.raises(Unmatched, match="could not be added"):
        add_from(ADA, surgery, nhs_number=number, by=None, now=NOW)


def test_nobody_is_added_who_is_on_another_list(patient, other_surgery):
    with pytest.raises(Unmatched, match="could not be added"):
        add_from(ADA, other_surgery, nhs_number=ADA.nhs_number, by=None, now=NOW)
    assert make_patient(other_surgery, "9990000034")


def test_same_name_with_another_number_is_another_person(patient, surgery):
    assert match(Person("9990000026", "Testwell", "", date(1980, 2, 3)), surgery, now=NOW) is None

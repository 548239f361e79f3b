"""The database and Python say the same of a birthday."""

from datetime import date, timedelta

import pytest

from surgeries.birthdays import Birthday
from surgeries.models import Patient
from tests.cast import make_patient

pytestmark = pytest.mark.django_db

AROUND = [date(year, 2, 27) + timedelta(days=days) for year in (2011, 2012) for days in range(4)]


@pytest.mark.parametrize("born", [*AROUND, date(2010, 12, 31), date(2011, 1, 1)], ids=str)
@pytest.mark.parametrize("age", [11, 12, 13, 16])
def test_a_birthday_is_the_same_in_the_database(surgery, born, age):
    patient = make_patient(surgery, date_of_birth=born)
    assert Patient.objects.annotate(day=Birthday(age)).get().day == patient.birthday(age)

"""Statements whose text is kept: each value sent once, and what comes back as Django would give it."""

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from audit.kept import Kept, Named, Text, columns_of, made, named, text_of
from surgeries.models import Patient, Surgery

pytestmark = pytest.mark.django_db


def test_a_value_with_a_name_is_sent_once_however_often_it_stands():
    text = text_of("select %s, %s, %s, '%%', %s", [Named("who"), 7, Named("who"), 7])
    assert text == Text(b"select $1, $2, $1, '%', $3", (Named("who"), 7, 7))


def test_a_value_is_no_name_because_it_reads_like_one():
    """Words that a person typed stay words, whatever is known by that name."""
    text = text_of("select %s::text, %s::text", ["who", Named("who")])
    assert text.ask({"who": "somebody"}) == [("who", "somebody")]


def test_what_is_not_known_is_not_asked():
    with pytest.raises(KeyError):
        text_of("select %s", [Named("who")]).ask({})


def test_a_query_is_kept_and_each_time_asked_for_other_values(patient):
    found = Kept(lambda: Patient.objects.filter(pk=named("patient")).values_list("nhs_number"))
    assert found.ask(patient=patient.pk) == [(patient.nhs_number,)]
    assert found.ask(patient=patient.surgery_id) == []


def test_it_is_in_the_log_of_queries_and_its_errors_are_djangos():
    with CaptureQueriesContext(connection) as captured:
        assert text_of("select %s::int", [Named("a")]).ask({"a": 1}) == [(1,)]
    assert [each["sql"] for each in captured] == ["select $1::int"]
    with pytest.raises(DataError):
        text_of("select %s::int", [Named("a")]).ask({"a": "x"})


def test_a_model_is_made_as_django_makes_it(patient):
    """Also of columns that the database gives in another form, such as opening hours."""
    Surgery.objects.update(opening_hours={"monday": [["08:00", "18:30"]]})
    [values] = Surgery.objects.values_list(*columns_of(Surgery))
    given = text_of(*Surgery.objects.values(*columns_of(Surgery)).query.sql_with_params()).ask({})
    surgery, same = made(Surgery, given[0]), Surgery.objects.get()
    assert surgery == same
    assert not surgery._state.adding
    assert [getattr(surgery, name) for name in columns_of(Surgery)] == list(values)
    assert surgery.opening_hours == same.opening_hours

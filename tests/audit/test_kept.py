"""Statements whose text is kept: each value sent once, and what comes back as Django would give it."""

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import kept
from audit.kept import Beside, Kept, Named, Text, columns_of, made, named, text_of
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


def test_a_cursor_that_is_kept_holds_nothing_of_whom_it_served(patient):
    """It outlives the request: the next may be somebody else's."""
    text = text_of("select nhs_number from surgeries_patient where id = %s", [Named("patient")])
    assert text.ask({"patient": patient.pk}) == [(patient.nhs_number,)]
    cursor = connection.kept_cursors[1][text.sql].cursor
    assert cursor.given == ()
    assert cursor.pgresult is None
    assert cursor._results == []
    assert cursor._tx.pgresult is None
    assert text.ask({"patient": patient.surgery_id}) == []
    assert connection.kept_cursors[1][text.sql].cursor is cursor


def test_a_cursor_serves_again_after_an_error(patient):
    text = text_of("select %s::int", [Named("a")])
    with pytest.raises(DataError), transaction.atomic():
        text.ask({"a": "x"})
    assert connection.kept_cursors[1][text.sql].cursor.given == ()
    assert text.ask({"a": "7"}) == [(7,)]


@pytest.mark.django_db(transaction=True)
def test_what_a_connection_kept_goes_with_it():
    text = text_of("select pg_backend_pid()", [])
    before = text.ask({})
    connection.close()
    assert text.ask({}) != before
    assert connection.kept_cursors[0] is connection.connection


def test_a_connection_keeps_no_more_cursors_than_it_may(monkeypatch):
    monkeypatch.setattr(kept, "MOST_CURSORS", 3)
    for number in range(7):
        assert text_of(f"select {number}", []).ask({}) == [(number,)]
        assert len(connection.kept_cursors[1]) <= 3


def test_what_only_writes_is_done(patient):
    text_of(
        "update surgeries_patient set family_name = %s where id = %s",
        [Named("name"), Named("patient")],
    ).do({"name": "Other", "patient": patient.pk})
    patient.refresh_from_db()
    assert patient.family_name == "Other"


def test_two_are_asked_in_one_trip_and_the_second_may_find_nothing(patient, other_patient):
    """Each value of either is known by its name; a row of the first stands also where the second has none."""
    first = Kept(
        lambda: Patient.objects.filter(pk=named("patient")).values_list("pk", "nhs_number")
    )
    second = Kept(lambda: Surgery.objects.filter(pk=named("surgery")).values_list("pk", "name"))
    both = Beside(first, second)
    own, surgery = (patient.pk, patient.nhs_number), patient.surgery
    with CaptureQueriesContext(connection) as captured:
        found = both.ask(patient=patient.pk, surgery=surgery.pk)
    assert (found, len(captured)) == ([(*own, surgery.pk, surgery.name)], 1)
    assert both.ask(patient=patient.pk, surgery=patient.pk) == [(*own, None, None)]
    assert both.ask(patient=surgery.pk, surgery=surgery.pk) == []

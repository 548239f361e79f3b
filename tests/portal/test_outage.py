"""While the database is away every page says so, and none is shown empty instead (R6.2)."""

import pytest
from django.db import OperationalError, connection, transaction

from surgeries.terms import Section
from tests.cast import make_grant
from tests.records.views.record import cover, home_of, make_allergy, reader, section_of

pytestmark = pytest.mark.django_db


class Away:
    """A database that answers some statements and then no more."""

    def __init__(self, answers):
        self.left = answers

    def __call__(self, execute, *statement):
        self.left -= 1
        if self.left < 0:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(*statement)


@pytest.fixture
def own(client, patient, patient_user):
    make_grant(patient, "full", "full")
    cover(patient)
    make_allergy(patient, title="Penicillin allergy")
    client.raise_request_exception = False
    return reader(client, patient_user, patient)


def asked(client, path, answers):
    with connection.execute_wrapper(Away(answers)):
        answer = client.get(path)
    transaction.set_rollback(False)  # it was away for the page alone, not for the test
    return answer


@pytest.mark.parametrize("rest", ["", "allergies", "medicines", "timeline", "people"])
def test_a_page_of_a_record_is_an_error_of_its_own(own, patient, rest):
    answer = asked(own, f"{home_of(patient)}{rest}", 0)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"].isdigit()
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "says nothing about what is in your record" in answer.text
    assert "Nothing recorded" not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/account", "/surgery/"])
def test_so_is_every_other_page_that_asks_it(own, path):
    assert asked(own, path, 0).status_code == 503


def test_however_far_a_page_came_it_is_whole_or_an_error(own, patient):
    """R6.2: broken off after any of its statements, the page of allergies never says that there are none."""
    statuses = []
    for answers in range(60):
        answer = asked(own, section_of(patient, Section.ALLERGIES), answers)
        statuses.append(answer.status_code)
        if answer.status_code == 200:
            break
        assert "Penicillin" not in answer.text
    assert answer.status_code == 200
    assert "Penicillin" in answer.text
    assert set(statuses[:-1]) == {503}

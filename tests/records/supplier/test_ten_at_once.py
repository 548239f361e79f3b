"""Ten extracts of one patient at the same moment: one is loaded, the others change nothing, none is lost."""

import threading

import pytest
from django.db import connections
from django.test import Client

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import Entry, ReceivedExtract
from tests.records.supplier.conftest import bundle

pytestmark = pytest.mark.django_db(transaction=True)


def send_at_once(system, send):
    token, answers, start = system.token(), [], threading.Barrier(10)

    def one(number):
        client = Client()
        start.wait()
        answers.append(
            client.post(
                "/supplier/extracts?surgery=Z99001", bundle(), content_type="application/fhir+json",
                headers={"authorization": f"Bearer {token}", "idempotency-key": send(number)},
            )
        )  # fmt: skip
        connections.close_all()

    threads = [threading.Thread(target=one, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_ten_with_keys_of_their_own(system, quilla):
    answers = send_at_once(system, str)
    assert [answer.status_code for answer in answers] == [202] * 10
    states = ReceivedExtract.objects.values_list("state", flat=True)
    assert sorted(states) == ["loaded"] + ["unchanged"] * 9
    with rows_of(quilla.pk):
        assert Entry.objects.of(quilla).count() == 1
        events = AuditEvent.objects.filter(patient_id=quilla.pk, action="record loaded")
        assert sorted(events.values_list("object", flat=True)) == ["loaded"] + ["unchanged"] * 9


def test_ten_with_one_key(system, quilla):
    answers = send_at_once(system, lambda _: "once")
    assert [answer.status_code for answer in answers] == [202] * 10
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert ReceivedExtract.objects.get().state == "loaded"

"""Staff decide how much of a record is open."""

import threading
from datetime import date

import pytest
from django.db import connections
from django.test import Client

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import AccessGrant
from tests.cast import make_grant, make_staff, sign_in

pytestmark = pytest.mark.django_db

GRANT = {
    "decision": "granted", "current": "full", "historical": "detailed", "sections_from": "surgery",
    "reason": "Asked at the desk", "reason_for_patient": "You asked us",
}  # fmt: skip


@pytest.fixture
def address(patient):
    return f"/surgery/patients/{patient.pk}/access"


@pytest.fixture
def joel(surgery):
    return make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)


@pytest.fixture
def at_desk(client, joel):
    return sign_in(client, joel)


def latest(patient):
    return AccessGrant.objects.of(patient).first()


def test_a_first_decision_is_kept_with_both_reasons(at_desk, joel, patient, address):
    response = at_desk.post(address, GRANT)
    assert (response.status_code, response.url) == (302, address.removesuffix("access"))
    grant = latest(patient)
    assert (grant.decision, grant.current_level, grant.historical_level) == (
        "granted",
        "full",
        "detailed",
    )
    assert (grant.reason, grant.reason_for_patient) == ("Asked at the desk", "You asked us")
    assert (grant.decided_by, grant.duty) == (joel, Duty.DECIDE_ACCESS)
    assert (grant.starts_on, grant.restricted_sections) == (None, None)
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(patient_id=patient.pk, action="access decided")
    assert (event.actor_id, event.duty) == (joel.pk, Duty.DECIDE_ACCESS)
    assert "Asked" not in str(event.details)


@pytest.mark.parametrize("decision", ["denied", "paused"])
def test_to_deny_or_pause_takes_no_levels(at_desk, patient, address, decision):
    """R1.13: a decision that stays on file."""
    before = make_grant(patient)
    at_desk.post(address, GRANT | {"decision": decision, "made_from": before.pk})
    grant = latest(patient)
    assert (grant.decision, grant.current_level, grant.historical_level) == (
        decision,
        "none",
        "none",
    )
    assert AccessGrant.objects.of(patient).count() == 2


def test_staff_may_choose_a_start_date(at_desk, patient, address):
    """R1.2"""
    date_typed = {"starts_on-day": "1", "starts_on-month": "2", "starts_on-year": "2024"}
    at_desk.post(address, GRANT | date_typed)
    assert latest(patient).starts_on == date(2024, 2, 1)


@pytest.mark.parametrize("closed", [[], ["documents", "consultations"]])
def test_the_patients_own_sections_win_even_when_there_are_none(at_desk, patient, address, closed):
    """R1.12"""
    at_desk.post(address, GRANT | {"sections_from": "patient", "restricted_sections": closed})
    assert sorted(latest(patient).restricted_sections) == sorted(closed)


def test_sections_ticked_for_the_patient_do_not_count_when_the_surgery_decides(
    at_desk, patient, address
):
    at_desk.post(address, GRANT | {"restricted_sections": ["documents"]})
    assert latest(patient).restricted_sections is None


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"reason": " "}, "Enter the reason for the decision"),
        ({"decision": ""}, "Choose what you decide"),
        ({"decision": "maybe"}, "Choose one of the answers"),
        ({"current": ""}, "Choose a level for new entries"),
        ({"historical": ""}, "Choose a level for older entries"),
        ({"sections_from": ""}, "Choose which sections stay closed"),
        (
            {"current": "summary"},
            "Access to older entries can&#39;t be higher than access to new ones",
        ),
        (
            {"starts_on-day": "31", "starts_on-month": "2", "starts_on-year": "2024"},
            "must be a real date",
        ),
        (
            {"sections_from": "patient", "restricted_sections": ["letters"]},
            "Choose one of the answers",
        ),
    ],
)
def test_a_decision_that_cannot_be_says_why(at_desk, patient, address, answers, words):
    response = at_desk.post(address, GRANT | answers)
    assert response.status_code == 422
    assert words in response.text
    assert latest(patient) is None


def test_an_empty_form_is_refused(at_desk, address):
    assert at_desk.post(address).status_code == 422


def test_the_form_begins_with_what_holds_and_says_the_usual_date(at_desk, patient, address):
    """R1.2"""
    grant = make_grant(
        patient, "documents", "none", starts_on=date(2024, 2, 1), restricted_sections=["documents"]
    )
    text = at_desk.get(address).text
    assert f'name="made_from" value="{grant.pk}"' in text
    assert "31 October 2023, when the surgery went live" in text
    for value in ("granted", "documents", "none", "patient"):
        assert f'value="{value}" checked' in text.replace("\n", " ").replace("  ", " ")


@pytest.mark.parametrize(
    ("go_live_on", "registered_on", "words"),
    [
        (date(2023, 10, 31), date(2024, 1, 9), "9 January 2024, when the patient registered here"),
        (None, date(2024, 1, 9), "the surgery has no go-live date"),
    ],
)
def test_the_usual_date_is_explained(
    at_desk, surgery, patient, address, go_live_on, registered_on, words
):
    """R1.2"""
    surgery.go_live_on, patient.registered_on = go_live_on, registered_on
    surgery.save()
    patient.save()
    assert words in at_desk.get(address).text


def test_a_decision_made_meanwhile_is_not_overwritten(at_desk, patient, address):
    seen = make_grant(patient)
    make_grant(patient, "summary", "none", reason="Safeguarding, speak to me")
    response = at_desk.post(address, GRANT | {"made_from": seen.pk})
    assert response.status_code == 422
    assert "Someone else decided while you had this form open" in response.text
    assert "Safeguarding, speak to me" in response.text
    assert latest(patient).reason == "Safeguarding, speak to me"


def test_having_read_the_other_decision_one_may_send_again(at_desk, patient, address):
    other = make_grant(patient)
    response = at_desk.post(address, GRANT)
    assert response.status_code == 422
    assert f'name="made_from" value="{other.pk}"' in response.text
    assert at_desk.post(address, GRANT | {"made_from": other.pk}).status_code == 302


def test_what_was_typed_stays_in_the_form_of_who_was_overtaken(at_desk, patient, address):
    seen = make_grant(patient)
    make_grant(patient, "summary", "none", reason="Safeguarding, speak to me")
    typed = {
        "made_from": seen.pk, "sections_from": "patient", "restricted_sections": ["documents", "medicines"],
        "starts_on-day": "1", "starts_on-month": "2", "starts_on-year": "2024",
    }  # fmt: skip
    response = at_desk.post(address, GRANT | typed)
    assert response.status_code == 422
    text = " ".join(response.text.split())
    for words in ("Asked at the desk</textarea>", "You asked us</textarea>", 'value="2024"'):
        assert words in text
    for value in ("granted", "full", "detailed", "patient", "documents", "medicines"):
        assert f'value="{value}" checked' in text


def test_empty_date_boxes_are_no_reason_to_fail(at_desk, patient, address):
    """A browser sends them with every form."""
    seen = make_grant(patient)
    make_grant(patient, "summary", "none", reason="Safeguarding, speak to me")
    boxes = {"starts_on-day": "", "starts_on-month": "", "starts_on-year": ""}
    response = at_desk.post(address, GRANT | boxes | {"decision": "paused", "made_from": seen.pk})
    assert response.status_code == 422
    assert "Safeguarding, speak to me" in response.text


def test_a_form_that_names_a_decision_where_there_is_none_is_sent_again(at_desk, patient, address):
    response = at_desk.post(address, GRANT | {"made_from": "5"})
    assert response.status_code == 422
    assert "Someone else decided" in response.text
    assert 'name="made_from" value="5"' not in response.text
    assert latest(patient) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told(surgery, patient, address):
    statuses, start = [], threading.Barrier(2)
    clients = [
        sign_in(Client(), make_staff(surgery, f"{name}@example.test", Duty.DECIDE_ACCESS))
        for name in ("joel", "jane")
    ]

    def decide(client):
        start.wait()
        statuses.append(client.post(address, GRANT).status_code)
        connections.close_all()

    threads = [threading.Thread(target=decide, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 422]
    assert AccessGrant.objects.of(patient).count() == 1

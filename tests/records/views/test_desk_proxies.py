"""The pages on which staff stop, start and end proxy access (R4.5, R4.9)."""

from datetime import date
from uuid import uuid4

import pytest

from accounts.models import Duty
from proxy_access.access import access_of
from proxy_access.changing import suspend_as_patient
from proxy_access.models import ProxyGrant, ProxyStep
from tests.cast import make_patient, make_proxy_grant, make_staff, sign_in
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(patient, proxy_user):
    return make_proxy_grant(patient, proxy_user, ends_on=date(2099, 1, 1))


@pytest.fixture
def at_desk(client, patient):
    return sign_in(client, make_staff(patient.surgery, "d@example.test", Duty.DECIDE_ACCESS))


def page_of(grant, rest=""):
    return f"/surgery/patients/{grant.patient_id}/proxies/{grant.pk}/{rest}"


WHY = {"text": "Their sister rang", "tell": "no"}


def test_staff_stop_start_and_end_and_every_change_is_there_to_read(at_desk, grant):
    assert "In force today" in at_desk.get(page_of(grant)).text
    at_desk.post(page_of(grant, "stop"), WHY)
    page = at_desk.get(page_of(grant)).text
    for words in (
        "Suspended by the surgery",
        "Their sister rang",
        "The patient’s own pages do not say so",
    ):
        assert words in page
    at_desk.post(page_of(grant, "start"), WHY | {"tell": "yes"})
    assert ProxyGrant.objects.get().status == "active"
    at_desk.post(page_of(grant, "end"), WHY | {"reason": "ROLE_DEACTIVATED_SYSTEM_MISUSE"})
    page = at_desk.get(page_of(grant)).text
    assert "Misuse" in page
    assert page_of(grant, "end") not in page
    told = list(ProxyStep.objects.order_by("id").values_list("reason", "told_patient", "duty"))
    assert told == [
        ("ROLE_SUSPENDED_PENDING_REVIEW", False, "decide-access"),
        ("ROLE_REACTIVATED", True, "decide-access"),
        ("ROLE_DEACTIVATED_SYSTEM_MISUSE", False, "decide-access"),
    ]


@pytest.mark.parametrize(
    ("rest", "missing", "says"),
    [
        ("stop", {"text": ""}, "Enter the reason, for colleagues"),
        ("stop", {"tell": ""}, "Choose whether the patient’s own pages say so"),
        ("end", {}, "Choose why it ends"),
        ("end", {"reason": "ROLE_REACTIVATED"}, "Choose one of the answers"),
        ("start", {}, "The surgery has not stopped this"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_done(at_desk, grant, rest, missing, says):
    response = at_desk.post(page_of(grant, rest), WHY | missing)
    assert (response.status_code, says in response.text) == (422, True)
    assert (ProxyGrant.objects.get().status, ProxyStep.objects.count()) == ("active", 0)


def test_what_has_ended_is_not_ended_again(at_desk, patient, proxy_user):
    grant = make_proxy_grant(patient, proxy_user, status="ended")
    response = at_desk.post(page_of(grant, "stop"), WHY)
    assert (response.status_code, "This has ended" in response.text) == (422, True)


def test_whoever_may_not_decide_reads_only(client, patient, grant):
    sign_in(client, make_staff(patient.surgery, "r@example.test", Duty.REVIEW_ENTRIES))
    page = client.get(page_of(grant))
    assert "you need the duty “Decide access”" in page.text
    for rest in ("stop", "start", "end"):
        assert client.post(page_of(grant, rest), WHY).status_code == 403
    assert ProxyGrant.objects.get().status == "active"


def test_a_grant_of_another_patient_is_not_found(at_desk, patient, proxy_user):
    other = make_proxy_grant(make_patient(patient.surgery, "9990000026"), proxy_user)
    for pk in (other.pk, uuid4()):
        address = f"/surgery/patients/{patient.pk}/proxies/{pk}/"
        assert at_desk.get(address).status_code == 404
        assert at_desk.post(f"{address}stop", WHY).status_code == 404


def test_the_patients_page_leads_there(at_desk, patient, grant):
    assert page_of(grant) in at_desk.get(f"/surgery/patients/{patient.pk}/").text


def test_nobody_is_said_to_be_able_to_start_what_has_ended(at_desk, grant, patient_user):
    """Each stop is part of the history, but what has ended is not stopped."""
    own = access_of(patient_user, grant.patient_id, on=TODAY)
    suspend_as_patient(grant, by=own, now=NOW)
    assert "who alone can start it again" in at_desk.get(page_of(grant)).text
    at_desk.post(page_of(grant, "end"), WHY | {"reason": "ROLE_DEACTIVATED_SYSTEM_MISUSE"})
    page = at_desk.get(page_of(grant)).text
    assert "Ended" in page
    assert "who alone can start it again" not in page


def test_whether_to_tell_of_a_start_is_no_question(at_desk, grant):
    """R4.8: it is told wherever the stop was."""
    at_desk.post(page_of(grant, "stop"), WHY)
    assert "own pages say so?" not in at_desk.get(page_of(grant, "start")).text
    at_desk.post(page_of(grant, "start"), {"text": "Settled"})
    assert ProxyGrant.objects.get().status == "active"

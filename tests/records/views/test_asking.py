"""The page on which a patient asks for their full record (R8.2 to R8.5)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import AccessRequest
from records.previewing.reviewing import Proposal
from records.requests import deciding
from records.requests.steps import last_step
from surgeries.terms import Level
from tests.cast import make_grant, make_online, make_proxy_grant, make_user, sign_in
from tests.clock import NOW, TODAY
from tests.records.requests.conftest import as_staff
from tests.records.views.record import reader

pytestmark = pytest.mark.django_db

BOTH = {"reason": "For colleagues only", "reason_for_patient": "Words for Ada"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(patient):
    return f"/records/{patient.pk}/full-record"


@pytest.fixture
def as_patient(client, patient, patient_user):
    make_grant(patient)
    return sign_in(client, patient_user)


@pytest.fixture
def by_staff(staff, patient):
    return as_staff(staff, patient)


def ask(client, page, words=""):
    response = client.post(page, {"words": words})
    assert (response.status_code, response.url) == (302, page)
    return AccessRequest.objects.latest("asked_at")


def test_the_page_says_what_happens_and_by_when(as_patient, page):
    """R8.2, R8.5"""
    text = as_patient.get(page).text
    assert "28 working days" in text
    assert "it should answer by 11 July 2024" in text
    assert "subject access request" in text
    assert "one calendar month" in text
    assert "Nobody may make you ask for this" in text


def test_what_is_asked_stands_on_the_page_with_its_due_day(as_patient, page):
    ask(as_patient, page, "My vaccinations")
    text = as_patient.get(page).text
    for words in (
        "Your request was sent to Riverbank Surgery",
        "Sent. Your surgery has not said yet",
        "11 July 2024",
        "My vaccinations",
        "Take your request back",
    ):
        assert words in text


def test_more_words_join_the_request(as_patient, page):
    """R8.4"""
    ask(as_patient, page, "My vaccinations")
    ask(as_patient, page, "And letters")
    text = as_patient.get(page).text
    assert AccessRequest.objects.count() == 1
    assert "You wrote more" in text
    assert "And letters" in text


def test_words_that_are_too_long_are_sent_back(as_patient, page):
    response = as_patient.post(page, {"words": "a" * 2001})
    assert response.status_code == 422
    assert not AccessRequest.objects.exists()


def test_it_is_taken_back(as_patient, page):
    """R8.4"""
    ask(as_patient, page)
    for _ in range(2):
        assert as_patient.post(f"{page}/take-back").url == page
    text = as_patient.get(page).text
    assert "You took your request back" in text
    assert "Ask again" in text
    assert AccessRequest.objects.get().state == "withdrawn"


def test_with_nothing_to_take_back_nothing_happens(as_patient, page):
    assert as_patient.post(f"{page}/take-back").url == page
    assert as_patient.get(f"{page}/take-back").status_code == 405


def test_each_step_is_told_in_plain_words_and_never_the_reason_for_colleagues(
    as_patient, page, by_staff
):
    made = ask(as_patient, page)
    staffs = {"by": by_staff, "now": NOW}
    deciding.acknowledge(made, **staffs, seen=last_step(made).pk)
    assert "Your surgery has seen your request" in as_patient.get(page).text
    proposal = Proposal(Level.FULL, Level.FULL)
    deciding.start_review(made, **staffs, seen=last_step(made).pk, proposal=proposal)
    assert "is reading through your record" in as_patient.get(page).text
    until = TODAY + timedelta(days=10)
    deciding.defer(made, **staffs, seen=last_step(made).pk, until=until, **BOTH)
    text = as_patient.get(page).text
    assert "looks at your request again on 13 June 2024" in text
    assert "Words for Ada" in text
    deciding.refuse(
        made, **staffs, seen=last_step(made).pk, ground="serious-harm",
        professional="Dr Imogen Example", **BOTH,
    )  # fmt: skip
    text = as_patient.get(page).text
    assert "decided not to open more of your record" in text
    assert "how to complain" in text
    for secret in (
        "For colleagues only",
        "Dr Imogen",
        "serious harm to the",
        by_staff.viewer.email,
    ):
        assert secret not in text


def test_a_due_day_that_passed_is_said(as_patient, page):
    ask(as_patient, page)
    with time_machine.travel(NOW + timedelta(days=39)):
        sign_in(as_patient, AccessRequest.objects.get().asked_by)
        assert "That day has passed" in as_patient.get(page).text


def test_that_entries_were_hidden_is_not_said(as_patient, page, patient, by_staff):
    """R2.3"""
    made = ask(as_patient, page)
    grant = make_grant(patient, "full", "full")
    deciding.note_granted(made, grant, in_part=True, by=by_staff, now=NOW, **BOTH)
    text = as_patient.get(page).text
    assert "opened your full record to you" in text
    assert "a part of what you asked" not in text
    assert "has opened your full record to you already" in text


@pytest.mark.parametrize(
    ("decision", "levels", "words", "may"),
    [
        ("granted", ("summary", "summary"), "Send your request", True),
        ("granted", ("none", "none"), "Send your request", True),
        ("granted", ("full", "full"), "opened your full record to you already", False),
        ("denied", ("none", "none"), "Your surgery closed your online access", False),
        ("paused", ("none", "none"), "Your surgery closed your online access", False),
        ("declined", ("none", "none"), "You stopped online access", False),
    ],
)
def test_what_the_page_offers_with_which_access(
    client, patient, patient_user, page, decision, levels, words, may
):
    make_grant(patient, *levels, decision=decision)
    sign_in(client, patient_user)
    text = client.get(page).text
    assert words in text
    assert ("Send your request" in text) is may
    assert client.post(page, {"words": ""}).status_code == (302 if may else 422)


def test_a_request_that_waits_is_seen_and_taken_back_though_access_was_paused(
    as_patient, page, patient
):
    """R8.4"""
    ask(as_patient, page)
    make_grant(patient, "none", "none", decision="paused")
    assert "Take your request back" in as_patient.get(page).text
    as_patient.post(f"{page}/take-back")
    assert AccessRequest.objects.get().state == "withdrawn"


@pytest.mark.parametrize("rest", ["", "/take-back"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("proxy_user", 403), ("stranger", 404), ("staff", 404), ("other_staff", 404)],
)
def test_nobody_but_the_patient_asks_or_sees(
    client, request, as_patient, patient, page, proxy_user, who, status, rest
):
    """Nor takes back; a proxy acts inside the patient's access and does not widen it."""
    ask(as_patient, page)
    make_proxy_grant(patient, proxy_user)
    sign_in(client, request.getfixturevalue(who))
    assert client.post(page + rest, {"words": "Mine"}).status_code == status
    if not rest:
        assert client.get(page).status_code == status
    assert AccessRequest.objects.get().state == "sent"
    assert AccessRequest.objects.get().words == ""


def test_a_proxy_whose_time_is_over_gets_no_further(client, patient, page, proxy_user):
    make_grant(patient)
    make_proxy_grant(patient, proxy_user, ends_on=TODAY - timedelta(days=1))
    sign_in(client, proxy_user)
    assert client.get(page).status_code == 403


def test_who_left_the_surgery_is_told_so(as_patient, patient, page):
    """R1.5"""
    patient.left_on = TODAY
    patient.save()
    response = as_patient.get(page)
    assert response.status_code == 403
    assert "You have left this surgery" in response.text


def test_before_identity_is_proved_nothing_is_looked_up(client, patient, page):
    """R3.1"""
    make_grant(patient)
    user = make_user("new@example.test", level="P5")
    make_online(patient, user)
    sign_in(client, user)
    assert "Prove who you are" in client.get(page).text
    assert client.post(page, {"words": ""}).status_code == 403


def test_signed_out_one_is_asked_to_sign_in(client, patient, page):
    assert client.get(page).url.startswith("/sign-in?next=/records/")
    assert client.get(f"/records/{uuid4()}/full-record").url.startswith("/sign-in?next=")


def test_the_page_and_its_refusal_are_on_file(client, as_patient, patient, page, proxy_user):
    """R9.1"""
    as_patient.get(page)
    make_proxy_grant(patient, proxy_user)
    sign_in(client, proxy_user)
    client.get(page)
    with rows_of(patient.pk):
        events = AuditEvent.objects.filter(patient_id=patient.pk).order_by("sequence")
        found = [(event.action, event.outcome, event.object) for event in events]
    assert found == [
        ("request page opened", "done", "full record"),
        ("record opened", "refused", "full record"),
    ]


@pytest.mark.parametrize(
    ("levels", "rest", "words"),
    [
        (("full", "summary"), "", "Ask for older ones"),
        (("summary", "summary"), "", "ask for your full record"),
        (("full", "summary"), "health-conditions", "Ask for older ones"),
        (("full", "detailed"), "health-conditions", "Ask for the notes"),
        (("full", "summary"), "tests", "Ask for older ones"),
        (("full", "full"), "", "Ask for your full record"),
    ],
)
def test_every_page_that_says_what_is_not_shown_leads_here(
    client, patient, patient_user, page, levels, rest, words
):
    """R6.2"""
    make_grant(patient, *levels)
    reader(client, patient_user, patient)
    text = client.get(f"/records/{patient.pk}/{rest}").text
    assert f'<a href="{page}">{words}</a>' in text


def test_a_record_that_is_not_open_leads_here(client, patient, patient_user, page):
    """R6.2"""
    sign_in(client, patient_user)
    response = client.get(f"/records/{patient.pk}/")
    assert response.status_code == 403
    assert f'<a href="{page}">' in response.text
    assert f'<a href="{page}">' in client.get(reverse("home")).text


def test_a_proxy_is_never_led_here(client, patient, proxy_user, page):
    """R4.11"""
    make_grant(patient)
    make_proxy_grant(patient, proxy_user, scopes=["test-results", "medicines"])
    reader(client, proxy_user, patient)
    for rest in ("", "test-results", "tests"):
        response = client.get(f"/records/{patient.pk}/{rest}")
        assert response.status_code == 200
        assert page not in response.text

"""Asking to act for somebody, and what whoever asked reads of it: no more than the surgery lets them (R3.1, R4.5)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Duty, Tries
from audit.models import AuditEvent
from proxy_access.models import ProxyApplication, ProxyGrant, Told
from records.applicants import match
from records.models import StaffTask
from tests.cast import make_grant, make_patient, make_user, sign_in
from tests.clock import NOW
from tests.pages import bare
from tests.proxy_access.test_applying import STANDS, bring_to, make_application
from tests.proxy_access.test_changing import staff_with
from tests.proxy_access.test_deciding import proposed_for, rejected
from tests.records.views.test_desk_admitting import boxes

pytestmark = pytest.mark.django_db

NOBODYS = uuid4()
LIST, APPLY = "/act-for-somebody", "/act-for-somebody/apply"


@pytest.fixture
def applicant(db):
    return make_user("dora@example.test", name="Dora Asker")


@pytest.fixture
def at_home(client, applicant):
    return sign_in(client, applicant)


@pytest.fixture
def by_staff(patient):
    return staff_with(patient, Duty.DECIDE_ACCESS)


def form(surgery, /, **changed):
    """What somebody sends for Ada Testwell."""
    return {
        "surgery": surgery.pk, "legal_basis": "health-and-welfare-lasting-power-of-attorney",
        "given_names": "Ada", "family_name": "Testwell", "nhs_number": "999 000 0018",
        "relationship": "Daughter", "evidence": ["lasting-power"], "why": "She cannot read it",
        "scopes": ["medicines", "test-results"],
    } | boxes("date_of_birth", date(1980, 2, 3)) | boxes("ends_on", date(2099, 1, 1)) | changed  # fmt: skip


def test_it_is_sent_and_stands_on_their_pages(at_home, surgery, applicant):
    assert LIST in at_home.get("/").text
    assert "Nothing yet" in at_home.get(LIST).text
    assert 'name="legal_basis"' in at_home.get(APPLY).text
    page = at_home.post(APPLY, form(surgery), follow=True).text
    assert "Sent. The surgery will look at it" in page
    assert "Being looked at" in page
    sent = ProxyApplication.objects.get()
    assert (sent.applicant, sent.surgery, sent.claims.nhs_number) == (
        applicant, surgery, "9990000018",
    )  # fmt: skip
    page = at_home.get(f"{LIST}/{sent.pk}/").text
    for words in (
        "Ada Testwell", "3 February 1980", "Daughter",
        "Lasting power of attorney for health and welfare, registered", "Medicines, Test results",
    ):  # fmt: skip
        assert words in page


MISSING = [
    ({"surgery": ""}, "Choose the surgery"),
    ({"surgery": str(uuid4())}, "Choose one of the answers"),
    ({"legal_basis": ""}, "Choose why you may act for them"),
    ({"legal_basis": "consent"}, "Choose one of the answers"),
    ({"given_names": ""}, "Enter their first names"),
    ({"family_name": " "}, "Enter their family name"),
    (boxes("date_of_birth", None), "Enter their date of birth"),
    (boxes("date_of_birth", date(2098, 1, 1)), "Their date of birth must be in the past"),
    ({"nhs_number": "999 000 0019"}, "This is not a valid NHS number"),
    ({"relationship": ""}, "Enter what you are to them"),
    ({"evidence": []}, "Choose what you can show"),
    ({"evidence": ["none", "lasting-power"]}, "or only “None of these yet”"),
    ({"why": ""}, "Enter why you need to see their record"),
    ({"scopes": []}, "Choose at least one part"),
    (boxes("ends_on", None), "Enter an end date, or below why there is none"),
    (boxes("ends_on", date(2020, 1, 1)), "The end date must be today or later"),
]


@pytest.mark.parametrize(("changed", "says"), MISSING)
def test_what_is_missing_is_said_and_nothing_is_lost(at_home, surgery, changed, says):
    response = at_home.post(APPLY, form(surgery, **changed))
    assert (response.status_code, says in response.text) == (422, True)
    if "why" not in changed:
        assert "She cannot read it" in response.text
    assert not ProxyApplication.objects.exists()


def test_too_many_are_refused_in_words(at_home, surgery):
    for _ in range(5):
        assert at_home.post(APPLY, form(surgery)).status_code == 302
    response = at_home.post(APPLY, form(surgery))
    assert (response.status_code, "sent several of these today" in response.text) == (422, True)


def test_who_has_not_proved_who_they_are_does_that_first(client, surgery):
    """R4.2"""
    sign_in(client, make_user("new@example.test", level="P5"))
    assert LIST not in client.get("/").text
    for path in (LIST, APPLY, f"{LIST}/{uuid4()}/"):
        assert client.get(path).url == "/prove-who-you-are"
    assert client.post(APPLY, form(surgery)).url == "/prove-who-you-are"
    assert client.post(f"{LIST}/{uuid4()}/take-back").url == "/prove-who-you-are"
    assert "Prove who you are first" in client.get("/prove-who-you-are").text
    assert not ProxyApplication.objects.exists()


@pytest.mark.parametrize("path", [LIST, APPLY])
def test_both_factors_come_first(client, applicant, path):
    """R3.9"""
    assert client.get(path).url.startswith("/sign-in")
    client.force_login(applicant, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(path).url.startswith("/sign-in/code")


def test_another_persons_application_is_not_found(at_home, surgery, proxy_user):
    for pk in (make_application(surgery, proxy_user).pk, uuid4()):
        assert at_home.get(f"{LIST}/{pk}/").status_code == 404
        assert at_home.post(f"{LIST}/{pk}/take-back").status_code == 404


WHOM = {
    "a patient": {},
    "nobody": {"nhs_number": "", "family_name": "Nobody", "given_names": "No"},
    "another birth date": boxes("date_of_birth", date(1980, 3, 2)),
    "another patient's number": {"nhs_number": "9990000026"},
}


@pytest.mark.parametrize("whom", WHOM)
def test_the_answer_tells_nothing_of_whether_there_is_such_a_patient(
    client, patient, other_patient, applicant, whom
):
    """R3.1: the same page, the same work, the same shape in the log, whoever is meant."""

    def trace(changed):
        Tries.objects.all().delete()
        with time_machine.travel(NOW, tick=False):
            asked = sign_in(Client(), applicant)
            asked.get(APPLY)
            before = AuditEvent.objects.count()
            with CaptureQueriesContext(connection) as queries:
                response = asked.post(APPLY, form(patient.surgery, **changed))
            events = AuditEvent.objects.order_by("-sequence")[: AuditEvent.objects.count() - before]
            shape = [
                (event.action, event.patient_id, event.outcome, event.details) for event in events
            ]
            page = asked.get(response.url)
        return (
            response.status_code, response.url, sorted(response.headers), sorted(response.cookies),
            len(queries), shape, page.status_code, "Sent. The surgery will look at it" in page.text,
        )  # fmt: skip

    assert trace(WHOM[whom]) == trace({})
    assert not StaffTask.objects.exists()
    assert not ProxyGrant.objects.exists()


WAITING = [what for what, stand in STANDS if stand == "waiting"]


def seen_by_whoever_asks(applicant, sent):
    """Everything that whoever asked can look at, and what it took to answer."""
    asked = sign_in(Client(), applicant)
    found = {}
    for path in ("/", LIST, f"{LIST}/{sent.pk}/", f"/records/{NOBODYS}/"):
        response = asked.get(path)
        headers = {
            name: value for name, value in response.headers.items() if "Security" not in name
        }
        page = bare(response.text).replace(str(sent.pk), "ID")
        found[path.replace(str(sent.pk), "ID")[:20]] = (response.status_code, sorted(headers), page)
    return found


@pytest.mark.parametrize("what", WAITING)
def test_not_told_and_waiting_are_the_same_to_the_byte(patient, applicant, by_staff, what):
    """R4.5: what staff keep from whoever asked cannot be read from their pages, nor from taking it back."""
    with time_machine.travel(NOW, tick=False):
        make_grant(patient, historical="full")
        sent = make_application(patient.surgery, applicant)
        before = seen_by_whoever_asks(applicant, sent)
        bring_to(sent, by_staff, what)
        assert seen_by_whoever_asks(applicant, sent) == before
        other = make_application(
            patient.surgery, make_user("other@example.test", name="Dora Asker")
        )
        answers = []
        for one, user in ((sent, applicant), (other, other.applicant)):
            asked = sign_in(Client(), user)
            response = asked.post(f"{LIST}/{one.pk}/take-back", follow=True)
            answers.append(bare(response.text).replace(str(one.pk), "ID"))
        assert answers[0] == answers[1]
        assert "You took it back" in answers[0]


@pytest.mark.parametrize("what", WAITING)
def test_the_record_stays_as_unknown_to_whoever_is_not_told(patient, applicant, by_staff, what):
    make_grant(patient, historical="full")
    bring_to(make_application(patient.surgery, applicant), by_staff, what)
    asked = sign_in(Client(), applicant)
    known, unknown = (asked.get(f"/records/{pk}/") for pk in (patient.pk, uuid4()))
    assert (known.status_code, bare(known.text)) == (404, bare(unknown.text))


@pytest.mark.parametrize("told", [None, *Told])
def test_the_patients_own_pages_say_what_they_are_told_and_no_more(
    client, patient, patient_user, proxy_user, by_staff, told
):
    """R4.5: nothing of an application that waits, and of a rejection only where staff say so."""
    make_grant(patient)
    own = sign_in(client, patient_user)
    path = f"/records/{patient.pk}/people"
    before = bare(own.get(path).text)
    asked = proposed_for(patient, proxy_user)
    assert bare(own.get(path).text) == before
    rejected(asked, by_staff, "APPLICATION_REJECTED_COERCION", told=told)
    page = own.get(path).text
    if told in (Told.BOTH, Told.PATIENT):
        assert "Cara Helper: Riverbank Surgery did not let them act for you" in page
    else:
        assert bare(page) == before


def test_what_is_told_is_told_without_a_reason(client, patient, applicant, by_staff):
    for what, words in (
        ("granted", "It was granted. While it is in force"),
        ("rejected, told", "It was not granted. We cannot say why here"),
        ("no patient, told", "It was not granted. We cannot say why here"),
    ):
        applicant = make_user(f"{what.replace(', ', '-').replace(' ', '-')}@example.test")
        sent = bring_to(make_application(patient.surgery, applicant), by_staff, what)
        page = sign_in(client, applicant).get(f"{LIST}/{sent.pk}/").text
        assert words in page
        assert "take-back" not in page
        assert "Not needed" not in page
        answer = client.post(f"{LIST}/{sent.pk}/take-back", follow=True).text
        assert "This is decided, so there is nothing to take back" in answer


def test_taking_back_ends_the_task(at_home, patient, applicant, by_staff):
    sent = make_application(patient.surgery, applicant)
    match(sent, by=by_staff, now=timezone.now())
    assert StaffTask.objects.get().closed_at is None
    at_home.post(f"{LIST}/{sent.pk}/take-back")
    assert StaffTask.objects.get().closed_at
    assert ProxyGrant.objects.get().status == "entered-in-error"


def test_a_list_of_many_asks_no_more_than_one_of_few(at_home, patient, applicant, by_staff):
    counts = []
    for number in range(4):
        sent = make_application(patient.surgery, applicant, now=NOW + timedelta(days=number))
        bring_to(sent, by_staff, "rejected, told")
        at_home.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            assert at_home.get(LIST).text.count("Not granted") == number + 1
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_nobody_else_is_a_patient_of_theirs(at_home, surgery):
    """Sending opens nothing."""
    other = make_patient(surgery, "9990000026")
    at_home.post(APPLY, form(surgery, nhs_number="9990000026"))
    assert at_home.get(f"/records/{other.pk}/").status_code == 404

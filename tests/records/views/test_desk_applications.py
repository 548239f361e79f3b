"""Staff find out of which patient somebody speaks who asks to act for them (R3.7, R8.1)."""

from datetime import date
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.models import ProxyApplication, ProxyGrant
from records.applicants import application_at, applications_at
from records.models import StaffTask
from tests.cast import make_grant, make_online, make_patient, make_proxy_grant, make_staff, sign_in
from tests.proxy_access.test_applying import make_application
from tests.proxy_access.test_changing import staff_with
from tests.records.views.test_desk_admitting import boxes

pytestmark = pytest.mark.django_db

DESK = "/surgery/applications"


@pytest.fixture
def joel(surgery):
    return make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)


@pytest.fixture
def at_desk(client, joel):
    return sign_in(client, joel)


@pytest.fixture
def sent(surgery, proxy_user):
    return make_application(surgery, proxy_user)


def at(sent, rest=""):
    return f"{DESK}/{sent.pk}/{rest}"


def match_of(patient, sent):
    return f"/surgery/patients/{patient.pk}/applications/{sent.pk}/match"


def test_what_waits_is_counted_listed_and_matched_by_all_three_facts(at_desk, patient, sent, joel):
    """R3.7"""
    desk = at_desk.get("/surgery/").text
    assert "1 application waits" in desk
    assert "Nothing else waits" in desk
    assert "Nothing waits" not in desk
    assert at(sent) in at_desk.get(DESK).text
    page = at_desk.get(at(sent)).text
    for words in ("Cara Helper", "Ada Testwell", "are all as they said", match_of(patient, sent)):
        assert words in page
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(action="staff found patient").count() == 1
    assert AuditEvent.objects.get(action="proxy application read").actor_id == joel.pk
    assert "How do you know" not in at_desk.get(match_of(patient, sent)).text
    response = at_desk.post(match_of(patient, sent))
    grant = ProxyGrant.objects.get()
    there = f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/decide"
    assert response.url == there
    task = StaffTask.objects.get()
    assert (task.kind, task.about_id) == ("proxy-application", grant.pk)
    make_grant(patient)
    page = at_desk.get(there).text
    for words in ("Daughter", "She cannot read it any more", "Lasting power of attorney"):
        assert words in page
    assert "application waits" not in at_desk.get("/surgery/").text
    assert at_desk.get(at(sent)).status_code == 404
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(action="proxy application matched")
        assert (event.actor_id, event.duty) == (joel.pk, "decide-access")


def test_a_patient_is_found_by_hand_and_how_one_knows_is_kept(
    at_desk, patient, surgery, proxy_user
):
    sent = make_application(surgery, proxy_user, nhs_number="", given_names="Adda")
    page = at_desk.get(at(sent)).text
    assert "No patient here has this NHS number, date of birth and family name together" in page
    born = boxes("date_of_birth", patient.date_of_birth)
    page = at_desk.post(at(sent), {"family_name": "Testwell"} | born).text
    assert "1 patient found" in page
    assert match_of(patient, sent) in page
    response = at_desk.post(match_of(patient, sent), {"because": ""})
    assert (response.status_code, "Enter how you know" in response.text) == (422, True)
    at_desk.post(match_of(patient, sent), {"because": "Saw the deed"})
    make_grant(patient)
    grant = ProxyGrant.objects.get()
    page = at_desk.get(f"/surgery/patients/{patient.pk}/proxies/{grant.pk}/decide").text
    assert "Saw the deed" in page
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(action="staff found patient").count() == 1


def test_a_search_that_finds_nobody_or_is_wrong_says_so(at_desk, sent):
    assert "No patients found" in at_desk.post(at(sent), {"nhs_number": "9990000026"}).text
    response = at_desk.post(at(sent), {})
    assert (response.status_code, "Enter an NHS number, or" in response.text) == (422, True)


def test_there_is_no_such_patient(at_desk, sent):
    page = at(sent, "no-patient")
    assert "never told that there is no such patient" in at_desk.get(page).text
    response = at_desk.post(page, {})
    assert response.status_code == 422
    for words in ("Enter the reason, for colleagues", "Choose whether they are told"):
        assert words in response.text
    assert at_desk.post(page, {"because": "Looked", "tell": "no"}).url == DESK
    held = ProxyApplication.objects.get()
    assert (bool(held.answered_at), held.tells_applicant, mail.outbox) == (True, False, [])
    assert at_desk.get(page).status_code == 404


def test_the_patient_themself_is_refused_in_words(at_desk, patient, patient_user, surgery):
    sent = make_application(surgery, patient_user)
    response = at_desk.post(match_of(patient, sent))
    assert (response.status_code, "cannot act for themself" in response.text) == (422, True)


def test_a_colleague_who_was_faster_is_said(at_desk, patient, sent):
    """The page was open before; what is sent then finds nothing to do."""
    at_desk.post(at(sent, "no-patient"), {"because": "Looked", "tell": "yes"})
    assert at_desk.post(match_of(patient, sent)).status_code == 404
    assert at_desk.post(at(sent, "no-patient"), {"because": "x", "tell": "no"}).status_code == 404
    assert ProxyApplication.objects.get().tells_applicant
    assert [email.to for email in mail.outbox] == [["carer@example.test"]]


def test_a_closed_account_gets_no_mail_about_what_it_asked_for(at_desk, sent, proxy_user):
    """R4.5: as of any other answer."""
    proxy_user.closed_at = timezone.now()
    proxy_user.save()
    at_desk.post(at(sent, "no-patient"), {"because": "Looked", "tell": "yes"})
    assert (ProxyApplication.objects.get().tells_applicant, mail.outbox) == (True, [])


@pytest.mark.parametrize("close", ["asks", "is meant", "acts for who is meant", "looks like"])
def test_nobody_is_staff_to_themself(client, surgery, patient, joel, proxy_user, close):
    """R8.1: neither to what they ask, nor to what is asked about them or whom they act for."""
    about = {"nhs_number": ""} if close == "looks like" else {}
    sent = make_application(surgery, joel if close == "asks" else proxy_user, **about)
    if close in ("is meant", "looks like"):
        make_online(patient, joel)
    elif close == "acts for who is meant":
        make_proxy_grant(patient, joel)
    sign_in(client, joel)
    assert "application waits" not in client.get("/surgery/").text
    assert at(sent) not in client.get(DESK).text
    for rest in ("", "no-patient"):
        assert client.get(at(sent, rest)).status_code == 404
    assert client.post(match_of(patient, sent)).status_code == 404
    assert ProxyApplication.objects.waiting().count() == 1


def test_a_search_does_not_show_who_is_close_to_the_viewer(at_desk, surgery, joel, sent):
    own = make_patient(surgery, "9990000034", family_name="Own", date_of_birth=date(1990, 1, 1))
    make_online(own, joel)
    page = at_desk.post(at(sent), {"nhs_number": "9990000034"}).text
    assert "No patients found" in page


def test_another_surgery_sees_nothing_of_it(client, other_staff, sent, patient):
    sign_in(client, other_staff)
    assert "application waits" not in client.get("/surgery/").text
    assert at(sent) not in client.get(DESK).text
    for path in (at(sent), at(sent, "no-patient"), at_of(uuid4())):
        assert client.get(path).status_code == 404
    assert client.get(match_of(patient, sent)).status_code == 404


def at_of(pk):
    return f"{DESK}/{pk}/"


def test_the_number_of_queries_does_not_grow(
    surgery, patient, proxy_user, django_assert_num_queries
):
    desk = staff_with(patient, Duty.DECIDE_ACCESS).desk
    for _ in range(4):
        make_application(surgery, proxy_user)
    with django_assert_num_queries(2):
        found = applications_at(desk)
    assert len(found) == 4
    assert application_at(desk, found[0].pk) == found[0]


def test_why_one_looks_is_asked_before_a_patient_is_compared(client, patient, sent, joel):
    """R8.1: what was found on the desk opens no patient without a reason."""
    sign_in(client, joel, reason=False)
    asked = client.get(match_of(patient, sent)).url
    assert asked.startswith(f"/surgery/patients/{patient.pk}/reason")
    response = client.post(asked, {"reason": "check", "words": ""})
    assert response.url == match_of(patient, sent)
    assert "Is this the patient?" in client.get(response.url).text

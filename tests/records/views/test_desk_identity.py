"""The front desk: identity with the person there, a new link, and the letter on paper."""

import io
import re
from datetime import date

import pypdf
import pytest
from django.test import Client
from django.utils import timezone
from weasyprint.urls import FatalURLFetchingError

from accounts.desk_codes import make_desk_code
from accounts.models import (
    DeskCode,
    Duty,
    IdentityCheck,
    OnlineRegistration,
    RegistrationLetter,
    StaffRole,
    User,
)
from audit.models import AuditEvent
from audit.row_security import rows_of
from records import letter_pages
from tests.cast import make_patient, make_proxy_grant, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db

CODES = r"[2-9A-HJ-NP-Z]"
DOCUMENTS = {"method": "documents", "photo": "passport", "address": "council-tax-bill"}
VOUCHED = {
    "method": "vouching",
    "voucher": "Dr Imogen Fairsample",
    "known_since-day": "1",
    "known_since-month": "5",
    "known_since-year": "2015",
}
CONFIRMED = VOUCHED | {
    "method": "vouching-confirmed",
    "questions": ["former-surgery", "last-visit"],
}
SURE = {"is_here": "on", "is_right_record": "on"}
NEW = DOCUMENTS | SURE | {"account": "new", "email": "Ada@example.test", "agreed": "on"}


@pytest.fixture
def desk(patient):
    return f"/surgery/patients/{patient.pk}"


@pytest.fixture
def iris(surgery):
    return make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)


@pytest.fixture
def at_desk(client, iris):
    return sign_in(client, iris)


@pytest.fixture
def newcomer(db):
    return make_user("ada@example.test", level="P0", is_self_made=True)


@pytest.fixture
def with_code(newcomer):
    return NEW | {"account": "code", "code": make_desk_code(newcomer, now=timezone.now())}


PAGES = ["identity", "letter", "letter/end", "new-link"]


@pytest.mark.parametrize("page_name", PAGES)
def test_only_staff_who_check_identity_come_here(
    surgery, patient, patient_user, desk, other_staff, stranger, page_name
):
    """R8.1"""
    joel = make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS, Duty.REVIEW_ENTRIES)
    for user, status in ((joel, 403), (other_staff, 404), (stranger, 404), (patient_user, 404)):
        client = sign_in(Client(), user)
        assert client.post(f"{desk}/{page_name}").status_code == status
    assert Client().post(f"{desk}/{page_name}").status_code == 302
    assert not RegistrationLetter.objects.exists()


@pytest.mark.parametrize("page_name", PAGES)
def test_nobody_checks_themself_or_whom_they_act_for(client, patient, desk, iris, page_name):
    make_proxy_grant(patient, iris)
    assert sign_in(client, iris).post(f"{desk}/{page_name}").status_code == 404


# identity at the desk


@pytest.mark.parametrize(
    ("way", "method"),
    [(DOCUMENTS, "documents"), (VOUCHED, "vouching"), (CONFIRMED, "vouching-confirmed")],
)
def test_somebody_with_an_account_is_at_p9_at_once(
    at_desk, desk, patient, newcomer, iris, with_code, way, method
):
    """R3.5"""
    response = at_desk.post(f"{desk}/identity", with_code | way)
    assert response.url == f"{desk}/"
    newcomer.refresh_from_db()
    assert newcomer.is_identified
    registration = OnlineRegistration.objects.get()
    check = registration.identity_check
    assert (registration.patient, registration.user) == (patient, newcomer)
    assert (check.method, check.checked_by, check.level) == (method, iris, "P9")
    assert registration.terms_version
    assert DeskCode.objects.get().used_at
    shown = at_desk.get(f"{desk}/").text
    assert check.get_method_display() in shown
    assert check.voucher in shown


def test_somebody_without_an_account_gets_a_link_that_is_never_sent(
    at_desk, desk, patient, settings, mailoutbox
):
    response = at_desk.post(f"{desk}/identity", NEW)
    assert response.status_code == 200
    link = re.search(rf"{settings.PORTAL_URL}(/set-up/[^<]+)</code>", response.text)[1]
    assert "<svg" in response.text
    assert User.objects.get(email="ada@example.test").is_identified
    assert OnlineRegistration.objects.get().patient == patient
    assert Client().get(link).status_code == 200
    assert not any("/set-up/" in mail.body for mail in mailoutbox)
    assert link not in at_desk.get(f"{desk}/").text


def test_the_link_is_on_file_without_itself(at_desk, desk, patient):
    at_desk.post(f"{desk}/identity", NEW)
    with rows_of(patient.pk):
        events = list(AuditEvent.objects.values_list("action", flat=True))
        assert "/set-up/" not in str(list(AuditEvent.objects.values()))
    for action in ("identity checked", "online account opened", "set-up link made"):
        assert action in events


def test_an_account_that_is_in_use_needs_its_code(at_desk, desk, newcomer):
    response = at_desk.post(f"{desk}/identity", NEW)
    assert response.status_code == 422
    assert "Ask the person to sign in to it and make a code" in response.text
    newcomer.refresh_from_db()
    assert not newcomer.is_identified


def test_a_refused_registration_leaves_no_account_behind(at_desk, desk, patient, patient_user):
    response = at_desk.post(f"{desk}/identity", NEW | {"email": "second@example.test"})
    assert response.status_code == 422
    assert "has an online account already" in response.text
    assert not User.objects.filter(email="second@example.test").exists()
    assert IdentityCheck.objects.count() == 1


@pytest.mark.parametrize("values", [{"code": "2222 2222"}, {"email": "other@example.test"}])
def test_code_and_address_must_both_fit(at_desk, desk, newcomer, with_code, values):
    response = at_desk.post(f"{desk}/identity", with_code | values)
    assert response.status_code == 422
    assert "No account has this code and this email address together" in response.text
    assert not OnlineRegistration.objects.exists()


def test_after_five_wrong_codes_the_right_one_waits(at_desk, desk, with_code):
    for _ in range(5):
        at_desk.post(f"{desk}/identity", with_code | {"code": "2222 2222"})
    assert at_desk.post(f"{desk}/identity", with_code).status_code == 422
    assert AuditEvent.objects.filter(action="desk code tried").count() == 6


def test_a_code_works_once(at_desk, desk, surgery, newcomer, with_code):
    at_desk.post(f"{desk}/identity", with_code)
    other = make_patient(surgery, "9990000026", given_names="Bilal")
    again = at_desk.post(f"/surgery/patients/{other.pk}/identity", with_code)
    assert again.status_code == 422


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"method": ""}, "Choose how you know who this person is"),
        ({"method": "remote"}, "Choose one of the answers"),
        ({"photo": ""}, "Choose the photo ID that you saw"),
        ({"photo": "council-tax-bill"}, "Choose one of the answers"),
        ({"address": ""}, "Choose the proof of address that you saw"),
        (VOUCHED | {"voucher": " "}, "Enter the name of the person who vouches"),
        (VOUCHED | {"known_since-year": str(timezone.localdate().year)}, "2 years or more"),
        (VOUCHED | {"known_since-year": ""}, "must include a year"),
        (CONFIRMED | {"questions": []}, "Choose what you asked"),
        (CONFIRMED | {"questions": ["last-visit"]}, "at least 2 questions"),
        (CONFIRMED | {"questions": ["diagnosis", "last-visit"]}, "Choose one of the answers"),
        ({"is_here": ""}, "with the person in front of you"),
        ({"is_right_record": ""}, "Check that this is the record"),
        ({"agreed": ""}, "if they agree to the terms"),
        ({"account": ""}, "Choose whether the person has an account"),
        ({"account": "code", "code": ""}, "Enter the code for the front desk"),
        ({"email": "ada"}, "email address in the right format"),
    ],
)
def test_what_is_not_enough_says_why(at_desk, desk, values, words):
    """R3.5"""
    response = at_desk.post(f"{desk}/identity", NEW | values)
    assert response.status_code == 422
    assert words in response.text
    assert not IdentityCheck.objects.exists()
    assert not User.objects.filter(email="ada@example.test").exists()


def test_there_is_nowhere_to_put_a_copy_or_an_answer(at_desk, desk):
    """R3.5"""
    page = at_desk.get(f"{desk}/identity").text
    assert 'type="file"' not in page
    assert "multipart" not in page
    assert page.count("<textarea") == 0


@pytest.mark.parametrize("born", [date(2020, 1, 1), timezone.localdate()])
def test_a_child_gets_no_account(at_desk, surgery, born):
    """R3.8"""
    child = make_patient(surgery, date_of_birth=born)
    response = at_desk.post(f"/surgery/patients/{child.pk}/identity", NEW)
    assert response.status_code == 422
    assert "under 13" in response.text


# a new link


def test_a_patient_who_lost_their_phone_gets_a_new_link(
    at_desk, desk, patient, patient_user, settings
):
    response = at_desk.post(f"{desk}/new-link", CONFIRMED | SURE)
    link = re.search(rf"{settings.PORTAL_URL}(/set-up/[^<]+)</code>", response.text)[1]
    assert Client().get(link).status_code == 200
    assert patient_user.identity_checks.filter(method="vouching-confirmed").exists()
    with rows_of(patient.pk):
        assert AuditEvent.objects.filter(action="set-up link made").exists()


def test_without_proof_or_account_there_is_no_link(at_desk, desk, patient, client):
    assert at_desk.get(f"{desk}/new-link").status_code == 404


def test_without_proof_there_is_no_link(at_desk, desk, patient_user):
    assert at_desk.post(f"{desk}/new-link", SURE).status_code == 422
    assert not AuditEvent.objects.filter(action="set-up link made").exists()


def test_a_colleague_gets_no_link_at_a_desk(at_desk, desk, patient_user, other_surgery):
    """With the link would go that person's duties, at another surgery too."""
    StaffRole.objects.create(
        user=patient_user, surgery=other_surgery, duty="decide-access", starts_on=date(2020, 1, 1)
    )
    response = at_desk.post(f"{desk}/new-link", DOCUMENTS | SURE)
    assert response.status_code == 422
    assert "works for a surgery" in response.text
    assert not AuditEvent.objects.filter(action="set-up link made").exists()


def test_a_closed_account_gets_no_link(at_desk, desk, patient_user):
    patient_user.is_active = False
    patient_user.save()
    response = at_desk.post(f"{desk}/new-link", DOCUMENTS | SURE)
    assert response.status_code == 422
    assert "closed" in response.text


# the letter


def words_of(response):
    document = pypdf.PdfReader(io.BytesIO(response.content))
    return document, " ".join("\n".join(page.extract_text() for page in document.pages).split())


def test_the_letter_is_a_tagged_pdf_with_the_codes_and_no_address(
    at_desk, desk, surgery, patient, settings
):
    """R3.6, R7.5"""
    response = at_desk.post(f"{desk}/letter", {"is_known": "on"})
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    assert "Ada" not in response["Content-Disposition"]
    document, words = words_of(response)
    assert 1 <= len(document.pages) <= 2
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert document.trailer["/Root"]["/Lang"] == "en-GB"
    assert document.metadata.title
    for pattern in (rf"{CODES}{{5}} {CODES}{{5}}", rf"{CODES}{{4}} {CODES}{{4}} {CODES}{{4}}"):
        assert re.search(pattern, words)
    for wanted in ("Ada Testwell", surgery.name, surgery.ods_code, f"{settings.PORTAL_URL}/letter"):
        assert wanted in words
    for kept_back in ("1980", "999 000 0018", "9990000018", "Address"):
        assert kept_back not in words


def test_a_letter_names_no_address_of_a_restricted_patient_and_is_handed_over(at_desk, surgery):
    """R7.5"""
    hidden = make_patient(surgery, is_restricted=True)
    page = at_desk.get(f"/surgery/patients/{hidden.pk}/letter").text
    assert "Hand it over in person" in page
    assert "Never post the letter" in page
    words = words_of(at_desk.post(f"/surgery/patients/{hidden.pk}/letter", {"is_known": "on"}))[1]
    assert "Ada Testwell" in words


def test_the_codes_are_in_that_answer_only(at_desk, desk):
    words = words_of(at_desk.post(f"{desk}/letter", {"is_known": "on"}))[1]
    account_id = re.search(rf"{CODES}{{5}} {CODES}{{5}}", words)[0]
    for path in (f"{desk}/letter", f"{desk}/"):
        assert account_id not in at_desk.get(path).text
    assert RegistrationLetter.objects.count() == 1  # looking makes none


def test_a_second_letter_replaces_the_first(at_desk, desk):
    at_desk.post(f"{desk}/letter", {"is_known": "on"})
    at_desk.post(f"{desk}/letter", {"is_known": "on"})
    ends = RegistrationLetter.objects.order_by("made_at").values_list("ended_because", flat=True)
    assert list(ends) == ["replaced", ""]


def test_the_patients_page_says_how_the_letter_stands(at_desk, desk, patient):
    at_desk.post(f"{desk}/letter", {"is_known": "on"})
    assert "Wrong tries: 0 of 5" in at_desk.get(f"{desk}/").text
    assert at_desk.post(f"{desk}/letter/end").url == f"{desk}/"
    page = at_desk.get(f"{desk}/").text
    assert "Taken back by the surgery" in page
    assert "Take the letter back" not in page
    with rows_of(patient.pk):
        assert AuditEvent.objects.get(action="letter ended").details == {"because": "revoked"}


@pytest.mark.parametrize(
    ("sent", "status"), [({"is_known": "on"}, 422), ({"is_known": "on", "is_competent": "on"}, 200)]
)
def test_someone_of_14_gets_one_after_an_assessment(at_desk, surgery, sent, status):
    """R3.8"""
    young = make_patient(surgery, date_of_birth=date(timezone.localdate().year - 14, 1, 1))
    path = f"/surgery/patients/{young.pk}/letter"
    assert at_desk.post(path, sent).status_code == status
    assert RegistrationLetter.objects.exists() is (status == 200)


def test_no_tick_no_letter(at_desk, desk):
    assert at_desk.post(f"{desk}/letter").status_code == 422
    assert not RegistrationLetter.objects.exists()


def test_who_has_an_account_gets_no_letter(at_desk, desk, patient_user):
    response = at_desk.post(f"{desk}/letter", {"is_known": "on"})
    assert response.status_code == 422
    assert "has an online account already" in response.text


def test_where_no_pdf_can_be_made_the_letter_is_a_page(at_desk, desk, monkeypatch, surgery):
    """The system library may be missing."""
    monkeypatch.setattr(letter_pages, "weasyprint", None)
    response = at_desk.post(f"{desk}/letter", {"is_known": "on"})
    assert response["Content-Type"].startswith("text/html")
    assert "no-store" in response["Cache-Control"]
    assert surgery.ods_code in response.text
    assert "nhsuk/letter.css" in response.text


def test_a_letter_asks_for_nothing_from_anywhere():
    for hostile in (
        '<img src="http://example.test/x.png" alt="">',
        '<img src="file:///etc/passwd" alt="">',
        '<link rel="stylesheet" href="https://example.test/x.css">',
    ):
        with pytest.raises(FatalURLFetchingError):
            letter_pages.as_pdf(f"<html lang=en><title>x</title>{hostile}<p>x</p>")

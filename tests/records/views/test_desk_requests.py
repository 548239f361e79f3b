"""Requests at the desk: what staff read, each step they take, and the letter (R8.2, R8.3)."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
import time_machine

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.grants import record_of
from records.models import AccessRequest, StaffTask
from records.requests.asking import ask, note_asked
from records.requests.deciding import note_granted
from records.requests.steps import last_step
from tests.cast import make_grant, make_staff, sign_in
from tests.clock import NOW, TODAY
from tests.records.requests.conftest import as_staff

pytestmark = pytest.mark.django_db

BOTH = {"reason": "For colleagues only", "reason_for_patient": "Words for Ada"}
REFUSAL = BOTH | {"ground": "serious-harm", "professional": "Dr Imogen Example, GP"}
LEVELS = {"current": "full", "historical": "detailed", "sections_from": "surgery"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff)


@pytest.fixture
def made(patient, patient_user):
    """A request that the patient made online."""
    make_grant(patient)
    record = record_of(patient_user, patient.pk, on=TODAY)
    return ask(by=record.access, record=record, words="My vaccinations", now=NOW)


@pytest.fixture
def on_paper(staff, patient):
    """A request of a patient without an account."""
    make_grant(patient)
    return note_asked(by=as_staff(staff, patient), asked_on=TODAY, words="", now=NOW)


def at(made, rest=""):
    return f"/surgery/patients/{made.patient_id}/requests/{made.pk}/{rest}"


def send(client, made, rest, seen=None, **answers):
    seen = last_step(made).pk if seen is None else seen
    return client.post(at(made, rest), {"seen": seen} | answers)


def date_boxes(name, day):
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def test_the_page_says_what_was_asked_by_when_to_answer_and_what_can_be_done(at_desk, made):
    page = at_desk.get(at(made)).text
    for words in (
        "My vaccinations", "11 July 2024", "Say that we have read it", "Start the review",
        "Put it off until a day", "Refuse it", "Write down that it is over", "ada@example.test"
        if not made.asked_by.name else made.asked_by.name,
    ):  # fmt: skip
        assert words in page


def test_who_may_not_decide_reads_and_is_told_which_duty_it_takes(client, surgery, made):
    others = [duty for duty in Duty if duty != Duty.DECIDE_ACCESS]
    sign_in(client, make_staff(surgery, "others@example.test", *others))
    page = client.get(at(made)).text
    assert "you need the duty “Decide access”" in page
    assert "Refuse it" not in page


def test_what_is_overdue_is_said_in_words(at_desk, staff, made):
    with time_machine.travel(NOW + timedelta(days=39)):
        assert "Overdue by 1 day<" in sign_in(at_desk, staff).get(at(made)).text


def test_reading_is_acknowledged(at_desk, made):
    assert send(at_desk, made, "acknowledge").url == at(made)
    made.refresh_from_db()
    assert made.state == "acknowledged"
    assert "Say that we have read it" not in at_desk.get(at(made)).text


def test_a_refusal_says_both_reasons_its_ground_and_who_decided(at_desk, made):
    """R8.2, R8.3"""
    assert at_desk.get(at(made, "refuse")).status_code == 200
    assert send(at_desk, made, "refuse", **REFUSAL).url == at(made)
    page = at_desk.get(at(made)).text
    for words in (
        "Refused", "For colleagues only", "Words for Ada", "Dr Imogen Example, GP",
        "Likely serious harm", "The patient gets an email",
    ):  # fmt: skip
        assert words in page
    assert "Start the review" not in page


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("ground", "Choose the ground"),
        ("professional", "Enter the name and role"),
        ("reason", "Enter the reason, for the surgery"),
        ("reason_for_patient", "Enter the words for the patient"),
    ],
)
def test_what_a_refusal_lacks_is_asked_for(at_desk, made, left_out, words):
    response = send(at_desk, made, "refuse", **REFUSAL | {left_out: ""})
    assert response.status_code == 422
    assert words in response.text
    assert AccessRequest.objects.get().state == "sent"


def test_a_refusal_for_other_people_names_no_professional(at_desk, made):
    send(at_desk, made, "refuse", **REFUSAL | {"ground": "third-party"})
    assert last_step(made).professional == ""


@pytest.mark.parametrize("days", [0, 39])
def test_putting_off_needs_a_day_that_is_not_too_far(at_desk, made, days):
    day = date_boxes("until", TODAY + timedelta(days=days))
    response = send(at_desk, made, "put-off", **BOTH, **day)
    assert response.status_code == 422
    assert "at most 28 working days away" in response.text


def test_what_is_put_off_leaves_the_queue_and_comes_back(at_desk, staff, made):
    """R8.2"""
    day = TODAY + timedelta(days=14)
    assert send(at_desk, made, "put-off", **BOTH, **date_boxes("until", day)).url == at(made)
    assert "until 17 June 2024" in at_desk.get(at(made)).text
    assert "Nothing waits" in at_desk.get("/surgery/").text
    with time_machine.travel(NOW + timedelta(days=14)):
        sign_in(at_desk, staff)
        assert "The patient asks for their full record" in at_desk.get("/surgery/").text


def test_a_review_begins_with_what_is_proposed_and_leads_to_its_page(at_desk, made):
    page = at_desk.get(at(made, "review")).text
    assert re.search(r'name="historical" type="radio" value="full"[^>]*checked', page)
    response = send(at_desk, made, "review", **LEVELS)
    review = made.reviews.get()
    assert (review.current_level, review.historical_level) == ("full", "detailed")
    assert (review.restricted_sections, review.starts_on) == (None, None)
    assert response.url == f"/surgery/patients/{made.patient_id}/reviews/{review.pk}/"
    assert "Go on with the review" in at_desk.get(at(made)).text


def test_a_review_may_leave_sections_closed_for_this_patient(at_desk, made):
    """R1.12"""
    send(
        at_desk, made, "review", **LEVELS | {"sections_from": "patient"},
        restricted_sections=["documents"],
    )  # fmt: skip
    assert made.reviews.get().restricted_sections == ["documents"]


def test_levels_that_cannot_be_are_sent_back(at_desk, made):
    response = send(at_desk, made, "review", **LEVELS | {"current": "summary"})
    assert response.status_code == 422
    assert "can&#39;t be higher" in response.text
    assert AccessRequest.objects.get().state == "sent"


def test_that_it_is_over_is_written_down_with_why(at_desk, made):
    response = send(at_desk, made, "withdrawn", reason="")
    assert response.status_code == 422
    assert send(at_desk, made, "withdrawn", reason="Called today").url == at(made)
    assert "Called today" in at_desk.get(at(made)).text


ACTS = {
    "acknowledge": {},
    "refuse": REFUSAL,
    "put-off": BOTH | date_boxes("until", TODAY + timedelta(days=5)),
    "review": LEVELS,
    "withdrawn": {"reason": "Called"},
}


@pytest.mark.parametrize("rest", ACTS)
def test_of_two_staff_at_once_the_second_reads_what_the_first_did(
    at_desk, surgery, patient, made, rest
):
    """Nothing is lost: what was typed is still in the form, which now answers to what is on the page."""
    seen = last_step(made).pk
    imogen = as_staff(make_staff(surgery, "imogen@example.test"), patient)
    note_asked(by=imogen, asked_on=TODAY, words="They called as well", now=NOW)
    response = send(at_desk, made, rest, seen=seen, **ACTS[rest])
    assert response.status_code == 422
    assert "Somebody else did something with this request" in response.text
    assert "They called as well" in response.text
    assert "imogen@example.test" in response.text
    if "reason" in ACTS[rest]:
        assert ACTS[rest]["reason"] in response.text
    assert AccessRequest.objects.get().state == "sent"
    again = re.search(r'name="seen" value="(\d+)"', response.text)[1]
    assert send(at_desk, made, rest, seen=again, **ACTS[rest]).status_code == 302


@pytest.mark.parametrize("rest", ACTS)
@pytest.mark.parametrize("seen", ["", "x", "-1"])
def test_what_does_not_say_what_it_answers_to_is_sent_back(at_desk, made, rest, seen):
    assert send(at_desk, made, rest, seen=seen, **ACTS[rest]).status_code == 422
    assert AccessRequest.objects.get().state == "sent"


@pytest.mark.parametrize("rest", ["refuse", "put-off", "review", "withdrawn"])
def test_what_is_over_has_no_more_forms(at_desk, made, rest):
    send(at_desk, made, "refuse", **REFUSAL)
    assert at_desk.get(at(made, rest)).url == at(made)
    response = send(at_desk, made, rest, **ACTS[rest])
    assert response.status_code == 422
    assert "refused already" in response.text
    assert made.steps.count() == 2


def test_a_request_on_paper_is_written_down(at_desk, patient):
    page = f"/surgery/patients/{patient.pk}/requests/new"
    assert at_desk.get(page).status_code == 200
    assert at_desk.post(page, {"words": ""}).status_code == 422
    late = date_boxes("asked_on", TODAY + timedelta(days=1))
    assert "in the future" in at_desk.post(page, late).text
    response = at_desk.post(page, date_boxes("asked_on", TODAY) | {"words": "A letter"})
    made = AccessRequest.objects.get()
    assert response.url == at(made)
    listed = at_desk.get(f"/surgery/patients/{patient.pk}/requests/").text
    assert "Asked on 3 June 2024" in listed


def test_who_did_not_ask_has_an_empty_list(at_desk, patient):
    assert "has not asked" in at_desk.get(f"/surgery/patients/{patient.pk}/requests/").text


@pytest.mark.parametrize("rest", ["", *ACTS, "letter", "letter.pdf", "letter/printed"])
def test_a_request_of_another_patient_is_not_here(at_desk, made, other_patient, rest):
    elsewhere = at(made, rest).replace(str(made.patient_id), str(other_patient.pk))
    data = {"seen": last_step(made).pk} | ACTS.get(rest, {})
    acts = (at_desk.get(elsewhere), at_desk.post(elsewhere, data))
    assert {answer.status_code for answer in acts} <= {404, 405}
    assert AccessRequest.objects.get().state == "sent"


# the letter


def test_a_refusal_on_paper_leads_to_the_letter_which_is_done_once_printed(
    at_desk, on_paper, staff
):
    response = send(at_desk, on_paper, "refuse", **REFUSAL)
    assert response.url == at(on_paper, "letter")
    page = at_desk.get(response.url).text
    for words in (
        "We have decided not to open more",
        "Words for Ada",
        "Ombudsman",
        "I have printed it",
    ):
        assert words in page
    assert at_desk.get("/surgery/").text.count("A letter to print and send<") == 1
    for _ in range(2):
        assert at_desk.post(at(on_paper, "letter/printed")).url == at(on_paper)
    assert StaffTask.objects.get(kind="print-letter").closed_by == staff
    assert "does not wait in the queue to be printed" in at_desk.get(at(on_paper, "letter")).text
    with rows_of(on_paper.patient_id):
        assert AuditEvent.objects.filter(action="decision letter printed").count() == 1


def test_before_anything_is_decided_there_is_no_letter(at_desk, made):
    for rest in ("letter", "letter.pdf"):
        assert at_desk.get(at(made, rest)).status_code == 404


def granted(made, staff, historical, *, in_part, sections=None):
    grant = make_grant(made.patient, "full", historical, restricted_sections=sections)
    by = as_staff(staff, made.patient)
    note_granted(made, grant, in_part=in_part, by=by, now=NOW, **BOTH)


@pytest.mark.parametrize(
    ("historical", "sections", "in_part", "said", "unsaid"),
    [
        ("full", None, True, "opened your full record", "a part of your record"),  # R2.3
        (
            "full",
            ["documents"],
            True,
            "Sections that stay closed: Documents",
            "your full record to you",
        ),
        ("detailed", None, True, "Older entries: Coded entries", "opened your full record"),
    ],
)
def test_the_letter_says_what_was_opened_by_level_and_section_and_never_by_entry(
    at_desk, on_paper, staff, historical, sections, in_part, said, unsaid
):
    granted(on_paper, staff, historical, in_part=in_part, sections=sections)
    page = at_desk.get(at(on_paper, "letter")).text
    assert said in page
    assert unsaid not in page
    assert "Ask us for a registration letter" in page


def test_the_letter_tells_by_when_a_decision_comes(at_desk, on_paper):
    day = TODAY + timedelta(days=14)
    response = send(at_desk, on_paper, "put-off", **BOTH, **date_boxes("until", day))
    assert "We look at your request again on 17 June 2024" in at_desk.get(response.url).text


def test_the_letter_has_the_surgerys_own_words_and_nothing_that_is_for_colleagues(
    at_desk, surgery, on_paper
):
    surgery.letter_words = "Our new branch is in Example Road.\nCome and see us."
    surgery.save()
    send(at_desk, on_paper, "refuse", **REFUSAL)
    letter = at_desk.get(at(on_paper, "letter")).text.split("We have decided not", 1)[1]
    assert "Come and see us." in letter
    for secret in ("For colleagues only", "Imogen", "serious harm", "9990000018"):
        assert secret not in letter.split("</main>")[0]


def test_the_letter_is_a_tagged_pdf(at_desk, on_paper):
    send(at_desk, on_paper, "refuse", **REFUSAL)
    response = at_desk.get(at(on_paper, "letter.pdf"))
    assert response["Content-Type"] == "application/pdf"
    document = pypdf.PdfReader(io.BytesIO(response.content))
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert document.trailer["/Root"]["/Lang"] == "en-GB"
    assert (
        document.metadata.title == "We have decided not to open more of your record to you online"
    )
    words = " ".join(" ".join(page.extract_text() for page in document.pages).split())
    assert "Words for Ada" in words
    for secret in ("For colleagues only", "Imogen", "1980", "999 000 0018"):
        assert secret not in words
    assert "no-store" in response["Cache-Control"]


def test_a_restricted_patient_gets_it_in_person(at_desk, on_paper):
    """R7.5"""
    on_paper.patient.is_restricted = True
    on_paper.patient.save()
    send(at_desk, on_paper, "refuse", **REFUSAL)
    assert "Never post the letter" in at_desk.get(at(on_paper, "letter")).text

"""The desk answers those who say that an entry is wrong."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Duty, User
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.corrections import (
    GIVE_REASON,
    NOT_THAT_ANSWER,
    OVERTAKEN_SURGERY,
    open_correction,
    write,
)
from records.corrections import take_back as take_it_back
from records.grants import with_levels
from records.models import Entry, OpenedResult, StaffTask
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant, make_staff, make_user, sign_in
from tests.clock import NOW, TODAY
from tests.records.test_corrections import last_of, now_of
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script> & \"quotes\""


@pytest.fixture
def entry(patient):
    return make_entry(
        patient, title="Asthma", effective_on=date(2024, 3, 1), effective_precision="day"
    )


@pytest.fixture
def own(patient, patient_user):
    make_grant(patient, historical="full")
    return with_levels(access_of(patient_user, patient.pk, on=TODAY))


@pytest.fixture
def thread(entry, own):
    return open_correction(entry, by=own, now=timezone.now(), text=HOSTILE)


@pytest.fixture
def at_desk(client, surgery):
    return sign_in(client, make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES))


def page_of(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


def address_of(thread, rest=""):
    return page_of(thread.patient, f"corrections/{thread.id}/{rest}")


def answer(client, thread, **answers):
    values = {"state": "kept", "text": "It was so then", "seen": last_of(thread)} | answers
    return client.post(address_of(thread, "answer"), values)


def test_a_thread_is_read_with_its_entry_and_who_wrote(at_desk, thread, entry):
    page = at_desk.get(address_of(thread)).text
    for words in ("Asthma", "1 March 2024", "Ada Testwell, the patient", "&lt;script&gt;alert("):
        assert words in page
    assert "<script>alert(" not in page
    assert page_of(entry.patient, f"entries/{entry.id}/") in page


def test_an_answer_is_saved_told_and_ends_the_task(at_desk, thread):
    assert "Read it and answer" in at_desk.get(page_of(thread.patient)).text
    assert answer(at_desk, thread, text=HOSTILE).url == address_of(thread)
    assert now_of(thread).state == "kept"
    assert [email.to for email in mail.outbox] == [["ada@example.test"]]
    page = at_desk.get(address_of(thread)).text
    assert "Your answer is saved" in page
    assert "imogen@example.test, for the surgery: record kept as it is" in page
    assert "<script>alert(" not in page
    assert "There is nothing to answer" in page
    assert "Read it and answer" not in at_desk.get(page_of(thread.patient)).text


def test_to_look_at_it_needs_no_words_and_keeps_the_task(at_desk, thread):
    assert answer(at_desk, thread, state="read", text="").status_code == 302
    assert now_of(thread).state == "read"
    assert StaffTask.objects.get().closed_at is None
    assert "Being looked at" in at_desk.get(address_of(thread)).text


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"text": ""}, GIVE_REASON),
        ({"text": " \u200b "}, GIVE_REASON),
        ({"text": "🙂" * 3000}, "must be 2000 characters or fewer"),
        ({"state": ""}, "Choose an answer"),
        ({"state": "taken-back"}, NOT_THAT_ANSWER),
        ({"state": "sent"}, NOT_THAT_ANSWER),
        ({"seen": ""}, OVERTAKEN_SURGERY),
        ({"seen": "nonsense"}, OVERTAKEN_SURGERY),
        ({"seen": uuid4()}, OVERTAKEN_SURGERY),
    ],
)
def test_an_answer_that_cannot_be_says_what_to_mend(at_desk, thread, answers, words):
    response = answer(at_desk, thread, **answers)
    assert response.status_code == 422
    assert words in response.text
    assert "There is a problem" in response.text
    assert now_of(thread).state == "sent"
    assert mail.outbox == []


def test_an_answer_to_what_has_changed_meanwhile_is_kept_on_the_form(at_desk, thread, own):
    seen = last_of(thread)
    write(thread, by=own, now=timezone.now(), text="One thing more")
    response = answer(at_desk, thread, seen=seen)
    assert response.status_code == 422
    assert OVERTAKEN_SURGERY in response.text
    assert "One thing more" in response.text
    assert "It was so then" in response.text
    assert answer(at_desk, thread).status_code == 302


def test_what_a_colleague_answered_meanwhile_stands(at_desk, thread, surgery):
    colleague = sign_in(Client(), make_staff(surgery, "c@example.test", Duty.REVIEW_ENTRIES))
    seen = last_of(thread)
    assert answer(colleague, thread, state="corrected", text="Done").status_code == 302
    response = answer(at_desk, thread, seen=seen)
    assert response.status_code == 422
    assert OVERTAKEN_SURGERY in response.text
    assert now_of(thread).state == "corrected"


def test_what_was_passed_on_can_be_answered_later(at_desk, thread):
    answer(at_desk, thread, state="passed-on", text="To the hospital")
    page = at_desk.get(address_of(thread)).text
    assert 'value="corrected"' in page
    assert 'value="passed-on"' not in page
    assert answer(at_desk, thread, state="corrected", text="They changed it").status_code == 302


def test_what_was_taken_back_has_no_task_and_no_answer(at_desk, thread, own):
    take_it_back(thread, by=own, now=timezone.now())
    page = at_desk.get(address_of(thread)).text
    assert "taken back by the writer" in page
    assert "Save the answer" not in page
    assert answer(at_desk, thread).status_code == 422
    assert not StaffTask.objects.filter(closed_at=None).exists()


def test_staff_are_told_when_the_writer_cannot_read_the_answer(at_desk, thread, entry):
    words = "They cannot read an answer here"
    assert words not in at_desk.get(address_of(thread)).text
    hide_from(thread.patient, entry)
    assert words in at_desk.get(address_of(thread)).text
    answer(at_desk, thread)
    assert mail.outbox == []


@pytest.mark.parametrize("state", ["sealed", "opened", "plain", "account closed"])
def test_staff_are_told_not_to_answer_with_what_the_writer_has_not_opened(
    state, at_desk, thread, entry, patient_user
):
    """R5.5: an answer is read before the result is."""
    with rows_of(entry.patient_id):
        Entry.objects.of(thread.patient).filter(id=entry.id).update(flagged=state != "plain")
        if state == "opened":
            OpenedResult.objects.create(
                patient=thread.patient, viewer_id=patient_user.pk, entry_id=entry.id,
                opened_at=timezone.now(),
            )  # fmt: skip
    User.objects.filter(pk=patient_user.pk).update(is_active=state != "account closed")
    said = "They have not opened this result yet" in at_desk.get(address_of(thread)).text
    assert said == (state == "sealed")


def test_the_list_has_what_waits_first_and_says_what_is_late(at_desk, own, patient, thread):
    long_ago = timezone.now() - timedelta(days=40)
    late = open_correction(
        make_entry(patient, "e2", title="Old one"), by=own, now=long_ago, text="x"
    )
    answer(at_desk, thread)
    page = at_desk.get(page_of(patient, "corrections/")).text
    assert page.index("Old one") < page.index("Asthma")
    assert page.count("Late") == 1
    assert "Record kept as it is" in page
    assert address_of(late) in page
    assert page_of(patient, "corrections/") in at_desk.get(page_of(patient)).text


def test_a_proxy_is_named_as_one(at_desk, own, patient, proxy_user, entry):
    make_proxy_grant(patient, proxy_user, scopes=list(Section.values))
    access = with_levels(access_of(proxy_user, patient.pk, on=TODAY))
    thread = open_correction(entry, by=access, now=NOW, text="x")
    assert "Cara Helper, who acts for the patient" in at_desk.get(address_of(thread)).text


def test_a_record_about_which_nobody_wrote(at_desk, patient):
    assert "Nobody has said" in at_desk.get(page_of(patient, "corrections/")).text


def test_the_task_is_not_done_by_saying_so(client, surgery, thread):
    at_desk = sign_in(client, make_staff(surgery, "joel@example.test"))
    task = StaffTask.objects.get()
    assert "This task is done" not in at_desk.get(page_of(thread.patient)).text
    response = at_desk.post(page_of(thread.patient, f"tasks/{task.pk}/done"))
    assert response.url == address_of(thread)
    assert "Answer the person who wrote" in at_desk.get(response.url).text
    assert StaffTask.objects.get().closed_at is None


PAGES = ["corrections/", "corrections/{}/", "corrections/{}/answer"]


def pages(thread):
    return [page_of(thread.patient, page.format(thread.id)) for page in PAGES]


def test_every_duty_reads_and_one_answers(client, surgery, thread):
    """R8.1"""
    for duty in Duty:
        sign_in(client, make_staff(surgery, f"{duty}@example.test", duty))
        listed, read, to_answer = pages(thread)
        assert client.get(listed).status_code == client.get(read).status_code == 200
        assert client.get(to_answer).status_code == 405
        may = duty is Duty.REVIEW_ENTRIES
        assert ("Save the answer" in client.get(read).text) is may
        assert client.post(to_answer).status_code == (422 if may else 403)


@pytest.mark.parametrize("who", ["patient_user", "stranger", "proxy_user", "other_staff"])
def test_nobody_else_learns_of_it(request, thread, who):
    """R8.1: nor do staff of another surgery."""
    client = sign_in(Client(), request.getfixturevalue(who))
    for address in pages(thread):
        method = client.post if address.endswith("answer") else client.get
        assert method(address, {"state": "kept"}).status_code == 404


def test_signed_out_one_is_asked_to_sign_in(thread):
    for address in pages(thread):
        assert "/sign-in" in Client().post(address).url


def test_a_thread_of_another_patient_is_not_here(at_desk, thread, other_patient):
    for number in (thread.id, uuid4()):
        assert at_desk.get(page_of(other_patient, f"corrections/{number}/")).status_code == 404


def test_pages_cost_the_same_however_many_threads_there_are(
    at_desk, thread, own, patient, django_assert_max_num_queries
):
    addresses = [page_of(patient, "corrections/"), address_of(thread), page_of(patient)]
    few = [cost(at_desk, address, django_assert_max_num_queries) for address in addresses]
    for number in range(4):
        make_user(f"u{number}@example.test")
        other = make_entry(patient, f"n{number}")
        open_correction(other, by=own, now=NOW, text="x")
        write(thread, by=own, now=NOW, text=f"no {number}")
    many = [cost(at_desk, address, django_assert_max_num_queries) for address in addresses]
    assert many == few
    assert many[:2] == [17, 23]


def cost(client, address, counted):
    client.get(address)
    with counted(40) as queries:
        assert client.get(address).status_code == 200
    return len(queries)

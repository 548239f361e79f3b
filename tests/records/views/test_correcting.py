"""Telling the surgery that an entry looks wrong: who may, who sees it, and when it is gone."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Duty
from accounts.staff import find_staff_access
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.corrections import ALREADY_ANSWERED, OVERTAKEN_WRITER, answer
from records.models import Correction, CorrectionMessage, Entry
from records.threads import messages_of
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant, make_staff, sign_in, verified
from tests.clock import NOW
from tests.records.views.record import entry_of, hide_from, page_of, reader

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script> & \"quotes\""
FAR = date(2090, 1, 1)


@pytest.fixture
def entry(open_to_patient):
    return make_entry(
        open_to_patient, title="Asthma", effective_on=date(2024, 3, 1), effective_precision="day"
    )


@pytest.fixture
def mine(client, patient_user, entry):
    """The patient's own browser."""
    return reader(client, patient_user, entry.patient)


@pytest.fixture
def grant(entry, proxy_user):
    return make_proxy_grant(entry.patient, proxy_user, scopes=list(Section.values), ends_on=FAR)


@pytest.fixture
def theirs(grant, proxy_user, entry):
    """The browser of somebody who acts for them."""
    return reader(Client(), proxy_user, entry.patient)


def form_of(entry):
    return reverse("records:looks-wrong", args=[entry.patient_id, entry.id])


def list_of(patient):
    return reverse("records:corrections", args=[patient.pk])


def address_of(thread):
    return reverse("records:correction", args=[thread.patient_id, thread.id])


def take_back_of(thread):
    return reverse("records:take-back", args=[thread.patient_id, thread.id])


def tell(client, entry, text="This was my sister"):
    return client.post(form_of(entry), {"text": text})


def threads(patient):
    with rows_of(patient.pk):
        return list(Correction.objects.filter(patient=patient).order_by("opened_at"))


def told(client, entry, text="This was my sister"):
    """A new thread."""
    before = {each.id for each in threads(entry.patient)}
    assert tell(client, entry, text).status_code == 302
    [thread] = [each for each in threads(entry.patient) if each.id not in before]
    return thread


def texts(thread):
    with rows_of(thread.patient_id):
        return [each.text for each in messages_of(thread)]


def last_of(thread):
    with rows_of(thread.patient_id):
        return messages_of(thread)[-1].id


def surgery_answers(thread, state, text="Because of this"):
    patient = thread.patient
    staff = verified(make_staff(patient.surgery, f"{uuid4()}@example.test"))
    desk = find_staff_access(
        viewer=staff, patient_id=patient.pk, needs=Duty.REVIEW_ENTRIES, now=NOW
    )
    answer(
        thread,
        by=desk,
        now=thread.opened_at + timedelta(days=1),
        state=state,
        text=text,
        seen=last_of(thread),
    )


def write(client, thread, text, seen=None):
    return client.post(address_of(thread), {"text": text, "seen": seen or last_of(thread)})


# the form


def test_the_form_says_what_happens_and_what_it_is_not_for(mine, entry):
    page = mine.get(form_of(entry)).text
    for words in (
        "Tell your surgery this looks wrong",
        "Asthma",
        "1 March 2024",
        "call 111",
        "999",
        "one calendar month",
        "They can change facts that are wrong",
        "what a doctor or nurse thought at the time",
        "add a note",
        "see what you write, and that it was you",
    ):
        assert words in page


def test_what_was_told_is_a_thread(mine, entry):
    response = tell(mine, entry, HOSTILE + "\r\nTwo lines")
    [thread] = threads(entry.patient)
    assert response.url == address_of(thread)
    page = mine.get(response.url).text
    assert "You told your surgery this looks wrong" in page
    assert "Sent to your surgery" in page
    assert "&lt;script&gt;alert(" in page
    assert "<script>alert(" not in page
    assert "<br>Two lines" in page
    assert "The surgery should answer by" in page
    listed = mine.get(list_of(entry.patient)).text
    assert address_of(thread) in listed
    assert "Sent to your surgery" in listed
    line = mine.get(entry_of(entry)).text
    assert "this looks wrong on" in line
    assert address_of(thread) in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write what looks wrong"),
        (" \n ", "Write what looks wrong"),
        ("\u200b\x00", "Write what looks wrong"),
        ("🙂" * 3000, "must be 2000 characters or fewer"),
    ],
)
def test_words_that_cannot_be_sent_are_asked_for_again(mine, entry, text, words):
    response = tell(mine, entry, text)
    assert response.status_code == 422
    assert words in response.text
    assert "There is a problem" in response.text
    assert threads(entry.patient) == []


def test_2000_characters_may_be_on_many_lines(mine, entry):
    told(mine, entry, "x" * 999 + "\r\n" + "🙂" * 1000)


def test_sending_twice_makes_one_thread_and_one_message(mine, entry):
    thread = told(mine, entry)
    assert tell(mine, entry).url == address_of(thread)
    assert texts(thread) == ["This was my sister"]
    assert mine.get(form_of(entry)).url == address_of(thread)


def test_words_from_a_form_that_is_still_open_are_not_lost(mine, entry):
    thread = told(mine, entry)
    assert tell(mine, entry, "And the date").url == address_of(thread)
    assert texts(thread) == ["This was my sister", "And the date"]


def test_too_many_at_once_is_said_and_keeps_the_words(mine, entry):
    for number in range(20):
        told(mine, make_entry(entry.patient, f"n{number}"))
    response = tell(mine, entry, "The 21st")
    assert response.status_code == 422
    assert "wait for an answer" in response.text
    assert "The 21st" in response.text


def test_a_part_stands_for_its_entry(mine, entry):
    part = make_entry(entry.patient, "part", root_id=entry.id, title="Peak flow")
    assert "Asthma" in mine.get(form_of(part)).text
    assert told(mine, part).entry_id == entry.id


def test_a_sealed_entry_is_named_and_no_more(mine, entry):
    """R5.5"""
    sealed = make_entry(
        entry.patient, "r1", title="Potassium", section="test-results", kind="result",
        flagged=True, details={"value": {"number": "7.123"}},
    )  # fmt: skip
    page = mine.get(form_of(sealed)).text
    assert "Potassium" in page
    assert "7.123" not in page
    thread = told(mine, sealed)
    for address in (address_of(thread), list_of(entry.patient)):
        page = mine.get(address).text
        assert "Potassium" in page
        assert "7.123" not in page


# the thread


def test_an_answer_is_shown_with_its_date(mine, entry):
    thread = told(mine, entry)
    surgery_answers(thread, "read", "")
    assert "Your surgery is looking at it" in mine.get(address_of(thread)).text
    surgery_answers(thread, "kept", HOSTILE)
    page = mine.get(address_of(thread)).text
    assert "Your surgery kept the record as it is" in page
    assert "&lt;script&gt;alert(" in page
    assert "Take it back" not in page
    assert "If it still looks wrong" in page
    assert "Your surgery kept the record as it is" in mine.get(entry_of(entry)).text


def test_a_corrected_record_says_that_the_entry_may_not_have_changed_yet(mine, entry):
    thread = told(mine, entry)
    surgery_answers(thread, "corrected", "We changed the date")
    page = mine.get(address_of(thread)).text
    assert "Your surgery corrected the record" in page
    assert "It changes here only when" in page


def test_writing_after_an_answer_asks_again(mine, entry):
    thread = told(mine, entry)
    surgery_answers(thread, "kept")
    assert write(mine, thread, "It is still wrong").url == address_of(thread)
    assert "Sent to your surgery" in mine.get(address_of(thread)).text
    assert texts(thread)[-1] == "It is still wrong"


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write something to send"), ("🙂" * 3000, "must be 2000 characters or fewer")],
)
def test_more_words_that_cannot_be_sent_are_asked_for_again(mine, entry, text, words):
    thread = told(mine, entry)
    response = write(mine, thread, text)
    assert response.status_code == 422
    assert words in response.text
    assert len(texts(thread)) == 1


@pytest.mark.parametrize("seen", [uuid4(), "", "nonsense"])
def test_words_to_a_page_that_is_out_of_date_are_kept_on_the_form(mine, entry, seen):
    thread = told(mine, entry)
    response = mine.post(address_of(thread), {"text": "More of it", "seen": seen})
    assert response.status_code == 422
    assert OVERTAKEN_WRITER[:40] in response.text
    assert "More of it" in response.text
    assert str(last_of(thread)) in response.text
    assert texts(thread) == ["This was my sister"]


def test_it_can_be_taken_back_until_it_is_answered(mine, entry):
    thread = told(mine, entry)
    assert mine.get(take_back_of(thread)).status_code == 405
    for _ in range(2):
        assert mine.post(take_back_of(thread)).url == address_of(thread)
    page = mine.get(address_of(thread)).text
    assert "You took it back" in page
    assert "<textarea" not in page
    assert write(mine, thread, "Not really").status_code == 422
    assert told(mine, entry, "Something else").id != thread.id


def test_what_is_answered_is_not_taken_back(mine, entry):
    thread = told(mine, entry)
    surgery_answers(thread, "kept")
    response = mine.post(take_back_of(thread))
    assert response.status_code == 422
    assert ALREADY_ANSWERED in response.text
    assert "<textarea" in response.text


def test_a_change_needs_the_token_of_the_page(entry, patient_user):
    client = reader(Client(enforce_csrf_checks=True), patient_user, entry.patient)
    assert tell(client, entry).status_code == 403
    assert threads(entry.patient) == []


def test_looking_and_telling_are_on_file_without_the_words(mine, entry):
    """R9.1"""
    thread = told(mine, entry, "SECRET")
    mine.get(address_of(thread))
    with rows_of(entry.patient_id):
        found = list(AuditEvent.objects.filter(patient_id=entry.patient_id))
    assert "correction opened" in {event.action for event in found}
    assert f"correction {thread.id}" in {event.object for event in found}
    assert "SECRET" not in str([(event.object, event.details) for event in found])


def test_without_any_the_list_says_how(mine, entry):
    assert "You have not told your surgery" in mine.get(list_of(entry.patient)).text


def test_many_come_in_pages(mine, entry, patient_user):
    with rows_of(entry.patient_id):
        Correction.objects.bulk_create(
            Correction(
                patient=entry.patient, entry_id=entry.id, opened_by_id=patient_user.pk,
                opened_at=NOW, state="taken-back", state_at=NOW + timedelta(minutes=number),
            )
            for number in range(26)
        )  # fmt: skip
    first = mine.get(list_of(entry.patient)).text
    assert first.count("Asthma") == 25
    assert "?page=2" in first
    assert mine.get(list_of(entry.patient) + "?page=2").text.count("Asthma") == 1


# who sees what


def test_a_proxy_sees_only_their_own(mine, theirs, entry):
    """R4.11"""
    own = told(mine, entry, "SECRET OF THE PATIENT")
    theirs_own = told(theirs, entry, "From the carer")
    listed = theirs.get(list_of(entry.patient)).text
    assert address_of(theirs_own) in listed
    assert address_of(own) not in listed
    assert theirs.get(address_of(own)).status_code == 404
    assert theirs.post(take_back_of(own)).status_code == 404
    assert write(theirs, own, "Hello").status_code == 404
    assert address_of(own) not in theirs.get(entry_of(entry)).text
    page = theirs.get(address_of(theirs_own)).text
    assert "You told the surgery this looks wrong" in page
    assert "our surgery" not in page.partition("<main")[2].partition("</main>")[0]


def test_nothing_tells_a_proxy_that_the_patient_wrote(mine, theirs, entry):
    """R4.11"""
    pages = [entry_of(entry), list_of(entry.patient), form_of(entry)]
    before = [page_of(theirs, page) for page in pages]
    told(mine, entry)
    assert [page_of(theirs, page) for page in pages] == before


def test_the_patient_sees_what_a_proxy_wrote_and_by_whom(mine, theirs, entry):
    thread = told(theirs, entry, "From the carer")
    assert "Cara Helper, who acts for you," in mine.get(list_of(entry.patient)).text
    page = mine.get(address_of(thread)).text
    assert "Cara Helper told your surgery this looks wrong" in page
    assert "Written by someone who acts for you" in page
    assert "From the carer" in page
    assert "<textarea" not in page
    assert "Someone who acts for you told your surgery" in mine.get(entry_of(entry)).text
    assert write(mine, thread, "Hello").status_code == 404
    assert mine.post(take_back_of(thread)).status_code == 404
    assert mine.get(form_of(entry)).status_code == 200


def test_a_proxy_is_told_that_the_patient_sees_it(theirs, entry):
    assert "Ada Testwell sees it too" in theirs.get(form_of(entry)).text


def everything(thread, entry):
    return [
        ("get", form_of(entry)),
        ("post", form_of(entry)),
        ("get", list_of(entry.patient)),
        ("get", address_of(thread)),
        ("post", address_of(thread)),
        ("post", take_back_of(thread)),
    ]


def test_a_proxy_out_of_scope_neither_writes_nor_sees(theirs, grant, entry):
    thread = told(theirs, entry)
    grant.scopes = [Section.MEDICINES]
    grant.save()
    for method, address in everything(thread, entry):
        if address != list_of(entry.patient):
            assert getattr(theirs, method)(address, {"text": "x"}).status_code == 404, address
    assert "Asthma" not in theirs.get(list_of(entry.patient)).text
    assert len(texts(thread)) == 1


def test_an_ended_proxy_is_shown_nothing_and_the_patient_still_reads_it(mine, theirs, grant, entry):
    thread = told(theirs, entry)
    grant.ends_on = date(2024, 2, 1)
    grant.save()
    for method, address in everything(thread, entry):
        response = getattr(theirs, method)(address, {"text": "x"})
        assert response.status_code == 403, address
        assert "Asthma" not in response.text
    assert "This was my sister" in mine.get(address_of(thread)).text


@pytest.mark.parametrize("who", ["stranger", "staff", "other_staff"])
def test_nobody_else_learns_that_there_is_such_a_record(mine, request, entry, who):
    thread = told(mine, entry)
    client = reader(Client(), request.getfixturevalue(who), entry.patient)
    for method, address in everything(thread, entry):
        assert getattr(client, method)(address, {"text": "x"}).status_code == 404, address


def test_signed_out_one_is_asked_to_sign_in(mine, entry):
    thread = told(mine, entry)
    for method, address in everything(thread, entry):
        assert "/sign-in" in getattr(Client(), method)(address).url


def test_the_warnings_come_first(entry, patient_user):
    """R5.1"""
    client = sign_in(Client(), patient_user)
    assert "/before-you-open/" in client.get(form_of(entry)).url


def test_a_thread_of_another_record_is_not_here(mine, entry, other_patient, stranger):
    thread = told(mine, entry)
    make_grant(other_patient, historical="full")
    client = reader(Client(), stranger, other_patient)
    for thread_id in (thread.id, uuid4()):
        address = reverse("records:correction", args=[other_patient.pk, thread_id])
        assert client.get(address).status_code == 404


# what becomes of a thread when its entry is gone


CHANGES = {
    "hidden from everyone": lambda entry: hide_from(entry.patient, entry),
    "level lowered": lambda entry: make_grant(entry.patient, "summary", "summary"),
    "section closed": lambda entry: make_grant(
        entry.patient, "full", "full", restricted_sections=["consultations"]
    ),
    "no longer released": lambda entry: change(
        entry, released=False, unreleased_because="source-withheld"
    ),
    "gone from the source and hidden": lambda entry: (
        change(entry, withdrawn_at=NOW, withdrawn_because="not in the extract"),
        hide_from(entry.patient, entry),
    ),
}


def change(entry, **values):
    with rows_of(entry.patient_id):
        Entry.objects.of(entry.patient).filter(id=entry.id).update(**values)


@pytest.mark.parametrize("how", CHANGES)
def test_a_thread_is_gone_with_its_entry(mine, entry, patient_user, how):
    """R2.3: as if it had never been."""
    other = make_entry(
        entry.patient, "other", section="medicines", kind="medicine", title="Inhaler",
        level_needed="summary",
    )  # fmt: skip
    CHANGES[how](entry)
    pages = [list_of(entry.patient), entry_of(other), form_of(other)]
    never = [page_of(mine, page) for page in pages]
    thread = left_behind(entry, patient_user)
    assert [page_of(mine, page) for page in pages] == never
    for method, address in everything(thread, entry):
        if address != list_of(entry.patient):
            answers = {"text": "x", "seen": uuid4()}
            made_up = address.replace(str(thread.id), str(uuid4()))
            found = [getattr(mine, method)(each, answers) for each in (address, made_up)]
            assert [response.status_code for response in found] == [404, 404], address
            assert len(found[0].content) == len(found[1].content)
    assert len(texts(thread)) == 1


def left_behind(entry, user):
    """A thread from the time when the entry could be seen."""
    with rows_of(entry.patient_id):
        thread = Correction.objects.create(
            patient=entry.patient, entry_id=entry.id, opened_by_id=user.pk, opened_at=NOW,
            state_at=NOW,
        )  # fmt: skip
        CorrectionMessage.objects.create(
            patient=entry.patient, correction_id=thread.id, written_by_id=user.pk,
            is_from_surgery=False, state="sent", text="This was my sister", written_at=NOW,
        )  # fmt: skip
    return thread


def test_what_is_hidden_from_proxies_is_gone_for_them_only(mine, theirs, entry):
    thread = told(theirs, entry)
    hide_from(entry.patient, entry, "proxies")
    assert theirs.get(address_of(thread)).status_code == 404
    assert "Asthma" not in theirs.get(list_of(entry.patient)).text
    assert mine.get(address_of(thread)).status_code == 200


def test_what_the_source_took_back_is_still_named_as_gone(mine, entry):
    """R7.3"""
    thread = told(mine, entry)
    change(entry, withdrawn_at=NOW, withdrawn_because="not in the extract")
    assert mine.get(form_of(entry)).status_code == 404
    assert "It is no longer in your record" in mine.get(list_of(entry.patient)).text
    page = mine.get(address_of(thread)).text
    assert "It is no longer in your record" in page
    assert entry_of(entry) not in page
    assert write(mine, thread, "Thank you").status_code == 302


# what it costs


def test_pages_cost_the_same_however_many_threads_there_are(
    mine, theirs, entry, django_assert_max_num_queries
):
    thread = told(mine, entry)
    pages = [form_of(make_entry(entry.patient, "x")), list_of(entry.patient), address_of(thread)]
    pages.append(entry_of(entry))
    few = [cost(mine, page, django_assert_max_num_queries) for page in pages]
    for number in range(4):
        told(theirs, make_entry(entry.patient, f"n{number}"))
        told(mine, make_entry(entry.patient, f"m{number}"))
        write(mine, thread, f"more {number}")
    many = [cost(mine, page, django_assert_max_num_queries) for page in pages]
    assert [after - before for before, after in zip(few, many, strict=True)] == [0, 2, 0, 0]
    assert many[:3] == [12, 14, 16]


def cost(client, page, counted):
    client.get(page)
    with counted(40) as queries:
        assert client.get(page).status_code == 200
    return len(queries)

"""What a thread about a wrong entry may become, by whom, and what is left behind."""

import threading
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction

from accounts.models import Duty, User
from accounts.staff import find_staff_access
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.corrections import (
    ALREADY_ANSWERED,
    GIVE_REASON,
    MOST_OPEN,
    MOST_UNANSWERED,
    NOT_THAT_ANSWER,
    NOT_YOURS,
    NOTHING_WRITTEN,
    OVER,
    OVERTAKEN_SURGERY,
    OVERTAKEN_WRITER,
    SAY_MORE,
    TOO_LONG,
    TOO_MANY,
    TOO_MANY_MESSAGES,
    answer,
    open_correction,
    take_back,
    tidy,
    write,
)
from records.grants import with_levels
from records.models import Correction, CorrectionMessage, Entry, StaffTask
from records.tasks import close_task
from records.threads import messages_of, month_after, waits_since
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant, verified
from tests.clock import NOW, TODAY
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db

State = Correction.State
LATER = NOW + timedelta(days=2)


@pytest.fixture
def entry(patient):
    return make_entry(patient, title="Asthma")


@pytest.fixture
def own(patient, patient_user, entry):
    make_grant(patient, historical="full")
    return with_levels(access_of(patient_user, patient.pk, on=TODAY))


@pytest.fixture
def by_proxy(own, patient, proxy_user):
    make_proxy_grant(patient, proxy_user, scopes=list(Section.values))
    return with_levels(access_of(proxy_user, patient.pk, on=TODAY))


@pytest.fixture
def desk(patient, staff):
    return desk_of(patient, staff)


def desk_of(patient, staff):
    return find_staff_access(
        viewer=verified(staff), patient_id=patient.pk, needs=Duty.REVIEW_ENTRIES, now=NOW
    )


def opened(entry, by, text="This was not me"):
    return open_correction(entry, by=by, now=NOW, text=text)


def written_in(thread):
    with rows_of(thread.patient_id):
        return messages_of(thread)


def last_of(thread):
    return written_in(thread)[-1].id


def now_of(thread):
    with rows_of(thread.patient_id):
        return Correction.objects.get(patient=thread.patient_id, id=thread.id)


def answered(thread, desk, state, text="Because of this"):
    last = last_of(thread)
    answer(thread, by=desk, now=LATER, state=state, text=text, seen=last)


def thread_in(state, entry, own, desk):
    """A thread that came to a state by allowed steps."""
    thread = opened(entry, own)
    if state == State.TAKEN_BACK:
        take_back(thread, by=own, now=NOW)
    elif state != State.SENT:
        answered(thread, desk, state)
    return thread


def events(patient, *, of="correction"):
    with rows_of(patient.pk):
        return list(
            AuditEvent.objects.filter(patient_id=patient.pk, action__startswith=of).order_by(
                "sequence"
            )
        )


def open_tasks(thread):
    return StaffTask.objects.filter(about_id=thread.id, closed_at=None)


# what may become of what


WRITER_MAY = {
    ("sent", "sent"), ("sent", "taken-back"), ("read", "sent"), ("read", "taken-back"),
    ("corrected", "sent"), ("kept", "sent"), ("passed-on", "sent"),
}  # fmt: skip
SURGERY_MAY = {
    ("sent", "read"), ("sent", "corrected"), ("sent", "kept"), ("sent", "passed-on"),
    ("read", "read"), ("read", "corrected"), ("read", "kept"), ("read", "passed-on"),
    ("passed-on", "corrected"), ("passed-on", "kept"),
}  # fmt: skip
WHY_NOT = {
    ("taken-back", "sent"): OVER,
    ("corrected", "taken-back"): ALREADY_ANSWERED,
    ("kept", "taken-back"): ALREADY_ANSWERED,
    ("passed-on", "taken-back"): ALREADY_ANSWERED,
}


@pytest.mark.parametrize("after", State.values)
@pytest.mark.parametrize("before", State.values)
def test_what_the_surgery_may_make_of_a_thread(entry, own, desk, before, after):
    thread = thread_in(before, entry, own, desk)
    if (before, after) in SURGERY_MAY:
        answered(thread, desk, after, "Other words")
        assert now_of(thread).state == after
        assert open_tasks(thread).exists() is (after == "read")
    else:
        with pytest.raises(ValidationError, match=NOT_THAT_ANSWER[:20]):
            answered(thread, desk, after, "Other words")
        assert now_of(thread).state == before


@pytest.mark.parametrize("after", ["sent", "taken-back"])
@pytest.mark.parametrize("before", State.values)
def test_what_the_writer_may_make_of_a_thread(entry, own, desk, before, after):
    thread = thread_in(before, entry, own, desk)

    def act():
        if after == "sent":
            write(thread, by=own, now=LATER, text="And this", seen=last_of(thread))
        else:
            take_back(thread, by=own, now=LATER)

    if (before, after) in WRITER_MAY or before == after == "taken-back":
        act()
        assert now_of(thread).state == after
        assert open_tasks(thread).count() == (after == "sent")
    else:
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.messages == [WHY_NOT[before, after]]
        assert now_of(thread).state == before


def test_the_entry_stays_as_it_is(entry, own, desk):
    with rows_of(entry.patient_id):
        before = Entry.objects.of(entry.patient).values().get()
    for state in State.values:
        thread_in(state, entry, own, desk)
    with rows_of(entry.patient_id):
        assert Entry.objects.of(entry.patient).values().get() == before


def test_messages_are_in_order_whoevers_clock_was_first(entry, own, desk):
    thread = opened(entry, own)
    for number in range(5):
        write(thread, by=own, now=NOW - timedelta(seconds=number), text=f"no {number}")
    assert [each.text for each in written_in(thread)][1:] == [f"no {n}" for n in range(5)]


# words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  It was 2019 \r\n not 2009\r ", "It was 2019 \n not 2009"),
        ("a\x00b\x1b[2Jc", "ab[2Jc"),
        ("\x00", ""),
        (" \n\t ", ""),
        ("\u200b\u2060\ufeff", ""),
        ("👩‍⚕️", "👩‍⚕️"),
        ("<script>", "<script>"),
        ("\ud800!", "!"),
    ],
)
def test_words_are_kept_as_they_can_be_read(text, kept):
    assert tidy(text) == kept


def test_2000_characters_are_enough(entry, own):
    thread = opened(entry, own, "🙂" * 2000)
    assert written_in(thread)[0].text == "🙂" * 2000
    with pytest.raises(ValidationError, match="2,000"):
        write(thread, by=own, now=LATER, text="🙂" * 2001)
    assert TOO_LONG.endswith("2,000 characters")


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "\x00"])
def test_nothing_is_not_sent(entry, own, desk, text):
    with pytest.raises(ValidationError, match=NOTHING_WRITTEN):
        opened(entry, own, text)
    thread = opened(entry, own)
    for state in ("corrected", "kept", "passed-on"):
        with pytest.raises(ValidationError, match=GIVE_REASON[:20]):
            answered(thread, desk, state, text)
    answered(thread, desk, "read", text)
    assert now_of(thread).state == "read"
    answered(thread, desk, "read", "When was that?")
    with pytest.raises(ValidationError, match=SAY_MORE[:10]):
        answered(thread, desk, "read", text)


def test_the_database_refuses_a_message_without_words(entry, own, patient):
    thread = opened(entry, own)
    with rows_of(patient.pk), pytest.raises(IntegrityError), transaction.atomic():
        CorrectionMessage.objects.create(
            patient=patient, correction_id=thread.id, written_by_id=own.viewer.pk,
            is_from_surgery=True, state="kept", text="", written_at=NOW,
        )  # fmt: skip


# whose it is, and how many


def test_only_who_opened_a_thread_adds_to_it_or_takes_it_back(entry, own, by_proxy):
    thread = opened(entry, by_proxy)
    for act in (
        lambda: write(thread, by=own, now=NOW, text="Hello"),
        lambda: take_back(thread, by=own, now=NOW),
    ):
        with pytest.raises(ValidationError, match=NOT_YOURS):
            act()


def test_a_thread_is_about_the_whole_entry(entry, own, patient):
    part = make_entry(patient, "part", root_id=entry.id)
    assert opened(part, own).entry_id == entry.id


def test_what_is_told_again_while_it_waits_goes_into_the_same_thread(entry, own):
    thread = opened(entry, own, "First")
    assert opened(entry, own, "First").id == thread.id
    assert opened(entry, own, "Second").id == thread.id
    assert [each.text for each in written_in(thread)] == ["First", "Second"]
    assert open_tasks(thread).count() == 1


def test_the_database_refuses_a_second_open_thread(entry, own, patient):
    thread = opened(entry, own)
    with rows_of(patient.pk), pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(
            patient=patient, entry_id=thread.entry_id, opened_by_id=own.viewer.pk,
            opened_at=NOW, state_at=NOW,
        )  # fmt: skip


def test_reopening_beside_an_open_thread_is_refused(entry, own, desk):
    first = opened(entry, own)
    answered(first, desk, "kept")
    second = opened(entry, own, "Something else")
    assert second.id != first.id
    with pytest.raises(ValidationError, match="another thread"):
        write(first, by=own, now=LATER, text="Still wrong")


def test_two_people_have_each_their_own_thread(entry, own, by_proxy):
    assert opened(entry, own).id != opened(entry, by_proxy).id


def test_20_may_wait_and_what_is_hidden_does_not_count(own, patient):
    """R2.3: that one may still be opened tells nothing of a hidden entry."""
    entries = [make_entry(patient, f"n{number}") for number in range(MOST_OPEN + 3)]
    for each in entries[:MOST_OPEN]:
        opened(each, own)
    with pytest.raises(ValidationError) as refused:
        opened(entries[MOST_OPEN], own)
    assert refused.value.messages == [TOO_MANY]
    hide_from(patient, entries[0])
    opened(entries[MOST_OPEN], own)
    with pytest.raises(ValidationError):
        opened(entries[MOST_OPEN + 1], own)


def test_nobody_fills_a_thread_that_is_not_answered(entry, own, desk):
    thread = opened(entry, own)
    for number in range(MOST_UNANSWERED - 1):
        write(thread, by=own, now=NOW, text=f"no {number}")
    with pytest.raises(ValidationError) as refused:
        write(thread, by=own, now=NOW, text="once more")
    assert refused.value.messages == [TOO_MANY_MESSAGES]
    answered(thread, desk, "read")
    write(thread, by=own, now=LATER, text="once more")


# two at once


def test_an_answer_to_what_has_changed_is_refused(entry, own, desk):
    thread = opened(entry, own)
    before = last_of(thread)
    write(thread, by=own, now=NOW, text="One thing more")
    with pytest.raises(ValidationError) as refused:
        answer(thread, by=desk, now=LATER, state="kept", text="No", seen=before)
    assert refused.value.messages == [OVERTAKEN_SURGERY]
    assert now_of(thread).state == "sent"


def test_words_to_an_answer_that_was_not_read_are_refused(entry, own, desk):
    thread = opened(entry, own)
    before = last_of(thread)
    answered(thread, desk, "kept")
    with pytest.raises(ValidationError) as refused:
        write(thread, by=own, now=LATER, text="One thing more", seen=before)
    assert refused.value.messages == [OVERTAKEN_WRITER]
    assert now_of(thread).state == "kept"


def test_what_is_sent_twice_is_written_once(entry, own, desk):
    thread = opened(entry, own)
    first = last_of(thread)
    for _ in range(2):
        write(thread, by=own, now=NOW, text="Once", seen=first)
    last = last_of(thread)
    for _ in range(2):
        answer(thread, by=desk, now=LATER, state="kept", text="Why", seen=last)
    assert [each.text for each in written_in(thread)] == ["This was not me", "Once", "Why"]
    assert len(mail.outbox) == 1


def at_once(*acts):
    """Each in a thread of its own, from one start; what they answered."""
    start, said = threading.Barrier(len(acts)), []

    def run(act):
        start.wait()
        try:
            act()
            said.append("done")
        except ValidationError as error:
            said.append(error.messages[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(said)


@pytest.mark.django_db(transaction=True)
def test_of_two_staff_who_answer_at_once_one_is_told(entry, own, patient, staff, surgery):
    thread = opened(entry, own)
    seen = last_of(thread)
    desk = desk_of(patient, staff)
    said = at_once(
        lambda: answer(thread, by=desk, now=LATER, state="kept", text="No", seen=seen),
        lambda: answer(thread, by=desk, now=LATER, state="corrected", text="Yes", seen=seen),
    )
    assert said == sorted(["done", OVERTAKEN_SURGERY])
    assert len(written_in(thread)) == 2


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_many_times_at_once_makes_one_thread(entry, own, patient):
    said = at_once(*[lambda: opened(entry, own, "Once")] * 4)
    assert said == ["done"] * 4
    with rows_of(patient.pk):
        assert Correction.objects.count() == CorrectionMessage.objects.count() == 1
    assert StaffTask.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_taking_back_and_answering_at_once_end_in_one_of_them(entry, own, patient, staff):
    thread = opened(entry, own)
    seen = last_of(thread)
    desk = desk_of(patient, staff)
    said = at_once(
        lambda: take_back(thread, by=own, now=LATER),
        lambda: answer(thread, by=desk, now=LATER, state="kept", text="No", seen=seen),
    )
    assert said.count("done") == 1
    assert now_of(thread).state in ("kept", "taken-back")
    assert not open_tasks(thread).exists()


# what is left behind


def test_every_act_is_on_file_without_the_words(entry, own, desk, patient):
    """R9.1"""
    thread = opened(entry, own, "SECRET WORDS")
    write(thread, by=own, now=NOW, text="SECRET WORDS too")
    answered(thread, desk, "kept", "SECRET ANSWER")
    write(thread, by=own, now=LATER, text="SECRET WORDS again")
    take_back(thread, by=own, now=LATER)
    take_back(thread, by=own, now=LATER)
    found = events(patient)
    assert [(event.action, event.details["state"]) for event in found] == [
        ("correction opened", "sent"),
        ("correction message", "sent"),
        ("correction answered", "kept"),
        ("correction message", "sent"),
        ("correction taken back", "taken-back"),
    ]
    assert [event.duty for event in found] == ["", "", Duty.REVIEW_ENTRIES, "", ""]
    assert {event.object for event in found} == {f"correction {thread.id}"}
    assert "SECRET" not in str([event.details for event in found])


def test_nothing_is_left_of_what_was_refused(entry, own, patient):
    with pytest.raises(ValidationError):
        opened(entry, own, "x" * 2001)
    with rows_of(patient.pk):
        assert not Correction.objects.exists()
    assert not StaffTask.objects.exists()
    assert events(patient) == []


def test_the_task_says_who_wrote_and_by_when_but_not_what(entry, own, by_proxy, desk):
    mine, theirs = opened(entry, own, "SECRET"), opened(entry, by_proxy, "SECRET")
    assert open_tasks(mine).get().because == (
        "The patient wrote about an entry. Answer by 3 July 2024"
    )
    assert open_tasks(theirs).get().because.startswith("Someone who acts for the patient wrote")
    answered(mine, desk, "kept")
    write(mine, by=own, now=LATER, text="SECRET")
    assert open_tasks(mine).get().because == (
        "The patient wrote again about an entry. Answer by 5 July 2024"
    )


def test_the_task_is_not_done_without_an_answer(entry, own, desk):
    thread = opened(entry, own)
    with pytest.raises(ValidationError, match="Answer the person"):
        close_task(open_tasks(thread).get(), by=desk, now=NOW)
    assert open_tasks(thread).exists()
    answered(thread, desk, "read")
    assert open_tasks(thread).exists()
    answered(thread, desk, "corrected")
    assert StaffTask.objects.get().closed_by == desk.viewer


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2024, 1, 31), date(2024, 2, 29)),
        (date(2023, 1, 31), date(2023, 2, 28)),
        (date(2024, 12, 5), date(2025, 1, 5)),
        (date(2024, 11, 30), date(2024, 12, 30)),
    ],
)
def test_a_surgery_has_a_calendar_month(day, due):
    assert month_after(day) == due


def test_the_month_begins_anew_with_what_was_written_after_an_answer(entry, own, desk):
    thread = opened(entry, own)
    answered(thread, desk, "read")
    assert waits_since(written_in(thread)) == TODAY
    answered(thread, desk, "kept")
    write(thread, by=own, now=LATER + timedelta(days=1), text="Again")
    assert waits_since(written_in(thread)) == TODAY + timedelta(days=3)


# the e-mail


def test_an_answer_is_told_by_email_in_neutral_words(entry, own, desk):
    """R5.4"""
    thread = opened(entry, own)
    answered(thread, desk, "read", "")
    assert mail.outbox == []
    answered(thread, desk, "kept", "Why it stays")
    [email] = mail.outbox
    assert email.to == ["ada@example.test"]
    assert email.subject == "There is something new"
    assert "There is something new in your GP record account" in email.body
    assert "Asthma" not in email.body
    assert "Why" not in email.body


@pytest.mark.parametrize(
    "change", ["hidden", "paused", "ended", "closed", "level lowered", "nothing"]
)
def test_no_email_goes_to_who_would_find_nothing(
    entry, own, by_proxy, desk, patient, proxy_user, change
):
    """R2.3, R4.8: nor to somebody whose access is over."""
    thread = opened(entry, by_proxy)
    if change == "hidden":
        hide_from(patient, entry, "proxies")
    elif change == "paused":
        make_grant(patient, "none", "none", decision="paused")
    elif change == "ended":
        proxy_user.proxy_grants.update(ends_on=date(2024, 2, 1))
    elif change == "closed":
        User.objects.filter(pk=proxy_user.pk).update(is_active=False)
    elif change == "level lowered":
        make_grant(patient, "summary", "summary")
    answered(thread, desk, "kept")
    assert len(mail.outbox) == (change == "nothing")

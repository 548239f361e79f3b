"""What is told to whom by e-mail: kind, choice, hour, and who reads the mail (R5.4, R4.11, ADR 41)."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client

from accounts.mail import Message, tell
from accounts.models import Kind, NoticeChoice, Readers, User
from accounts.notices import (
    Verdict,
    choice_of,
    find_stop,
    forget_links,
    hold_choice,
    is_quiet,
    stop_all,
    stop_link,
    verdict,
)
from audit.models import AuditEvent
from tests.clock import NOW

ADA = "ada@example.test"
ONE, OTHER = UUID(int=1), UUID(int=2)
MIDDAY = datetime(2024, 6, 3, 11, 0, tzinfo=UTC)
MIDNIGHT = datetime(2024, 6, 3, 23, 30, tzinfo=UTC)
SEND, WAIT, NOT_WANTED, NOT_SAFE, _ = Verdict


@pytest.fixture(autouse=True)
def usual_hours(settings):
    settings.NOTICE_HOURS = (8, 20)


def found(kind, *, at=MIDDAY, email=ADA, sharers=(), said="", said_of=ADA, about=(), **wanted):
    values = {"entries": True} | wanted
    choice = NoticeChoice(readers=said, readers_of=said_of, sharers=list(about), **values)
    return verdict(kind, choice, email=email, sharers=set(sharers), now=at)


# rule by rule, without the database


@pytest.mark.parametrize("kind", Kind)
def test_what_is_not_wanted_is_not_told(kind):
    """R5.4: also at midday, in a mailbox that is only theirs."""
    assert found(kind, said=Readers.ONLY_ME, **{kind.value: False}) is NOT_WANTED
    assert found(kind, said=Readers.ONLY_ME) is SEND


def test_of_new_entries_nobody_is_told_who_did_not_choose_it():
    """The safe default: silence for what comes, and word of who may see the record."""
    defaults = NoticeChoice()
    wanted = {kind.value: defaults.wants(kind) for kind in Kind}
    assert wanted == {"entries": False, "access": True, "people": True, "ends": True}


UNASKED, ONLY_ME, SAFE, UNSAFE = "", Readers.ONLY_ME, Readers.OTHERS_SAFE, Readers.NOT_SAFE
MAILBOXES = [
    # who reads it, as they say; who shares it; about whom they were asked; of which address: entries, all else
    (UNASKED, [], [], ADA, NOT_SAFE, SEND),
    (ONLY_ME, [], [], ADA, SEND, SEND),
    (SAFE, [], [], ADA, SEND, SEND),
    (UNSAFE, [], [], ADA, NOT_SAFE, NOT_SAFE),
    (UNASKED, [ONE], [], ADA, NOT_SAFE, NOT_SAFE),
    (ONLY_ME, [ONE], [ONE], ADA, NOT_SAFE, NOT_SAFE),
    (SAFE, [ONE], [ONE], ADA, SEND, SEND),
    (SAFE, [ONE], [], ADA, NOT_SAFE, NOT_SAFE),
    (SAFE, [ONE, OTHER], [ONE], ADA, NOT_SAFE, NOT_SAFE),
    (SAFE, [ONE], [ONE, OTHER], ADA, SEND, SEND),
    (UNSAFE, [ONE], [ONE], ADA, NOT_SAFE, NOT_SAFE),
    (ONLY_ME, [], [], "old@example.test", NOT_SAFE, SEND),
    (SAFE, [ONE], [ONE], "old@example.test", NOT_SAFE, NOT_SAFE),
    (UNSAFE, [], [], "old@example.test", NOT_SAFE, SEND),
]


@pytest.mark.parametrize(("said", "sharers", "about", "of", "entries", "others"), MAILBOXES)
def test_a_mailbox_that_others_read_is_asked_about_first(said, sharers, about, of, entries, others):
    """R4.11: nothing goes where somebody who acts for the patient reads it, before they said that this is safe."""
    for kind in Kind:
        wanted = entries if kind is Kind.ENTRIES else others
        assert found(kind, said=said, said_of=of, sharers=sharers, about=about) is wanted, kind


def test_an_address_is_the_same_in_capitals():
    assert found(Kind.ENTRIES, said=ONLY_ME, email="Ada@Example.test") is SEND


HOURS = [
    # from, until, the hour in London: is it quiet
    (None, None, 7, True),
    (None, None, 8, False),
    (None, None, 19, False),
    (None, None, 20, True),
    (None, None, 0, True),
    (20, 8, 21, False),
    (20, 8, 7, False),
    (20, 8, 8, True),
    (20, 8, 19, True),
    (9, 10, 9, False),
    (9, 10, 10, True),
    (0, 0, 3, False),
    (13, 13, 3, False),
]


@pytest.mark.parametrize(("begins", "ends", "hour", "quiet"), HOURS)
@pytest.mark.parametrize("month", [1, 7], ids=["winter", "summer"])
def test_nothing_is_sent_outside_the_hours_that_were_chosen(begins, ends, hour, quiet, month):
    """R5.4: an hour of London's clock, in winter and in summer alike."""
    london = datetime(2024, month, 10, hour, 30, tzinfo=UTC) - timedelta(hours=month == 7)
    choice = NoticeChoice(from_hour=begins, until_hour=ends)
    assert is_quiet(choice, london) is quiet


@pytest.mark.parametrize(
    ("utc", "quiet"),
    [
        ("2024-03-30 07:59", True), ("2024-03-30 08:00", False),
        ("2024-03-31 06:59", True), ("2024-03-31 07:00", False),  # summer time begins
        ("2024-10-26 18:59", False), ("2024-10-26 19:00", True),
        ("2024-10-27 19:59", False), ("2024-10-27 20:00", True),  # and ends
    ],
)  # fmt: skip
def test_on_the_days_on_which_the_clock_changes_the_hour_is_the_new_one(utc, quiet):
    at = datetime.strptime(utc, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert is_quiet(NoticeChoice(), at) is quiet


def test_at_night_it_waits_and_does_not_get_lost():
    for kind in Kind:
        assert found(kind, at=MIDNIGHT, said=ONLY_ME) is WAIT
        assert found(kind, at=MIDNIGHT, said=ONLY_ME, from_hour=0, until_hour=0) is SEND


def test_what_is_not_to_be_told_does_not_wait_for_the_morning():
    """The order of the rules: what waits would be told in the morning though nobody wants it."""
    assert found(Kind.ENDS, at=MIDNIGHT, ends=False) is NOT_WANTED
    assert found(Kind.ENDS, at=MIDNIGHT, sharers=[ONE]) is NOT_SAFE


SAFETY = set(Message) - {Message.SOMETHING_NEW}


@pytest.mark.django_db
def test_what_keeps_an_account_safe_asks_no_choice(settings):
    """At night, in a shared mailbox, after everything was stopped: silence would be worse."""
    settings.NOTICE_HOURS = (3, 4)
    user = User.objects.create_user(ADA, new_email="new@example.test")
    values = dict.fromkeys([kind.value for kind in Kind], False)
    NoticeChoice.objects.create(user=user, readers=UNSAFE, readers_of=ADA, **values)
    kept = {Message.SET_UP_ACCOUNT, Message.CONFIRM_NEW_EMAIL}  # links, for who asks for them
    for message in SAFETY - kept:
        tell(user, message)
    assert len(mail.outbox) == len(SAFETY - kept)
    assert all("List-Unsubscribe" not in email.extra_headers for email in mail.outbox)


# the link that stops e-mails


@pytest.fixture
def choice(db):
    user = User.objects.create_user(ADA)
    NoticeChoice.objects.create(user=user, entries=True, waiting=[Kind.ENDS])
    return hold_choice_of(user)


def hold_choice_of(user):
    return NoticeChoice.objects.select_related("user").get(user=user)


def path_of(choice):
    return stop_link(choice).partition("//")[2].partition("/")[2]


def wanted(choice):
    now = NoticeChoice.objects.get(pk=choice.pk)
    return [kind.value for kind in Kind if now.wants(kind)]


ALL = [kind.value for kind in Kind]


def test_looking_at_the_link_changes_nothing_and_one_post_stops_them_all(client, choice):
    """RFC 8058: programs that look at every link of an e-mail stop nothing."""
    path = "/" + path_of(choice)
    for method in (client.get, client.head):
        assert method(path).status_code == 200
        assert wanted(choice) == ALL
    assert client.post(path).status_code == 200
    assert wanted(choice) == []
    assert NoticeChoice.objects.get().waiting == []


def test_a_mail_program_stops_them_without_a_cookie(choice):
    """RFC 8058: no cookie, no sign-in, no redirect; once more is no error and tells nobody again."""
    for _ in range(2):
        program = Client(enforce_csrf_checks=True)
        answer = program.post("/" + path_of(choice), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert [email.subject for email in mail.outbox] == ["What we tell you was changed"]
    [event] = AuditEvent.objects.filter(action="notices chosen")
    assert (event.actor_id, event.object) == (None, f"user {choice.user_id}")
    assert event.details == dict.fromkeys(ALL, False)


def test_the_page_is_the_same_whosever_it_is(client, choice):
    """It says nothing of whose account it is, nor whether it was stopped before."""
    other = NoticeChoice.objects.create(user=User.objects.create_user("bo@example.test"))
    pages = {client.get("/" + path_of(each)).content for each in (choice, other)}
    stop_all(other, now=NOW)
    pages.add(client.get("/" + path_of(other)).content)
    bare = {re.sub(rb'nonce="[^"]*"|csrfToken[^>]*', b"", page) for page in pages}
    assert len(bare) == 1
    assert b"example.test" not in bare.pop()


def test_the_link_holds_no_personal_data(choice):
    """R5.4: neither an address, nor an id that is anywhere else."""
    link = stop_link(choice)
    assert "@" not in link
    assert "%40" not in link
    assert str(choice.user_id) not in link
    assert choice.user_id.hex not in link
    assert stop_link(choice) == link  # the same below each e-mail, whatever that is about


NOBODY = UUID(int=7).hex


@pytest.mark.parametrize(
    "token", ["x", "a.b", f"{NOBODY}.forged", NOBODY, "%00", "a" * 2000, "é.é"]
)
def test_another_link_stops_nothing(client, choice, token):
    for method in (client.get, client.post):
        answer = method(f"/stop-emails/{token}")
        assert answer.status_code == 404
        assert b"This link does not work" in answer.content
    assert wanted(choice) == ALL


def test_with_another_address_no_older_link_works(choice):
    """Whoever reads the old mailbox must not silence the new one."""
    token = stop_link(choice).rpartition("/")[2]
    assert find_stop(token) == choice
    forget_links(choice.user)
    assert find_stop(token) is None


def test_of_a_closed_account_it_answers_alike_and_writes_nobody(client, choice):
    path = "/" + path_of(choice)
    before = client.get(path).content
    User.objects.update(is_active=False, closed_at=NOW)
    assert len(client.get(path).content) == len(before)
    assert client.post(path).status_code == 200
    assert mail.outbox == []


def test_who_never_chose_has_the_defaults_and_no_row(db):
    user = User.objects.create_user(ADA)
    assert choice_of(user).people
    assert not choice_of(user).entries
    assert not NoticeChoice.objects.exists()
    hold_choice(user)
    assert NoticeChoice.objects.get().user_id == user.pk

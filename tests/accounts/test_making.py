"""Making an account with an e-mail address, and what the asker learns: nothing."""

import re
import threading
import time
from datetime import timedelta
from statistics import median

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from accounts.making import ask_for_account, decide_and_send
from accounts.models import AuthenticatorApp, User
from audit.models import AuditEvent
from tests.cast import make_online, make_staff, make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db
PAGE = "/create-account"
DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def ask(email, client=None, **extra):
    return (client or Client()).post(PAGE, {"email": email}, **extra)


def subjects():
    return [email.subject for email in mail.outbox]


def without_tokens(page, email):
    page = re.sub(r'(nonce|value)="[^"]*"', r'\1=""', page)
    return page.replace(email, "ADDRESS")


@pytest.fixture
def addresses(patient, surgery):
    """One address of every kind."""
    make_online(patient, make_user("known@example.test"))
    make_staff(surgery, "staff@example.test")
    User.objects.create_user("operator-made@example.test")
    User.objects.create_user("closed@example.test", is_active=False, closed_at=NOW)
    User.objects.create_user("again@example.test", is_self_made=True)
    kinds = ("known", "staff", "operator-made", "closed", "again", "unknown")
    return [f"{kind}@example.test" for kind in kinds]


# who gets which message


def test_a_new_address_becomes_an_account_that_is_nobody_yet(client):
    assert ask("new@example.test", client).status_code == 200
    user = User.objects.get()
    assert (user.email, user.is_self_made, user.is_active) == ("new@example.test", True, True)
    assert (user.identity_level, user.has_usable_password()) == ("P0", False)
    assert subjects() == ["Set up your account"]
    event = AuditEvent.objects.get(action="account made")
    assert (event.actor_id, event.details) == (user.pk, {})


def test_the_link_in_the_message_opens_the_set_up(client):
    ask("new@example.test", client)
    link = re.search(r"/set-up/\S+", mail.outbox[0].body)[0]
    assert client.get(link).status_code == 200


@pytest.mark.parametrize(
    ("email", "subject", "says"),
    [
        ("known@example.test", "About your account", "There is an account with it already"),
        ("staff@example.test", "About your account", "There is an account with it already"),
        ("operator-made@example.test", "About your account", "if you never set up your account"),
        ("closed@example.test", "About your account", "that account is closed"),
        ("again@example.test", "Set up your account", "/set-up/"),
        ("unknown@example.test", "Set up your account", "/set-up/"),
    ],
)
def test_each_gets_the_message_that_fits(addresses, email, subject, says):
    before = User.objects.count()
    ask(email)
    assert subjects() == [subject]
    assert mail.outbox[0].to == [email]
    assert says in mail.outbox[0].body
    assert ("/set-up/" in mail.outbox[0].body) == ("/set-up/" in says)
    assert User.objects.count() == before + (email == "unknown@example.test")


def test_a_self_made_account_that_was_set_up_gets_no_link(addresses):
    AuthenticatorApp.objects.create(
        user=User.objects.get(email="again@example.test"), name="app", confirmed=True
    )
    ask("again@example.test")
    assert subjects() == ["About your account"]


def test_a_closed_self_made_account_is_not_opened_again(client):
    user = User.objects.create_user(
        "new@example.test", is_self_made=True, is_active=False, closed_at=NOW
    )
    ask("new@example.test", client)
    user.refresh_from_db()
    assert (user.is_active, User.objects.count()) == (False, 1)
    assert "/set-up/" not in mail.outbox[0].body


# the answer tells nothing


def test_the_answer_is_the_same_for_every_address(addresses):
    pages = set()
    for email in addresses:
        response = ask(email)
        headers = {
            name: value
            for name, value in response.headers.items()
            if name not in {"Content-Length", "Content-Security-Policy"}  # the address; the nonce
        }
        pages.add((response.status_code, without_tokens(response.text, email), str(headers)))
    assert len(pages) == 1


def test_the_queries_are_the_same_for_every_address(addresses, settings):
    settings.TASKS = DATABASE
    asked = set()
    for email in addresses:
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        asked.add(tuple(re.sub(r"'[^']*'|\"s\d+_x\d+\"", "?", query["sql"]) for query in queries))
    assert len(asked) == 1
    assert not any("accounts_user" in sql for sql in asked.pop())
    assert DBTaskResult.objects.count() == len(addresses)


def test_the_time_is_the_same_for_known_and_unknown_addresses(settings):
    settings.TASKS = DATABASE
    times = {"known": [], "unknown": []}
    for number in range(60):
        User.objects.create_user(f"known{number}@example.test", is_self_made=True)
    for number in range(60):
        for kind in ("known", "unknown") if number % 2 else ("unknown", "known"):
            client = Client(REMOTE_ADDR=f"192.0.2.{number}")
            began = time.perf_counter()
            ask(f"{kind}{number}@example.test", client)
            if number >= 10:  # the first warm up
                times[kind].append(time.perf_counter() - began)
    slower, quicker = sorted((median(times["known"]), median(times["unknown"])), reverse=True)
    assert len(times["known"]) == len(times["unknown"]) == 50
    assert slower / quicker < 1.5


# limits


def test_one_address_gets_three_messages_an_hour_and_the_answer_stays_the_same():
    answers = {without_tokens(ask("new@example.test").text, "new@example.test") for _ in range(5)}
    assert len(mail.outbox) == 3
    assert len(answers) == 1


def test_however_the_address_is_typed_it_is_one():
    for typed in ("New@Example.TEST", " new@example.test ", "NEW@EXAMPLE.TEST", "new@example.test"):
        ask(typed)
    assert len(mail.outbox) == 3
    assert User.objects.get().email == "new@example.test"


def test_after_an_hour_there_is_a_message_again():
    for minutes in (0, 1, 2, 3, 61):
        now = NOW + timedelta(minutes=minutes)
        ask_for_account("new@example.test", network_address="192.0.2.1", now=now)
    assert len(mail.outbox) == 4


def test_one_network_address_gets_twenty_an_hour():
    for number in range(25):
        ask(f"new{number}@example.test", Client(REMOTE_ADDR="192.0.2.7"))
    assert len(mail.outbox) == 20
    ask("new24@example.test", Client(REMOTE_ADDR="192.0.2.8"))
    assert len(mail.outbox) == 21


def test_it_is_sent_again_from_the_page(client):
    with time_machine.travel(NOW, tick=False):
        page = ask("new@example.test", client).text
        assert 'name="email" value="new@example.test"' in page
        assert "Send it again" in page
        ask("new@example.test", client)
    assert subjects() == ["Set up your account"] * 2
    assert User.objects.count() == 1


# addresses


@pytest.mark.parametrize(
    "email",
    [
        "ada+portal@example.test",
        "ada@bücher.example",
        "o'hara@example.test",
        f"{'a' * 64}@{'b' * 63}.example.test",
        "ada@xn--bcher-kva.example",
    ],
)
def test_unusual_addresses_are_taken(email):
    assert ask(email).status_code == 200
    assert User.objects.get().email == email
    assert mail.outbox[0].to == [email]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.test",
        "ada@example",
        "ada example@example.test",
        "ada@example.test\nBcc: other@example.test",
        "ada@example.test,other@example.test",
        "ſusan@example.test",  # a letter that some machines read as an s
        "adа@example.test",  # a Cyrillic a
        "ada\u202e@example.test",
        f"{'a' * 250}@example.test",
        "\x00@example.test",
    ],
)
def test_what_is_no_address_is_refused_with_words(email):
    response = ask(email)
    assert response.status_code == 422
    assert "Error: " in response.text
    assert not User.objects.exists()
    assert mail.outbox == []


def test_a_letter_that_becomes_a_plain_one_leads_to_the_plain_address():
    ask("\u212aim@example.test")  # the sign for kelvin
    assert User.objects.get().email == "kim@example.test"
    assert mail.outbox[0].to == ["kim@example.test"]


# races and wrong ways


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_account():
    def run():
        ready.wait()
        decide_and_send.call("new@example.test")
        connection.close()

    ready = threading.Barrier(4)
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.count() == 1
    assert AuditEvent.objects.filter(action="account made").count() == 1
    assert subjects() == ["Set up your account"] * 4


def test_the_page_opens_without_signing_in_and_posts_need_its_token(client):
    assert client.get(PAGE).status_code == 200
    assert ask("new@example.test", Client(enforce_csrf_checks=True)).status_code == 403
    assert not User.objects.exists()


def test_who_is_signed_in_has_an_account(client, patient_user):
    assert sign_in(client, patient_user).get(PAGE).url == "/"


def test_nothing_of_the_address_is_kept_with_the_visit(client):
    ask("new@example.test", client)
    assert "sessionid" not in client.cookies
    assert "session" not in client.cookies

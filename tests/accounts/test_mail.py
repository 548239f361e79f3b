"""E-mails: what they say, to whom they go, and when they leave."""

import html
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from notifications_python_client.errors import HTTPError

from accounts.mail import SUBJECTS, Message, post, send, tell
from accounts.models import AuthenticatorApp, IdentityLevel, User
from portal.mailing import mailers
from tests.cast import make_online, make_staff

pytestmark = pytest.mark.django_db
DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
EVERY = pytest.mark.parametrize("message", Message, ids=lambda message: message.value)


@pytest.fixture
def user():
    """Somebody of whom nothing but an address is known, and who wants another one."""
    return User.objects.create_user(
        "new@example.test", is_self_made=True, new_email="newer@example.test", name="Ada Testwell"
    )


def address_for(message, user):
    return user.new_email if message is Message.CONFIRM_NEW_EMAIL else user.email


def told(message, user):
    """The one e-mail that goes out."""
    tell(user, message, to=address_for(message, user))
    [email] = mail.outbox
    return email


def html_of(email):
    [(content, kind)] = email.alternatives
    assert kind == "text/html"
    return content


def words(text):
    return " ".join(html.unescape(text).split())


def words_on(page):
    body = page[page.index("<main>") : page.index("</main>")]
    return words(re.sub(r"<[^>]+>", " ", body))


def work_off():
    call_command(
        "db_worker", batch=True, startup_delay=False, interval=0, reload=False, verbosity=0
    )


# what they say


@EVERY
def test_every_message_has_words_in_both_forms_and_they_are_the_same(message, user):
    email = told(message, user)
    assert words_on(html_of(email)) == words(email.body)
    assert len(words(email.body).split()) > 30


@EVERY
def test_a_message_goes_to_one_person_from_the_service(message, user):
    email = told(message, user)
    assert email.recipients() == [address_for(message, user)]
    assert email.from_email.startswith("GP record <")
    assert email.subject == SUBJECTS[message]
    assert email.extra_headers["Auto-Submitted"] == "auto-generated"


FORBIDDEN = (
    r"nhs number|\d{3} ?\d{3} ?\d{4}|medicine|allerg|result|consultation|diagnos|appointment|vaccin|"
    r"document|letter|test\b|clinic|hospital|condition|proxy|identity|Testwell|Ada\b|Riverbank|"
    r"health record|patient"
)


@EVERY
def test_no_message_says_anything_of_a_record_or_of_whose_it_is(message, user, patient):
    make_online(patient, user)
    user.online_registrations.update(ended_on=None)
    words_sent = ""
    if message is not Message.SET_UP_ACCOUNT:  # that one is never for a patient
        email = told(message, user)
        words_sent = f"{email.subject} {re.sub(r'https?://\S+', '', email.body)}"
    assert not re.search(FORBIDDEN, words_sent, re.IGNORECASE), words_sent


def test_subjects_are_neutral_and_short():
    assert set(SUBJECTS) == set(Message)
    for subject in SUBJECTS.values():
        assert not re.search(FORBIDDEN, subject, re.IGNORECASE)
        assert len(subject) < 40


@EVERY
def test_nothing_is_fetched_and_nobody_is_followed(message, user, settings):
    page = html_of(told(message, user))
    assert not re.search(r"<(img|script|link|iframe|object|embed)|url\(|@import|style=", page, re.I)
    addresses = re.findall(r"""https?://[^\s"'<]+""", page)
    assert all(address.startswith(settings.PORTAL_URL) for address in addresses)
    assert "?" not in "".join(addresses)
    assert '<html lang="en-GB">' in page


@EVERY
def test_each_paragraph_is_one_line_of_the_text(message, user):
    paragraphs = told(message, user).body.strip().split("\n\n")
    assert [paragraph for paragraph in paragraphs if "\n" in paragraph] == []
    assert paragraphs[0] == "GP record"


def test_the_links_work(client, user, settings):
    for message, path in [
        (Message.SET_UP_ACCOUNT, "/set-up/"),
        (Message.CONFIRM_NEW_EMAIL, "/account/confirm-email/"),
    ]:
        mail.outbox.clear()
        email = told(message, user)
        [link] = re.findall(rf"^{settings.PORTAL_URL}{path}\S+$", email.body, re.M)
        assert f'<a href="{link}">' in html_of(email)
    assert client.get(re.search(r"/set-up/\S+", told_again(user))[0]).status_code == 200


def told_again(user):
    mail.outbox.clear()
    return told(Message.SET_UP_ACCOUNT, user).body


def test_an_address_with_letters_from_elsewhere_is_reached(user):
    user.email = "ada@bücher.example"
    user.save()
    assert "xn--bcher-kva" in str(told(Message.PASSWORD_CHANGED, user).message()["To"])


# a link goes to the right mailbox or to none


def changed(user, **values):
    User.objects.filter(pk=user.pk).update(**values)


@pytest.mark.parametrize(
    "change",
    [
        lambda user: changed(user, is_self_made=False),
        lambda user: changed(user, identity_level=IdentityLevel.P5),
        lambda user: changed(user, identity_level=IdentityLevel.P9),
        lambda user: changed(user, is_active=False),
        lambda user: changed(user, email="other@example.test"),
        lambda user: (user.set_password("three words together"), user.save()),
        lambda user: AuthenticatorApp.objects.create(user=user, name="app", confirmed=True),
    ],
    ids=["staff made it", "claimed", "proved", "not active", "moved", "password", "app"],
)
def test_no_set_up_link_is_mailed_to_an_account_that_is_more_than_a_mailbox(user, change):
    change(user)
    send.call(str(user.pk), "set-up-account", "new@example.test")
    assert mail.outbox == []


def test_no_set_up_link_is_mailed_to_staff_or_patients(user, surgery, patient):
    staff = make_staff(surgery, "staff@example.test")
    AuthenticatorApp.objects.filter(user=staff).delete()
    changed(staff, is_self_made=True, identity_level="P0", password=make_password(None))
    make_online(patient, user)
    for one in (staff, user):
        send.call(str(one.pk), "set-up-account", one.email)
    assert mail.outbox == []


def test_a_link_for_one_new_address_is_never_sent_to_another(user):
    send.call(str(user.pk), "confirm-new-email", "wanted-before@example.test")
    assert mail.outbox == []


# when they leave


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_what_was_committed_and_nothing_else(settings):
    settings.TASKS = DATABASE
    user = User.objects.create_user("new@example.test")
    with transaction.atomic():
        tell(user, Message.PASSWORD_CHANGED)
        transaction.set_rollback(True)
    with transaction.atomic():
        tell(user, Message.EMAIL_CHANGED)
    assert mail.outbox == []
    work_off()
    assert [email.subject for email in mail.outbox] == ["Your email address was changed"]
    work_off()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_the_table_of_tasks_holds_no_link_and_can_be_emptied(settings):
    settings.TASKS = DATABASE
    user = User.objects.create_user("new@example.test", is_self_made=True)
    tell(user, Message.SET_UP_ACCOUNT)
    work_off()
    assert "/set-up/" in mail.outbox[0].body
    kept = DBTaskResult.objects.get()
    assert kept.args_kwargs["args"] == [str(user.pk), "set-up-account", "new@example.test"]
    assert "set-up/" not in f"{kept.return_value}{kept.traceback}"
    call_command("prune_db_task_results", min_age_days=0, verbosity=0)
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_sent_is_listed_without_addresses_and_tried_again(
    settings, capsys, tmp_path
):
    settings.TASKS = DATABASE
    working = settings.MAILERS
    closed = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": 1},
    }
    settings.MAILERS = {"default": closed}
    tell(User.objects.create_user("new@example.test"), Message.EMAIL_CHANGED)
    work_off()
    with pytest.raises(SystemExit):
        call_command("failed_emails")
    listed = capsys.readouterr().out
    assert "ConnectionRefusedError" in listed
    assert "example.test" not in listed
    settings.MAILERS = working
    call_command("failed_emails", "--retry")
    work_off()
    assert [email.to for email in mail.outbox] == [["new@example.test"]]
    capsys.readouterr()
    call_command("failed_emails")
    assert capsys.readouterr().out == ""


# the ways out


def test_without_settings_mail_lies_in_files(tmp_path, monkeypatch):
    for name in ("PORTAL_NOTIFY_API_KEY", "PORTAL_SMTP_HOST"):
        monkeypatch.delenv(name, raising=False)
    chosen = mailers(tmp_path)["default"]
    assert chosen["BACKEND"].endswith("filebased.EmailBackend")
    assert chosen["OPTIONS"] == {"file_path": str(tmp_path)}


def test_a_mail_server_is_used_with_tls_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example.test")
    chosen = mailers(tmp_path)["default"]
    assert (chosen["OPTIONS"]["host"], chosen["OPTIONS"]["use_tls"]) == ("mail.example.test", True)


def test_notify_comes_before_a_mail_server_and_needs_a_template(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_SMTP_HOST", "mail.example.test")
    monkeypatch.setenv("PORTAL_NOTIFY_API_KEY", "a-key")
    with pytest.raises(KeyError):
        mailers(tmp_path)
    monkeypatch.setenv("PORTAL_NOTIFY_TEMPLATE_ID", "a-template")
    assert mailers(tmp_path)["default"] == {
        "BACKEND": "portal.notify.NotifyBackend",
        "OPTIONS": {"api_key": "a-key", "template_id": "a-template"},
    }


class Notify(BaseHTTPRequestHandler):
    """Something that answers as the service does."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, asked))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b'{"id": "1", "errors": [{"error": "BadRequestError", "message": "no"}]}')

    def log_message(self, *args):
        pass


@pytest.fixture
def notify(settings):
    server = HTTPServer(("127.0.0.1", 0), Notify)
    server.asked, server.status = [], 201
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    options = {
        "api_key": "test-11111111-1111-1111-1111-111111111111-22222222-2222-2222-2222-222222222222",
        "template_id": "the-template",
        "base_url": f"http://127.0.0.1:{server.server_port}",
    }
    settings.MAILERS = {"default": {"BACKEND": "portal.notify.NotifyBackend", "OPTIONS": options}}
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_notify_gets_subject_and_plain_text(notify, user):
    tell(user, Message.PASSWORD_CHANGED)
    [(path, asked)] = notify.asked
    assert path == "/v2/notifications/email"
    assert (asked["email_address"], asked["template_id"]) == ("new@example.test", "the-template")
    assert asked["personalisation"]["subject"] == "Your password was changed"
    assert asked["personalisation"]["body"].startswith("GP record\n\nHello\n\n")


def test_notify_gets_the_address_that_stops_such_emails(notify, user):
    """RFC 8058: it writes the headers itself; what keeps an account safe has no such address."""
    post(Message.SOMETHING_NEW, to=user.email, link="https://x.test", stop="https://x.test/stop")
    tell(user, Message.PASSWORD_CHANGED)
    [(_, news), (_, safety)] = notify.asked
    assert news["one_click_unsubscribe_url"] == "https://x.test/stop"
    assert "one_click_unsubscribe_url" not in safety


def test_what_notify_refuses_is_raised(notify):
    notify.status = 400
    with pytest.raises(HTTPError):
        EmailMessage("Subject", "Body", to=["new@example.test"]).send()

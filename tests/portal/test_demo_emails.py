"""The e-mails of the demo, on a page of their own."""

import pytest
from django.core.mail import EmailMultiAlternatives

from accounts.mail import Message, tell
from accounts.models import User
from portal.demo.emails import sent_emails

pytestmark = pytest.mark.django_db
PAGE = "/demo/emails"


@pytest.fixture
def demo(settings, tmp_path):
    settings.IS_DEMO = True
    settings.SENT_MAIL = tmp_path
    backend = "django.core.mail.backends.filebased.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"file_path": str(tmp_path)}}}


def send(subject, body):
    email = EmailMultiAlternatives(subject, body, to=["ada@example.test"])
    email.attach_alternative("<p>Not shown</p>", "text/html")
    email.send()


def test_there_is_no_such_page_outside_a_demo(client, demo, settings):
    settings.IS_DEMO = False
    assert client.get(PAGE).status_code == 404


def test_the_page_of_the_demo_leads_to_it(client, demo):
    assert f'href="{PAGE}"' in client.get("/demo").text


def test_a_demo_without_emails_says_so(client, demo):
    assert "There is none yet" in client.get(PAGE).text


def test_an_email_is_shown_with_its_link(client, demo, settings):
    user = User.objects.create_user("new@example.test", is_self_made=True)
    tell(user, Message.SET_UP_ACCOUNT)
    page = client.get(PAGE).text
    assert "Set up your account" in page
    assert "new@example.test" in page
    assert f'<a href="{settings.PORTAL_URL}/set-up/' in page


def test_the_newest_comes_first(demo):
    send("First", "1")
    send("Second", "2")
    newest, oldest = sorted(email.subject for email in sent_emails()), sent_emails()[-1]
    assert newest == ["First", "Second"]
    assert oldest.sent_at <= sent_emails()[0].sent_at


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)"),
        ("javascript:alert(1)", "href="),
        ("https://elsewhere.example/x", "href="),
        ("http://localhost:8000.elsewhere.example/x", "href="),
        ("http://localhost:8000@elsewhere.example/", "href="),
        ('http://localhost:8000/"onclick="x', '"onclick="x'),
    ],
)
def test_what_an_email_says_does_nothing_on_the_page(client, demo, settings, words, absent):
    settings.PORTAL_URL = "http://localhost:8000"
    send("Subject", f"Hello\n\n{words}\n")
    page = client.get(PAGE).text
    text = page[page.index('<p class="app-email">') : page.index("</p>", page.index('"app-email"'))]
    assert absent not in text
    assert "Hello" in text


def test_letters_of_every_kind_are_read(client, demo):
    send("Zoë Mockridge – 測試", "Łukasz\n\n" + "long " * 300 + "🙂")
    page = client.get(PAGE).text
    assert "Zoë Mockridge – 測試" in page
    assert "Łukasz" in page
    assert "🙂" in page

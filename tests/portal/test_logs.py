"""No log line says who somebody is, or lets somebody in."""

import io
import logging

import pytest
from django.conf import settings

from accounts.models import User
from accounts.set_up import set_up_link
from portal.logs import WithoutAddresses

SECRET = "MTIz/d0a-6f1e"
ADDRESSES = [
    f"/set-up/{SECRET}",
    f"/set-up/{SECRET}/app",
    f"/Set-Up/{SECRET}",
    "/set-up/MTIz /d0a-6f1e",
    "/sign-in?next=/d0a-6f1e",
    "/so/account/confirm-email/d0a-6f1e:1x:y_z",
    "/so/stop-emails/d0a6f1e.y_z",
]


def written(line, *values, **extra):
    """What a handler with the filter writes."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(WithoutAddresses())
    handler.handle(logging.getLogger("t").makeRecord("t", 40, "", 1, line, values, **extra))
    return out.getvalue()


@pytest.mark.parametrize("address", ADDRESSES)
def test_links_and_queries_are_taken_out_of_a_line(address):
    line = written('"POST %s HTTP/1.1"', address, exc_info=None)
    assert line.lower().startswith('"post /s')
    assert "[removed]" in line
    assert "d0a" not in line


@pytest.mark.parametrize("address", ADDRESSES)
def test_they_are_taken_out_of_the_error_below_it(address):
    error = ValueError(f"no page at {address}")
    lines = written("It failed", exc_info=(ValueError, error, None))
    assert "valueerror: no page at /s" in lines.lower()
    assert "d0a" not in lines


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.test",
        "Ada+gp@bücher.example",
        "o'hara@example.test",
        "<a.b@example.test>",
        '"ada"@example.test',
        "ada@[192.0.2.1]",
    ],
)
def test_e_mail_addresses_are_taken_out(address):
    error = ValueError(f"{{'{address}': (550, b'No such user {address}')}}")
    lines = written("Sent to %s, failed", address, exc_info=(ValueError, error, None))
    assert "@" not in lines
    assert "example" not in lines
    assert "550" in lines


def test_the_address_of_a_record_stays():
    assert written("Not Found: %s", "/records/1/", exc_info=None) == "Not Found: /records/1/\n"


def test_every_logger_writes_through_the_filter():
    loggers = settings.LOGGING["loggers"]
    assert {"django", "django.server", "gunicorn.error"} <= set(loggers)
    assert {name for logger in loggers.values() for name in logger["handlers"]} == {"console"}
    assert list(settings.LOGGING["handlers"]) == ["console"]
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["no_addresses"]


@pytest.mark.django_db
def test_a_password_that_is_refused_leaves_no_live_link_in_the_log(client, caplog, monkeypatch):
    user = User.objects.create_user("new@example.test")
    path = set_up_link(user).removeprefix(settings.PORTAL_URL)
    monkeypatch.setattr(logging.getLogger("django"), "propagate", True)
    assert client.post(path, {"password": "short"}).status_code == 422
    assert "/set-up/[removed]" in caplog.text
    _, _, person, token = path.split("/")
    assert person not in caplog.text
    assert token not in caplog.text

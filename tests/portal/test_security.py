"""What every answer carries, what a production's settings are, and what no line of the log says."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from portal.logs import WithoutAddresses
from tests.cast import make_grant, make_user, sign_in
from tests.records.views.record import home_of, make_allergy, reader

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "PORTAL_URL": "https://gp.example.org", "PORTAL_BEHIND_PROXY": "1",
    "PORTAL_SECRET_KEY": "a-key-of-a-test-which-is-long-enough-and-has-no-meaning-0123456789",
    "PORTAL_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "PORTAL_AUDIT_KEY": "another-key-of-a-test-which-is-long-enough-and-has-no-meaning-0123",
    "DATABASE_URL": "postgres://portal_app@db.example.org/gp", "PORTAL_SMTP_HOST": "mail.example.org",
}  # fmt: skip
TELL = """
import json, django
django.setup()
from django.conf import settings
names = ("SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY"
         " CSRF_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE CSRF_COOKIE_SAMESITE SESSION_COOKIE_DOMAIN SESSION_COOKIE_PATH"
         " SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS ALLOWED_HOSTS SECRET_KEY DEBUG"
         " CSRF_TRUSTED_ORIGINS IS_DEMO")
print(json.dumps({name: getattr(settings, name) for name in names.split()}))
"""


def in_production(tmp_path, *arguments):
    """What a fresh process with a service's settings and nothing else prints."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | PRODUCTION | {
        "DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": str(tmp_path)
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_a_service_has_safe_cookies_one_host_and_its_own_secrets(tmp_path):
    """`__Host-` cookies that no script reads and no other site sends; https for a year; nothing is made up on disk."""
    done = in_production(tmp_path, "-c", TELL)
    found = json.loads(done.stdout)
    for which in ("SESSION", "CSRF"):
        assert found[f"{which}_COOKIE_NAME"].startswith("__Host-")
        assert found[f"{which}_COOKIE_SECURE"]
        assert found[f"{which}_COOKIE_HTTPONLY"]
        assert found[f"{which}_COOKIE_SAMESITE"] == "Lax"
    assert (found["SESSION_COOKIE_DOMAIN"], found["SESSION_COOKIE_PATH"]) == (None, "/")
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] >= 365 * 24 * 60 * 60
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    assert found["ALLOWED_HOSTS"] == ["gp.example.org"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://gp.example.org"]
    assert found["SECRET_KEY"] == PRODUCTION["PORTAL_SECRET_KEY"]
    assert (found["DEBUG"], found["IS_DEMO"]) == (False, False)
    assert list(tmp_path.glob("*key*")) == []


def test_the_checks_for_deployment_find_nothing(tmp_path):
    done = in_production(tmp_path, "-W", "error", "manage.py", "check", "--deploy")
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sign-in", "/help", "/nothing", "/healthz", "/surgery/"])
def test_every_answer_says_what_a_browser_may_do_with_it(client, path):
    """No frame, no other host's script, no guess at its kind, no trace in a cache (R5.3)."""
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "form-action 'self'"):  # fmt: skip
        assert part in policy
    assert not re.search(r"unsafe-(inline|eval)|\*", policy)
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store, private"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example"])  # fmt: skip
def test_another_host_is_refused_and_never_written(client, host):
    answer = client.get("/sign-in", HTTP_HOST=host)
    assert answer.status_code == 400
    assert "evil" not in answer.text
    forwarded = client.get("/sign-in", HTTP_X_FORWARDED_HOST=host)
    assert "evil" not in forwarded.text


OUTSIDE = ["https://evil.example/", "//evil.example", "/\\evil.example", "https:evil.example",
           "javascript:alert(1)", "\t//evil.example", "/%09/evil.example@x//evil", "///evil.example"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", OUTSIDE)
def test_no_address_that_is_given_leads_elsewhere(client, wanted):
    """`next` of each page that takes one: whoever follows a link stays on the portal."""
    sign_in(client, make_user("ada@example.test"))
    for path in ("/sign-in", "/sign-in/code", "/sign-in/recovery-code", "/still-there"):
        place = client.get(path, {"next": wanted, "from": wanted}).headers["Location"]
        assert re.match(r"/(?![/\\])", place), (path, place)


@pytest.mark.django_db
def test_a_form_changes_what_it_asks_for_and_nothing_else(client):
    """What a form does not ask for is not taken, however it is named."""
    more = {"identity_level": "P9", "is_active": "", "is_staff": "1", "id": "1", "user": "1",
            "email_confirmed_at": "2020-01-01", "is_self_made": "", "patient": "1"}  # fmt: skip
    client.post(reverse("accounts:create"), {"email": "new@example.test"} | more)
    made = User.objects.get(email="new@example.test")
    assert (made.identity_level, made.is_active, made.is_self_made) == ("P0", True, True)
    assert made.email_confirmed_at is None


def test_the_one_file_that_people_send_is_a_receipt():
    """Whose form reads a few lines of text and keeps nothing; all else comes from a supplier's system, as JSON."""
    folder = ROOT / "templates"
    texts = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.html")}
    asking = [name for name, text in texts.items() if 'type="file"' in text or "multipart" in text]
    assert asking == ["activity/receipt.html"]


def test_no_secret_is_kept_with_the_code():
    """Only keys of the tests' own, and none of a kind that a service would use."""
    found = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{40}|\bAKIA[0-9A-Z]{16}\b"
    )
    apps = ("portal", "records", "proxy_access", "accounts", "surgeries", "audit", "nhsuk", "bin")
    files = [path for app in apps for path in (ROOT / app).rglob("*") if path.is_file()]
    texts = {path: path.read_text(errors="ignore") for path in files}
    assert [path.name for path, text in texts.items() if found.search(text)] == []
    assert "SECRET_KEY = secret_of(" in (ROOT / "portal" / "settings.py").read_text()


WORDS = ("Testwell", "9990000018", "999 000 0018", "ada@example.test", "Penicillin", "paracetmol",
         "SECRETTOKEN")  # fmt: skip


def broken(execute, *statement):
    raise IntegrityError(
        "duplicate key value violates unique constraint\n"
        "DETAIL:  Key (nhs_number, family_name)=(9990000018, Testwell) already exists."
    )


@pytest.fixture
def logged():
    """Every line that all loggers would write, at their most talkative, through the filter of the service."""
    out, handler = io.StringIO(), None
    handler = logging.StreamHandler(out)
    handler.addFilter(WithoutAddresses())
    loggers = [
        logging.getLogger(name) for name in ("", "django", "portal", "django.server", "axes")
    ]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.INFO)
    yield out
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(handler)
        one.setLevel(level)


@pytest.mark.django_db
def test_no_line_of_the_log_names_anybody(logged, client, patient, patient_user):
    """R9.1: over pages, a search, wrong addresses, forms that are not good and errors, none has a name, number, word or token."""
    make_grant(patient, "full", "full")
    make_allergy(patient, title="Penicillin")
    client = reader(client, patient_user, patient)
    client.raise_request_exception = False
    home = home_of(patient)
    for path in ("", "allergies", "timeline", "people", "found?words=paracetmol",
                 "find?words=Penicillin"):  # fmt: skip
        client.get(f"{home}{path}")
    client.post(f"{home}find", {"words": "paracetmol Testwell 9990000018"})
    for path in (
        "/set-up/x/SECRETTOKEN",
        "/account/confirm-email/SECRETTOKEN",
        "/nothing?t=SECRETTOKEN",
    ):
        client.get(path)
    Client().post("/sign-in", {"email": "ada@example.test", "password": "SECRETTOKEN"})
    Client(enforce_csrf_checks=True).post("/sign-in", {"email": "ada@example.test"})
    client.get("/", HTTP_HOST="evil.example")
    with connection.execute_wrapper(broken):
        assert client.get(home).status_code == 500
    lines = logged.getvalue()
    assert "Not Found" in lines
    assert "Internal Server Error" in lines
    assert [word for word in WORDS if word.lower() in lines.lower()] == []

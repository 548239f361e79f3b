"""A real browser against a real server: no other host, no console error, no axe violation on any page."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.models import AuthenticatorApp
from portal.demo.people import BY_KEY
from portal.demo.records import as_json, extract_for
from records.importing.load import Loading, load_bytes
from records.looking import hold
from tests.browser import launching
from tests.cast import patients_of, read_all
from tests.journeys.axe import assert_faultless
from tests.journeys.pictures import keep_kind

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | launching()


class Visitor:
    """Someone at a browser; every page that they come to is checked."""

    def __init__(self, page, base):
        self.page, self.base, self.checked = page, base, set()
        self.problems = []
        self.hosts = {urlsplit(base).netloc}
        page.on("console", lambda said: said.type == "error" and self.note(said.text))
        page.on("request", self.check_host)

    def note(self, text):
        if "status of 4" not in text:  # a refusal that a journey expects
            self.problems.append(text)

    def check_host(self, request):
        if urlsplit(request.url).netloc not in self.hosts:
            self.problems.append(f"asked another host: {request.url}")

    def goto(self, path):
        response = self.page.goto(path if path.startswith("http") else self.base + path)
        self.check()
        return response

    def press(self, name, role="button"):
        """Press a button, or follow a link, by its words; then look at the page that comes."""
        self.click(self.page.get_by_role(role, name=name, exact=True).first)
        self.check()

    def click(self, what):
        """Click on what leads to another page, and look no sooner than that page is there.

        A click alone returns while a form is still to be sent, or while the page that comes is empty.
        """
        with self.page.expect_navigation():
            what.click()

    def follow(self, name):
        self.press(name, role="link")

    def fill(self, label, value):
        self.page.get_by_label(label, exact=True).fill(value)

    def reads(self, words):
        return words in self.page.inner_text("main")

    def check(self):
        """Axe, once for each kind of page, at the width of a phone and of a desk; no sideways scrolling."""
        assert self.problems == []
        self.page.wait_for_load_state()  # a link may still lead there
        self.page.locator("main").first.wait_for(state="attached")
        kind = self.page.title()
        if kind in self.checked:
            return
        self.checked.add(kind)
        for width in (320, 1280):
            self.page.set_viewport_size({"width": width, "height": 800})
            over = self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert over <= 0, f"{kind} is {over} px wider than {width} px"
            assert_faultless(self.page, f"{kind} at {width} px")
            keep_kind(self.page, kind, width)

    def sign_in(self, user, *, reason=True):
        """Both factors, as a person does it; staff have said why they look at each of their patients."""
        self.goto("/sign-in")
        self.sign_in_here(user)
        if reason:
            self.give_reasons(user)

    def give_reasons(self, user):
        """Put a reason to look at every patient of the user's surgeries into their session."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.page.context.cookies()}
        session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
        hold(session, patients_of(user), now=timezone.now())
        session.save()

    def sign_in_here(self, user):
        """The same on the page to which a deep link led."""
        self.fill("Email address", user.email)
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.press("Continue")
        self.page.locator("main input[inputmode=numeric]").fill(code_of(user))
        self.press("Sign in")

    def agree(self):
        """The four pages of warnings."""
        for number in range(1, 5):
            assert self.reads(f"{number} of 4")
            self.click(self.page.locator("main form[method=post] button").first)
            self.check()


class WithoutScript(Visitor):
    """A visitor whose browser runs no script: axe cannot run either, so pages are only walked through."""

    def check(self):
        assert self.problems == []
        self.page.wait_for_load_state()


def code_of(user):
    device = AuthenticatorApp.objects.get(user=user)
    AuthenticatorApp.objects.update(last_t=-1)  # one person may sign in twice within half a minute
    return f"{TOTP(device.bin_key, device.step, device.t0, device.digits).token():06d}"


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def visitor(page, live_server):
    visitor = Visitor(page, live_server.url)
    yield visitor
    assert visitor.problems == []


@pytest.fixture
def another_visitor(new_context, live_server):
    return Visitor(new_context().new_page(), live_server.url)


@pytest.fixture
def let_in():
    """Gives people a password, by which they sign in."""
    return lambda *users: [with_password(user) for user in users]


def load_demo_record(key, patient, today, now):
    """Give a patient of the cast the record of somebody of the demo."""
    bundle = extract_for(BY_KEY[key], today)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["identifier"][0]["value"] = patient.nhs_number
            entry["resource"]["birthDate"] = patient.date_of_birth.isoformat()
            entry["resource"]["name"] = [{"use": "official", "family": patient.family_name}]
    loaded = load_bytes(as_json(bundle), key, Loading(patient.surgery), now=now)
    assert loaded.outcome == "loaded", loaded.reason
    read_all(patient)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visit(request, new_context, live_server, let_in):
    """A browser of its own for each person, each time."""

    def begin(user):
        kind = Visitor if request.param else WithoutScript
        context = new_context(java_script_enabled=request.param)
        visitor = kind(context.new_page(), live_server.url)
        let_in(user)
        visitor.sign_in(user)
        return visitor

    return begin


@pytest.fixture
def open_in(new_context, live_server):
    """A browser page with somebody's session; `how` are a context's options."""

    def opened(client, **how):
        context = new_context(viewport={"width": 320, "height": 800}, **how)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return context.new_page()

    return opened

"""The warning before a session ends, in a real browser: by mouse, by keyboard, and without JavaScript (R3.4)."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PAGE = "/account/devices"


@pytest.fixture
def short(settings):
    """Times that a test can wait for: idle seconds, of which the last are warned of."""

    def short(idle, warning, whole=3600):
        settings.SESSION_IDLE_SECONDS = idle
        settings.SESSION_WARNING_SECONDS = warning
        settings.SESSION_WHOLE_SECONDS = whole

    return short


@pytest.fixture
def at_page(visitor, let_in, patient_user, short):
    """Somebody who is signed in and looks at a page, once the times are set."""

    def at_page(who=visitor, **times):
        let_in(patient_user)
        who.sign_in(patient_user)
        short(**times)
        who.page.goto(who.base + PAGE)
        return who.page

    return at_page


def dialog_of(page):
    return page.get_by_role("alertdialog", name="You are about to be signed out")


def path_of(page):
    return page.url.partition("//")[2].partition("/")[2]


def test_a_dialog_warns_takes_the_focus_and_gives_it_back(at_page):
    """Given nothing is done, a dialog opens in time; staying closes it, and the focus is where it was."""
    page = at_page(idle=124, warning=118)
    link = page.get_by_role("link", name="Back")
    link.focus()
    dialog = dialog_of(page)
    expect(dialog).to_be_visible(timeout=15_000)
    expect(dialog).to_contain_text("We will sign you out in 2 minutes.")
    expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()
    expect(dialog.locator("[aria-live]")).to_have_attribute("aria-live", "polite")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 600})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Sign out now")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    assert path_of(page) == "account/devices"


def test_the_escape_key_stays(at_page):
    page = at_page(idle=124, warning=118)
    page.keyboard.press("Tab")
    expect(dialog_of(page)).to_be_visible(timeout=15_000)
    with page.expect_response("**/still-there/stay") as answer:
        page.keyboard.press("Escape")
    assert answer.value.ok
    expect(dialog_of(page)).to_be_hidden()


def test_nothing_of_a_person_is_left_at_the_end(at_page, patient_user, let_in, visitor):
    """Given nothing is done, the page empties itself; "back" shows nothing; signing in again leads back."""
    page = at_page(idle=9, warning=5)
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible(timeout=20_000)
    assert patient_user.name not in page.inner_text("body")
    assert path_of(page) == "signed-out"
    page.go_back()
    expect(page.get_by_text(patient_user.name)).to_have_count(0)
    page.goto(visitor.base + "/signed-out")
    visitor.click(page.get_by_role("button", name="Sign in again"))
    visitor.sign_in_here(patient_user)
    assert path_of(page) == "account/devices"


def test_a_second_tab_keeps_the_first_from_ending(at_page):
    page = at_page(idle=40, warning=25)
    other = page.context.new_page()
    expect(dialog_of(page)).to_be_visible(timeout=30_000)
    other.goto(page.url)
    expect(dialog_of(page)).to_be_hidden(timeout=15_000)
    assert path_of(page) == "account/devices"


def test_12_hours_can_be_saved_before_but_not_put_off(at_page):
    page = at_page(idle=600, warning=60, whole=64)
    dialog = dialog_of(page)
    expect(dialog).to_be_visible(timeout=20_000)
    expect(dialog).to_contain_text("You cannot make this time longer")
    expect(dialog.get_by_role("button", name="Stay signed in")).to_be_hidden()
    assert Axe().run(page).violations_count == 0
    dialog.get_by_role("button", name="Close and save").click()
    expect(dialog).to_be_hidden()
    page.wait_for_timeout(11_000)  # asked again, and not shown again
    expect(dialog).to_be_hidden()


def test_the_dialog_signs_out(at_page):
    page = at_page(idle=124, warning=118)
    dialog = dialog_of(page)
    expect(dialog).to_be_visible(timeout=15_000)
    dialog.get_by_role("button", name="Sign out now").click()
    page.wait_for_url(re.compile(r"/$"))
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


@pytest.fixture
def plain_visitor(new_context, live_server):
    """Somebody whose browser runs no scripts."""
    return Visitor(new_context(java_script_enabled=False).new_page(), live_server.url)


def test_without_scripts_the_page_goes_to_the_question_and_back(
    at_page, plain_visitor, monkeypatch
):
    monkeypatch.setattr(Visitor, "check", lambda self: None)  # axe is a script
    page = at_page(plain_visitor, idle=15, warning=11)
    page.wait_for_url("**/still-there", timeout=10_000)
    assert "We will sign you out in 1 minute" in page.inner_text("main")
    plain_visitor.click(page.get_by_role("button", name="Stay signed in"))
    assert path_of(page) == "account/devices"


def test_without_scripts_the_question_leads_to_the_end(at_page, plain_visitor, monkeypatch):
    monkeypatch.setattr(Visitor, "check", lambda self: None)
    page = at_page(plain_visitor, idle=9, warning=6)
    page.wait_for_url("**/still-there", timeout=10_000)
    page.wait_for_url("**/signed-out", timeout=15_000)
    assert "You were signed out" in page.inner_text("main")

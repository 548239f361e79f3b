"""Every component in a real browser under the portal's content security policy, checked with axe."""

from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.utils.csp import build_policy

from nhsuk.shell import Link, Shell
from tests.browser import launching
from tests.nhsuk.test_forms import Everything

STATIC = Path(__file__).resolve().parents[2] / "nhsuk" / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SHELL = Shell(
    surgery_name="Elm Tree Surgery",
    signed_in_as="Margaret Oluwaseun Featherstonehaugh",
    sign_out_href="/sign-out",
    account_links=(Link("Your account", "/account"),),
    footer_links=(Link("Accessibility", "/accessibility"),),
)
GALLERY = """
{% extends "layouts/page.html" %}
{% from "components/back_link.html" import back_link %}
{% from "components/button.html" import button, link_button %}
{% from "components/card_link.html" import card_link %}
{% from "components/leave.html" import leave %}
{% from "components/notice.html" import callout, notice %}
{% from "components/pagination.html" import pagination %}
{% from "components/patient_banner.html" import patient_banner %}
{% from "components/section_state.html" import section_state %}
{% from "components/staff_banner.html" import staff_banner %}
{% from "components/summary_list.html" import summary_list %}
{% from "components/table.html" import table %}
{% from "components/tag.html" import tag %}
{% block title %}Gallery{% endblock %}
{% block banner %}{{ banner(born_on) }}{% endblock %}
{% block before %}{{ back_link("/") }}{% endblock %}
{% block content %}
<h1>Gallery</h1>
{{ notice("Some of this part is not shown.") }}
{{ callout("Some results can upset", "Choose when to read them.") }}
{{ summary_list([("Reason", "Headache"), ("Long", "x" * 300)]) }}
{{ table("Medicines", ["Medicine", "Dose", "Last issued"], [["Paracetamol 500mg", "x" * 90, "3 March 2024"]]) }}
<p>{% for colour in ["", "green", "blue", "grey", "red", "orange"] %}{{ tag("In words", colour) }} {% endfor %}</p>
{% for state in ["nothing-recorded", "not-available", "no-access", "failed"] %}
{{ section_state(state, ask_href="/ask") }}
{% endfor %}
<ul class="app-cards"><li>{{ card_link("Medicines", "/medicines", "3 entries") }}</li></ul>
{{ pagination("/newer", "/older", "Newer", "Older") }}
<form method="post" novalidate>{{ form }}{{ button("Send") }}</form>
<p>{{ link_button("Go on", "/on", "secondary") }} {{ leave("https://www.example.org") }}</p>
{% endblock %}
"""
BANNERS = {
    "patient": "patient_banner('Margaret Featherstonehaugh', born_on, '9990548609')",
    "proxy": "patient_banner('Margaret Featherstonehaugh', born_on, '9990548609', '/own')",
    "staff": "staff_banner('Margaret Featherstonehaugh', born_on, '9990548609', 'Recorded.')",
}


@pytest.fixture(scope="module")
def chromium(playwright):
    browser = playwright.chromium.launch(**launching())
    yield browser
    browser.close()


def serve(page, html):
    """Answer the page and its static files without a server, under the portal's policy."""
    policy = build_policy(settings.SECURE_CSP, "abc")

    def answer(route):
        path = route.request.url.removeprefix("http://portal.test/static/")
        file = STATIC / path
        if file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        else:
            headers = {"Content-Security-Policy": policy}
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)

    page.route("**/*", answer)


def opened(browser, html, width, **options):
    """The page in a window of that width, and everything that the browser complained of."""
    page = browser.new_context(viewport={"width": width, "height": 800}, **options).new_page()
    page.set_default_timeout(5000)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    serve(page, html)
    page.goto("http://portal.test/")
    return page, complaints


@pytest.fixture
def gallery(render):
    def render_gallery(banner, form):
        text = GALLERY.replace("banner(born_on)", BANNERS[banner])
        messages = [Message(25, "Your choice was saved", "")]
        context = {"born_on": date(1947, 3, 3), "form": form, "messages": messages}
        return render(text, shell=SHELL, csp_nonce="abc", **context)

    return render_gallery


@pytest.mark.journey
@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_hangs_over_the_edge(chromium, gallery, banner, width):
    form = Everything({}) if banner == "proxy" else Everything()
    page, complaints = opened(chromium, gallery(banner, form), width, bypass_csp=True)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []


@pytest.mark.journey
def test_the_scripts_start_under_the_policy(chromium, gallery):
    page, complaints = opened(chromium, gallery("patient", Everything({})), 1280)
    assert "nhsuk-frontend-supported" in page.locator("body").get_attribute("class")
    page.get_by_role("button", name="Show password").click()
    assert page.locator("#id_password").get_attribute("type") == "text"
    assert complaints == []


@pytest.mark.journey
def test_the_page_is_whole_without_scripts(chromium, gallery):
    html = gallery("patient", Everything({}))
    page, _ = opened(chromium, html, 320, java_script_enabled=False)
    assert page.get_by_role("link", name="Leave this site at once").is_visible()
    assert page.get_by_role("button", name="Sign out").is_visible()
    page.get_by_role("link", name="Enter e-mail address").click()
    assert page.url.endswith("#id_email")


@pytest.mark.journey
def test_leaving_takes_the_page_out_of_the_history(chromium, gallery):
    """R5.3."""
    html = gallery("patient", Everything()).replace("https://www.example.org", "/elsewhere")
    page, _ = opened(chromium, html, 1280)
    page.goto("http://portal.test/record")
    before = page.evaluate("history.length")
    page.get_by_role("link", name="Leave this site at once").click()
    page.wait_for_url("**/elsewhere")
    assert page.evaluate("history.length") == before

"""The public pages in a real browser, on a phone and on a desk."""

import pytest

from portal.content import pages
from tests.journeys.conftest import WithoutScript

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_every_public_page_can_be_reached_and_read(visitor):
    """Given someone who knows nothing, when they start at the front page and follow the way to help, then
    each page opens and leads back."""
    assert visitor.goto("/").status == 200
    visitor.goto("/help")
    for page in pages().values():
        assert visitor.goto(page.address).status == 200
        assert visitor.page.locator("h1").inner_text() == page.title
        assert visitor.reads("Page last reviewed")


def test_help_is_one_step_away_with_and_without_javascript(visitor, new_context, live_server):
    visitor.page.set_viewport_size({"width": 320, "height": 800})
    visitor.goto("/sign-in")
    visitor.click(visitor.page.get_by_role("contentinfo").get_by_role("link", name="Help"))
    assert visitor.page.url.endswith("/help")
    plain = WithoutScript(new_context(java_script_enabled=False).new_page(), live_server.url)
    plain.goto("/sign-in")
    menu = plain.page.get_by_role("navigation", name="Menu")
    plain.click(menu.get_by_role("link", name="Help"))
    assert plain.page.url.endswith("/help")


def test_leaving_at_once_leaves_no_way_back(visitor):
    """R5.3: the page is replaced in the history."""
    visitor.page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="Sunny"))
    visitor.goto("/")
    visitor.goto("/help/if-you-are-being-pressured")
    visitor.page.get_by_role("link", name="Leave this site at once").first.click()
    visitor.page.wait_for_url("https://www.bbc.co.uk/**")
    visitor.page.go_back()
    visitor.page.wait_for_load_state()
    assert "pressure" not in visitor.page.title()
    visitor.problems.clear()  # the one page elsewhere that a visitor may ask for

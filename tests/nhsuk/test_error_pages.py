from datetime import timedelta

import pytest
from django.template.loader import render_to_string

PAGES = ["400", "403", "403_csrf", "404", "500", "503"]


@pytest.mark.parametrize("name", PAGES)
def test_an_error_page_needs_nothing(name):
    html = render_to_string(f"errors/{name}.html")
    assert html.count("<h1>") == 1
    assert " - GP record</title>" in html
    assert "<script" not in html


def test_the_page_for_too_many_tries_says_how_long_to_wait():
    html = render_to_string("errors/locked.html", {"cooloff_timedelta": timedelta(minutes=14.2)})
    assert "Wait 15 minutes" in html


@pytest.mark.parametrize("name", ["500", "503"])
def test_a_crash_says_nothing_about_the_record(name):
    assert "says nothing about what is in your record" in render_to_string(f"errors/{name}.html")

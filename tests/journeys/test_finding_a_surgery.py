"""Somebody looks for their surgery, and learns how to see their record there."""

from datetime import date

import pytest

from surgeries.ods.load import load_list
from tests.cast import make_surgery
from tests.clock import NOW
from tests.journeys.conftest import Visitor
from tests.surgeries.ods_lines import ods_line

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LABEL = "Name, town, postcode or code of the surgery"


@pytest.fixture
def surgeries():
    lines = [ods_line(f"A81{number:03}", c1=f"LANE {number} SURGERY") for number in range(100, 125)]
    load_list([ods_line(), *lines], by=None, now=NOW)
    hours = dict.fromkeys(("monday", "tuesday", "friday"), ("08:00", "18:30"))
    make_surgery(name="Riverbank Surgery", phone="01632 960001", opening_hours=hours)
    make_surgery("Z99002", name="Riverside Practice", status="closed", closed_on=date(2017, 10, 31))


def look_for(visitor, typed):
    visitor.goto("/find-your-surgery")
    visitor.fill(LABEL, typed)
    visitor.press("Find")


def test_a_patient_finds_their_surgery_and_may_create_an_account(visitor, surgeries):
    look_for(visitor, "rivrbank")
    assert visitor.reads("Uses this service")
    visitor.follow("Riverbank Surgery")
    assert visitor.reads("This surgery uses this service.")
    assert visitor.reads("8am to 6:30pm")
    assert (
        visitor.page.get_by_role("link", name="01632 960001").get_attribute("href")
        == "tel:01632960001"
    )
    visitor.click(visitor.page.get_by_role("button", name="Create an account"))
    assert visitor.page.url.endswith("/create-account")


def test_a_patient_of_another_surgery_learns_where_to_go(visitor, surgeries):
    look_for(visitor, "denshem stokton")
    visitor.follow("The Densham Surgery")
    assert visitor.reads("This surgery does not use this service.")


def test_a_closed_surgery_says_so(visitor, surgeries):
    look_for(visitor, "riverside")
    assert visitor.reads("Closed on 31 October 2017")
    visitor.follow("Riverside Practice")
    assert visitor.reads("This surgery has closed")


def test_many_results_have_pages(visitor, surgeries):
    look_for(visitor, "TS18")
    assert visitor.reads("26 surgeries found")
    visitor.follow("Next")
    assert visitor.reads("Page 2 of 2")
    visitor.follow("Previous")
    assert visitor.reads("Page 1 of 2")


def test_what_is_wrong_or_absent_is_said(visitor, surgeries):
    look_for(visitor, "?!")
    assert visitor.reads("Enter letters or numbers")
    look_for(visitor, "nowhere at all")
    assert visitor.reads("No surgery found")


def test_it_works_without_javascript(new_context, live_server, surgeries):
    visitor = Visitor(new_context(java_script_enabled=False).new_page(), live_server.url)
    visitor.check = lambda: None  # axe is JavaScript
    look_for(visitor, "densham")
    visitor.follow("The Densham Surgery")
    assert visitor.reads("Stockton-on-Tees")

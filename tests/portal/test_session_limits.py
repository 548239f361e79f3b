"""A session ends after 30 minutes idle or 12 hours in all, with a warning before (R3.4)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import SignedInDevice
from audit.models import AuditEvent
from tests.clock import NOW
from tests.portal.sessions import PAGE, ask, is_in, let_in_at_once, person, place_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def user():
    return person()


@pytest.fixture
def at_page(client, clock, user):
    """A client whose user is signed in and looks at a page."""
    let_in_at_once(client, user)
    assert client.get(PAGE).status_code == 200
    return client


def wait(clock, minutes, seconds=0):
    clock.shift(timedelta(minutes=minutes, seconds=seconds))


def wait_while_active(client, clock, **until):
    """Look at a page every quarter of an hour; the last is at the time given, counted from the sign-in."""
    waited = timedelta(0)
    while waited < timedelta(**until):
        step = min(timedelta(minutes=15), timedelta(**until) - waited)
        clock.shift(step)
        waited += step
        assert client.get(PAGE).status_code == 200


def time_left(client):
    return client.get("/still-there/time").json()


@pytest.mark.parametrize(
    ("minutes", "seconds", "lasts"),
    [(27, 59, True), (28, 0, True), (29, 59, True), (30, 0, False), (31, 0, False)],
)
def test_a_session_lasts_for_30_minutes_of_doing_nothing(at_page, clock, minutes, seconds, lasts):
    wait(clock, minutes, seconds)
    response = at_page.get(PAGE)
    assert (response.status_code, is_in(at_page)) == ((200, True) if lasts else (302, False))


@pytest.mark.parametrize(
    ("minutes", "seconds", "left"),
    [(0, 0, 1800), (27, 59, 121), (28, 0, 120), (29, 59.5, 1), (30, 0, 0), (45, 0, 0)],
)
def test_a_script_is_told_how_much_is_left(at_page, clock, minutes, seconds, left):
    wait(clock, minutes, seconds)
    assert time_left(at_page)["seconds"] == left


def test_asking_for_the_time_does_not_count_as_doing_something(at_page, clock):
    for _ in range(29):
        wait(clock, 1)
        time_left(at_page)
    assert time_left(at_page)["seconds"] == 60
    wait(clock, 1)
    assert at_page.get(PAGE).url == "/signed-out"


def test_the_page_that_asks_does_not_count_as_doing_something(at_page, clock):
    for minutes in (28, 1):
        wait(clock, minutes)
        assert ask(at_page).status_code == 200
    wait(clock, 1)
    assert ask(at_page).url == "/signed-out"


def test_every_page_leads_to_the_question_in_time_without_a_script(at_page):
    page = at_page.get(PAGE).text
    # the note of the last use may be a minute late: so three minutes before the end at most, two at least
    refresh = '<meta http-equiv="refresh" content="1620; url=/still-there">'
    assert f"<noscript>{refresh}</noscript>" in page
    assert ask(at_page).url == PAGE


@pytest.mark.parametrize("address", ["/", "/sign-in", "/signed-out"])
def test_nobody_is_warned_who_is_not_signed_in(client, address):
    page = client.get(address).text
    assert "data-session-end" not in page
    assert "http-equiv" not in page


def test_the_question_says_when_and_offers_to_stay_or_to_leave(at_page, clock):
    wait(clock, 28)
    page = ask(at_page)
    assert "in 2 minutes, at 11am" in page.text
    assert f'content="120; url=/still-there?from={place_on(page)}"' in page.text
    assert "Stay signed in" in page.text
    assert 'action="/sign-out"' in page.text
    assert PAGE not in page.text


def test_staying_counts_anew_and_leads_back(at_page, clock):
    wait(clock, 29)
    place = place_on(ask(at_page))
    response = at_page.post("/still-there/stay", {"from": place})
    assert response.url == PAGE
    assert time_left(at_page)["seconds"] == 1800
    wait(clock, 29)
    assert at_page.get(PAGE).status_code == 200


def test_a_browser_that_does_not_say_where_it_comes_from_goes_back_to_the_page_of_the_last_note(
    at_page, clock
):
    wait(clock, 2)
    at_page.get(PAGE)
    wait(clock, 29)
    page = at_page.get("/still-there")
    assert at_page.post("/still-there/stay", {"from": place_on(page)}).url == PAGE


def test_a_script_that_stays_is_told_the_new_time(at_page, clock):
    wait(clock, 29)
    answer = at_page.post("/still-there/stay", headers={"Accept": "application/json"})
    assert answer.json() == {"seconds": 1800, "isFixed": False}


def test_staying_needs_a_token_of_our_own_form(at_page, clock):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = at_page.cookies
    wait(clock, 29)
    assert strict.post("/still-there/stay").status_code == 403
    assert strict.get("/still-there/stay").status_code == 405
    assert time_left(at_page)["seconds"] == 60


def test_whoever_was_active_in_another_tab_goes_back_to_the_page(at_page, clock):
    wait(clock, 28)
    place = place_on(ask(at_page))
    at_page.get("/account")
    wait(clock, 2)
    assert at_page.get("/still-there", {"from": place}).url == PAGE
    assert ask(at_page).url == PAGE
    assert time_left(at_page) == {"seconds": 28 * 60, "isFixed": False}


@pytest.mark.parametrize(("minute", "lasts"), [(0, True), (14, True), (15, False)])
def test_a_session_lasts_for_12_hours_in_all(at_page, clock, minute, lasts):
    wait_while_active(at_page, clock, hours=11, minutes=45)
    wait(clock, minute)
    assert at_page.get(PAGE).status_code == (200 if lasts else 302)
    assert is_in(at_page) is lasts


def test_two_minutes_before_12_hours_the_question_says_that_this_is_the_end(at_page, clock):
    wait_while_active(at_page, clock, hours=11, minutes=57)
    assert 'content="60; url=/still-there' in at_page.get(PAGE).text
    wait(clock, 1)
    page = ask(at_page).text
    assert "You cannot make this time longer" in page
    assert "Stay signed in" not in page.partition("<dialog")[0]
    assert time_left(at_page) == {"seconds": 120, "isFixed": True}


def test_12_hours_cannot_be_made_longer_but_one_can_go_back_and_save(at_page, clock):
    wait_while_active(at_page, clock, hours=11, minutes=58)
    assert at_page.post("/still-there/stay", {"from": place_on(ask(at_page))}).url == PAGE
    page = at_page.get(PAGE).text
    assert "We will sign you out in less than 2 minutes" in page
    assert (
        'content="120; url=/still-there' in page
    )  # no further than to the end: there is time to save
    wait(clock, 2)
    assert at_page.get(PAGE).url == "/signed-out"


def test_staying_cannot_wake_a_session_that_is_over(at_page, clock):
    wait(clock, 30)
    assert at_page.post("/still-there/stay").url == "/signed-out"
    assert not is_in(at_page)
    assert time_left(at_page)["seconds"] == 0


def test_a_session_counts_from_the_sign_in_even_if_no_page_follows(client, clock, user):
    client.post("/sign-in", {"email": user.email, "password": "three words together"})
    assert is_in(client)
    wait(clock, 30)
    client.get("/sign-in/code")
    assert not is_in(client)


@pytest.mark.parametrize(("minutes", "because"), [(30, "idle"), (720, "12 hours")])
def test_the_end_is_on_file_and_ends_the_device(at_page, clock, user, minutes, because):
    wait_while_active(at_page, clock, minutes=minutes - 30)
    wait(clock, 30)
    at_page.get(PAGE)
    event = AuditEvent.objects.order_by("sequence").last()
    assert (event.action, event.actor_id, event.details) == (
        "sign-out",
        user.pk,
        {"because": because},
    )
    assert list(SignedInDevice.objects.values_list("ended_at", "session_key")) == [(event.at, "")]


def test_the_page_at_the_end_says_why_and_names_nobody(at_page, clock):
    wait(clock, 30)
    page = at_page.get(PAGE, follow=True)
    assert "You were signed out" in page.text
    assert "Sign in again" in page.text
    assert "Ada" not in page.text
    assert "devices" not in page.text


def test_whoever_is_signed_in_is_not_told_that_they_were_signed_out(at_page):
    assert at_page.get("/signed-out").url == "/"


def test_a_public_page_stays_open_when_the_session_is_over(at_page, clock):
    wait(clock, 30)
    page = at_page.get("/sign-in")
    assert page.status_code == 200
    assert "Ada" not in page.text


def test_a_page_costs_no_more_queries_for_all_this(at_page, clock, django_assert_num_queries):
    at_page.get("/sign-in/code")
    with django_assert_num_queries(3):  # session, user, second factor
        assert at_page.get("/sign-in/code").status_code == 302
    wait(clock, 29)
    with django_assert_num_queries(3):
        time_left(at_page)

"""After the end of a session the same person, and nobody else, comes back to where they were (R3.4)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client, RequestFactory

from accounts import returning
from accounts.returning import Place
from tests.clock import NOW
from tests.portal.sessions import PAGE, ask, let_in, let_in_at_once, person, place_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def user():
    return person()


@pytest.fixture
def other():
    return person("bilal@example.test", "Bilal Demoson")


@pytest.fixture
def over(client, clock, user):
    """A browser whose user was at a page when their time ended."""
    let_in_at_once(client, user)
    client.get(PAGE)
    clock.shift(timedelta(minutes=30))
    assert ask(client).url == "/signed-out"
    return client


def test_the_same_person_comes_back_after_both_steps(over, user):
    assert let_in(over, user).url == PAGE
    assert returning.KEPT not in over.session


def test_the_same_person_comes_back_after_a_passkey(over, user):
    assert let_in_at_once(over, user) == PAGE
    assert returning.KEPT not in over.session


@pytest.mark.parametrize("way", [lambda *who: let_in(*who).url, let_in_at_once])
def test_somebody_else_comes_to_the_start_page_and_nothing_is_left_for_them(over, user, other, way):
    assert way(over, other) == "/"
    assert returning.KEPT not in over.session
    over.post("/sign-out")
    assert way(over, user) == "/"


def test_no_address_or_cookie_tells_where_the_first_was(over, other):
    page = over.get("/signed-out")
    links = [page.text, *(morsel.OutputString() for morsel in over.cookies.values())]
    assert not any("/account" in link for link in links)
    response = over.post("/sign-in", {"email": other.email, "password": "three words together"})
    assert response.url == "/sign-in/code"


def test_a_wrong_password_does_not_lose_the_place(over, user):
    over.post("/sign-in", {"email": user.email, "password": "wrong"})
    assert let_in(over, user).url == PAGE


def test_a_wish_in_the_address_comes_first_and_the_place_is_dropped(over, user):
    assert let_in(over, user, query="?next=/account").url == "/account"
    assert returning.KEPT not in over.session


def test_whoever_asked_for_a_page_too_late_comes_to_that_page(client, clock, user):
    let_in_at_once(client, user)
    client.get(PAGE)
    clock.shift(timedelta(hours=3))
    assert client.get("/account/password?x=1").url == "/signed-out"
    assert let_in_at_once(client, user) == "/account/password?x=1"


def test_whoever_sent_a_form_too_late_comes_to_the_page_with_the_form(client, clock, user):
    let_in_at_once(client, user)
    clock.shift(timedelta(hours=3))
    referer = {"Referer": "http://testserver/account/password?x=1#part"}
    assert client.post("/account/devices/sign-out-others", headers=referer).url == "/signed-out"
    assert let_in_at_once(client, user) == "/account/password?x=1"


@pytest.mark.parametrize(
    "referer", ["https://evil.test/account", "http://testserver.evil.test/account", "nonsense", ""]
)
def test_a_form_from_elsewhere_leads_to_where_the_person_was(client, clock, user, referer):
    let_in_at_once(client, user)
    clock.shift(timedelta(minutes=2))
    client.get(PAGE)
    clock.shift(timedelta(hours=3))
    client.post("/account/devices/sign-out-others", headers={"Referer": referer})
    assert let_in_at_once(client, user) == PAGE


@pytest.mark.parametrize("address", ["/sign-out", "/sign-in/code", "/no-such-page", "/"])
def test_one_does_not_go_back_to_what_is_no_page(client, clock, user, address):
    let_in_at_once(client, user)
    clock.shift(timedelta(hours=3))
    client.get(address)
    assert let_in_at_once(client, user) == "/"


def test_where_a_script_asked_one_goes_back_to_its_page(client, clock, user):
    let_in_at_once(client, user)
    clock.shift(timedelta(hours=3))
    headers = {"Sec-Fetch-Mode": "cors", "Referer": f"http://testserver{PAGE}"}
    assert client.post("/still-there/time", headers=headers).json()["seconds"] == 0
    assert let_in_at_once(client, user) == PAGE


def test_the_question_itself_is_no_page_but_knows_where_one_was(client, clock, user):
    let_in_at_once(client, user)
    clock.shift(timedelta(minutes=29))
    place = place_on(ask(client))
    clock.shift(timedelta(minutes=1))
    assert client.get("/still-there", {"from": place}).url == "/signed-out"
    assert let_in_at_once(client, user) == PAGE


@pytest.mark.parametrize("way", ["get", "post"])
def test_the_place_of_somebody_else_leads_to_the_start_page(client, clock, user, other, way):
    let_in_at_once(client, user)
    clock.shift(timedelta(minutes=29))
    place = place_on(ask(client))
    let_in_at_once(client, other)
    clock.shift(timedelta(minutes=29))
    address = "/still-there" if way == "get" else "/still-there/stay"
    assert getattr(client, way)(address, {"from": place}).url == "/"
    assert returning.KEPT not in client.session


def test_the_script_of_a_page_from_before_a_sign_in_is_refused(clock, user, other):
    client = Client(enforce_csrf_checks=True)
    let_in_at_once(client, user)
    tokens = []
    for person_ in (user, other):
        let_in_at_once(client, person_)
        client.cookies.pop("csrftoken", None)  # as a sign-in changes it
        page = client.get("/account/devices").text
        tokens.append(re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1])
    assert [client.post("/still-there/time", {"csrfmiddlewaretoken": token}).status_code for token in tokens] == [403, 200]  # fmt: skip


def test_a_stranger_learns_nothing_from_a_place(client, clock, user):
    let_in_at_once(client, user)
    clock.shift(timedelta(minutes=29))
    place = place_on(ask(client))
    assert "account" not in place
    page = Client().get("/still-there", {"from": place}, follow=True)
    assert page.request["PATH_INFO"] == "/signed-out"
    assert "account/devices" not in page.text


@pytest.mark.parametrize("token", ["", "x", "===", "é", "AAAA" * 20, "\x00", "a" * 5000])
def test_a_forged_place_is_no_place(client, token):
    assert returning.unseal(token) is None
    assert client.get("/still-there", {"from": token}).url == "/signed-out"
    assert returning.KEPT not in client.session


def test_a_place_is_the_same_token_each_time_and_cannot_be_changed():
    place = Place(uuid4(), "/records/ü?x=1")
    token = returning.seal(place)
    assert returning.seal(place) == token
    assert returning.unseal(token) == place
    for position in range(len(token) - 2):
        changed = (
            token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        )
        assert returning.unseal(changed) is None


@pytest.mark.parametrize(
    "path", ["//evil.test/account", "/\\evil.test", "/account/../../x", "https:/x"]
)
def test_no_path_leads_out_of_the_portal(path):
    request = RequestFactory().get("/")
    request.get_full_path = lambda: path
    assert returning.find_path(request) == ""

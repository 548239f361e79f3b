"""A browser in which two people sign in is noticed, whoever they are; nothing of them is in its mark (R4.4, R4.5)."""

import pytest
from django.test import Client

from accounts.models import SignedInDevice
from accounts.same_browser import COOKIE, share_a_browser
from tests.cast import make_user
from tests.journeys.conftest import code_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def two(db):
    made = [make_user(f"{name}@example.test") for name in ("ada", "ruth")]
    for user in made:
        user.set_password(PASSWORD)
        user.save()
    return made


def signed_in(client, user):
    """Both factors, and out again: the next person takes the browser."""
    client.post("/sign-in", {"email": user.email, "password": PASSWORD})
    answer = client.post("/sign-in/code", {"code": code_of(user)})
    assert answer.status_code == 302
    client.post("/sign-out")
    return answer


def test_one_browser_is_known_again_and_another_is_not(two):
    ada, ruth = two
    shared, own = Client(), Client()
    signed_in(shared, ada)
    signed_in(own, ruth)
    assert not share_a_browser(ada, ruth)
    signed_in(shared, ruth)
    assert share_a_browser(ada, ruth)
    assert share_a_browser(ruth, ada)
    assert not share_a_browser(ada, ada)


def test_the_mark_is_random_kept_as_a_hash_and_out_of_reach_of_scripts(two):
    answer = signed_in(Client(), two[0])
    cookie = answer.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], len(cookie.value)) == (True, "Lax", 32)
    device = SignedInDevice.objects.get()
    assert cookie.value not in device.browser_hash
    assert len(device.browser_hash) == 64


def test_it_is_given_only_once_both_factors_were_there(two):
    client = Client()
    client.get("/")
    client.post("/sign-in", {"email": two[0].email, "password": PASSWORD})
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("made_up", ["", "x", "x" * 4000, "a" * 31 + "ü", "'; drop table"])
def test_a_made_up_mark_is_replaced(two, made_up):
    client = Client()
    client.cookies[COOKIE] = made_up
    assert len(signed_in(client, two[0]).cookies[COOKIE].value) == 32


def test_who_brings_the_mark_of_another_only_shows_themself(two):
    """Taking over a mark opens nothing: it makes the surgery ask."""
    ada, ruth = two
    mark = signed_in(Client(), ada).cookies[COOKIE].value
    client = Client()
    client.cookies[COOKIE] = mark
    signed_in(client, ruth)
    assert share_a_browser(ada, ruth)

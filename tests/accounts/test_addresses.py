"""Whose tries are counted: the sender's, whatever headers the sender writes."""

import pytest
from django.test import Client, RequestFactory

from accounts.addresses import client_address
from tests.cast import make_user


def address(near="192.0.2.1", forwarded=None, **settings_of):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=near, headers=headers))


@pytest.fixture
def behind(settings):
    def behind(count):
        settings.IS_BEHIND_PROXY, settings.PROXY_COUNT = True, count

    return behind


def test_without_a_proxy_the_header_is_not_believed():
    assert address(forwarded="203.0.113.9") == "192.0.2.1"


@pytest.mark.parametrize(
    ("count", "forwarded", "counts_as"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 8.8.8.8, 203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1,203.0.113.9 ", "203.0.113.9"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        # fewer than our proxies write: nobody knows, so all count as the proxy
        (2, "203.0.113.9", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9, unknown", "192.0.2.1"),
        (1, "203.0.113.9, <b>", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "[2001:db8:1:2::99]", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_behind_proxies_what_the_outermost_of_ours_saw_counts(behind, count, forwarded, counts_as):
    behind(count)
    assert address(forwarded=forwarded) == counts_as


@pytest.mark.parametrize("near", ["", "unix:", "\x00"])
def test_a_sender_without_an_address_counts_as_one_with_all_such(near):
    assert address(near) == "0.0.0.0"


@pytest.mark.django_db
def test_a_lock_cannot_be_slipped_by_writing_another_header(behind):
    make_user("ada@example.test")
    behind(1)
    codes = [wrong_try(f"10.9.8.{number}, 203.0.113.9") for number in range(7)]
    assert codes == [422] * 4 + [429] * 3
    assert wrong_try("203.0.113.10") == 422  # behind the same proxy, somebody else


def wrong_try(forwarded):
    answers = {"email": "ada@example.test", "password": "wrong"}
    return Client().post("/sign-in", answers, headers={"X-Forwarded-For": forwarded}).status_code

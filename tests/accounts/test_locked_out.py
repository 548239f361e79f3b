"""Signing in tells nobody, by words or by time, whether there is such an account."""

import re
import statistics
import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client

from tests.cast import make_user

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "ada@example.test", "eva@example.test"


@pytest.fixture
def slow_hashes(monkeypatch):
    """Hashes slow enough that leaving one out would show."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 2)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 32_000)


@pytest.fixture
def user():
    return make_user(KNOWN, password=make_password("three words together"))


def wrong_try(email):
    """The whole answer, but for what is random in it; the address is as long as the other."""
    response = Client().post("/sign-in", {"email": email, "password": "wrong"})
    body = re.sub(r'(nonce|value)="[^"]*"', "", response.text.replace(email, ""))
    headers = {name: value for name, value in response.headers.items() if "Policy" not in name}
    return response.status_code, headers, sorted(response.cookies), body


def test_the_answers_are_the_same_until_and_after_the_lock(user):
    for number in range(1, 8):
        known, unknown = wrong_try(KNOWN), wrong_try(UNKNOWN)
        assert known == unknown
        assert known[0] == (422 if number < 5 else 429)


@pytest.mark.parametrize("is_locked", [False, True])
def test_the_answers_take_the_same_time(slow_hashes, user, settings, is_locked):
    settings.AXES_FAILURE_LIMIT = 1 if is_locked else 1000
    times = {KNOWN: [], UNKNOWN: []}
    for email in times:
        wrong_try(email)
    for _ in range(30):
        for email, taken in times.items():
            began = time.perf_counter()
            wrong_try(email)
            taken.append(time.perf_counter() - began)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.7 < known / unknown < 1.4

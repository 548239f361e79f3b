"""The code for the front desk says whose account it is, to staff, together with the address."""

from datetime import timedelta

import pytest

from accounts.desk_codes import find_by_desk_code, make_desk_code, spend_desk_code
from accounts.models import DeskCode
from audit.models import AuditEvent
from tests.cast import make_user
from tests.clock import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(db):
    return make_user("new@example.test", level="P0")


@pytest.fixture
def code(newcomer):
    return make_desk_code(newcomer, now=NOW)


def find(code, by, email="new@example.test", now=NOW):
    return find_by_desk_code(code, email, by=by, now=now)


def test_the_code_is_stored_as_a_hash_only(code):
    row = DeskCode.objects.get()
    kept = " ".join(str(value) for value in vars(row).values())
    assert len(code.replace(" ", "")) == 8
    assert code not in kept
    assert code.replace(" ", "") not in kept


@pytest.mark.parametrize("how", [str, str.lower, lambda code: code.replace(" ", "-")])
def test_code_and_address_together_find_the_account(code, newcomer, staff, how):
    assert find(how(code), staff, " NEW@example.test ") == newcomer


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("", "new@example.test"),
        ("2222 2222", "new@example.test"),
        ("\U0001f600", "new@example.test"),
        (None, "staff@example.test"),
        (None, ""),
    ],
)
def test_one_of_them_alone_finds_nobody(code, staff, typed, email):
    assert find(code if typed is None else typed, staff, email) is None
    assert AuditEvent.objects.get(action="desk code tried").outcome == "refused"


@pytest.mark.parametrize(
    ("after", "works"), [(timedelta(days=7, seconds=-1), True), (timedelta(days=7), False)]
)
def test_it_works_for_seven_days(code, staff, after, works):
    assert bool(find(code, staff, now=NOW + after)) is works


def test_it_works_once(code, newcomer, staff):
    spend_desk_code(newcomer, now=NOW)
    assert find(code, staff) is None


def test_a_newer_code_ends_the_older(code, newcomer, staff):
    newer = make_desk_code(newcomer, now=NOW)
    assert find(code, staff) is None
    assert find(newer, staff) == newcomer


def test_a_closed_account_is_not_found(code, newcomer, staff):
    newcomer.is_active = False
    newcomer.save()
    assert find(code, staff) is None


def test_staff_have_five_tries_in_a_quarter_of_an_hour(code, newcomer, staff, other_staff):
    for _ in range(5):
        assert find("2222 2222", staff) is None
    assert find(code, staff) is None
    assert find(code, other_staff) == newcomer
    assert find(code, staff, now=NOW + timedelta(minutes=15)) == newcomer

"""The day by which a surgery answers (R8.2)."""

from datetime import date

import pytest

from surgeries.checks import holidays_end_soon
from surgeries.working_days import LAST_KNOWN, due_on, working_days_after


@pytest.mark.parametrize(
    ("asked_on", "last_day"),
    [
        ("2026-02-02", "2026-03-12"),  # a Monday; no bank holiday on the way
        ("2026-02-06", "2026-03-18"),  # a Friday
        ("2026-02-07", "2026-03-18"),  # a Saturday counts as the Friday before it
        ("2026-02-08", "2026-03-18"),  # and so does a Sunday
        ("2026-03-30", "2026-05-12"),  # over Good Friday, Easter Monday and the first Monday of May
        (
            "2026-12-01",
            "2027-01-13",
        ),  # Christmas, Boxing Day on a Saturday (so 28 December), New Year
        ("2027-12-20", "2028-02-01"),  # 27, 28 December and 3 January are days instead
    ],
)
def test_the_answer_is_due_on_the_last_of_28_working_days(asked_on, last_day):
    assert due_on(date.fromisoformat(asked_on)) == date.fromisoformat(last_day)


def test_the_day_of_asking_is_not_counted():
    assert working_days_after(date(2026, 2, 2), 1) == date(2026, 2, 3)


def test_the_bank_holidays_are_englands_and_not_scotlands():
    """2 January and St Andrew's Day are holidays in Scotland only; Easter Monday is none there."""
    assert working_days_after(date(2024, 1, 1), 1) == date(2024, 1, 2)
    assert working_days_after(date(2026, 4, 2), 1) == date(2026, 4, 7)


def test_beyond_the_list_only_weekends_are_left_out_so_that_no_answer_comes_too_late():
    """The list of the library ends: until it is updated, a day can only be too early (R8.2)."""
    assert date(2028, 12, 31) == LAST_KNOWN
    assert working_days_after(date(2028, 12, 29), 1) == date(2029, 1, 1)  # truly a bank holiday
    assert due_on(date(2028, 12, 1)) == date(2029, 1, 12)
    assert due_on(date(2028, 12, 1)) <= date(2029, 1, 15)  # what it will be, with 1 January


@pytest.mark.parametrize(
    ("today", "count"), [("2028-06-01", 0), ("2028-08-01", 1), ("2029-05-01", 1)]
)
def test_the_operator_is_warned_before_the_list_ends(today, count):
    assert len(holidays_end_soon(date.fromisoformat(today))) == count


def test_the_list_is_not_asked_for_over_the_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("asked the network")

    monkeypatch.setattr("requests.get", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    assert due_on(date(2026, 2, 2)) == date(2026, 3, 12)

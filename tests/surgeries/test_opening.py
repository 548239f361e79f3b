"""When a surgery is open, in words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from surgeries.opening import DAYS, opening_words, other_days, week_words

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = dict.fromkeys(DAYS[:5], ("08:00", "18:30"))
HALF_SATURDAY = WEEKDAYS | {"saturday": ["09:00", "12:00"]}
ONLY_MONDAY = {"monday": ["08:00", "18:30"]}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


# 3 June 2024 is a Monday
@pytest.mark.parametrize(
    ("hours", "now", "words"),
    [
        (WEEKDAYS, "2024-06-03T07:59:59", "Closed now, opens today at 8am"),
        (WEEKDAYS, "2024-06-03T08:00", "Open now until 6:30pm"),
        (WEEKDAYS, "2024-06-03T18:29:59", "Open now until 6:30pm"),
        (WEEKDAYS, "2024-06-03T18:30", "Closed now, opens tomorrow at 8am"),
        (WEEKDAYS, "2024-06-07T18:30", "Closed now, opens Monday at 8am"),
        (WEEKDAYS, "2024-06-08T10:00", "Closed now, opens Monday at 8am"),
        (WEEKDAYS, "2024-06-09T10:00", "Closed now, opens tomorrow at 8am"),
        (WEEKDAYS, "2024-06-10T00:00", "Closed now, opens today at 8am"),
        (HALF_SATURDAY, "2024-06-07T19:00", "Closed now, opens tomorrow at 9am"),
        (HALF_SATURDAY, "2024-06-08T11:59", "Open now until midday"),
        (HALF_SATURDAY, "2024-06-08T12:00", "Closed now, opens Monday at 8am"),
        (ONLY_MONDAY, "2024-06-03T19:00", "Closed now, opens next Monday at 8am"),
        (ONLY_MONDAY, "2024-06-04T07:00", "Closed now, opens Monday at 8am"),
        (WEEKDAYS | {"tuesday": None}, "2024-06-03T19:00", "Closed now, opens Wednesday at 8am"),
        (WEEKDAYS | {"tuesday": []}, "2024-06-04T12:00", "Closed now, opens tomorrow at 8am"),
        ({}, "2024-06-03T12:00", ""),
        (dict.fromkeys(DAYS), "2024-06-03T12:00", ""),
    ],
)
def test_whether_a_surgery_is_open(hours, now, words):
    assert opening_words(hours, at(now)) == words


def test_the_time_is_that_of_england():
    """17:45 UTC is 18:45 in summer, 17:45 in winter."""
    summer, winter = (
        datetime(2024, 6, 3, 17, 45, tzinfo=UTC),
        datetime(2024, 12, 2, 17, 45, tzinfo=UTC),
    )
    assert opening_words(WEEKDAYS, summer).startswith("Closed now")
    assert opening_words(WEEKDAYS, winter).startswith("Open now")


@pytest.mark.parametrize(
    "hours",
    [
        {"monday": "all day"},
        {"monday": ["8", "18"]},
        {"monday": ["08:00"]},
        {"monday": ["18:30", "08:00"]},
        {"monday": ["08:00", "08:00"]},
        {"monday": ["08:00", 18]},
        {"monday": 8},
        {"monday": ["08:00", "24:00"]},
        ["monday"],
        None,
    ],
)
def test_hours_that_make_no_sense_are_not_known(hours):
    """An error never reads as "closed"."""
    now = at("2024-06-03T12:00")
    assert opening_words(hours, now) == ""
    assert week_words(hours) == []


def test_the_week_is_told_from_monday():
    assert week_words(HALF_SATURDAY) == [
        ("Monday", "8am to 6:30pm"),
        ("Tuesday", "8am to 6:30pm"),
        ("Wednesday", "8am to 6:30pm"),
        ("Thursday", "8am to 6:30pm"),
        ("Friday", "8am to 6:30pm"),
        ("Saturday", "9am to midday"),
        ("Sunday", "Closed"),
    ]
    assert week_words({}) == []


HOLIDAY = "2024-08-26"  # a Monday, the summer bank holiday
CHRISTMAS = {"2024-12-24": ["08:00", "12:00"], "2024-12-27": None, "2024-12-28": ["10:00", "11:00"]}


@pytest.mark.parametrize(
    ("hours", "exceptions", "now", "words"),
    [
        (WEEKDAYS, {}, f"{HOLIDAY}T10:00", "Closed now, opens tomorrow at 8am"),
        (WEEKDAYS, {}, "2024-08-23T19:00", "Closed now, opens Tuesday at 8am"),
        (WEEKDAYS, {HOLIDAY: ["09:00", "11:00"]}, f"{HOLIDAY}T10:00", "Open now until 11am"),
        (WEEKDAYS, {HOLIDAY: None}, f"{HOLIDAY}T10:00", "Closed now, opens tomorrow at 8am"),
        (WEEKDAYS, {"2024-08-27": None}, f"{HOLIDAY}T10:00", "Closed now, opens Wednesday at 8am"),
        (WEEKDAYS, CHRISTMAS, "2024-12-24T10:00", "Open now until midday"),
        (WEEKDAYS, CHRISTMAS, "2024-12-24T12:00", "Closed now, opens Saturday at 10am"),
        (WEEKDAYS, CHRISTMAS, "2024-12-28T09:00", "Closed now, opens today at 10am"),
        # the day before is not a holiday, the week has nothing but Mondays
        (ONLY_MONDAY, {}, "2024-08-20T09:00", "Closed now, opens Monday 2 September 2024 at 8am"),
        (ONLY_MONDAY, {}, "2024-08-19T19:00", "Closed now, opens Monday 2 September 2024 at 8am"),
        (WEEKDAYS, {"2024-06-03": "all day"}, "2024-06-03T10:00", "Closed now, opens tomorrow at 8am"),
        (WEEKDAYS, {"2024-06-03": ["11:00", "09:00"]}, "2024-06-03T10:00", "Closed now, opens tomorrow at 8am"),
        ({}, CHRISTMAS, "2024-12-24T10:00", ""),
    ],
)  # fmt: skip
def test_exceptions_win_over_bank_holidays_and_these_over_the_week(hours, exceptions, now, words):
    assert opening_words(hours, at(now), exceptions=exceptions) == words


def test_a_surgery_that_is_closed_for_long_does_not_say_when_it_opens():
    closed = {
        date.fromordinal(date(2024, 6, 3).toordinal() + more).isoformat(): None
        for more in range(61)
    }
    assert opening_words(WEEKDAYS, at("2024-06-03T10:00"), exceptions=closed) == "Closed now"


def test_days_to_come_with_other_hours_are_told():
    told = other_days(WEEKDAYS, CHRISTMAS, on=date(2024, 12, 24), ahead=8)
    assert [(day.on.day, day.hours, day.is_bank_holiday) for day in told] == [
        (24, "8am to midday", False),
        (25, "Closed", True),
        (26, "Closed", True),
        (27, "Closed", False),
        (28, "10am to 11am", False),
    ]
    assert other_days(WEEKDAYS, {}, on=date(2024, 6, 3)) == []
    assert other_days({}, CHRISTMAS, on=date(2024, 12, 24)) == []

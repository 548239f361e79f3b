from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pytest

from nhsuk.wording import (
    date_words,
    instant_words,
    nhs_number_words,
    partial_date_words,
    size_words,
    time_words,
)


@dataclass
class Given:
    on: date | None = None
    at: time | None = None
    precision: str = "unknown"


def test_a_date_is_written_in_full():
    assert date_words(date(2024, 3, 3)) == "3 March 2024"


def test_an_instant_is_written_in_local_time():
    assert instant_words(datetime(2024, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2024 at 12:30am"
    assert date_words(datetime(2024, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2024"


def test_a_time_without_a_zone_is_left_as_it_is():
    assert instant_words(datetime(2024, 7, 1, 23, 30)) == "1 July 2024 at 11:30pm"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0, 0), "midnight"),
        (time(0, 5), "12:05am"),
        (time(9, 0), "9am"),
        (time(12, 0), "midday"),
        (time(12, 30), "12:30pm"),
        (time(14, 5), "2:05pm"),
    ],
)
def test_times_are_written_as_people_say_them(at, words):
    assert time_words(at) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Given(), "Unknown date"),
        (Given(on=date(2009, 1, 1)), "Unknown date"),
        (Given(precision="day"), "Unknown date"),
        (Given(on=date(2009, 1, 1), precision="year"), "2009"),
        (Given(on=date(2009, 3, 1), precision="month"), "March 2009"),
        (Given(on=date(2009, 3, 9), precision="day"), "9 March 2009"),
        (Given(on=date(2009, 7, 9), at=time(23, 30), precision="time"), "9 July 2009 at 11:30pm"),
        (Given(on=date(2009, 7, 9), precision="time"), "9 July 2009"),
        (Given(on=date(2009, 7, 9), at=time(0), precision="time"), "9 July 2009"),
    ],
)
def test_a_partial_date_says_no_more_than_its_source(given, words):
    """R6.7."""
    assert partial_date_words(given) == words


def test_an_nhs_number_is_written_as_3_3_4_and_does_not_break():
    assert nhs_number_words("9990548609") == "999\u00a0054\u00a08609"


def test_what_is_not_an_nhs_number_is_left_as_it_is():
    assert nhs_number_words("12345") == "12345"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (120_000, "117 KB"),
        (1_100_000, "1.0 MB"),
        (5 * 1024 * 1024, "5.0 MB"),
    ],
)
def test_the_size_of_a_file(size, words):
    assert size_words(size) == words

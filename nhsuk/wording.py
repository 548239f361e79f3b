"""How dates, times and NHS numbers are written, after the NHS content guide: the filters of our templates."""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Protocol

from django.utils import timezone

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NO_BREAK_SPACE = "\u00a0"


class PartialDate(Protocol):
    """A date as precise as its source: `precision` is time, day, month, year or unknown (R6.7)."""

    @property
    def on(self) -> date | None: ...
    @property
    def at(self) -> time | None: ...
    @property
    def precision(self) -> str: ...


def date_words(day: date) -> str:
    """3 March 2024; an instant is first brought to local time."""
    if isinstance(day, datetime) and timezone.is_aware(day):
        day = timezone.localtime(day)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def time_words(at: time) -> str:
    """9am, 2:30pm, midday, midnight; never 12am, which people read both ways."""
    if (at.hour, at.minute) in {(0, 0), (12, 0)}:
        return "midday" if at.hour else "midnight"
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'pm' if at.hour >= 12 else 'am'}"


def instant_words(at: datetime) -> str:
    """3 March 2024 at 2:30pm, in local time."""
    if timezone.is_aware(at):
        at = timezone.localtime(at)
    return f"{date_words(at)} at {time_words(at.time())}"


def local_time_words(at: datetime) -> str:
    """2:30pm, in local time."""
    return time_words(timezone.localtime(at).time())


def size_words(size: int) -> str:
    """120 KB, 2.5 MB: how large a file is, in bytes, for somebody who wonders whether to open it."""
    if size < 1024:
        return f"{size} bytes"
    in_kilobytes = round(size / 1024)
    return f"{in_kilobytes} KB" if in_kilobytes < 1000 else f"{size / 1024 / 1024:.1f} MB"


def partial_date_words(partial: PartialDate) -> str:
    """As precise as the source and no more: never an invented day, never a shifted time (R6.7).

    Exactly midnight is how sources write a day of which they do not know the time: then none is said.
    """
    return _partial_words(partial.on, partial.at, partial.precision)


@lru_cache(5000)  # a record has the same few thousand days on every page
def _partial_words(on: date | None, at: time | None, precision: str) -> str:
    if on is None or precision == "unknown":
        return "Unknown date"
    if precision == "year":
        return str(on.year)
    if precision == "month":
        return f"{MONTHS[on.month - 1]} {on.year}"
    if precision == "time" and at and at != time(0):
        return f"{date_words(on)} at {time_words(at)}"
    return date_words(on)


def nhs_number_words(number: str) -> str:
    """The ten digits as 3-3-4, with spaces at which a line does not break; anything else as it is."""
    if len(number) != 10:
        return number
    return NO_BREAK_SPACE.join((number[:3], number[3:6], number[6:]))

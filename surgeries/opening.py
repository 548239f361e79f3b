"""When a surgery is open, in words.

`Surgery.opening_hours` holds a pair of times for each day on which the surgery opens, such as
{"monday": ["08:00", "18:30"]}; a day that is missing or null is a day on which it is closed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from nhsuk.wording import time_words

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Hours = Mapping[str, Sequence[Any] | None]
Window = tuple[time, time]


def opening_words(hours: Hours, now: datetime) -> str:
    """Open now until 6:30pm; Closed now, opens Monday at 8am; "" where the hours are not known.

    Bank holidays are not known either: say so beside these words.
    """
    week = _week(hours)
    if not any(week):
        return ""
    here = timezone.localtime(now)
    today = week[here.weekday()]
    if today and today[0] <= here.time() < today[1]:
        return f"Open now until {time_words(today[1])}"
    if today and here.time() < today[0]:
        return f"Closed now, opens today at {time_words(today[0])}"
    return f"Closed now, opens {_next_opening(week, here)}"


def week_words(hours: Hours) -> list[tuple[str, str]]:
    """Each day with its hours, from Monday: ("Monday", "8am to 6:30pm"); empty where they are not known."""
    week = _week(hours)
    if not any(week):
        return []
    return [
        (
            day.capitalize(),
            f"{time_words(window[0])} to {time_words(window[1])}" if window else "Closed",
        )
        for day, window in zip(DAYS, week, strict=True)
    ]


def _next_opening(week: list[Window | None], here: datetime) -> str:
    """The first day after this one on which the surgery opens; a week from now at the latest."""
    for ahead in range(1, 8):
        day = here + timedelta(days=ahead)
        if window := week[day.weekday()]:
            name = "tomorrow" if ahead == 1 else DAYS[day.weekday()].capitalize()
            return f"{'next ' if ahead == 7 else ''}{name} at {time_words(window[0])}"
    raise AssertionError("a week without opening hours was sent away before")


def _week(hours: Hours) -> list[Window | None]:
    """The seven days from Monday. Hours that make no sense are as good as none: then nothing is known."""
    try:
        return [_window(hours.get(day)) for day in DAYS]
    except (AttributeError, TypeError, ValueError):
        return [None] * len(DAYS)


def _window(pair: Sequence[Any] | None) -> Window | None:
    if not pair:
        return None
    opens, closes = (time.fromisoformat(at) for at in pair)
    if opens >= closes:
        raise ValueError(pair)
    return opens, closes

"""When a surgery is open, in words.

`Surgery.opening_hours` holds a pair of times for each day on which the surgery opens, such as
{"monday": ["08:00", "18:30"]}; a day that is missing or null is a day on which it is closed. It is closed on
England's bank holidays too. `Surgery.opening_exceptions` wins over both: {"2026-12-24": ["08:00", "12:00"]},
or null for a day on which it is closed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from nhsuk.wording import date_words, time_words
from surgeries.models import Surgery
from surgeries.working_days import is_bank_holiday, working_days_after

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LOOKED_AHEAD = 60
"""So many days ahead an opening is looked for."""
BEFORE_CLOSING, AFTER_OPENING = timedelta(hours=1), timedelta(hours=2)
Hours = Mapping[str, Sequence[Any] | None]
Window = tuple[time, time]


class OtherDay(NamedTuple):
    """A day on which the hours are not those of the week."""

    on: date
    hours: str
    is_bank_holiday: bool


def opening_words(hours: Hours, now: datetime, *, exceptions: Hours | None = None) -> str:
    """Open now until 6:30pm; Closed now, opens Monday at 8am; "" where the hours are not known."""
    week = _week(hours)
    if not any(week):
        return ""
    here = timezone.localtime(now)
    today = _hours_on(here.date(), week, exceptions or {})
    if today and today[0] <= here.time() < today[1]:
        return f"Open now until {time_words(today[1])}"
    if today and here.time() < today[0]:
        return f"Closed now, opens today at {time_words(today[0])}"
    return f"Closed now{_next_opening(week, exceptions or {}, here.date())}"


def week_words(hours: Hours) -> list[tuple[str, str]]:
    """Each day with its hours, from Monday: ("Monday", "8am to 6:30pm"); empty where they are not known."""
    week = _week(hours)
    if not any(week):
        return []
    return [
        (day.capitalize(), window_words(window)) for day, window in zip(DAYS, week, strict=True)
    ]


def other_days(hours: Hours, exceptions: Hours, *, on: date, ahead: int = 28) -> list[OtherDay]:
    """The days from today on whose hours differ from those of the week; none where these are not known."""
    week = _week(hours)
    if not any(week):
        return []
    days = [on + timedelta(days=more) for more in range(ahead)]
    return [
        OtherDay(day, window_words(window), is_bank_holiday(day))
        for day in days
        if (window := _hours_on(day, week, exceptions)) != week[day.weekday()]
    ]


def contact_of(surgery: Surgery, now: datetime) -> dict[str, Any]:
    """What a page says of how to reach a surgery: `surgeries/contact.html` shows it."""
    hours, exceptions, today = (
        surgery.opening_hours,
        surgery.opening_exceptions,
        timezone.localdate(now),
    )
    return {
        "surgery": surgery,
        "is_closed": surgery.is_closed(today),
        "opening": opening_words(hours, now, exceptions=exceptions),
        "week": week_words(hours),
        "other_days": other_days(hours, exceptions, on=today),
    }


def read_by(surgery: Surgery, now: datetime) -> datetime:
    """By when somebody at a surgery reads what is sent to it now: today, while it is open for an hour more.

    Else within two hours of its next opening; where nobody knows when it opens, by noon of the next working day.
    """
    here = timezone.localtime(now)
    week, exceptions = _week(surgery.opening_hours), surgery.opening_exceptions
    for ahead in range(LOOKED_AHEAD if any(week) else 0):
        day = here.date() + timedelta(days=ahead)
        if window := _hours_on(day, week, exceptions):
            opens, closes = (timezone.make_aware(datetime.combine(day, at)) for at in window)
            if ahead or now < opens:
                return min(opens + AFTER_OPENING, closes)
            if now <= closes - BEFORE_CLOSING:
                return closes
    next_day = working_days_after(here.date(), 1)
    return timezone.make_aware(datetime.combine(next_day, time(12)))


def window_words(window: Window | None) -> str:
    """8am to 6:30pm, or Closed."""
    return f"{time_words(window[0])} to {time_words(window[1])}" if window else "Closed"


def _next_opening(week: list[Window | None], exceptions: Hours, today: date) -> str:
    """The first day after this one on which the surgery opens; "" where there is none for a long time."""
    for ahead in range(1, LOOKED_AHEAD):
        day = today + timedelta(days=ahead)
        if window := _hours_on(day, week, exceptions):
            return f", opens {_day_words(day, ahead)} at {time_words(window[0])}"
    return ""


def _day_words(day: date, ahead: int) -> str:
    name = DAYS[day.weekday()].capitalize()
    if ahead == 1:
        return "tomorrow"
    if ahead > 7:
        return f"{name} {date_words(day)}"
    return f"next {name}" if ahead == 7 else name


def _hours_on(day: date, week: list[Window | None], exceptions: Hours) -> Window | None:
    """The hours of one day; an exception that makes no sense counts as closed."""
    if day.isoformat() in exceptions:
        try:
            return _window(exceptions[day.isoformat()])
        except (AttributeError, TypeError, ValueError):
            return None
    return None if is_bank_holiday(day) else week[day.weekday()]


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

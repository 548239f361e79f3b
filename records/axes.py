"""The round numbers and days that an axis names: pure functions on exact numbers."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import islice

from nhsuk.wording import MONTHS

MOST_TICKS = 5
LONGEST_LABEL = 8


def value_ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round numbers evenly apart, the first no higher than the lowest value and the last no lower than the highest."""
    with localcontext(prec=60):
        if low == high:
            room = abs(low) / 10 or Decimal(1)
            low, high = low - room, high + room
        step = _round_step((high - low) / MOST_TICKS)
        first, last = (low / step).to_integral_value("ROUND_FLOOR"), high / step
        count = int(last.to_integral_value("ROUND_CEILING") - first)
        return [(first + number) * step for number in range(count + 1)]


def _round_step(least: Decimal) -> Decimal:
    power = Decimal(1).scaleb(least.adjusted())
    return next(each * power for each in (1, 2, 5, 10) if each * power >= least)


def value_labels(values: list[Decimal]) -> list[str]:
    """Numbers of an axis in full where there is room, else with a power of ten; different ones never look the same."""
    with localcontext(prec=60):
        values = [value.normalize() for value in values]
        plain = [f"{value:f}" if value else "0" for value in values]
    if max(map(len, plain)) <= LONGEST_LABEL:
        return plain
    short = ([f"{value:.{digits}g}" for value in values] for digits in (3, 6, 12, 24, 48))
    return next(labels for labels in short if len(set(labels)) == len(values))


def date_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """Days to mark from one day to another: years, else months, else days; no more than there is room for."""
    for days, label, most in _RHYTHMS:
        found = list(islice(days(first, last), most + 1))  # of decades there are thousands
        if 2 <= len(found) <= most:
            return [(day, label(day)) for day in found]
    return [(day, day_words(day)) for day in sorted({first, last})]


def day_words(day: date) -> str:
    """3 May 2024, as short as it gets."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def _month_words(day: date) -> str:
    return f"{MONTHS[day.month - 1][:3]} {day.year}"


def _by_months(step: int) -> Callable[[date, date], Iterator[date]]:
    def days(first: date, last: date) -> Iterator[date]:
        begins, ends = first.year * 12 + first.month - 1, last.year * 12 + last.month
        months = range(begins + -begins % step, ends, step)
        starts = (date(month // 12, month % 12 + 1, 1) for month in months)
        return (day for day in starts if first <= day <= last)

    return days


def _by_days(step: int) -> Callable[[date, date], Iterator[date]]:
    def days(first: date, last: date) -> Iterator[date]:
        count = (last - first).days // step
        return (first + timedelta(days=step * number) for number in range(min(count, 9) + 1))

    return days


def _year_words(day: date) -> str:
    return str(day.year)


_RHYTHMS: list[tuple[Callable[[date, date], Iterator[date]], Callable[[date], str], int]] = [
    *((_by_days(step), day_words, 3) for step in (1, 2, 7, 14)),
    *((_by_months(step), _month_words, 3) for step in (1, 3, 6)),
    *((_by_months(12 * step), _year_words, 5) for step in (1, 2, 5, 10, 20, 50)),
]
"""From fine to coarse: which days, what they are called, and how many of those names fit."""

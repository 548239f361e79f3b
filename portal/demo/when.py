"""Dates of the demo: everything is so long before today, so that ages and start dates stay right."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Ago:
    """A length of time before some day."""

    years: int = 0
    months: int = 0
    days: int = 0

    def before(self, day: date) -> date:
        """The day this long before another; the end of a shorter month stands for its missing days."""
        months = day.year * 12 + day.month - 1 - self.years * 12 - self.months
        year, month = months // 12, months % 12 + 1
        last = calendar.monthrange(year, month)[1]
        return date(year, month, min(day.day, last)) - timedelta(days=self.days)


def age_on(day: date, born: date) -> int:
    """Whole years lived."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def stamp(day: date, minute: int) -> str:
    """An instant as suppliers write it, with the offset of the season: surgery hours from 8:30."""
    at = time(8 + (30 + minute) // 60, (30 + minute) % 60, minute % 60)
    return datetime.combine(day, at, LONDON).isoformat()

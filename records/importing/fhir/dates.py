"""Dates as FHIR writes them: clinical ones as precise as they are, recorded ones as instants."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from records.content import PartialDate
from records.importing.fhir.fields import Json, Misshapen, child, text

LONDON = ZoneInfo("Europe/London")
UNKNOWN = PartialDate()

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<clock>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


def partial_date(body: Json, *names: str) -> PartialDate:
    """The first of these dates that can be read, as written (R6.7); unknown if none can."""
    for name in names:
        found = _partial(_date_text(body, name))
        if found != UNKNOWN:
            return found
    return UNKNOWN


def given_date(body: Json, *names: str) -> PartialDate | None:
    """The same for content, where nothing is kept of a date that is not known."""
    found = partial_date(body, *names)
    return None if found == UNKNOWN else found


def instant(body: Json, *names: str) -> datetime | None:
    """When something was recorded (R7.6), none if it is not given or cannot be read (R1.3).

    What has no time zone is London time; a day begins at midnight there, a month or year on its
    first day.
    """
    for name in names:
        found = _instant(_date_text(body, name))
        if found:
            return found
    return None


def _date_text(body: Json, name: str) -> str:
    """The written date at the end of a path of names; one of a wrong type is as unreadable as one that is not a date."""
    *outer, inner = name.split(".")
    try:
        for each in outer:
            body = child(body, each)
        return text(body, inner)
    except Misshapen:
        return ""


def _partial(written: str) -> PartialDate:
    matched = _WRITTEN.fullmatch(written)
    if not matched:
        return UNKNOWN
    year, month, day, clock, _zone = matched.groups()
    precision = "time" if clock else "day" if day else "month" if month else "year"
    try:
        on = date(int(year), int(month or 1), int(day or 1))
        return PartialDate(on, time.fromisoformat(clock) if clock else None, precision)
    except ValueError:
        return UNKNOWN


def _instant(written: str) -> datetime | None:
    known = _partial(written)
    if known.on is None:
        return None
    try:
        found = datetime.fromisoformat(written) if known.at else _midnight(known.on)
        found = found if found.tzinfo else found.replace(tzinfo=LONDON)
        # the edges of the calendar and odd time zones do not fit everywhere: UTC always does
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)

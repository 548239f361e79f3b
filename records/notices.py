"""The sources' warnings about a whole section, in words of ours: their own are not for the screen (R2.6)."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime

from nhsuk.wording import date_words

Facts = Mapping[tuple[str, str], str]
"""(section, code) of the warnings in force, and `covered` where an extract had the section; what a source wrote with it."""

IN_TRANSIT = "data-in-transit"
NOTICES = {
    "confidential-items": "Some information in this section may not be shown here.",
    IN_TRANSIT: "This record has not yet fully arrived from the last surgery.",
}
_MISSING = re.compile(r"information recorded before (\d{2}-[A-Z][a-z]{2}-\d{4}) may be missing")
"""The fixed form in which GP Connect says from when on a record is whole."""


def notices_of(section: str, facts: Facts) -> list[str]:
    """What to say at the top of a section."""
    found = []
    for code, words in NOTICES.items():
        if (section, code) in facts:
            found.append(words + _missing_before(code, facts[section, code]))
    return found


def _missing_before(code: str, written: str) -> str:
    """The day that the source gives; of several the latest, from which on nothing is missing."""
    days = [day for each in _MISSING.findall(written) if (day := _day(each))]
    if code != IN_TRANSIT or not days:
        return ""
    return f" Information recorded before {date_words(max(days))} may be missing."


def _day(written: str) -> date | None:
    with suppress(ValueError):
        return datetime.strptime(written, "%d-%b-%Y").date()  # noqa: DTZ007 - a day has no time zone
    return None

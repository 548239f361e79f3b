"""One line of `epraccur.csv`: what it says of a GP practice, or why it cannot be read.

The file has no header and 27 columns. Those that count, from 1: 1 code, 2 name, 5 to 9 address, 10 postcode,
12 close date (YYYYMMDD), 13 status (A, C, D, P), 18 telephone, 26 prescribing setting (4 is a GP practice).
"""

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime

from surgeries.models import Surgery, SurgeryStatus
from surgeries.ods.capitals import as_written
from surgeries.ods.towns import town_of

COLUMNS = 27
GP_PRACTICE = "4"
STATUSES = {
    "A": SurgeryStatus.ACTIVE,
    "C": SurgeryStatus.CLOSED,
    "D": SurgeryStatus.DORMANT,
    "P": SurgeryStatus.PROPOSED,
}
LONGEST = {field.name: field.max_length for field in Surgery._meta.fields if field.max_length}
CODE = re.compile(r"[A-Z][A-Z0-9]{2,9}")
DAY = re.compile(r"\d{8}", re.ASCII)
POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})", re.ASCII)
LONDON_NUMBER = re.compile(r"(020) ?(\d{4}) ?(\d{4})", re.ASCII)


class Unreadable(Exception):
    """A line that cannot be loaded; the message says why, without quoting the line."""


@dataclass(frozen=True, slots=True)
class OtherSite:
    """A line about something that prescribes and is no GP practice, such as a prison or a hospice."""

    setting: str


@dataclass(frozen=True, slots=True)
class ListedSurgery:
    """A GP practice as the list has it; the fields have the names and shapes of `Surgery`."""

    ods_code: str
    name: str
    address: str
    town: str
    postcode: str
    phone: str
    status: SurgeryStatus
    closed_on: date | None


def read_line(line: bytes) -> ListedSurgery | OtherSite:
    """Read one line of the file; raises Unreadable."""
    cells = _cells(line)
    code, setting = cells[0].upper(), cells[25]
    if not CODE.fullmatch(code):
        raise Unreadable("the first column is not an ODS code")
    if not (setting.isascii() and setting.isdigit()):
        raise Unreadable("the prescribing setting (column 26) is not a number")
    if setting != GP_PRACTICE:
        return OtherSite(setting)
    lines = [as_written(cell) for cell in cells[4:9] if cell]
    return _checked(
        ListedSurgery(
            ods_code=code,
            name=as_written(cells[1]),
            address="\n".join(lines),
            town=town_of(lines),
            postcode=postcode_words(cells[9]),
            phone=LONDON_NUMBER.sub(r"\1 \2 \3", cells[17]),
            status=_status(cells[12]),
            closed_on=_day(cells[11]),
        )
    )


def postcode_words(text: str) -> str:
    """A postcode in capitals with its one space; anything else in capitals as it is."""
    capitals = " ".join(text.upper().split())
    found = POSTCODE.fullmatch(capitals)
    return f"{found[1]} {found[2]}" if found else capitals


def _cells(line: bytes) -> list[str]:
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8 text") from None
    if not text.isprintable():
        raise Unreadable("it has control characters in it")
    try:
        cells = next(csv.reader([text], strict=True), [])
    except csv.Error:
        raise Unreadable("its quotation marks do not match") from None
    if len(cells) != COLUMNS:
        raise Unreadable(f"it has {len(cells)} columns instead of {COLUMNS}")
    return [cell.strip() for cell in cells]


def _status(text: str) -> SurgeryStatus:
    try:
        return STATUSES[text.upper()]
    except KeyError:
        raise Unreadable("the status (column 13) is not A, C, D or P") from None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if not DAY.fullmatch(text):
            raise ValueError
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise Unreadable("the close date (column 12) is not a date like 20240331") from None


def _checked(listed: ListedSurgery) -> ListedSurgery:
    """The same, if it can be kept whole."""
    if not listed.name:
        raise Unreadable("there is no name")
    for field in ("name", "town", "postcode", "phone"):
        if len(getattr(listed, field)) > LONGEST[field]:
            raise Unreadable(f"the {field} is longer than {LONGEST[field]} characters")
    return listed

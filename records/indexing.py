"""The words by which a row can be found: what was coded apart from what was typed (R1.7).

Measured values, ranges, flags, statuses, ids and raw codes are no words to search by. Nor are the names of
topics and headings of a consultation: they are shown only above what may be seen, so finding one would tell
of what is hidden below it (R2.3).
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from nhsuk.dates import is_number
from nhsuk.wording import MONTHS

LONGEST = 60
"""Characters of a word that count; what is longer is no word of a language."""

UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
JOINERS = "'\u2019\u2010-"
RUN = re.compile(rf"[^\W_]+(?:[{JOINERS}][^\W_]+)*")
LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in map(str.lower, MONTHS))
WRITTEN_DATE = re.compile(
    rf"\b(?:(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{MONTH}|sept)\b"
    r"(?:[\s,.]+(?P<year>[0-9]{4})\b)?"
)
NUMBERED_DATE = re.compile(
    r"\b(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})[/.-](?P<year>[0-9]{4})\b"
)
ISO_DATE = re.compile(r"\b(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?\b")

WORDS_OF = {
    "display": "Recorded as",
    "name": "Who",
    "role": "Who",
    "organisation": "Organisation",
    "place": "Place",
    "given_at": "Place",
    "custodian": "Organisation",
    "setting": "Place",
    "dose": "Dose",
    "patient_instruction": "Instructions",
    "reason_ended": "Why it ended",
    "reason_stopped": "Why it stopped",
    "reasons": "Reason",
    "product": "Product",
    "manufacturer": "Made by",
    "batch": "Batch",
    "site": "Where on the body",
    "body_site": "Where on the body",
    "route": "How it was given",
    "diseases": "Against",
    "manifestations": "Reaction",
    "kind": "Sample",
    "requested": "Asked for",
    "method": "Method",
    "encounter_type": "Kind of contact",
    "specialties": "Specialty",
    "title": "Measured",
}
"""The coded content that has words, by the name of its field, with what to call it on the screen."""
INSIDE = (
    "codes", "reactions", "specimens", "components", "asserter", "recorder", "prescriber", "performers", "asked_by",
    "authors", "recipients", "requester", "given_by",
)  # fmt: skip
"""Fields that hold such content; whatever is named in neither list is never looked into."""


class Piece(NamedTuple):
    """Some words of a row, and what they are."""

    name: str
    text: str


def coded_pieces(details: Any) -> Iterator[Piece]:
    """The words in coded content, in the order of `WORDS_OF`."""
    found: list[tuple[str, str]] = []
    _collect(details, found)
    return (Piece(*each) for each in found)


def _collect(details: Any, found: list[tuple[str, str]]) -> None:
    if isinstance(details, list):
        for each in details:
            _collect(each, found)
    elif isinstance(details, dict):
        for field, name in _fields_in(tuple(details)):
            given = details[field]
            if not name:
                _collect(given, found)
            elif isinstance(given, list):
                found += [(name, text) for text in given if text and isinstance(text, str)]
            elif given and isinstance(given, str):
                found.append((name, given))


@lru_cache(1000)
def _fields_in(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Of some fields those that have words, with what they are called, and then those that hold such content.

    Of all that there may be few are there, and content of one kind has the same ones again and again.
    """
    words = [(field, name) for field, name in WORDS_OF.items() if field in names]
    return words + [(field, "") for field in INSIDE if field in names]


def typed_pieces(text: Any) -> Iterator[Piece]:
    """The words in free text, whatever field they are in."""
    if isinstance(text, str):
        yield Piece("Notes", text)
    elif isinstance(text, list | dict):
        for each in text.values() if isinstance(text, dict) else text:
            yield from typed_pieces(each)


def plain(text: str) -> str:
    """A text as it is compared: lower case, without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.translate(UNSEEN)).casefold()
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")


def tokens(text: str) -> set[str]:
    """What a text can be found by: its words, whole and in parts, and the dates that it names.

    "COVID-19" gives covid19, covid and 19; "HbA1c" hba1c and its parts; "3 March 2021" march, 2021,
    and the phrases 3-march-2021, march-2021 and 3-march. Only phrases have hyphens.
    """
    bare = plain(text)
    found: set[str] = set()
    for run in RUN.findall(bare):
        parts = re.split(f"[{JOINERS}]", run)
        found.add("".join(parts)[:LONGEST])
        if len(parts) > 1 or not run.isalpha():
            found.update(part[:LONGEST] for part in parts)
            found.update(part[:LONGEST] for part in LETTERS_OR_DIGITS.findall(run))
    for match in dates_in(bare):
        found |= phrases_of(match)
    return found


def asked_tokens(words: str) -> list[str]:
    """What somebody asks for, each once and in their order: dates as one phrase, all else word for word."""
    bare, found = plain(words), []
    for match in dates_in(bare):
        if phrases := phrases_of(match):
            found.append(max(phrases, key=len))
            bare = bare.replace(match[0], " ", 1)
    for run in RUN.findall(bare):
        apart = re.split("[\u2010-]", run)
        found += [re.sub(f"[{JOINERS}]", "", part)[:LONGEST] for part in apart]
    return list(dict.fromkeys(found))


def dates_in(bare: str) -> list[re.Match[str]]:
    """The dates that a text names, in figures or with the month as a word."""
    patterns = (ISO_DATE, NUMBERED_DATE, WRITTEN_DATE)
    return [match for pattern in patterns for match in pattern.finditer(bare)]


def phrases_of(match: re.Match[str]) -> set[str]:
    """The phrases of a date that was named; none of a month alone, or of what is no date."""
    given, month = match.groupdict(), match["month"]
    number = int(month) if is_number(month) else _month_of(month)
    if not 1 <= number <= 12:
        return set()
    return phrases(int(given["day"] or 0), number, int(given["year"] or 0))


def _month_of(name: str) -> int:
    return next(place for place, each in enumerate(MONTHS, 1) if each.lower()[:3] == name[:3])


def phrases(day: int, month: int, year: int) -> set[str]:
    """A date as single words; 0 for what is not given."""
    name = MONTHS[month - 1].lower()
    found = set()
    if year:
        found.add(f"{name}-{year:04}")
    if 1 <= day <= 31:
        found.add(f"{day}-{name}")
    if len(found) == 2:
        found.add(f"{day}-{name}-{year:04}")
    return found


def date_tokens(on: date | None, precision: str) -> set[str]:
    """What a clinical date can be found by, as precise as it is (R6.7)."""
    if on is None or precision == "unknown":
        return set()
    if precision == "year":
        return {f"{on.year:04}"}
    day = 0 if precision == "month" else on.day
    return {f"{on.year:04}", MONTHS[on.month - 1].lower()} | phrases(day, on.month, on.year)


def shown_tokens(title: str, on: date | None, precision: str) -> set[str]:
    """What a line in a list shows, and so all that a sealed entry can be found by (R5.5)."""
    return tokens(title) | date_tokens(on, precision)


class Indexing:
    """Finds the words of many rows: the same title, code or name stands in most of them, and is taken apart once.

    For one record at a time, as it holds what it read.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, set[str]] = {}
        self._of_dates: dict[tuple[date | None, str], set[str]] = {}
        self._words: dict[str, str] = {}
        """Each word once, though thousands of rows have it."""

    def words_of(self, title: str, details: Any, on: date | None, precision: str) -> list[str]:
        """`Entry.search_words`: title, coded words, clinical date."""
        found: list[tuple[str, str]] = []
        _collect(details, found)
        pieces = " \n ".join([text for _, text in found])
        return sorted(self._once(title) | self._once(pieces) | self._dates(on, precision))

    def words_typed(self, text: Any) -> list[str]:
        """`Entry.search_text`: what somebody typed."""
        if not text:
            return []
        return sorted(self._once(" \n ".join(piece.text for piece in typed_pieces(text))))

    def _once(self, text: str) -> set[str]:
        found = self._tokens.get(text)
        if found is None:
            found = self._tokens[text] = self._shared(tokens(text))
        return found

    def _dates(self, on: date | None, precision: str) -> set[str]:
        found = self._of_dates.get((on, precision))
        if found is None:
            found = self._of_dates[on, precision] = self._shared(date_tokens(on, precision))
        return found

    def _shared(self, found: set[str]) -> set[str]:
        return {self._words.setdefault(word, word) for word in found}


def words_of(title: str, details: Any, on: date | None, precision: str) -> list[str]:
    """`Entry.search_words` of one row."""
    return Indexing().words_of(title, details, on, precision)


def words_typed(text: Any) -> list[str]:
    """`Entry.search_text` of one row."""
    return Indexing().words_typed(text)

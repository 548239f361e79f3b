"""Finds short words in a text, and leaves alone what may be something else: a name, an address, an English word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from records.plain_words.terms import COUNTED, Term, terms

EYES = re.compile(r"\b(?:eyes?|ears?|drops?|gtt|gutt|occ)\b", re.I)
"""Beside these, "od" in a dose may be the right eye."""
COUNT = re.compile(
    r"(?:\d|½|\b(?:one|two|three|four|half|tab(?:let)?s?|cap(?:sule)?s?|puffs?|mls?|mg|mcg|sachets?|units?))"
    r"\s*(?:\([^)]*\)\s*)?$",
    re.I,
)
"""What stands before a counted word: how much, or of what."""
ENDS = re.compile(r"\s*(?:$|[.,;)/+&]|prn\b)", re.I)
"""What follows "on" where it means each night; "on Monday" and "on the skin" do not."""
NAMED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|Sister|Nurse)\.? $", re.I)
OF_A_NAME = re.compile(
    r"(?:\s+[A-Z][\w'’.-]*){1,3}?\s+"
    r"(?:Practice|Surgery|Hospital|Clinic|Centre|Trust|Pharmacy|Infirmary|Hospice|Laboratory)\b"
)
"""What follows a word inside the name of an organisation: "EMIS LV Test Practice"."""
FEW_DAYS = re.compile(r"(?<![\d/.])\d{1,2}$")
DIGITS, SPACES = frozenset("0123456789%"), frozenset(" \u00a0")
OPEN, SHUT = frozenset(" \n([,;:+"), frozenset(" \n)],;:+?!")
"""Beside these, a word stands by itself; beside anything else it takes a closer look."""
SHORT = 120
"""The longest line, in characters, that is the name of something or a value rather than what somebody wrote."""
LONG_AND_LOUD = re.compile(r"[A-Z]{4}")
"""A long word in capitals: two of them, and capitals are how the line was typed."""


class Found(NamedTuple):
    """A short word and where in the text it stands."""

    start: int
    end: int
    term: Term


class Around:
    """The text in which a word stands, and what is known of it."""

    def __init__(self, text: str, context: str) -> None:
        self.text, self.context = text, context

    @cached_property
    def is_shouted(self) -> bool:
        """Whether the line is typed in capitals: most words are plain without that."""
        return _is_shouted(self.text)


def terms_in(text: str, context: str = "") -> Sequence[Found]:
    """The short words of one line in their order; `context` is `dose` for how to take a medicine.

    What is in a short line is kept: all patients' records name the same tests and units again and again.
    """
    return _in_short_line(text, context) if len(text) <= SHORT else tuple(_found(text, context))


@lru_cache(5000)
def _in_short_line(text: str, context: str) -> Sequence[Found]:
    return tuple(_found(text, context))


def _found(text: str, context: str) -> Iterator[Found]:
    if context == "dose" and EYES.search(text):
        context = ""
    around = None
    for match in pattern().finditer(text):
        start, end = match.span()
        if not _is_apart(text, start, end):
            continue
        around = around or Around(text, context)  # most lines have no short word
        if term := _term_at(start, end, around):
            yield Found(start, end, term)


@cache
def pattern() -> re.Pattern[str]:
    """Any term, longest first, not inside a longer word; as a tree, for speed."""
    words = _tree(word.lower() for word in terms().spellings)
    return re.compile(rf"(?<![^\W\d_])(?:{words})s?(?:(?<=\W)|(?!\w))", re.I)


def _tree(words: Iterable[str]) -> str:
    """A pattern for all of some words in which each beginning that they share is written once."""
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _branches(tree)


def _branches(node: dict[str, Any]) -> str:
    ways = [re.escape(letter) + _branches(below) for letter, below in node.items() if letter]
    if not ways:
        return ""
    together = ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
    return f"(?:{together})?" if "" in node else together


def _is_shouted(text: str) -> bool:
    """Whether a line is typed in capitals."""
    if len(LONG_AND_LOUD.findall(text)) < 2:
        return False
    return sum(map(str.isupper, text)) > sum(map(str.islower, text))


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether a word stands by itself: not in an address, a name with hyphens, "I'm", or "12/12/2024"."""
    if (not start or text[start - 1] in OPEN) and (end == len(text) or text[end] in SHUT):
        return True
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    if before[-1:] in {"@", "_"} or after[:1] in {"@", "_", "\\"}:
        return False
    if before[-1:] in {"-", "'", "’", "."} and before[:1].isalnum() and len(before) > 1:
        return False
    if after[:1] in {"-", "."} and after[1:].isalpha():
        return False
    if after[:1] == "/" and after[1:].isdigit():
        return False
    return not (before[-1:] == "/" and "://" in text)


def _term_at(start: int, end: int, around: Around) -> Term | None:
    """What stands there means, if it is known for this text."""
    known, text, word = terms(), around.text, around.text[start:end]
    before = text[start - 1] if start else ""
    is_behind_number = before in DIGITS or (
        before in SPACES and text[start - 2 : start - 1] in DIGITS
    )
    if is_behind_number and (unit := known.unit.get(word)):
        return unit
    if before.isdigit():
        is_time = word[0] == "/" and FEW_DAYS.search(text, max(start - 4, 0), start)
        return known.exact.get(word) if is_time else None
    if word[0] == "/":
        return None
    in_dose = known.dose.get(word) if around.context == "dose" else None
    if in_dose and (in_dose.context != COUNTED or _is_counted(word, start, end, text)):
        return in_dose
    term = _spelt(word)
    return term if term and _is_meant(term, start, end, around) else None


def _is_counted(word: str, start: int, end: int, text: str) -> bool:
    if not COUNT.search(text, max(start - 24, 0), start):
        return False
    return word.casefold() != "on" or bool(ENDS.match(text, end))


def _spelt(word: str) -> Term | None:
    """The term of that spelling, or in the plural: "LFTs"."""
    known = terms()
    term = known.exact.get(word) or known.any_case.get(word.casefold())
    if term is None and word[-1] == "s" and word[-2:-1].isupper():
        term = known.exact.get(word[:-1]) or known.any_case.get(word[:-1].casefold())
    return term


def _is_meant(term: Term, start: int, end: int, around: Around) -> bool:
    """In capitals, an English word or two letters may be anything; after "Dr", or inside a name, they are a name's."""
    length = end - start
    if around.is_shouted and (term.case == "mixed" or (length < 3 and term.case == "exact")):
        return False
    is_short = length <= 3 and term.term.isalpha()
    if not is_short or around.text[start].islower():
        return True
    is_named = NAMED.search(around.text, max(start - 8, 0), start)
    return not (is_named or OF_A_NAME.match(around.text, end))

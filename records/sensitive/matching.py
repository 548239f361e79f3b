"""Where the phrases of rules stand in a text: whole words, in one pass, and the words around them."""

from collections.abc import Sequence
from typing import NamedTuple

from records.sensitive.rules import Index, Phrase, Piece, Rule
from records.sensitive.words import Word, words_of

LONGEST_GAP = 4
AROUND = 60
NOT_NAMES = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "he",
        "she",
        "they",
        "it",
        "i",
        "we",
        "you",
        "his",
        "her",
        "their",
        "him",
        "them",
        "is",
        "was",
        "are",
        "were",
        "be",
        "been",
        "has",
        "had",
        "have",
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "to",
        "of",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "without",
        "not",
        "no",
        "yes",
        "if",
        "as",
        "so",
        "then",
        "than",
        "that",
        "this",
        "these",
        "those",
        "who",
        "which",
        "what",
        "when",
        "where",
        "why",
        "how",
        "all",
        "any",
        "both",
        "also",
        "after",
        "before",
        "since",
        "until",
        "today",
        "yesterday",
        "tomorrow",
        "now",
        "very",
        "more",
        "dr",
        "mr",
        "mrs",
        "ms",
        "miss",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "gp",
        "bp",
        "uti",
        "mi",
        "fh",
        "hx",
        "pmh",
        "ecg",
        "copd",
        "type",
        "well",
        "aware",
        "present",
        "attended",
        "attends",
        "here",
        "there",
        "concerned",
        "worried",
        "says",
        "said",
        "states",
        "reports",
    ]
)
"""Words with a capital that are no names: they begin sentences, or are days, months and titles."""


class Match(NamedTuple):
    """A rule that fits, and from which letter to which."""

    rule: Rule
    start: int
    end: int


class Context(NamedTuple):
    """The words that a rule met, with some before and after."""

    before: str
    words: str
    after: str


def matches(text: str, index: Index) -> list[Match]:
    """Each place where a phrase of a rule stands and no longer one excuses it, in the order of the text."""
    words = words_of(text)
    found: list[tuple[Phrase, int, int]] = []
    for place, word in enumerate(words):
        for phrase in index.get(word.plain, ()):
            end = _end_of(phrase.pieces, words, place, text)
            if end:
                found.append((phrase, place, end))
    excused = [(one.rule.id, start, end) for one, start, end in found if one.excuses]
    meant = [(one.rule, start, end) for one, start, end in found if not one.excuses]
    spans = [(rule.id, start, end) for rule, start, end in meant]
    kept = [
        Match(rule, words[start].start, words[end - 1].end)
        for rule, start, end in meant
        if not _is_within(rule.id, start, end, excused)
        and not _is_within(rule.id, start, end, spans, but_itself=True)
    ]
    return list(dict.fromkeys(kept))


def _is_within(
    rule: str, start: int, end: int, spans: list[tuple[str, int, int]], *, but_itself: bool = False
) -> bool:
    """Whether a span of the same rule holds this one, and more with `but_itself`."""
    return any(
        rule == id_
        and first <= start
        and end <= last
        and not (but_itself and (first, last) == (start, end))
        for id_, first, last in spans
    )


def _end_of(pieces: Sequence[Piece], words: list[Word], place: int, text: str) -> int:
    """The place after the phrase where it stands at a place, else 0; a gap stays within its sentence."""
    if not pieces:
        return place
    piece, rest = pieces[0], pieces[1:]
    if piece.is_gap:
        return _end_after_gap(rest, words, place, text)
    if place >= len(words) or not _fits(piece, words[place], text):
        return 0
    return _end_of(rest, words, place + 1, text)


def _end_after_gap(pieces: Sequence[Piece], words: list[Word], place: int, text: str) -> int:
    sentence = words[place - 1].stop
    for skipped in range(LONGEST_GAP + 1):
        here = place + skipped
        if here >= len(words) or words[here].stop != sentence:
            return 0
        if end := _end_of(pieces, words, here, text):
            return end
    return 0


def _fits(piece: Piece, word: Word, text: str) -> bool:
    if piece.is_name and not is_name(word, text):
        return False
    if word.plain not in piece.words and not (piece.is_name and not piece.words):
        return False
    return not piece.is_capitals or text[word.start : word.end].removesuffix("'s").isupper()


def is_name(word: Word, text: str) -> bool:
    """Whether a word is written like a name: a capital and small letters, and no word that often begins so."""
    written = text[word.start : word.end]
    is_written_so = written[0].isupper() and written[1:2].islower()
    return is_written_so and word.plain not in NOT_NAMES


def context_of(text: str, match: Match) -> Context:
    """The words that were met, and whole words around them."""
    before, after = text[: match.start], text[match.end :]
    if len(before) > AROUND:
        before = "… " + before[-AROUND:].split(" ", 1)[-1]
    if len(after) > AROUND:
        after = after[:AROUND].rsplit(" ", 1)[0] + " …"
    return Context(before, text[match.start : match.end], after)

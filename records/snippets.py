"""The words around what was found, as far as the reader may see them, with what was asked for marked."""

import re
from collections.abc import Iterable, Set
from typing import NamedTuple

from records.indexing import Piece, dates_in, phrases_of, plain, tokens

LONG, BEFORE, AFTER = 180, 60, 110
"""Characters: what is cut, and how much is kept around the first word that was found."""

CHUNK = re.compile(r"[^\W_](?:[^\s/(),;:]*[^\W_])?")


class Segment(NamedTuple):
    """Some text, and whether it is what was asked for."""

    text: str
    is_marked: bool = False


class Snippet(NamedTuple):
    """Words of an entry, and what they are."""

    name: str
    segments: list[Segment]


def marked(text: str, words: Set[str]) -> list[Segment]:
    """A text in one line, cut where it is long, with each word that was asked for apart."""
    line = " ".join(text.split())
    spans = _spans(line, words)
    begin, end = _window(line, spans)
    segments, at = [Segment("… ")] if begin else [], begin
    for start, stop in spans:
        if at <= start and stop <= end:
            segments += [Segment(line[at:start]), Segment(line[start:stop], True)]
            at = stop
    segments += [Segment(line[at:end]), Segment(" …" if end < len(line) else "")]
    return [segment for segment in segments if segment.text]


def _spans(line: str, words: Set[str]) -> list[tuple[int, int]]:
    spans = [found.span() for found in CHUNK.finditer(line) if tokens(found[0]) & words]
    bare = plain(line)
    if len(bare) == len(line):  # else the places of one are not those of the other
        spans += [found.span() for found in dates_in(bare) if phrases_of(found) & words]
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _window(line: str, spans: list[tuple[int, int]]) -> tuple[int, int]:
    if len(line) <= LONG:
        return 0, len(line)
    first, last = spans[0] if spans else (0, 0)
    begin = line.find(" ", max(0, first - BEFORE), first) + 1 if first > BEFORE else 0
    cut = max(last, first + AFTER)
    end = line.rfind(" ", last, cut) if cut < len(line) else len(line)
    return begin, end if end > last else min(cut, len(line))


def snippets(pieces: Iterable[Piece], terms: Iterable[Set[str]], title: str) -> list[Snippet]:
    """The first pieces that together hold what was asked for; what the title says is not said again."""
    wanted = list(terms)
    words = frozenset().union(*wanted)
    missing = [term for term in wanted if not tokens(title) & term]
    found = []
    for piece in pieces:
        own = tokens(piece.text)
        if any(own & term for term in missing):
            missing = [term for term in missing if not own & term]
            found.append(Snippet(piece.name, marked(piece.text, words)))
    return found

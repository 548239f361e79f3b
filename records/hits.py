"""What was found, as a page shows it: only words that the reader may see are looked at (R1.7, R5.5)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nhsuk.wording import partial_date_words
from records.content import PartialDate
from records.indexing import Piece, coded_pieces, date_tokens, shown_tokens, typed_pieces
from records.lines import Listed, listed, when_of
from records.models.entry import Row
from records.own_dates import is_apart
from records.snippets import Segment, Snippet, marked, snippets
from records.spelling import Term
from records.titles import title_of


class Line(NamedTuple):
    """A row with what it can be found by."""

    row: Row
    search_words: list[str] | None
    search_text: list[str] | None

    @property
    def open_words(self) -> set[str]:
        """The words that this reader may see of it."""
        row = self.row
        if row.is_sealed:
            is_part = row.root_id is not None
            return set() if is_part else self.shown_words
        typed = self.search_text if row.text is not None else None
        return {*(self.search_words or ()), *(typed or ())}

    @property
    def shown_words(self) -> set[str]:
        """Those of its line in a list."""
        row = self.row
        return shown_tokens(title_of(row), row.effective_on, row.effective_precision)


class Hit(NamedTuple):
    """An entry that was found: its title in pieces, and where the words stand."""

    line: Listed
    title: list[Segment]
    snippets: list[Snippet]
    is_date_meant: bool


def hit(lines: Sequence[Line], terms: Sequence[Term], *, by_part: bool) -> Hit:
    """An entry with the words by which it was found; `by_part`: its own date is not why, that of a part is."""
    row, every = lines[0].row, frozenset().union(*terms)
    dated = date_tokens(row.effective_on, row.effective_precision)
    unsaid = [term for term in terms if term.isdisjoint(dated)]
    line = listed(row)
    told = snippets(_pieces(lines), unsaid, line.title)
    if by_part:
        named = _named(lines[1].row, line.when)
        because = [Snippet(each.name, marked(each.text, every)) for each in named]
        told = because + [each for each in told if each not in because]
    return Hit(line, marked(line.title, every), told, len(unsaid) < len(terms))


def _pieces(lines: Sequence[Line]) -> Iterator[Piece]:
    """The words of an entry and of its parts that a reader may see, each with what it is."""
    whole = when_of(lines[0].row)
    for line in lines:
        row = line.row
        if row.is_sealed:
            continue
        prefix = ""
        if row.root_id:
            yield from _named(row, whole)
            prefix = "" if row.kind == "comment" else f"{title_of(row)}: "
        for piece in (*coded_pieces(row.coded), *typed_pieces(row.text)):
            yield Piece(f"{prefix}{piece.name}", piece.text)


def _named(part: Row, whole: PartialDate) -> Iterator[Piece]:
    """What a part is called, with its date where that is not the entry's."""
    when = when_of(part)
    own = partial_date_words(when) if is_apart(when, whole) else ""
    if part.kind == "comment":
        yield from [Piece("Note of", own)] if own else []
    else:
        yield Piece("Includes", ", ".join(filter(None, (title_of(part), own))))

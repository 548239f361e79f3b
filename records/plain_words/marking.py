"""Marks short words where they stand, and gathers what a page has to explain.

A page renders its content through `with_plain_words`: what is marked up meanwhile is gathered, for the foot of the
page to explain. Elsewhere (a copy on paper, a page of staff) nothing is marked. Only words that are rendered
are ever looked at, so nothing hidden can show here (R2.3).
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markupsafe import Markup

from nhsuk.compiled import escaped
from records.plain_words.finding import terms_in
from records.plain_words.terms import Term

LONGEST = 200_000
"""A text beyond this, in characters, is shown as it is: nobody reads it word by word."""


@dataclass
class Word:
    """One short word of a page, as written where it first stands, and the number under which it is explained."""

    number: int
    written: str
    term: Term
    is_marked: bool = False
    """False while it stands in links and headings only: then the foot of the page alone explains it."""

    @property
    def told(self) -> tuple[int, str, str]:
        """Its number, how it is written, and what it means."""
        return self.number, self.written, self.term.words


@dataclass
class Gathered:
    """The short words of a page, and those already marked in the part of it that is being written."""

    words: dict[Term, Word] = field(default_factory=dict)
    marked: set[Term] = field(default_factory=set)

    def add(self, term: Term, written: str) -> Word:
        """The word of the page for a term."""
        return self.words.setdefault(term, Word(len(self.words) + 1, written, term))


class Explained(NamedTuple):
    """A page's content with its short words marked, and those words in their order."""

    content: str
    words: list[Word]


_gathered: ContextVar[Gathered | None] = ContextVar("short words of this page", default=None)


def with_plain_words(content: Callable[[], str]) -> Explained:
    """Render a page's content with its short words marked."""
    gathered = Gathered()
    token = _gathered.set(gathered)
    try:
        return Explained(content(), list(gathered.words.values()))
    finally:
        _gathered.reset(token)


def begin_part() -> str:
    """Say that a new part of the page begins, in which each word is marked anew; gives nothing to show."""
    if gathered := _gathered.get():
        gathered.marked.clear()
    return ""


def marked(text: Any, context: str = "") -> Any:
    """A text with its short words marked, each once in a part of the page; what is markup already stays as it is.

    `context` is `dose` for how to take a medicine. The words themselves never change.
    """
    gathered = _gathered.get()
    if gathered is None or not _is_plain(text):
        return text
    pieces: list[str] = []
    end = 0
    for found in terms_in(text, context):
        if found.term not in gathered.marked:
            gathered.marked.add(found.term)
            written = text[found.start : found.end]
            word = gathered.add(found.term, written)
            word.is_marked = True
            pieces += [escaped(text[end : found.start]), _button(word.number, escaped(written))]
            end = found.end
    # every piece is escaped already: `Markup.join` would look at each once more
    return Markup("".join([*pieces, escaped(text[end:])])) if pieces else text  # noqa: S704


def listed(text: Any) -> Any:
    """A text of a link or heading as it is; its short words are explained at the foot of the page."""
    gathered = _gathered.get()
    if gathered is not None and _is_plain(text):
        for found in terms_in(text):
            if found.term.kind != "unit":
                gathered.add(found.term, text[found.start : found.end])
    return text


def _is_plain(text: Any) -> bool:
    return isinstance(text, str) and not isinstance(text, Markup) and len(text) <= LONGEST


def _button(number: int, written: str) -> str:
    """A word that opens its explanation; it submits no form and works without JavaScript."""
    return (
        f'<button type="button" class="app-term" popovertarget="word-{number}"'
        f' aria-describedby="word-{number}-means">{written}</button>'
    )

"""Marks short words where they stand, and gathers what a page has to explain.

A page begins with `begin_words()`; what is marked up after that is gathered, and `words_here()` gives it to
the foot of the page and ends it. Where no page has begun (a copy on paper, a page of staff) nothing is
marked. Only words that are rendered are ever looked at, so nothing hidden can show here (R2.3).
"""

import re
from contextvars import ContextVar
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from records.plain_words.terms import Term, terms

TOKEN = re.compile(r"[^\s,;:()\[\]\"“”]+")
NUMBER = re.compile(r"[<>≤≥]?\d[\d.,]*(?:/\d{2,3}(?!\d))?")
A_TIME = re.compile(r"\d{1,2}(/(?:7|52|12))[.,]?")
BEFORE, AFTER = "?'‘’*", ".!?'‘’*"
LONGEST = 200_000
"""A text beyond this is shown as it is: nobody reads it word by word."""


class Here(NamedTuple):
    """One short word of a page, with the number under which the page explains it."""

    number: int
    term: Term


_gathered: ContextVar[dict[Term, Here] | None] = ContextVar("short words of this page", default=None)


def begin_words() -> str:
    """Begin to gather the short words of a page; gives nothing to show."""
    _gathered.set({})
    return ""


def words_here() -> list[Here]:
    """The short words of the page so far, in their order; the page gathers no more."""
    found = _gathered.get() or {}
    _gathered.set(None)
    return list(found.values())


def marked(text: Any, context: str = "") -> Any:
    """A text with its short words marked, each once; what is markup already stays as it is.

    `context` is `dose` for how to take a medicine. The words themselves never change.
    """
    gathered = _gathered.get()
    if gathered is None or not isinstance(text, str) or isinstance(text, Markup):
        return text
    if len(text) > LONGEST:
        return text
    pieces, end, met = [], 0, set()
    for start, stop, term in _terms_in(text, context):
        if term in met:
            continue
        met.add(term)
        here = gathered.setdefault(term, Here(len(gathered) + 1, term))
        pieces += [escape(text[end:start]), _button(here.number, text[start:stop])]
        end = stop
    return Markup("").join([*pieces, escape(text[end:])]) if pieces else text


BUTTON = Markup(
    '<button type="button" class="app-term" popovertarget="word-{0}"'
    ' aria-describedby="word-{0}-means">{1}</button>'
)


def _button(number: int, words: str) -> Markup:
    return BUTTON.format(number, words)


def _terms_in(text: str, context: str) -> list[tuple[int, int, Term]]:
    """Where the known words of a text stand."""
    is_shouted = text.isupper() and text.count(" ") > 2
    found, after_number = [], False
    for match in TOKEN.finditer(text):
        token, start = match[0], match.start()
        if time := A_TIME.fullmatch(token):
            found.append((start + time.start(1), start + time.end(1), terms().exact[time[1]]))
        elif number := NUMBER.match(token):
            unit = token[number.end() :].rstrip(".")
            if term := terms().unit.get(unit):
                found.append((start + number.end(), start + number.end() + len(unit), term))
            after_number = number.end() == len(token)
            if unit or after_number:
                continue
        bare = _bare(token)
        if term := _term_of(token, bare, context, after_number=after_number, is_shouted=is_shouted):
            word = token if term.term.casefold() == token.casefold() else bare
            at = start + token.index(word)
            found.append((at, at + len(word), term))
        after_number = False
    return found


def _bare(token: str) -> str:
    return token.lstrip(BEFORE).rstrip(AFTER)


def _term_of(
    token: str, bare: str, context: str, *, after_number: bool, is_shouted: bool
) -> Term | None:
    """What a token means here, if anything: in a text all in capitals, a short word may be any word."""
    known = terms()
    for word in (token, bare):
        if after_number and word in known.unit:
            return known.unit[word]
        if context == "dose" and word in known.dose:
            return known.dose[word]
        term = known.exact.get(word) or known.any_case.get(word.casefold())
        if term and not (is_shouted and (term.case == "mixed" or word.isalpha())):
            return term
    return None

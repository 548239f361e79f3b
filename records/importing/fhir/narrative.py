"""Narrative of a source as plain lines: its markup is not trusted and none of it is kept (R7.7).

Written for this alone, since what reads pages for browsers repairs and resolves: here nothing is looked up, no entity
but a character is known, and the work grows no faster than the text, however it is nested or broken off.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from records.importing.fhir.fields import Json, Misshapen, child, clean, text

LONGEST = 500_000
"""Characters of markup that are looked at: far more than a whole record is."""
MOST_LINES = 2_000
LONGEST_LINE = 4_000
CUT = "The rest of this text is too long to be kept."

_NAME = re.compile(r"</?\s*([A-Za-z][\w:.-]*)")
_BEGINS = re.compile(r"<(?=[A-Za-z/!?])")
_CELL = "\x1f"
_LINES = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "br",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_DROPPED = frozenset({"script", "style", "head", "title", "template", "iframe", "object", "svg"})
_CHARACTER = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def narrative_of(body: Json) -> list[str]:
    """The lines of a resource's or a section's own narrative, [] where it has none that can be read."""
    try:
        return plain_lines(text(child(body, "text"), "div"))
    except Misshapen:
        return []


def plain_lines(markup: str) -> list[str]:
    """XHTML as the lines that a reader would see, cells of a table with a comma between them."""
    whole = _joined(markup[:LONGEST])
    lines = (line for each in whole.split("\n") if (line := _line(each)))
    found = list(islice(lines, MOST_LINES))
    is_cut = len(markup) > LONGEST or next(lines, None) is not None
    return [*found, CUT] if is_cut else found


def _line(words: str) -> str:
    cells = (" ".join(each.split()) for each in words.split(_CELL))
    line = clean(", ".join(cell for cell in cells if cell))
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… {CUT}"


def _joined(markup: str) -> str:
    return "".join(_pieces(markup))


def _pieces(markup: str) -> Iterator[str]:
    """The text between tags, with a line's end or a cell's for those tags that make one."""
    dropping = ""
    for tag, words in _tokens(markup):
        name, closes = _name(tag), tag.startswith("</")
        if dropping:
            dropping = "" if closes and name == dropping else dropping
        elif name in _DROPPED and not closes and not tag.endswith("/>"):
            dropping = name
        else:
            yield "\n" if name in _LINES else _CELL if name in ("td", "th") else ""
        if not dropping:
            yield _CHARACTER.sub(_character, " ".join(words.split("\n")))


def _tokens(markup: str) -> Iterator[tuple[str, str]]:
    """Each tag with the text behind it. A sign that begins none is text, and so is all behind one without an end."""
    start = _next_tag(markup, 0)
    yield "", markup[:start]
    while start < len(markup):
        close = "-->" if markup.startswith("<!--", start) else ">"
        end = markup.find(close, start + 1)
        if end < 0:
            yield "", markup[start:]
            return
        end += len(close)
        following = _next_tag(markup, end)
        yield markup[start:end], markup[end:following]
        start = following


def _next_tag(markup: str, start: int) -> int:
    found = _BEGINS.search(markup, start)
    return found.start() if found else len(markup)


def _name(tag: str) -> str:
    matched = _NAME.match(tag)
    return matched[1].lower().rpartition(":")[2] if matched else ""


def _character(found: re.Match[str]) -> str:
    """The character that a reference stands for; one that is unknown stays as it is written."""
    return unescape(found[0])

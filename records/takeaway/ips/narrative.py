"""The part of a document that people read: small XHTML from words that are not trusted (R7.7)."""

from collections.abc import Iterable
from html import escape

from records.takeaway.ips.pieces import Json, plain

OPEN = '<div xmlns="http://www.w3.org/1999/xhtml" lang="en-GB" xml:lang="en-GB">'


def marked(words: str) -> str:
    """Words as XHTML: escaped, and line by line."""
    return "<br/>".join(escape(line) for line in plain(words).splitlines())


def of_entry(title: str, when: str, lines: Iterable[str] = ()) -> Json:
    """What is read of one entry. It may tell more than the coded fields: a clock time, headings."""
    told = "".join(f"<li>{found}</li>" for each in lines if (found := marked(each)))
    below = f"<ul>{told}</ul>" if told else ""
    return _text("additional", f"<p><b>{marked(title)}</b>, {marked(when)}</p>{below}")


def of_section(sentences: Iterable[str], listed: Iterable[tuple[str, str]] = ()) -> Json:
    """What is read of a section: what there is to say of it, and each entry with its date."""
    said = "".join(f"<p>{marked(each)}</p>" for each in sentences)
    rows = "".join(f"<li>{marked(title)}, {marked(when)}</li>" for title, when in listed)
    return _text("generated", said + (f"<ul>{rows}</ul>" if rows else ""))


def _text(status: str, inner: str) -> Json:
    return {"status": status, "div": f"{OPEN}{inner}</div>"}

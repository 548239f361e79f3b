"""The answer that holds a file: shown by the browser, where that is safe, or handed over to be kept (R6.9)."""

import unicodedata

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from records.papers.kinds import Handling, Kind

POLICY = "sandbox; default-src 'none'"
"""Whatever a browser takes a file for, it runs nothing in it, loads nothing for it, and it is of no origin."""
POLICY_SHOWN = f"{POLICY}; style-src 'unsafe-inline'"
"""The same, with the style by which a browser itself breaks the lines of a text to the width of a telephone."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store, private",
}
IN_NAMES = "-_,()'"
LONGEST = 80
NO_NAME = "document"
DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}
"""What Windows takes for a device, not for a file."""


def file_response(content: bytes, kind: Kind, *, title: str, is_shown: bool) -> HttpResponse:
    """A file to be shown in the browser or, for whatever kind, to be kept under its title or that of its entry."""
    is_shown = is_shown and kind.handling is Handling.OPEN
    has_ending = bool(kind.ending) and title.lower().endswith(kind.ending)
    name = file_stem(title[: -len(kind.ending)] if has_ending else title) + kind.ending
    named = content_disposition_header(not is_shown, name) or "attachment"
    headers = HEADERS | {
        "Content-Security-Policy": POLICY_SHOWN if is_shown else POLICY,
        "Content-Disposition": named,
        "Content-Length": str(len(content)),
    }
    return HttpResponse(content, content_type=kind.media_type, headers=headers)


def file_stem(title: str) -> str:
    """A title as the name of a file without its ending: letters, digits and little else; no dots, paths or controls (R7.7)."""
    plain = unicodedata.normalize("NFC", title)
    kept = "".join(each if _is_kept(each) else " " for each in plain)
    stem = " ".join(kept.split())[:LONGEST].strip()
    return stem if stem and stem.lower() not in DEVICES else NO_NAME


def _is_kept(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN" or letter in IN_NAMES


__all__ = ["HEADERS", "file_response", "file_stem"]

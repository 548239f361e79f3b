"""The answer that holds a file: shown by the browser, where that is safe, or handed over to be kept (R6.9)."""

import unicodedata

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from records.papers.kinds import Handling, Kind

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # whatever a browser takes it for, it runs nothing, loads nothing and is of no origin
    "Content-Security-Policy": "sandbox; default-src 'none'",
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
    """A file to be shown in the browser or, for whatever kind, to be kept under the title of its entry."""
    is_shown = is_shown and kind.handling is Handling.OPEN
    name = f"{file_stem(title)}{kind.ending}"
    named = content_disposition_header(not is_shown, name) or "attachment"
    headers = HEADERS | {"Content-Disposition": named, "Content-Length": str(len(content))}
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

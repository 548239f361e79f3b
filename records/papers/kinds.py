"""What a file is, by its content alone, and whether a browser may show it, a reader may have it, or neither (R6.9).

Nothing is believed of what the source says. What is shown has to be what it seems in every part that we can
check; what is handed out as a file is on a list; everything else stays here.
"""

import html
import re
import warnings
from collections.abc import Callable
from enum import Enum
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from records.papers.office import kind_of_compound, kind_of_zip


class Handling(Enum):
    """What a reader may do with a file."""

    OPEN = "open"
    """A browser shows it, and runs nothing in it."""
    DOWNLOAD = "download"
    """It can be kept as a file: no browser shows it from here."""
    ASK = "ask"
    """It may run programs, or nobody can tell what it is: it is not handed out."""


class Kind(NamedTuple):
    """A kind of file: as it is kept, as it is told, as it is sent, and how the name of the file ends."""

    code: str
    words: str
    handling: Handling
    media_type: str = "application/octet-stream"
    ending: str = ""


OPEN, DOWNLOAD, ASK = Handling.OPEN, Handling.DOWNLOAD, Handling.ASK
UNKNOWN = Kind("unknown", "a kind of file that we do not know", ASK)
ALL = (
    Kind("pdf", "PDF", OPEN, "application/pdf", ".pdf"),
    Kind("png", "picture, PNG", OPEN, "image/png", ".png"),
    Kind("jpeg", "picture, JPEG", OPEN, "image/jpeg", ".jpg"),
    Kind("text", "text", OPEN, "text/plain; charset=utf-8", ".txt"),
    Kind("old-text", "text file", DOWNLOAD, "application/octet-stream", ".txt"),
    Kind("picture", "picture", DOWNLOAD),
    Kind("gif", "picture, GIF", DOWNLOAD, "image/gif", ".gif"),
    Kind("bmp", "picture, BMP", DOWNLOAD, "image/bmp", ".bmp"),
    Kind("tiff", "picture, TIFF", DOWNLOAD, "image/tiff", ".tiff"),
    Kind("dicom", "medical image, DICOM", DOWNLOAD, "application/dicom", ".dcm"),
    Kind("rtf", "rich text document", DOWNLOAD, "application/rtf", ".rtf"),
    Kind("doc", "Word document", DOWNLOAD, "application/msword", ".doc"),
    Kind("xls", "Excel spreadsheet", DOWNLOAD, "application/vnd.ms-excel", ".xls"),
    Kind("ppt", "PowerPoint slides", DOWNLOAD, "application/vnd.ms-powerpoint", ".ppt"),
    Kind("docx", "Word document", DOWNLOAD, ending=".docx"),
    Kind("xlsx", "Excel spreadsheet", DOWNLOAD, ending=".xlsx"),
    Kind("pptx", "PowerPoint slides", DOWNLOAD, ending=".pptx"),
    Kind("odt", "text document, ODT", DOWNLOAD, ending=".odt"),
    Kind("ods", "spreadsheet, ODS", DOWNLOAD, ending=".ods"),
    Kind("mp3", "sound, MP3", DOWNLOAD, "audio/mpeg", ".mp3"),
    Kind("wav", "sound, WAV", DOWNLOAD, "audio/wav", ".wav"),
    Kind("au", "sound, AU", DOWNLOAD, "audio/basic", ".au"),
    Kind("mpeg", "video, MPEG", DOWNLOAD, "video/mpeg", ".mpg"),
    Kind("mp4", "video or sound, MP4", DOWNLOAD, "video/mp4", ".mp4"),
    Kind("html", "web page", DOWNLOAD, ending=".html"),
    Kind("svg", "drawing, SVG", DOWNLOAD, ending=".svg"),
    Kind("xml", "data file, XML", DOWNLOAD, ending=".xml"),
    Kind("program", "a file that can run programs", ASK),
    UNKNOWN,
)
KINDS = {kind.code: kind for kind in ALL}

LARGEST_PICTURE = 40_000_000
"""Points: twice what a telephone takes. A browser draws no more of it, and a smaller file can unpack to any number."""

STARTS = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"{\\rtf", "rtf"),
    (b".snd", "au"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpeg"),
)
PROGRAMS = (
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
PICTURES = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF"}
MP3_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")
EMBEDDED = re.compile(rb"\\obj(?:data|ect|ocx|emb|link)|\\\*\\template|\bDDE(?:AUTO)?\b", re.I)
"""What a rich text document carries that another program opens."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
BREAKS = dict.fromkeys(map(ord, "\t\r\n"))
MARKUP = re.compile(r"\s*<[?!a-z]", re.I)
ACTIVE = re.compile(
    r"<\s*(?:[\w.-]+:)?(?:script|iframe|frame|object|embed|applet|form|base|link|foreignobject|animate|set)\b"
    r"|(?:java|vb)script\s*:|\bon\w+\s*=|http-equiv\s*=[\s\"']*refresh|@import\b|<\?xml-stylesheet|<!entity|data:text/html",
    re.I,
)
"""What lets a page or a drawing run something, or fetch it, once it is opened from somebody's own disk."""


def kind_of(content: bytes) -> Kind:
    """The kind of a file by its content; `unknown` wherever that is not certain (R6.9)."""
    return KINDS.get(_code_of(content), UNKNOWN)


def contradicts(claimed: str, kind: Kind) -> bool:
    """Whether what the source calls a file is another kind than it is; what it leaves open contradicts nothing."""
    said = claimed.partition(";")[0].strip().lower()
    if said in CLAIMS:
        return kind.code not in CLAIMS[said]
    return said.startswith("text/") and kind.code not in {"text", "old-text"}


def handling_of(kind: Kind, claimed: str) -> Handling:
    """What a reader may do: what is not what the source calls it is not shown, but can be had as a file."""
    is_odd = kind.handling is OPEN and contradicts(claimed, kind)
    return DOWNLOAD if is_odd else kind.handling


CLAIMS = {
    "application/pdf": {"pdf"},
    "application/x-pdf": {"pdf"},
    "image/png": {"png"},
    "image/jpeg": {"jpeg"},
    "image/jpg": {"jpeg"},
    "image/pjpeg": {"jpeg"},
    "image/gif": {"gif"},
    "image/bmp": {"bmp"},
    "image/tiff": {"tiff"},
    "application/dicom": {"dicom"},
    "text/plain": {"text", "old-text"},
    "text/html": {"html"},
    "text/xml": {"xml", "svg", "html"},
    "application/xml": {"xml", "svg", "html"},
    "application/xhtml+xml": {"html"},
    "image/svg+xml": {"svg"},
    "text/rtf": {"rtf"},
    "text/richtext": {"rtf", "text", "old-text"},
    "application/rtf": {"rtf"},
    "application/msword": {"doc", "rtf"},
    "application/vnd.ms-excel": {"xls"},
    "application/vnd.ms-powerpoint": {"ppt"},
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {"docx"},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"xlsx"},
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": {"pptx"},
    "audio/mpeg": {"mp3", "mpeg"},
    "audio/basic": {"au"},
    "audio/x-au": {"au"},
    "audio/wav": {"wav"},
    "audio/x-wav": {"wav"},
    "video/mpeg": {"mpeg"},
    "video/mp4": {"mp4"},
    "audio/mp4": {"mp4"},
}
"""What a source may call each kind."""


def _code_of(content: bytes) -> str:
    if content.startswith(PROGRAMS) or _starts_in_binary(content, b"MZ"):
        return "program"
    if found := kind_of_zip(content) or kind_of_compound(content):
        return found
    for start, code in STARTS:
        if content.startswith(start):
            return CHECKS.get(code, _as_it_starts)(content, code)
    return _by_what_is_further_in(content) or _kind_of_text(content)


def _starts_in_binary(content: bytes, start: bytes) -> bool:
    """Whether a file begins so and goes on as no text does: "MZ twins" and "BMI 27" are words."""
    return content.startswith(start) and b"\0" in content[:512]


def _by_what_is_further_in(content: bytes) -> str:
    if _starts_in_binary(content, b"BM"):
        return _picture(content, "bmp")
    if _starts_in_binary(content, b"ID3"):
        return "mp3"
    if content[128:132] == b"DICM":
        return "dicom"
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[4:8] == b"ftyp":
        return "mp4"
    return "mp3" if MP3_FRAME.match(content) else ""


def _as_it_starts(content: bytes, code: str) -> str:
    return code


def _rich_text(content: bytes, code: str) -> str:
    return "program" if EMBEDDED.search(content) else code


def _picture(content: bytes, code: str) -> str:
    """The same if it can be drawn; a picture too large to be drawn can be had as a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own word about large ones: asked for below
            with Image.open(BytesIO(content), formats=[PICTURES[code]]) as picture:
                if picture.width * picture.height > LARGEST_PICTURE:
                    return "picture"
                picture.draft("L", (picture.width // 8, picture.height // 8))
                picture.load()
    except Exception:  # whatever a broken file makes the library do
        return "unknown"
    return code


CHECKS: dict[str, Callable[[bytes, str], str]] = {
    **dict.fromkeys(PICTURES, _picture),
    "rtf": _rich_text,
}
"""Where the beginning of a file is not all that we ask."""


def _kind_of_text(content: bytes) -> str:
    code, words = "text", _decoded(content, "utf-8-sig")
    if words is None:
        is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        code, words = "old-text", _decoded(content, "utf-16" if is_wide else "cp1252")
    if words is None:
        return "unknown"
    return _kind_of_markup(words) if MARKUP.match(words) else code


def _decoded(content: bytes, how: str) -> str | None:
    """The words, if they are words all through: no control characters but tabs and ends of lines."""
    try:
        words = content.decode(how)
    except UnicodeDecodeError:
        return None
    return None if CONTROL.search(words) or not words.strip() else words


def _as_a_browser_reads(words: str) -> str:
    """The same with what is written as an entity, and without what an address may be broken up with."""
    return html.unescape(words).translate(BREAKS)


def _kind_of_markup(words: str) -> str:
    if ACTIVE.search(words) or ACTIVE.search(_as_a_browser_reads(words)):
        return "program"
    start = words[:2000].lower()
    if "<svg" in start:
        return "svg"
    return "html" if "<html" in start or "<!doctype html" in start else "xml"


__all__ = ["KINDS", "UNKNOWN", "Handling", "Kind", "contradicts", "handling_of", "kind_of"]

"""Documents of word processors and spreadsheets: which, and whether they carry programs."""

import re
import zipfile
from io import BytesIO

MOST_FILES = 5000
MOST_OF_TYPES = 1024 * 1024
"""Bytes of the list of types inside a document; more is no such list."""
PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
RUNS = re.compile(
    r"vbaproject|(^|/)(activex|basic|scripts|macrosheets)/|oleobject"
    r"|\.(exe|dll|com|bat|cmd|scr|ps1|vbs|js|jar|hta|lnk|msi)$"
)
"""Names, inside a document, of what runs programs."""
MACROS = b"macroEnabled"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = {"WordDocument": "doc", "Workbook": "xls", "PowerPoint Document": "ppt"}
OF_MACROS = ("_VBA_PROJECT", "VBA", "Macros", "Ole10Native")


def kind_of_zip(content: bytes) -> str:
    """The code of an Office or OpenDocument file; "program" if it carries any, "unknown" for another archive, "" for none."""
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > MOST_FILES:
                return "unknown"
            if any(RUNS.search(name.lower()) for name in names):
                return "program"
            return _kind_of_parts(archive, set(names))
    except Exception:  # whatever a broken file makes the library do
        return "unknown"


def _kind_of_parts(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names:
        return OPEN_DOCUMENTS.get(_read(archive, "mimetype").strip(), "unknown")
    if "[Content_Types].xml" not in names:
        return "unknown"
    if MACROS in _read(archive, "[Content_Types].xml"):
        return "program"
    return next((code for part, code in PARTS.items() if part in names), "unknown")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        found = file.read(MOST_OF_TYPES + 1)
    if len(found) > MOST_OF_TYPES:
        raise ValueError("too long to be what it says")
    return found


def kind_of_compound(content: bytes) -> str:
    """The code of a document in the older Office format; "program" if it carries macros, "" if it is none."""
    if not content.startswith(COMPOUND):
        return ""
    if any(_is_named(content, name) for name in OF_MACROS):
        return "program"
    return next((code for name, code in STREAMS.items() if _is_named(content, name)), "unknown")


def _is_named(content: bytes, name: str) -> bool:
    """Whether a stream has this name: as its directory writes it, up to the NUL that ends it."""
    return (name + "\0").encode("utf-16-le") in content


__all__ = ["kind_of_compound", "kind_of_zip"]

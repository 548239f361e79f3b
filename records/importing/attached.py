"""The content of an attachment as it stands in an extract: from base64 to bytes, whatever the format of the rest."""

import base64
import binascii
import re
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from records.attaching import most
from records.importing.extract import ExtractedDocument, ExtractedEntry, ExtractedFile

SPACE = re.compile(r"\s+")


def read_file(data: Any) -> ExtractedFile | None:
    """What some base64 holds; None where there is none of it, and a file with a `problem` where it cannot be kept (R6.9).

    What is too large is not even unpacked.
    """
    if data is None or data == "":
        return None
    if not isinstance(data, str):
        return ExtractedFile(problem="not-readable")
    packed = SPACE.sub("", data)
    if len(packed) // 4 * 3 - packed[-2:].count("=") > most():
        return ExtractedFile(problem="too-large")
    try:
        content = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return ExtractedFile(problem="not-readable")
    return ExtractedFile(content) if content else ExtractedFile(problem="not-readable")


def digested(entry: ExtractedEntry) -> ExtractedEntry:
    """The same entry with digests in place of the content of its attachments: what tells it from another one."""
    if not any(document.file for document in entry.documents):
        return entry
    return replace(entry, documents=tuple(map(_digested, entry.documents)))


def _digested(document: ExtractedDocument) -> ExtractedDocument:
    if document.file is None:
        return document
    digest = sha256(document.file.content).digest()
    return replace(document, file=replace(document.file, content=digest))


SAID = {
    "not-readable": "its content is no base64 or is cut short: it cannot be opened, ask the source for it again",
    "too-large": "its content is larger than the limit and is not kept (PORTAL_DOCUMENT_MB)",
}
"""What the operator reads of an attachment of which nothing is kept."""

__all__ = ["SAID", "digested", "read_file"]

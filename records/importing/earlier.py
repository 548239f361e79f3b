"""How an extract stands to those that were loaded before it: the same again, or older than the one held (R7.3)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec
from django.utils import timezone

from records.importing.extract import Extract, ExtractedEntry
from records.models import ImportedExtract


@dataclass(frozen=True)
class Came:
    """From where an extract came, and why it is loaded although it is older than the one held, where it is."""

    file_name: str = ""
    channel: str = ImportedExtract.Channel.COMMAND
    forced_because: str = ""
    received_at: datetime | None = None


UNSAID = Came()
LONGEST_NAME = 200
ADDED_LATER = {"taken_back"}


def file_name_of(path: str) -> str:
    """What a file is called, without the folders that it lies in and what no page can show."""
    name = "".join(each for each in Path(path).name if each.isprintable())
    return name[-LONGEST_NAME:]


class OlderExtract(Exception):
    """The extract was made before one that is held: loading it would take the record back in time."""


def allowed(extract: Extract, earlier: list[ImportedExtract], came: Came) -> Came:
    """How an extract that may be loaded came, without a reason that was not needed.

    Raises OlderExtract where it would take the record back in time and nobody said why that is right.
    """
    dated = [one.extracted_at for one in earlier if one.extracted_at]
    held = (
        dated[-1] if dated else None
    )  # what was loaded last, also where it was older than one before it
    if not _is_older(extract, earlier, held, came):
        return replace(came, forced_because="")
    of_when = f" ({timezone.localdate(held)})" if held else ""
    if not came.forced_because:
        raise OlderExtract(
            f"it was made before the extract that is held{of_when}:"
            " load the newest one, or use --force-older and say why"
        )
    return came


def _is_older(
    extract: Extract, earlier: list[ImportedExtract], held: datetime | None, came: Came
) -> bool:
    """Whether an extract is older than what is held; one without a date goes by when it came, if it waited."""
    if extract.extracted_at is None:
        waited_since, last = came.received_at, earlier[-1].loaded_at if earlier else None
        return bool(waited_since and last and waited_since < last)
    return held is not None and extract.extracted_at < held


def digest_of(extract: Extract) -> str:
    """What tells one extract from another: equal for the same content, in every process and version.

    Entry by entry, as all of it at once is as long as the file.
    """
    found = hashlib.sha256()
    for piece in _pieces(extract):
        found.update(piece)
    return found.hexdigest()


def _pieces(extract: Extract) -> Iterator[bytes]:
    """The extract as JSON, without what was added to it later and it does not have."""
    before = b"{"
    for name in extract.__struct_fields__:
        value = getattr(extract, name)
        if name in ADDED_LATER and not value:
            continue
        yield before + msgspec.json.encode(name) + b":"
        before = b","
        if name == "entries":
            yield from _list(value)
        else:
            yield msgspec.json.encode(value, order="deterministic")
    yield b"}"


def _list(values: Iterable[ExtractedEntry]) -> Iterator[bytes]:
    before = b"["
    for value in values:
        yield before + msgspec.json.encode(value, order="deterministic")
        before = b","
    yield b"[]" if before == b"[" else b"]"

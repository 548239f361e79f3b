"""Extract files on disk: which there are, and their bytes, never more than the limit."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from records.importing.extract import UnreadableExtract

LIMIT = 64 * 1024 * 1024
PACKED = b"\x1f\x8b"
"""What a file begins with that gzip packed, whatever it is called."""


def files_in(paths: list[Path]) -> Iterator[Path]:
    """Every file that the paths name; a folder stands for all files below it, in order of name."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found
                for found in path.rglob("*")
                if found.is_file() and not found.name.startswith(".")
            )
        else:
            yield path


def content_of(path: Path) -> bytes:
    """The bytes of an extract, unpacked if need be; raises UnreadableExtract past 64 MiB."""
    try:
        with open(path, "rb") as file:
            opener = gzip.open if file.read(2) == PACKED else open
        with opener(path, "rb") as file:
            content: bytes = file.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableExtract(f"the file cannot be read: {error}") from error
    if len(content) > LIMIT:
        raise UnreadableExtract(
            f"the file is larger than {LIMIT // 2**20} MB: send one record per file"
        )
    return content

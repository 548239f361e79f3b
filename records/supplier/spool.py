"""Extracts that wait to be loaded: one file each, encrypted piece by piece as it comes, never whole in memory."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings

from accounts.models.fields import box
from records.importing.files import LIMIT

PIECE = 1024 * 1024
"""Bytes that are in memory at once."""


class TooLarge(Exception):
    """More bytes than one record may have."""


class Lost(Exception):
    """The file is not there, or holds other bytes than came."""


class NotReadable(Exception):
    """The file cannot be read now: its folder is away, or the key that reads it."""


class Kept(NamedTuple):
    """What was written: its size in bytes, and the SHA-256 of it in hexadecimal digits."""

    size: int
    digest: str


def keep(id_: UUID, read: Callable[[int], bytes]) -> Kept:
    """Write down all that `read` gives; raises TooLarge, or what `read` raises, and leaves no file then."""
    path = path_of(id_)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            kept = measure(read, lambda piece: file.write(box().encrypt(piece) + b"\n"))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        drop(id_)
        raise
    return kept


def measure(
    read: Callable[[int], bytes], take: Callable[[bytes], object] = lambda piece: None
) -> Kept:
    """Size and digest of all that `read` gives, each piece to `take`; raises TooLarge, or what `read` raises."""
    size, digest = 0, sha256()
    while piece := read(PIECE):
        size += len(piece)
        if size > LIMIT:
            raise TooLarge
        digest.update(piece)
        take(piece)
    return Kept(size, digest.hexdigest())


def read_back(id_: UUID, digest: str) -> bytes:
    """The bytes as they came; raises Lost where they are not those that were written, and NotReadable for now."""
    try:
        content = b"".join(_pieces(path_of(id_)))
    except FileNotFoundError as error:
        is_away = not path_of(id_).parent.is_dir()
        raise (NotReadable if is_away else Lost) from error
    except (OSError, InvalidToken) as error:
        raise NotReadable from error
    if sha256(content).hexdigest() != digest:
        raise Lost
    return content


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        for line in file:
            yield box().decrypt(line.rstrip(b"\n"))


def drop(id_: UUID) -> None:
    """Take the file away: what it held is in the record now, or was refused."""
    path_of(id_).unlink(missing_ok=True)


def path_of(id_: UUID) -> Path:
    """Where the file of one extract lies; its name says nothing of anybody."""
    return Path(settings.PORTAL_INCOMING) / f"{id_}.sealed"


def kept_ids() -> Iterator[tuple[UUID, float]]:
    """Every file that lies there, by its id, with the time of its last change in seconds."""
    for path in sorted(Path(settings.PORTAL_INCOMING).glob("*.sealed")):
        with suppress(ValueError, FileNotFoundError):  # somebody else's, or taken away meanwhile
            yield UUID(path.stem), path.stat().st_mtime

"""Anchors: what all chains ended with at a moment, sealed with the host's key, in a file outside the database (ADR 40).

Each line of the file is one anchor as JSON. It names the chains whose end moved since the one before, and holds the
seal of that one, so that the newest seal stands for all of them. Nothing in it says whose chain it is.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings

from audit.keys import HostKey, host_keys
from audit.models import ChainHead

AT_ONCE = 2000


class Anchor(NamedTuple):
    """One anchor: `heads` are "chain sequence hash", of chains that moved; `chains` counts all there were."""

    number: int
    at: str
    key: str
    before: str
    chains: int
    heads: tuple[str, ...]
    seal: str = ""

    @property
    def parts(self) -> list[str]:
        """What is sealed, in order."""
        return [str(self.number), self.at, self.key, self.before, str(self.chains), *self.heads]

    @property
    def line(self) -> str:
        """As it stands in the file."""
        return json.dumps(self._asdict(), separators=(",", ":"))

    @property
    def outline(self) -> dict[str, Any]:
        """What is told to others: the seal stands for all the rest."""
        told = self._asdict()
        del told["heads"]
        return told


class Unread(NamedTuple):
    """A line that is no anchor: cut off, or written by something else."""

    line: int


def anchor_file() -> Path:
    """Where anchors are kept."""
    return Path(settings.PORTAL_ANCHOR_FILE)


def read_anchors(path: Path) -> Iterator[Anchor | Unread]:
    """What is in the file, one line at a time; whether seals fit is not looked at."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _anchor_of(line) or Unread(number)


def add_anchor(*, now: datetime) -> Anchor:
    """Put an anchor of all chains at the end of the file; a file that cannot be written to raises OSError.

    Where anything in the file cannot be trusted, all chains are named again.
    """
    key = host_keys()[0]
    with _held(anchor_file()) as file:
        last, known = _last_of(anchor_file(), key)
        count, moved = _moved(key, known)
        before = last.seal if last else ""
        number = last.number + 1 if last else 1
        anchor = Anchor(number, now.isoformat(), key.name, before, count, tuple(moved))
        anchor = anchor._replace(seal=key.seal_of(anchor.parts))
        _append(file, anchor.line)
    return anchor


def _anchor_of(line: str) -> Anchor | None:
    try:
        anchor = Anchor(**json.loads(line))
        anchor = anchor._replace(heads=tuple(anchor.heads))
        is_whole = all(isinstance(each, str) for each in (*anchor.parts, anchor.seal))
        is_whole = is_whole and isinstance(anchor.number, int) and isinstance(anchor.chains, int)
    except (ValueError, TypeError, RecursionError):
        return None
    return anchor if is_whole else None


def _last_of(path: Path, key: HostKey) -> tuple[Anchor | None, dict[str, str]]:
    """The last anchor, and what the file says of each chain under this key; of a file with a fault, nothing of chains."""
    last: Anchor | None = None
    known: dict[str, str] = {}
    is_sound = True
    for found in read_anchors(path):
        if isinstance(found, Unread):
            is_sound = False
            continue
        if found.key == key.name:
            is_sound = is_sound and found.seal == key.seal_of(found.parts)
            known.update(_split(head) for head in found.heads)
        last = found
    return last, known if is_sound else {}


def _split(head: str) -> tuple[str, str]:
    chain, _, end = head.partition(" ")
    return chain, end


def _moved(key: HostKey, known: dict[str, str]) -> tuple[int, list[str]]:
    """How many chains there are, and those that do not end as is known, by their veiled names in order."""
    count, moved = 0, []
    heads = ChainHead.objects.values_list("patient_id", "sequence", "hash")
    for patient_id, sequence, hash_ in heads.iterator(chunk_size=AT_ONCE):
        count += 1
        chain, end = key.veiled(patient_id), f"{sequence} {bytes(hash_).hex()}"
        if known.get(chain) != end:
            moved.append(f"{chain} {end}")
    return count, sorted(moved)


@contextmanager
def _held(path: Path) -> Iterator[IO[bytes]]:
    """The file, of which nobody else writes an anchor meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600), "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _append(file: IO[bytes], line: str) -> None:
    """Write a whole line or none, and wait until it is on the disk."""
    end = file.seek(0, os.SEEK_END)
    torn = b""
    if end:
        file.seek(end - 1)
        torn = b"" if file.read(1) == b"\n" else b"\n"
    try:
        file.write(torn + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise

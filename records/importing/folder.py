"""A folder into which files of records are put: each is claimed, loaded, and laid aside with what became of it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from records.importing.load import Loaded, Loading, load_file

UNFINISHED = (".part", ".tmp", ".filepart", ".partial", ".crdownload")
"""How the names of files end that a transfer has not finished."""
LONGEST_NAME = 200
"""Bytes: a file system takes 255, and words are added."""


class MayNotBeRead(Exception):
    """A file lies in the folder that this user may not read or take; it has to be made theirs, and is loaded then."""


@dataclass(frozen=True)
class Folder:
    """Where files come in, where they are worked on, and where they are laid aside."""

    incoming: Path

    @property
    def working(self) -> Path:
        """Files that somebody has claimed."""
        return self.incoming / "working"

    @property
    def done(self) -> Path:
        """Files that were loaded, or changed nothing."""
        return self.incoming / "done"

    @property
    def refused(self) -> Path:
        """Files that were refused, each with the reason in a file beside it."""
        return self.incoming / "refused"

    def prepare(self) -> None:
        """Make the folders that are missing, for their owner alone; raises OSError where that is not allowed."""
        for folder in (self.working, self.done, self.refused):
            folder.mkdir(mode=0o700, exist_ok=True)


def files_that_wait(folder: Folder, *, settled: float, now: datetime) -> list[Path]:
    """Files that nobody has written to for `settled` seconds, the oldest first, after those a dead process left.

    Links and folders are passed over: what is loaded lies here and nowhere else.
    """
    left = sorted(folder.working.iterdir())
    with os.scandir(folder.incoming) as found:
        waiting = [
            (entry.stat(follow_symlinks=False).st_mtime, Path(entry.path))
            for entry in found
            if entry.is_file(follow_symlinks=False) and _is_whole(entry.name)
        ]
    ready = [path for changed, path in sorted(waiting) if changed <= now.timestamp() - settled]
    return [*left, *ready]


def _is_whole(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED)


def load_next(path: Path, folder: Folder, how: Loading, *, now: datetime) -> Loaded | None:
    """Load one file that waits and lay it aside; None where another process has it, or it is a link.

    Raises MayNotBeRead where it cannot be taken, and leaves it where it is.
    A process that dies, or a database that is away, leaves the file in `working`: it is loaded again, and what was
    loaded before changes nothing.
    """
    with _claim(path, folder) as claimed:
        if claimed is None:
            return None
        came = datetime.fromtimestamp(claimed.stat().st_mtime, UTC)
        loaded = load_file(claimed, replace(how, received_at=came), now=now)
        if loaded.may_pass:
            return loaded
        place = folder.refused if loaded.outcome == "refused" else folder.done
        kept = _free_name(place, claimed.name, now)
        if loaded.outcome == "refused":
            reason = kept.with_name(f"{kept.name}.reason.txt")
            reason.write_text(f"{loaded.reason}\n", encoding="utf-8")
            reason.chmod(0o600)
        claimed.rename(kept)
        return loaded


@contextmanager
def _claim(path: Path, folder: Folder) -> Iterator[Path | None]:
    """A file moved into `working` and locked for as long as it is worked on; None where it is another's."""
    claimed = path if path.parent == folder.working else _free_name(folder.working, path.name, None)
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except PermissionError as error:
        raise MayNotBeRead from error
    except OSError:
        yield None  # taken by another process since the folder was read, or not ours to read
        return
    try:
        yield claimed if _take(opened, path, claimed) else None
    finally:
        with suppress(OSError):
            os.close(opened)


def _take(opened: int, path: Path, claimed: Path) -> bool:
    """Lock an open file and move it to where it is worked on; False where another process was first."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path != claimed:
            path.rename(claimed)
        return os.path.samestat(os.fstat(opened), os.stat(claimed))
    except PermissionError as error:
        raise MayNotBeRead from error
    except OSError:
        return False


def _free_name(folder: Path, name: str, now: datetime | None) -> Path:
    """A place of that name in a folder; where there is one already, with the time before it."""
    name = os.fsencode(name)[-LONGEST_NAME:].decode(errors="ignore")
    wanted, number = folder / name, 0
    while wanted.exists():
        number += 1
        before = f"{now:%Y%m%dT%H%M%S}-" if now else ""
        wanted = folder / f"{before}{number}-{name}"
    return wanted

"""Files that no row names: what an import left that did not end, or a key that was replaced."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from audit.row_security import rows_of
from records.models import Paper
from records.papers.keeping import is_there, path_of, remove, shelf
from surgeries.models import Patient

SPARED = timedelta(days=1)
"""How old a file has to be: a younger one may be of an import that goes on."""


def orphans(*, now: datetime) -> list[str]:
    """The names of files that no patient's attachment has; not those of the last day."""
    found = [name for name in _names_on_shelf() if now - _written_at(name) > SPARED]
    held = names_held()  # after the files were listed: what was stored meanwhile has its row
    return sorted(name for name in found if name not in held)


def sweep(names: list[str], *, now: datetime) -> int:
    """Delete files that were found; how many. One that was written anew since then stays: an import brought it back."""
    old = [name for name in names if now - _written_at(name) > SPARED]
    remove(old)
    return len(old)


def missing() -> list[str]:
    """The names that rows have and no whole file bears: documents that nobody can open."""
    return sorted(name for name, size in names_held().items() if not is_there(name, size))


def names_held() -> dict[str, int]:
    """The names of all contents with their sizes, one patient after the other, as nobody may read the rows of several at once (ADR 4)."""
    found: dict[str, int] = {}
    for patient_id in Patient.objects.values_list("pk", flat=True).iterator():
        with rows_of(patient_id):
            found.update(Paper.objects.filter(patient=patient_id).values_list("name", "size"))
    return found


def _names_on_shelf() -> Iterator[str]:
    """Every file where ours lie; what is named otherwise is not ours and is left alone."""
    try:
        folders, _ = shelf().listdir("")
    except FileNotFoundError:  # nothing was ever kept
        return
    for folder in folders:
        _, names = shelf().listdir(folder)
        yield from (name for name in names if len(name) == 64 and name.startswith(folder))


def _written_at(name: str) -> datetime:
    return shelf().get_modified_time(path_of(name))


__all__ = ["missing", "orphans", "sweep"]

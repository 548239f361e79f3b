"""Which row that is held an item of an extract is: by its identifier, its id, or its content (R7.3)."""

from collections import Counter
from collections.abc import Mapping

from records.models import Entry

Key = tuple[str, str, str]
"""Source system, FHIR resource type and the source's own id."""


def recognise(
    hashes: Mapping[Key, str], identifiers: Mapping[Key, str], held: list[Entry]
) -> dict[Key, Entry]:
    """The rows that are held already, by the keys under which an extract brings them again.

    An identifier goes first, where it names one thing only on either side: a source that gives an id to something
    else must not show under it what is hidden under another. Content goes last: some systems give an item a new id
    in every extract, and without this it would look like one that was recorded since, and be opened by its
    date (R1.3). Each row is taken once.
    """
    found = _by_identifier(identifiers, held)
    taken = {row.id for row in found.values()}
    for key, row in ((key_of(row), row) for row in held):
        if key in hashes and key not in found and row.id not in taken:
            found[key] = row
            taken.add(row.id)
    gone: dict[str, list[Entry]] = {}
    for row in held:
        if row.id not in taken and row.withdrawn_at is None:
            gone.setdefault(row.content_hash, []).append(row)
    for key, digest in hashes.items():
        if key not in found and gone.get(digest):
            found[key] = gone[digest].pop(0)
    return found


def _by_identifier(identifiers: Mapping[Key, str], held: list[Entry]) -> dict[Key, Entry]:
    known = _named_once({row.id: (key_of(row), row.source_identifier) for row in held})
    rows = {row.id: row for row in held}
    asked = _named_once({key: (key, name) for key, name in identifiers.items()})
    return {key: rows[known[name]] for name, key in asked.items() if name in known}


def _named_once[T](named: Mapping[T, tuple[Key, str]]) -> dict[Key, T]:
    """What bears each identifier, as system, type and identifier; without those that several bear."""
    names = {thing: (key[0], key[1], name) for thing, (key, name) in named.items() if name}
    often = Counter(names.values())
    return {name: thing for thing, name in names.items() if often[name] == 1}


def key_of(entry: Entry) -> Key:
    """The key of a row that is held."""
    return entry.source_system, entry.source_type, entry.source_id

"""Which row that is held an item of an extract is: by its identifier, its id, or what it says (R7.3)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from records.importing.new_row import AnyRow
from records.importing.own_words import words_held
from records.models import Entry

Key = tuple[str, str, str]
"""Source system, FHIR resource type and the source's own id."""


class Sent(NamedTuple):
    """What tells one item of an extract from another: a digest of all of it, and the source's name for it."""

    content: str
    identifier: str = ""
    is_part: bool = False
    called: tuple[Any, ...] = ()
    """`called` of what it says."""


def recognise(
    sent: Mapping[Key, Sent],
    held: list[Entry],
    words_of: Callable[[Key], str],
    is_left_out: Callable[[Entry], bool],
) -> dict[Key, Entry]:
    """The rows that are held already, by the keys under which an extract brings them again.

    An identifier goes first, where it names one thing only on either side: a source that gives an id to something
    else must not show under it what is hidden under another. Some give one identifier to several things, so that it
    moves a row to what says something else only where the source has that row no more: `is_left_out` says of a row
    that the extract would have it if there were one. Nor is what stands under the id of a row that row where identifier
    and title or date are both others. Then, for the same reason, an entry whose whole
    content stands under another id, and not under its own, has moved there. Content goes last: some systems give an
    item a new id in every extract, and without this it would look like one that was recorded since, and be
    opened by its date (R1.3); where it links to another item its content is another by that one's new id,
    and what it says by itself is the same. Each row is taken once.
    """
    if not held:
        return {}
    found = _by_identifier(sent, held, is_left_out)
    found |= _moved(sent, held, found)
    taken = {row.id for row in found.values()}
    for key, row in ((key_of(row), row) for row in held):
        if key not in sent or key in found or row.id in taken:
            continue
        if not _is_another(row, sent[key]):
            found[key] = row
            taken.add(row.id)
    _by_likeness(found, sent, held, lambda key: sent[key].content, lambda row: row.content_hash)
    _by_likeness(found, sent, held, words_of, words_held)
    return found


def may_be(row: AnyRow, was: Entry) -> bool:
    """Whether a new row under the id of one that is held may be that one under other words, though it stands elsewhere too."""
    if are_named_apart(row.source_identifier, was.source_identifier):
        return False
    names = ("kind", "effective_on", "effective_time", "effective_precision")
    is_alike = all(getattr(row, name) == getattr(was, name) for name in names)
    return is_alike and row.recorded_at in (None, was.recorded_at)


def are_named_apart(one: str, other: str) -> bool:
    """Whether the source says by two identifiers that these are two things."""
    return bool(one and other and one != other)


def _moved(
    sent: Mapping[Key, Sent], held: list[Entry], found: Mapping[Key, Entry]
) -> dict[Key, Entry]:
    """Entries that stand under another id with all that they say, by that id.

    Only where the content is one thing's on either side, its own id says something else now, and no identifier
    contradicts. Parts say too little by themselves: two results have the same value.
    """
    taken = {row.id for row in found.values()}
    places = _named_once(
        {key: (key, "" if one.is_part else one.content) for key, one in sent.items()}
    )
    live = {row.id: row for row in held if row.withdrawn_at is None and row.root_id is None}
    rows = _named_once({row.id: (key_of(row), row.content_hash) for row in live.values()})
    return {
        places[name]: live[id_]
        for name, id_ in rows.items()
        if name in places and places[name] not in found and id_ not in taken
        if _left(live[id_], sent.get(key_of(live[id_])))
        if not are_named_apart(sent[places[name]].identifier, live[id_].source_identifier)
    }


def _left(row: Entry, now: Sent | None) -> bool:
    """Whether something else stands under the id of a row: other content, not called as the row is."""
    if now is None or now.content == row.content_hash:
        return False
    return not now.identifier or now.identifier != row.source_identifier


def _is_another(row: Entry, there: Sent) -> bool:
    """Whether the source has given the id of a row to something else: some number what they send anew in each extract."""
    is_named_apart = are_named_apart(there.identifier, row.source_identifier)
    return is_named_apart and there.called != called(row)


def _by_likeness(
    found: dict[Key, Entry],
    sent: Iterable[Key],
    held: list[Entry],
    told_of: Callable[[Key], str],
    told_by: Callable[[Entry], str],
) -> None:
    """Add to what is found the rows that are left over and say the same as an item that is."""
    keys = [key for key in sent if key not in found]
    taken = {row.id for row in found.values()}
    gone: dict[str, list[Entry]] = {}
    for row in held if keys else ():
        if row.id not in taken and row.withdrawn_at is None:
            gone.setdefault(told_by(row), []).append(row)
    for key in keys if gone else ():
        told = told_of(key)
        if told and gone.get(told):
            found[key] = gone[told].pop(0)


def _by_identifier(
    sent: Mapping[Key, Sent], held: list[Entry], is_left_out: Callable[[Entry], bool]
) -> dict[Key, Entry]:
    known = _named_once({row.id: (key_of(row), row.source_identifier) for row in held})
    rows = {row.id: row for row in held}
    asked = _named_once({key: (key, one.identifier) for key, one in sent.items()})
    pairs = {key: rows[known[name]] for name, key in asked.items() if name in known}
    return {
        key: row
        for key, row in pairs.items()
        if key == key_of(row) or _may_stand_there(row, sent[key], sent, is_left_out)
    }


def _may_stand_there(
    row: Entry, there: Sent, sent: Mapping[Key, Sent], is_left_out: Callable[[Entry], bool]
) -> bool:
    """Whether what bears the identifier of a row under another id is that row: nothing is written over that may still be."""
    if there.called == called(row):
        return True
    here = sent.get(key_of(row))
    if here is None:
        return is_left_out(row)
    return bool(here.identifier) or here.called != called(row)


def called(row: AnyRow) -> tuple[Any, ...]:
    """What tells two things apart to which a source gives one identifier: title and date."""
    return plain(row.title), row.effective_on, row.effective_time, row.effective_precision


def plain(title: str) -> str:
    """A title without what is a matter of spelling."""
    return " ".join(title.casefold().split())


def _named_once[T](named: Mapping[T, tuple[Key, str]]) -> dict[Key, T]:
    """What bears each identifier, as system, type and identifier; without those that several bear."""
    names = {thing: (key[0], key[1], name) for thing, (key, name) in named.items() if name}
    often = Counter(names.values())
    return {name: thing for thing, name in names.items() if often[name] == 1}


def key_of(entry: AnyRow) -> Key:
    """The key of a row that is held."""
    return entry.source_system, entry.source_type, entry.source_id

"""What a row of an extract may be by what the source calls it, though nobody can tell: the safe side (R1.3, R2.3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from records.importing.new_row import AnyRow, NewRow
from records.importing.recognising import called, key_of
from records.models import Entry

Name = tuple[str, str, str]
"""Source system, FHIR resource type and identifier."""


class Namesakes:
    """The rows of one extract beside those that are held and bear the same identifier, or stood under their id.

    `hidden` are the ids of what is hidden from anybody at all.
    """

    def __init__(
        self, rows: Iterable[NewRow], held: Mapping[UUID, Entry], hidden: frozenset[UUID]
    ) -> None:
        self._held, self._hidden = held, hidden
        rows = list(rows)
        brought = {row.id for row in rows}
        self._displaced = {
            key_of(was): was
            for was in held.values()
            if was.id not in brought and not was.is_misloaded  # what is undone counts for nothing
        }
        named = [row for row in rows if row.source_identifier]
        self._often = Counter(map(_name_of, named))
        here = {row.id for row in named if self._bore_it(row)}
        self._bearing: dict[Name, list[Entry]] = defaultdict(list)
        for row in held.values() if named else ():
            self._bearing[_name_of(row)].append(row)
        self._absent = {
            name: [was for was in self._bearing[name] if was.id not in here] for name in self._often
        }
        self._alike = self._by_what_they_say()

    def _by_what_they_say(self) -> dict[tuple[Any, ...], list[Entry]]:
        """Those that are absent by name, title and date: each that is kept back, and of the others one, which is like any."""
        found: dict[tuple[Any, ...], list[Entry]] = defaultdict(list)
        for name, absent in self._absent.items():
            for was in absent:
                alike = found[name, called(was)]
                if not alike or self._is_kept_back(was):
                    alike.append(was)
        return found

    def of(self, row: NewRow) -> list[Entry]:
        """The held rows that a row may be which comes to bear their name or id, as none of this extract is known to be them.

        It may be any of them while their name can be that of one thing: where two that come bear it, or one that
        shows, it is that of a group, such as the number of a request; then it may be the one of its title and date.
        """
        if not row.source_identifier or self._bore_it(row):
            return []
        name = _name_of(row)
        if self._often[name] == 1 and self._names_one_thing(name):
            found = self._absent[name]
        else:
            found = self._alike.get((name, called(row)), [])
        was = self._displaced.get(key_of(row)) if row.id not in self._held else None
        return [was, *found] if was else found

    def _bore_it(self, row: NewRow) -> bool:
        known = self._held.get(row.id)
        return known is not None and known.source_identifier == row.source_identifier

    def _names_one_thing(self, name: Name) -> bool:
        """Whether what is held of a name may be one thing, as far as any reader can tell."""
        bearing = self._bearing[name]
        is_shown = (row.withdrawn_at is None and not self._is_kept_back(row) for row in bearing)
        return len(bearing) == 1 or not any(is_shown)

    def _is_kept_back(self, row: Entry) -> bool:
        is_hidden = self._hidden.intersection((row.id, row.root_id, row.repeats_id))
        return bool(is_hidden) or not row.released


def _name_of(row: AnyRow) -> Name:
    return row.source_system, row.source_type, row.source_identifier

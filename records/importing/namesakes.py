"""What a row of an extract may be by what the source calls it, though nobody can tell: the safe side (R1.3, R2.3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from records.importing.new_row import AnyRow, NewRow
from records.importing.recognising import plain
from records.models import Entry

Name = tuple[str, str, str]
"""Source system, FHIR resource type and identifier."""


class Namesakes:
    """The rows of one extract beside those that are held and bear the same identifier.

    `hidden` are the ids of what is hidden from anybody at all.
    """

    def __init__(
        self, rows: Iterable[NewRow], held: Mapping[UUID, Entry], hidden: frozenset[UUID]
    ) -> None:
        self._held, self._hidden = held, hidden
        named = [row for row in rows if row.source_identifier]
        self._often = Counter(map(_name_of, named))
        self._here = {row.id for row in named if self._bore_it(row)}
        self._bearing: dict[Name, list[Entry]] = defaultdict(list)
        for row in held.values() if named else ():
            self._bearing[_name_of(row)].append(row)

    def of(self, row: NewRow) -> list[Entry]:
        """The held rows that a row may be which comes to bear their name, as none of this extract is known to be them.

        It may be any of them while their name can be that of one thing: where two that come bear it, or one that
        shows, it is that of a group, such as the number of a request; then it may be the one of its title.
        """
        if not row.source_identifier or self._bore_it(row):
            return []
        bearing = self._bearing.get(_name_of(row), [])
        absent = [was for was in bearing if was.id not in self._here]
        return [was for was in absent if self._may_be(row, was, bearing)]

    def _bore_it(self, row: NewRow) -> bool:
        known = self._held.get(row.id)
        return known is not None and known.source_identifier == row.source_identifier

    def _may_be(self, row: NewRow, was: Entry, bearing: list[Entry]) -> bool:
        if plain(row.title) == plain(was.title):
            return True
        if self._often[_name_of(row)] > 1:
            return False
        return len(bearing) == 1 or not any(map(self._shows, bearing))

    def _shows(self, row: Entry) -> bool:
        is_hidden = self._hidden.intersection((row.id, row.root_id, row.repeats_id))
        return row.released and row.withdrawn_at is None and not is_hidden


def _name_of(row: AnyRow) -> Name:
    return row.source_system, row.source_type, row.source_identifier

"""What a source sends so that what is held of it may not be shown any more: it was not done, or may not be true (R6.5, R6.7)."""

from collections import Counter
from collections.abc import Iterable

from records.importing.extract import Extract
from records.importing.recognising import are_named_apart
from records.models import Entry


class TakenBack:
    """The items of one extract that take back what is held of them, whatever else the extract covers (R7.3)."""

    def __init__(self, extract: Extract, held: Iterable[Entry]) -> None:
        self._identifiers = extract.identifiers
        self._by_name = extract.taken_back
        shared = _shared(extract, held) if extract.taken_back else frozenset()
        self._by_identifier = {
            name: reason
            for key, reason in extract.taken_back.items()
            if (name := _name_of(key, extract)) not in shared
        }

    def why(self, row: Entry, root: Entry | None) -> str:
        """Why a row, or the entry that it stands in, may not be shown as it is held; "" where nothing says so."""
        if not self._by_name:
            return ""
        return self._why(row) or (self._why(root) if root else "")

    def _why(self, row: Entry) -> str:
        """By its identifier, else by its id, which may stand for another thing now: that says nothing of the row."""
        if row.source_identifier:
            found = self._by_identifier.get((row.source_type, row.source_identifier), "")
            if found:
                return found
        name = f"{row.source_type}/{row.source_id}"
        is_another = are_named_apart(self._identifiers.get(name, ""), row.source_identifier)
        return "" if is_another else self._by_name.get(name, "")


def _name_of(key: str, extract: Extract) -> tuple[str, str]:
    """What the source calls an item whatever its id: its type and identifier, "" where it has none."""
    return key.partition("/")[0], extract.identifiers.get(key, "")


def _shared(extract: Extract, held: Iterable[Entry]) -> frozenset[tuple[str, str]]:
    """What names several things on either side, as the number of a request does all its results: it tells of none."""
    sent = Counter(_name_of(key, extract) for key in extract.identifiers)
    known = Counter((row.source_type, row.source_identifier) for row in held)
    return frozenset(name for often in (sent, known) for name, count in often.items() if count > 1)

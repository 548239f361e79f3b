"""What a source sends so that what is held of it may not be shown any more: it was not done, or may not be true (R6.5, R6.7)."""

from records.importing.extract import Extract
from records.importing.recognising import are_named_apart
from records.models import Entry


class TakenBack:
    """The items of one extract that take back what is held of them, whatever else the extract covers (R7.3)."""

    def __init__(self, extract: Extract) -> None:
        self._identifiers = extract.identifiers
        self._by_name = extract.taken_back
        self._by_identifier = {
            (name.partition("/")[0], extract.identifiers[name]): reason
            for name, reason in extract.taken_back.items()
            if name in extract.identifiers
        }

    def why(self, row: Entry, root: Entry | None) -> str:
        """Why a row, or the entry that it stands in, may not be shown as it is held; "" where nothing says so."""
        if not self._by_name:
            return ""
        return self._why(row) or (self._why(root) if root else "")

    def _why(self, row: Entry) -> str:
        """By its identifier, else by its id, which may stand for another thing now: that says nothing of the row."""
        if found := self._by_identifier.get((row.source_type, row.source_identifier), ""):
            return found
        name = f"{row.source_type}/{row.source_id}"
        is_another = are_named_apart(self._identifiers.get(name, ""), row.source_identifier)
        return "" if is_another else self._by_name.get(name, "")

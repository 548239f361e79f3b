"""Rows from an extract: the same source key keeps the same id, and links between entries become ids."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from records.flags import is_flagged
from records.importing.attached import digested
from records.importing.extract import Extract, ExtractedEntry, ExtractedPart, PartialDate
from records.importing.own_words import words_sent
from records.importing.recognising import Key, Sent, key_of, recognise
from records.indexing import words_of, words_typed
from records.models import Entry, RecordedFrom
from records.own_dates import is_dated_apart
from records.test_names import test_name
from surgeries.models import Patient
from surgeries.terms import Level

ONE_DAY = timedelta(days=1)


class Rows:
    """Builds the rows of one extract for one patient, over the rows that are held already.

    `now` is what they are stamped with, which is after `clock` where a clock went ahead before.
    """

    def __init__(
        self,
        extract: Extract,
        patient: Patient,
        held: list[Entry],
        now: datetime,
        clock: datetime,
    ) -> None:
        self.extract, self.patient, self.now, self.clock = extract, patient, now, clock
        self.held: dict[Key, Entry] = {key_of(entry): entry for entry in held}
        self.ids = self._held_ids()
        self.sent: dict[Key, Sent] = {}
        self.items: dict[Key, tuple[ExtractedEntry, ExtractedEntry | ExtractedPart]] = {}
        self.known: dict[Key, Entry] = {}

    def build(self) -> list[Entry]:
        """Every row of the extract in its order, entries followed by their parts; not yet saved."""
        self._hash_all()
        self.known = recognise(
            self.sent, list(self.held.values()), lambda key: words_sent(*self.items[key])
        )
        for key in self.sent:
            known = self.known.get(key)
            self.ids[f"{key[1]}/{key[2]}"] = known.id if known else uuid.uuid4()
        return list(self._rows())

    def _held_ids(self) -> dict[str, uuid.UUID]:
        """What is held of the same sources: a link to it stays though this extract leaves it out."""
        systems = {entry.source_system for entry in self.extract.entries}
        return {f"{key[1]}/{key[2]}": row.id for key, row in self.held.items() if key[0] in systems}

    def _hash_all(self) -> None:
        for entry in self.extract.entries:
            self._hash(entry, entry, 0)
            for position, part in enumerate(entry.parts, start=1):
                self._hash(entry, part, position)

    def _hash(
        self, entry: ExtractedEntry, item: ExtractedEntry | ExtractedPart, position: int
    ) -> None:
        key = extracted_key(entry, item)
        content = content_hash(item, position)
        self.sent[key] = Sent(content, self._identifier(key), is_part=item is not entry)
        self.items[key] = (entry, item)

    def _identifier(self, key: Key) -> str:
        return self.extract.identifiers.get(f"{key[1]}/{key[2]}", "")

    def _rows(self) -> Iterator[Entry]:
        for position, entry in enumerate(self.extract.entries):
            root = self._row(entry, entry, position)
            root.recorded_at = self._believed(entry.recorded_at)
            is_known = root.recorded_at is not None
            root.recorded_from = RecordedFrom.SOURCE if is_known else RecordedFrom.UNKNOWN
            root.released = not entry.unreleased_because
            root.unreleased_because = entry.unreleased_because
            yield root
            for place, part in enumerate(entry.parts, start=1):
                yield self._part(root, entry, part, place)

    def _believed(self, recorded_at: datetime | None) -> datetime | None:
        """A time that has been; one to come is a fault, and would open what is old (R1.3)."""
        return recorded_at if recorded_at and recorded_at <= self.clock + ONE_DAY else None

    def _part(self, root: Entry, entry: ExtractedEntry, part: ExtractedPart, place: int) -> Entry:
        row = self._row(entry, part, place)
        row.root_id = root.id
        row.dated_apart = is_dated_apart(part.kind, part.effective, entry.effective)
        row.repeats_id = row.repeats_id or root.repeats_id
        row.level_needed = Level(part.level_needed).or_above(Level(entry.level_needed))
        row.recorded_at, row.recorded_from = root.recorded_at, root.recorded_from
        row.released, row.unreleased_because = root.released, root.unreleased_because
        if part.withheld and row.released:
            row.released, row.unreleased_because = False, "source-withheld"
        return row

    def _row(
        self, entry: ExtractedEntry, item: ExtractedEntry | ExtractedPart, position: int
    ) -> Entry:
        key = extracted_key(entry, item)
        known = self.known.get(key)
        return Entry(
            patient=self.patient, id=self.ids[f"{key[1]}/{key[2]}"], position=position,
            section=entry.section, kind=item.kind, title=item.title, **effective(item.effective),
            origin=entry.origin, level_needed=item.level_needed,
            repeats_id=self.ids.get(str(item.repeats)) if item.repeats else None,
            details=self._linked(item.details), free_text=item.free_text or None,
            flagged=is_flagged(item.details), test_name=test_name(item.kind, item.title),
            source_system=key[0], source_type=key[1], source_id=key[2],
            source_identifier=self._identifier(key),
            content_hash=self.sent[key].content, added_at=known.added_at if known else self.now,
            readable_since=known.readable_since if known else None,
            changed_at=self.now,
            search_words=words_of(
                item.title, item.details, item.effective.on, item.effective.precision
            ),
            search_text=words_typed(item.free_text),
        )  # fmt: skip

    def _linked(self, value: Any) -> Any:
        """The value with `{"ref": key}` replaced by `{"entry": id}`; what points at nothing is left out."""
        if isinstance(value, list):
            return [self._linked(item) for item in value if not self._dangles(item)]
        if isinstance(value, dict):
            if "ref" in value:
                return {"entry": str(self.ids[value["ref"]])}
            return {
                name: self._linked(item) for name, item in value.items() if not self._dangles(item)
            }
        return value

    def _dangles(self, value: Any) -> bool:
        return isinstance(value, dict) and "ref" in value and value["ref"] not in self.ids


def extracted_key(entry: ExtractedEntry, item: ExtractedEntry | ExtractedPart) -> Key:
    """The key of an entry of an extract, or of one of its parts."""
    return entry.source_system, item.key.resource, item.key.id


def effective(given: PartialDate) -> dict[str, Any]:
    """A clinical date as columns."""
    return {
        "effective_on": given.on,
        "effective_time": given.at,
        "effective_precision": given.precision,
    }


def content_hash(item: ExtractedEntry | ExtractedPart, position: int) -> str:
    """A digest of all that a row holds but its key: equal when nothing changed."""
    whole = msgspec.to_builtins(digested(item) if isinstance(item, ExtractedEntry) else item)
    for document in whole.get("documents", ()):
        if document["file"] is None:  # as it was told before files came along
            del document["file"]
    whole = {name: value for name, value in whole.items() if name not in {"key", "parts"}}
    if isinstance(item, ExtractedPart):  # among entries the place in the file means nothing
        whole["position"] = position
    return hashlib.sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()

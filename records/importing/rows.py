"""Rows from an extract: the same source key keeps the same id, and links between entries become ids."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import asdict

from records.flags import is_flagged
from records.importing.attached import digested
from records.importing.extract import (
    Extract,
    ExtractedDocument,
    ExtractedEntry,
    ExtractedPart,
)
from records.importing.new_row import NewRow
from records.importing.own_words import words_sent
from records.importing.recognising import Key, Sent, key_of, plain, recognise
from records.indexing import Indexing
from records.models import Entry, RecordedFrom
from records.own_dates import is_dated_apart
from records.test_names import test_name
from surgeries.models import Patient
from surgeries.terms import Level

ONE_DAY = timedelta(days=1)
LINK = b'"ref":'
"""What is somewhere in the content of an item that names another one."""


class _Item(msgspec.Struct, frozen=True, gc=False):
    """An entry of the extract or one of its parts, with what is asked of it again and again."""

    entry: ExtractedEntry
    item: ExtractedEntry | ExtractedPart
    position: int
    key: Key
    name: str
    """The key as links write it."""
    digest: str
    identifier: str
    may_link: bool
    """Whether its details may name another one."""


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
        self.extract, self.now, self.clock = extract, now, clock
        self.patient_id = patient.pk
        self.held: dict[Key, Entry] = {key_of(entry): entry for entry in held}
        self.ids = self._held_ids()
        self.items = list(self._items())
        self.known: dict[Key, Entry] = {}
        self.index = Indexing()

    def build(self, is_left_out: Callable[[Entry], bool]) -> list[NewRow]:
        """Every row of the extract in its order, entries followed by their parts; not yet saved.

        `is_left_out` says of a row that is held whether it is gone if it is not among them.
        """
        self.known = self._recognised(is_left_out) if self.held else {}
        for item in self.items:
            known = self.known.get(item.key)
            self.ids[item.name] = known.id if known else uuid.uuid4()
        return list(self._rows())

    def _held_ids(self) -> dict[str, uuid.UUID]:
        """What is held of the same sources: a link to it stays though this extract leaves it out."""
        systems = {entry.source_system for entry in self.extract.entries}
        return {f"{key[1]}/{key[2]}": row.id for key, row in self.held.items() if key[0] in systems}

    def _items(self) -> Iterator[_Item]:
        for entry in self.extract.entries:
            yield self._item(entry, entry, 0)
            for position, part in enumerate(entry.parts, start=1):
                yield self._item(entry, part, position)

    def _item(
        self, entry: ExtractedEntry, item: ExtractedEntry | ExtractedPart, position: int
    ) -> _Item:
        content, name = content_of(item, position), str(item.key)
        return _Item(
            entry, item, position, extracted_key(entry, item), name,
            digest=hashlib.sha256(content).hexdigest(),
            identifier=self.extract.identifiers.get(name, ""), may_link=LINK in content,
        )  # fmt: skip

    def _recognised(self, is_left_out: Callable[[Entry], bool]) -> dict[Key, Entry]:
        items = {each.key: each for each in self.items}
        sent = {key: _sent(each) for key, each in items.items()}
        held = list(self.held.values())
        return recognise(
            sent, held, lambda key: words_sent(items[key].entry, items[key].item), is_left_out
        )

    def _rows(self) -> Iterator[NewRow]:
        place = 0
        for item in self.items:
            if item.item is item.entry:
                root, place = self._root(item, place), place + 1
                yield root
            else:
                yield self._part(root, item)

    def _root(self, item: _Item, place: int) -> NewRow:
        row, entry = self._row(item, place), item.entry
        row.recorded_at = self._believed(entry.recorded_at)
        row.recorded_from = RecordedFrom.SOURCE if row.recorded_at else RecordedFrom.UNKNOWN
        row.released = not entry.unreleased_because
        row.unreleased_because = entry.unreleased_because
        return row

    def _believed(self, recorded_at: datetime | None) -> datetime | None:
        """A time that has been; one to come is a fault, and would open what is old (R1.3)."""
        return recorded_at if recorded_at and recorded_at <= self.clock + ONE_DAY else None

    def _part(self, root: NewRow, item: _Item) -> NewRow:
        row, part = self._row(item, item.position), item.item
        row.root_id = root.id
        row.dated_apart = is_dated_apart(part.kind, part.effective, item.entry.effective)
        row.repeats_id = row.repeats_id or root.repeats_id
        row.level_needed = _higher(part.level_needed, root.level_needed)
        row.recorded_at, row.recorded_from = root.recorded_at, root.recorded_from
        row.released, row.unreleased_because = root.released, root.unreleased_because
        if isinstance(part, ExtractedPart) and part.withheld and row.released:
            row.released, row.unreleased_because = False, "source-withheld"
        return row

    def _row(self, given: _Item, position: int) -> NewRow:
        known, item, when = self.known.get(given.key), given.item, given.item.effective
        return NewRow(
            patient_id=self.patient_id, id=self.ids[given.name], position=position,
            section=given.entry.section, kind=item.kind, title=item.title,
            effective_on=when.on, effective_time=when.at, effective_precision=when.precision,
            origin=given.entry.origin, level_needed=item.level_needed,
            repeats_id=self.ids.get(str(item.repeats)) if item.repeats else None,
            details=self._linked(item.details) if given.may_link else item.details,
            free_text=item.free_text or None,
            flagged=is_flagged(item.details), test_name=test_name(item.kind, item.title),
            source_system=given.key[0], source_type=given.key[1], source_id=given.key[2],
            source_identifier=given.identifier,
            content_hash=given.digest, added_at=known.added_at if known else self.now,
            readable_since=known.readable_since if known else None,
            changed_at=self.now,
            search_words=self.index.words_of(item.title, item.details, when.on, when.precision),
            search_text=self.index.words_typed(item.free_text),
        )  # fmt: skip

    def _linked(self, value: Any) -> Any:
        """The value with `{"ref": key}` replaced by `{"entry": id}`; what points at nothing is left out."""
        if isinstance(value, str):  # nearly all are
            return value
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


def _sent(given: _Item) -> Sent:
    when = given.item.effective
    return Sent(
        given.digest, given.identifier, is_part=given.item is not given.entry,
        called=(plain(given.item.title), when.on, when.at, when.precision),
    )  # fmt: skip


@cache
def _higher(one: str, other: str) -> str:
    """The higher of two levels."""
    return str(Level(one).or_above(Level(other)))


def extracted_key(entry: ExtractedEntry, item: ExtractedEntry | ExtractedPart) -> Key:
    """The key of an entry of an extract, or of one of its parts."""
    return entry.source_system, item.key.resource, item.key.id


def content_of(item: ExtractedEntry | ExtractedPart, position: int) -> bytes:
    """All that a row holds but its key, in one form: equal when nothing changed."""
    whole = asdict(item)
    del whole["key"]
    if isinstance(item, ExtractedPart):  # among entries the place in the file means nothing
        whole["position"] = position
    else:
        del whole["parts"]
        whole["documents"] = [_told(document) for document in digested(item).documents]
    return msgspec.json.encode(whole, order="sorted")


def _told(document: ExtractedDocument) -> dict[str, Any]:
    """An attachment; one without content as it was told before contents came along."""
    told = asdict(document)
    if document.file is None:
        del told["file"]
    return told

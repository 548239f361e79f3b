"""When a row was recorded where the source does not say, and when a reader found it otherwise than before (R1.3, R1.5)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from records.importing.extract import Extract
from records.importing.namesakes import Namesakes
from records.importing.new_row import NewRow
from records.importing.own_words import own_words
from records.importing.recognising import Key, are_named_apart, key_of, may_be
from records.importing.unread import Reading, keep_with_entries
from records.models import Entry, RecordedFrom

SEEN = (
    "title",
    "effective_on",
    "effective_time",
    "effective_precision",
    "section",
    "kind",
    "flagged",
)


class Dating:
    """The dates of the rows of one extract, beside those that are held already.

    `covered_before` are the sections that earlier extracts covered, `now` is when this one comes.
    """

    def __init__(
        self,
        extract: Extract,
        held: Mapping[Key, Entry],
        covered_before: set[str],
        reading: Reading,
        now: datetime,
    ) -> None:
        self._extract, self._held, self._now = extract, held, now
        self._by_id = {row.id: row for row in held.values()}
        self._covered_before, self._reading = covered_before, reading

    def newcomers(self, rows: list[NewRow], namesakes: Namesakes) -> None:
        """Date what the source does not: the extract's own time, for entries new to a section held before.

        On the first load it stays unknown, and so historical (R1.3). Parts follow their entry.
        """
        roots: dict[UUID, NewRow] = {}
        for row in rows:
            if row.root_id:
                row.recorded_at = roots[row.root_id].recorded_at
                row.recorded_from = roots[row.root_id].recorded_from
                continue
            roots[row.id] = row
            if row.recorded_at is None:
                self._date_newcomer(row, namesakes)

    def _date_newcomer(self, row: NewRow, namesakes: Namesakes) -> None:
        known = self._by_id.get(row.id)
        if known and known.is_misloaded:
            known = None  # as if it came for the first time: what is undone counts for nothing
        if known and known.recorded_from == RecordedFrom.EXTRACT:
            row.recorded_at, row.recorded_from = known.recorded_at, known.recorded_from
        elif known or row.section not in self._covered_before:
            return
        elif not self._is_old(row) and not namesakes.of(row):
            row.recorded_at = self._extract.extracted_at or self._now
            row.recorded_from = RecordedFrom.EXTRACT

    def _is_old(self, row: NewRow) -> bool:
        """Whether a new row has the id of one that it may be, under other words: its date is as unknown (R1.3)."""
        was = self._held.get(key_of(row))
        return was is not None and was.id != row.id and may_be(row, was)

    def changes(self, rows: list[NewRow]) -> None:
        """Say of each row when what a reader sees of it changed: a link to another row is not its own words.

        What is released only now comes to its readers now, though it was held before.
        """
        others = self._named_otherwise(rows)
        for row in rows:
            known = self._by_id.get(row.id)
            if known is None:
                continue
            if known.released < row.released:
                row.added_at, row.readable_since = self._now, None
            elif known.withdrawn_at:  # what was read stays read, though it was gone for a while
                row.added_at = self._now
                is_same = known.content_hash == row.content_hash and self._reading.had(known)
                row.readable_since = known.held_since if is_same else None
            coded = any(getattr(known, name) != getattr(row, name) for name in SEEN)
            coded = coded or own_words(known.details) != own_words(row.details)
            row.words_changed_at = self._now if coded else known.words_changed_at
            text = known.free_text != row.free_text
            row.text_changed_at = self._now if text else known.text_changed_at
            is_other = (coded or text) and bool({row.id, row.root_id} & others)
            if is_other or self._reading.opens_by(known, row):
                row.readable_since = self._now
        keep_with_entries(rows, self._by_id)

    def _named_otherwise(self, rows: list[NewRow]) -> set[UUID | None]:
        """Rows under an id that the source has given to something else: with other words nobody has read it (R1.5)."""
        return {
            row.id
            for row in rows
            if (known := self._by_id.get(row.id))
            and are_named_apart(known.source_identifier, row.source_identifier)
        }

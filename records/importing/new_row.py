"""What an extract makes of one row, before it is stored: a model instance of each takes ten times the room and time."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec

from records.models import Entry, RecordedFrom


class NewRow(msgspec.Struct, kw_only=True, gc=False):
    """The columns of `Entry`, each under the same name; `tests/records/importing/test_new_row.py` holds them equal."""

    patient_id: UUID
    id: UUID
    root_id: UUID | None = None
    repeats_id: UUID | None = None
    position: int = 0
    section: str
    kind: str
    title: str
    effective_on: date | None = None
    effective_time: time | None = None
    effective_precision: str = "unknown"
    recorded_at: datetime | None = None
    recorded_from: str = RecordedFrom.UNKNOWN
    origin: str = "native"
    level_needed: str
    details: dict[str, Any]
    """Shared with the extract that it came from, and with nothing that may be changed in place."""
    free_text: dict[str, Any] | None = None
    released: bool = True
    unreleased_because: str = ""
    source_system: str
    source_type: str
    source_id: str
    source_identifier: str = ""
    content_hash: str
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""
    added_at: datetime
    readable_since: datetime | None = None
    changed_at: datetime
    words_changed_at: datetime | None = None
    text_changed_at: datetime | None = None
    flagged: bool = False
    test_name: str | None = None
    dated_apart: bool | None = None
    search_words: list[str] | None = None
    search_text: list[str] | None = None

    @property
    def held_since(self) -> datetime:
        """Since when staff could read it before older entries opened, as of a row that is held (R1.5)."""
        return self.readable_since or self.added_at


AnyRow = Entry | NewRow

__all__ = ["AnyRow", "NewRow"]

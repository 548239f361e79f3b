"""An entry as one line of a long list: its content is not unpacked, so that a broken one breaks no list."""

from typing import NamedTuple
from uuid import UUID

from records.content import PartialDate
from records.models.entry import Row
from records.titles import title_of
from surgeries.terms import Section


class Listed(NamedTuple):
    """What such a line shows; of a sealed entry there is no more to show than this (R5.5)."""

    page_id: UUID
    title: str
    section: Section
    when: PartialDate
    is_sealed: bool
    whole: "Listed | None" = None
    """The entry in which it was recorded, where the line is of a part."""


def when_of(row: Row) -> PartialDate:
    """The clinical date of a row (R1.1)."""
    return PartialDate(row.effective_on, row.effective_time, row.effective_precision)


def listed(row: Row) -> Listed:
    """The line of a row."""
    return Listed(
        row.root_id or row.id, title_of(row), Section(row.section), when_of(row), row.is_sealed
    )

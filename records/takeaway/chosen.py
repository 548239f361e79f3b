"""Which part of what a viewer may read goes into a copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from records.models import Entry, Precision, Takeaway
from records.models.entry import EntryQuerySet
from records.sealing import is_sealed
from records.sections import in_reading_order
from records.visibility import RecordAccess
from surgeries.terms import Section


class Place(NamedTuple):
    """An entry of a copy: its section, its group inside it as `records.sections.GROUPS` has them, its id."""

    section: Section
    group: int
    id: UUID


@dataclass(frozen=True)
class Chosen:
    """The sections and days that somebody chose; None for no limit.

    What has no known date is in every copy: nobody could say that it does not belong there (R6.7).
    """

    sections: tuple[Section, ...]
    from_on: date | None = None
    to_on: date | None = None

    def within(self, rows: EntryQuerySet) -> EntryQuerySet:
        """Those rows whose date, as precise as it is, may lie in the days that were chosen."""
        if self.from_on:
            first = self.from_on
            rows = rows.filter(
                Q(effective_on=None)
                | Q(effective_precision=Precision.UNKNOWN)
                | Q(effective_on__gte=first)
                | Q(effective_on__gte=first.replace(day=1), effective_precision=Precision.MONTH)
                | Q(
                    effective_on__gte=first.replace(month=1, day=1),
                    effective_precision=Precision.YEAR,
                )
            )
        if self.to_on:
            unknown = Q(effective_on=None) | Q(effective_precision=Precision.UNKNOWN)
            rows = rows.filter(unknown | Q(effective_on__lte=self.to_on))
        return rows


def chosen_in(copy: Takeaway) -> Chosen:
    """What somebody chose for a copy, in the order of the record."""
    return Chosen(
        tuple(each for each in Section if each in copy.sections), copy.from_on, copy.to_on
    )


def places(access: RecordAccess, chosen: Chosen) -> list[Place]:
    """Every entry of a copy in the order of its pages; what was not opened yet is left out (R5.5)."""
    found = []
    for section in chosen.sections:
        rows = chosen.within(in_reading_order(access, section)).exclude(is_sealed(access))
        found += [
            Place(section, place // 10, entry) for entry, place in rows.values_list("id", "place")  # type: ignore[misc]  # annotated there
        ]
    return found


def count_sealed(access: RecordAccess, chosen: Chosen) -> int:
    """How many results the viewer has not opened yet; a report counts once (R5.5)."""
    rows = Entry.objects.visible_to(access).filter(section__in=chosen.sections)
    to_open = rows.filter(Q(root_id=None) | ~Q(section=Section.TEST_RESULTS))
    return chosen.within(to_open).filter(is_sealed(access)).count()


def in_chunks[T](found: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Some at a time."""
    return (found[start : start + size] for start in range(0, len(found), size))

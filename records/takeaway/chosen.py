"""Which part of what a viewer may read goes into a copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from records.models import Entry, Precision, Takeaway
from records.models.entry import EntryQuerySet
from records.own_dates import may_lie_between
from records.results import measured_outside
from records.sealing import is_sealed
from records.sections import in_reading_order
from records.visibility import RecordAccess
from surgeries.terms import Section


class Place(NamedTuple):
    """An entry of a copy: its section, its group inside it as `records.section_groups.GROUPS` has them, its id."""

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
        return rows.filter(self._fits()) if self.has_days else rows

    def within_or_around(self, access: RecordAccess, rows: EntryQuerySet) -> EntryQuerySet:
        """Those entries, and those of other days in which something of these days was recorded (R1.1)."""
        if not self.has_days:
            return rows
        parts = Entry.objects.visible_to(access).filter(
            may_lie_between(self.from_on, self.to_on), dated_apart=True
        )
        around = set(parts.values_list("root_id", flat=True))
        return rows.filter(self._fits() | Q(id__in=around)) if around else self.within(rows)

    @property
    def has_days(self) -> bool:
        """Whether days were chosen at all."""
        return bool(self.from_on or self.to_on)

    def _fits(self) -> Q:
        unknown = Q(effective_on=None) | Q(effective_precision=Precision.UNKNOWN)
        return unknown | may_lie_between(self.from_on, self.to_on)


def chosen_in(copy: Takeaway) -> Chosen:
    """What somebody chose for a copy, in the order of the record."""
    return Chosen(
        tuple(each for each in Section if each in copy.sections), copy.from_on, copy.to_on
    )


def places(access: RecordAccess, chosen: Chosen) -> list[Place]:
    """Every entry of a copy in the order of its pages; what was not opened yet is left out (R5.5)."""
    found = []
    for section in chosen.sections:
        rows = chosen.within_or_around(access, in_reading_order(access, section))
        rows = rows.exclude(is_sealed(access))
        found += [
            Place(section, place // 10, entry)
            for entry, place in rows.values_list("id", "place")  # type: ignore[misc]  # annotated there
        ]
    return found


def measured_places(access: RecordAccess, chosen: Chosen) -> list[UUID]:
    """Every test report of a table, and all that was measured outside of one, the newest first; none that is sealed."""
    whole = Entry.objects.visible_to(access).entries().in_section(Section.TEST_RESULTS)
    reports = chosen.within_or_around(access, whole.newest_first())
    found = [
        row
        for rows in (reports, chosen.within(measured_outside(access).newest_first()))
        for row in rows.exclude(is_sealed(access)).values_list("id", "root_id", "effective_on")
    ]
    undated = {root for _, root, day in found if root and not day}
    visits = Entry.objects.visible_to(access).filter(id__in=undated)
    days: dict[UUID | None, date | None] = dict(visits.values_list("id", "effective_on"))
    # in their order where days are equal
    found.sort(key=lambda row: row[2] or days.get(row[1]) or date.min, reverse=True)
    return [id for id, *_ in found]


def count_sealed(access: RecordAccess, chosen: Chosen) -> int:
    """How many results the viewer has not opened yet; a report counts once (R5.5)."""
    rows = Entry.objects.visible_to(access).filter(section__in=chosen.sections)
    to_open = rows.filter(Q(root_id=None) | ~Q(section=Section.TEST_RESULTS))
    return chosen.within(to_open).filter(is_sealed(access)).count()


def in_chunks[T](found: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Some at a time."""
    return (found[start : start + size] for start in range(0, len(found), size))

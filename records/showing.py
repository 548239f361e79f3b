"""Entries made ready to be read: content and words unpacked once, values and links as the source gave them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from audit.kept import Kept, Named, columns_of, made, named
from records.content import (
    Measurement,
    Observation,
    PartialDate,
    Quantity,
    ReferenceRange,
)
from records.models import Document, Entry
from records.models.entry import EntryQuerySet, Row
from records.own_dates import says_more
from records.papers.held import with_papers
from records.statements import Statement, among
from records.titles import title_of
from records.visibility import RecordAccess
from surgeries.terms import Section


class Shown:
    """An entry or part as pages show it; what a reader may not see was never loaded into it."""

    def __init__(
        self,
        entry: Entry | Row,
        parts: Sequence["Shown"] = (),
        attachments: Sequence[Document] = (),
        *,
        content: Any = None,
    ) -> None:
        """Unpack the content, empty while it is sealed (R5.5), unless whoever asks has it unpacked.

        Raises msgspec.ValidationError where the content is not what its kind says.
        """
        self.id, self.kind = entry.id, entry.kind
        self.title = title_of(entry)
        self.section, self.is_sealed = entry.section, entry.is_sealed
        self.page_id = entry.root_id or entry.id
        self.content: Any = entry.content if content is None else content
        self.words: Any = entry.words
        self.when = PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)
        self.parts, self.attachments = parts, attachments

    @cached_property
    def readings(self) -> list["Reading"]:
        """What was measured: the value itself and each component, such as the two of a blood pressure.

        Of a heading over results, what the laboratory said of all of them together.
        """
        if not isinstance(self.content, Measurement):
            return []
        return [found for each in measurements(self.content) if (found := reading(each))]

    @property
    def authors(self) -> str:
        """The names of those who wrote it."""
        return ", ".join(filter(None, (author.name for author in self.content.authors)))

    @property
    def in_cells(self) -> "Cells":
        """What a table says of it."""
        readings, words = self.readings, self.words
        values = [(each.title, each.value) for each in readings if each.value]
        if len(readings) == 1:
            ranges, flags = readings[0].ranges, readings[0].flags
        else:
            ranges = [words for each in readings for words in each.ranges]
            flags = [words for each in readings for words in each.flags]
        typed, comment = (self.typed, self.comment) if words else ((), "")
        content = self.content
        how = content if content.body_site or content.method else None
        return Cells(
            self.id, self.page_id, self.title, self.when, content.status == "preliminary", how, bool(readings),
            values[:1], values[1:], "; ".join(ranges), "; ".join(flags), typed, comment,
        )  # fmt: skip

    @property
    def has_number(self) -> bool:
        """Whether a number was measured, so that it can be seen over time."""
        if not isinstance(self.content, Observation):
            return False
        return any(each.value and each.value.number for _, each in measurements(self.content))

    def dated_beside(self, whole: "Shown") -> bool:
        """Whether its date tells more than that of the entry in which it stands (R1.1, R6.7)."""
        return self.id != whole.id and says_more(self.when, whole.when)

    @property
    def typed(self) -> list[str]:
        """Answers that somebody typed; empty below the full level."""
        return getattr(self.words, "values", [])

    @property
    def comment(self) -> str:
        """What was typed beside a result; empty below the full level."""
        return getattr(self.words, "comment", "") or getattr(self.words, "text", "")


class Reading(NamedTuple):
    """One measured value in words, with the laboratory's own ranges and remarks, if it gave any (R6.6)."""

    title: str
    value: str
    ranges: list[str]
    flags: list[str]


class Cells(NamedTuple):
    """A result in a table: the first value if any, and further ones, with their names, all ranges and remarks, and what was typed.

    `how` is the content where it says on which part of the body, or how, it was measured. A template takes all of it at once:
    it looks up a name of an object at the price of writing a cell.
    """

    id: UUID
    page_id: UUID
    title: str
    when: PartialDate
    is_preliminary: bool
    how: Observation | None
    was_measured: bool
    value: list[tuple[str, str]]
    further: list[tuple[str, str]]
    ranges: str
    flags: str
    typed: Sequence[str]
    comment: str


def linked_entries(details: Any) -> Iterator[UUID]:
    """The ids of all entries that a piece of content refers to, however deep."""
    if isinstance(details, dict):
        if isinstance(named := details.get("entry"), str) and named:
            yield UUID(named)
        details = list(details.values())
    if isinstance(details, list):
        for each in details:
            yield from linked_entries(each)


def parts_of(access: RecordAccess, entries: Sequence[Row]) -> dict[UUID | None, list[Shown]]:
    """The visible parts of several entries, in the source's order, by the entry they belong to."""
    return by_whole(PARTS.rows(access, roots=[each.id for each in entries]))


def by_whole(parts: Iterable[Row]) -> dict[UUID | None, list[Shown]]:
    """Parts of several entries, in the source's order, by the entry they belong to."""
    found: dict[UUID | None, list[Shown]] = {}
    for part in map(Shown, parts):
        if is_told(part):
            found.setdefault(part.page_id, []).append(part)
    return {root: in_groups(below) for root, below in found.items()}


def _parts(access: RecordAccess) -> EntryQuerySet:
    parts = Entry.objects.visible_to(access).filter(among("root_id", "roots"))
    return parts.order_by("root_id", "position", "id")


PARTS = Statement(_parts)


def is_told(part: Shown) -> bool:
    """Whether a list names a part: what stands below a sealed report is not even named (R5.5)."""
    return not (part.is_sealed and part.section == Section.TEST_RESULTS)


def in_groups(parts: Sequence[Shown]) -> list[Shown]:
    """The parts of an entry. Of a report: first what is in no group, then each group's heading with what is in it.

    A heading over nothing is left out with its mark: what was below it may be hidden, and the mark be about
    that (R2.3). `sealing` asks the same.
    """
    parts = sorted(parts, key=_newest_issue_first)
    groups = {str(part.id): part for part in parts if part.kind == "result-group"}
    below: dict[str, list[Shown]] = {}
    for part in parts:
        if part.kind != "comment" or part.comment:
            name = _group_of(part)
            below.setdefault(name if name in groups else "", []).append(part)
    return _placed("", below, frozenset())


def _newest_issue_first(part: Shown) -> tuple[bool, int, float]:
    """The prescriptions of a medicine by date, those without one last; all else stays where it was."""
    if part.kind != "issue" or part.when.on is None:
        return part.kind == "issue", 0, 0
    at = part.when.at
    seconds = at.hour * 3600 + at.minute * 60 + at.second if at else 0
    return False, -part.when.on.toordinal(), -seconds


def _placed(name: str, below: Mapping[str, list[Shown]], passed: frozenset[str]) -> list[Shown]:
    """What is below a heading, or below none; a group inside a group ends, though they be in a circle."""
    inside = below.get(name, [])
    found = [part for part in inside if part.kind != "result-group"]
    for part in inside if len(found) < len(inside) else ():
        if part.kind == "result-group" and (inner := str(part.id)) not in passed:
            members = _placed(inner, below, passed | {inner})
            found += [part, *members] if members else []
    return found


def _group_of(part: Shown) -> str:
    link = getattr(part.content, "group", None)
    return link.entry if link else ""


def attachments_of(
    access: RecordAccess, entries: Sequence[Entry | Row]
) -> dict[UUID, list[Document]]:
    """The attachments of documents that may be seen, without those that the source took back (R7.3)."""
    found: dict[UUID, list[Document]] = {}
    held = HELD.ask(patient=access.patient.pk, entries=[each.id for each in entries])
    for document in with_papers(made(Document, values) for values in held):
        found.setdefault(document.entry_id, []).append(document)
    return found


def _held() -> Any:
    is_of_them = RawSQL("records_document.entry_id = any(%s)", [Named("entries")], BooleanField())
    held = Document.objects.filter(is_of_them, patient=named("patient"), withdrawn_at=None)
    return held.order_by("entry_id", "position").values_list(*columns_of(Document))


HELD = Kept(_held)
"""The attachments of some entries that a reader may see."""


def measurements(given: Measurement) -> list[tuple[str, Measurement]]:
    """The measurement's own value, then its components with their names, if it is an observation with any."""
    own: list[tuple[str, Measurement]] = [("", given)]
    if isinstance(given, Observation) and given.components:
        own += [(each.title, each) for each in given.components]
    return own


def reading(named: tuple[str, Measurement]) -> Reading | None:
    """A measurement in words; None where the source gave nothing."""
    title, given = named
    value = given.words
    if given.value:
        value = " ".join(filter(None, (quantity_words(given.value), given.words)))
    if not value and given.absent_because:
        value = f"No value: {given.absent_because}"
    flags = [flag.words or flag.code for flag in given.flags]
    ranges = [words for each in given.ranges if (words := range_words(each))]
    if not (value or flags or ranges):
        return None
    return Reading(title, value, ranges, flags)


def quantity_words(quantity: Quantity, *, unit: bool = True) -> str:
    """A number with comparator and unit as given: "< 41.0 mmol/L"."""
    name = quantity.unit if unit else ""
    if not (quantity.approximate or quantity.comparator):  # as nearly all are
        return f"{quantity.number} {name}" if name and quantity.number else quantity.number or name
    about = "about" if quantity.approximate else ""
    return " ".join(filter(None, (about, quantity.comparator, quantity.number, name)))


def range_words(given: ReferenceRange) -> str:
    """A reference range as the laboratory gave it; a missing limit is never made up (R6.6)."""
    words = [given.text, _limits(given.low, given.high)]
    told = "; ".join(filter(None, words))
    return f"{told} ({given.applies_to})" if told and given.applies_to else told


def _limits(low: Quantity | None, high: Quantity | None) -> str:
    if low and high:
        same = low.unit == high.unit
        return f"{quantity_words(low, unit=not same)} to {quantity_words(high)}"
    if low:
        return f"from {quantity_words(low)}"
    return f"up to {quantity_words(high)}" if high else ""


Broken = (msgspec.ValidationError, KeyError, TypeError, ValueError)
"""What goes wrong when stored content is not what its kind says."""

"""What an extract would change, entry by entry, in words: for whoever tries it out before loading it (R7.3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from nhsuk.wording import partial_date_words
from records.content import PartialDate
from records.importing.counting import Stored
from records.importing.new_row import AnyRow, NewRow
from records.models import Entry

COLUMNS = {
    "title": "title",
    "section": "section",
    "kind": "kind",
    "level_needed": "level",
    "origin": "origin",
    "recorded_at": "recorded",
    "unreleased_because": "not shown because",
    "withdrawn_at": "withdrawn",
    "source_id": "id in the source",
}
"""The columns of which a change is told, in words; what a row says is told by the names of its content."""
LONGEST = 80
SIGNS = {"added": "+", "updated": "~", "withdrawn": "-"}


class FieldChange(msgspec.Struct, frozen=True):
    """One thing that an entry says otherwise; None for nothing."""

    field: str
    before: Any
    after: Any


class Difference(msgspec.Struct, frozen=True):
    """One entry, or part of one, that is added, updated or withdrawn."""

    change: str
    section: str
    source: str
    title: str
    when: str
    not_shown: str
    fields: list[FieldChange]
    parts: list["Difference"] = []


def differences(stored: Stored) -> list[Difference]:
    """Every entry that an extract adds, updates or withdraws, in the order of the extract, what is gone last."""
    return _Comparing(stored).all()


class _Comparing:
    """The rows of an extract beside those that are held."""

    def __init__(self, stored: Stored) -> None:
        self.held = stored.held
        self.rows, self.gone = stored.rows, stored.gone
        self.parts: dict[UUID, list[Difference]] = defaultdict(list)
        known: list[AnyRow] = [*self.held.values(), *self.rows]
        titles = {row.id: row.title for row in known}
        self.titles = {str(row_id): title for row_id, title in titles.items()}

    def all(self) -> list[Difference]:
        """Parts first, since they are told with their entry."""
        for row in self.rows:
            if row.root_id and (found := self._found(row)):
                self.parts[row.root_id].append(found)
        for left in self.gone:
            if left.root_id:
                self.parts[left.root_id].append(_of(left, "withdrawn", []))
        told = [found for row in self.rows if not row.root_id and (found := self._found(row))]
        return told + [
            _of(row, "withdrawn", self.parts[row.id]) for row in self.gone if not row.root_id
        ]

    def _found(self, row: NewRow) -> Difference | None:
        known, parts = self.held.get(row.id), self.parts.get(row.id, [])
        if known is None:
            return _of(row, "added", parts)
        fields = list(self._fields(known, row))
        return _of(row, "updated", parts, fields) if fields or parts else None

    def _fields(self, known: Entry, row: NewRow) -> Iterator[FieldChange]:
        for column, name in COLUMNS.items():
            before, after = getattr(known, column) or None, getattr(row, column) or None
            if before != after:
                yield FieldChange(name, before, after)
        if known.root_id != row.root_id:
            yield FieldChange("part of", self._title(known.root_id), self._title(row.root_id))
        if (before := _when(known)) != (after := _when(row)):
            yield FieldChange("date", before, after)
        for before_of, after_of, above in (
            (known.details, row.details, ""),
            (known.free_text or {}, row.free_text or {}, "text."),
        ):
            before_leaves, after_leaves = self._leaves(before_of), self._leaves(after_of)
            for name in sorted(before_leaves.keys() | after_leaves.keys()):
                before, after = before_leaves.get(name), after_leaves.get(name)
                if before != after:
                    yield FieldChange(above + name, before, after)

    def _leaves(self, value: Any) -> dict[str, Any]:
        return dict(_walk(value, "", self.titles))

    def _title(self, row_id: UUID | None) -> str | None:
        return self.titles.get(str(row_id)) if row_id else None


def _walk(value: Any, path: str, titles: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Every value inside, by where it stands; a link to another row by what that is called."""
    if isinstance(value, dict):
        if set(value) == {"entry"}:
            yield path, f"→ {titles.get(value['entry']) or 'another entry'}"
            return
        for name, item in value.items():
            yield from _walk(item, f"{path}.{name}" if path else name, titles)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _walk(item, f"{path}[{number}]", titles)
    elif value is not None:
        yield path, value


def _of(
    row: AnyRow, change: str, parts: list[Difference], fields: Iterable[FieldChange] = ()
) -> Difference:
    source = f"{row.source_type}/{row.source_id}"
    return Difference(
        change, row.section, source, row.title, _when(row), row.unreleased_because, list(fields), parts
    )  # fmt: skip


def _when(row: AnyRow) -> str:
    return str(
        partial_date_words(
            PartialDate(row.effective_on, row.effective_time, row.effective_precision)
        )
    )


def in_lines(found: Iterable[Difference], unchanged: Mapping[str, int]) -> Iterator[str]:
    """The same for people: a heading for each section, a line for each entry, and one for each thing it says otherwise."""
    sections: dict[str, list[Difference]] = {section: [] for section in unchanged}
    for each in found:
        sections.setdefault(each.section, []).append(each)
    for section, told in sections.items():
        if told or unchanged.get(section):
            yield f"  {section}: {unchanged.get(section, 0)} unchanged"
        for each in told:
            yield from _lines(each, "    ")


def _lines(each: Difference, indent: str) -> Iterator[str]:
    hidden = f" [not shown: {each.not_shown}]" if each.not_shown else ""
    yield f"{indent}{SIGNS[each.change]} {_short(each.title) or each.source} ({each.when}){hidden}"
    for field in each.fields:
        yield f"{indent}    {field.field}: {_quoted(field.before)} -> {_quoted(field.after)}"
    for part in each.parts:
        yield from _lines(part, indent + "    ")


def _quoted(value: Any) -> str:
    if value is None:
        return "nothing"
    return f'"{_short(value)}"' if isinstance(value, str) else _short(value)


def _short(value: Any) -> str:
    """Words in one line that no terminal takes for a command, cut where they are long."""
    words = "".join(each if each.isprintable() else " " for each in str(value))
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"

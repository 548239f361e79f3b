"""What an entry holds, whatever its kind, as labels and lines: staff read all of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from nhsuk.wording import partial_date_words
from records.content import Code, EntryLink, PartialDate, Quantity, ReferenceRange
from records.views.desk_held_words import in_words, label_of

Titles = dict[str, str]


def lines_held(entry: Any, titles: Titles) -> list[tuple[str, list[str]]]:
    """Each field of an entry's content and free text that says something, in words (R6.4, R6.8).

    `titles` are those of entries that it refers to, by id.
    """
    rows = []
    for content in (entry.content, entry.words):
        for name in content.__struct_fields__ if content else ():
            said = [
                in_words(content, name, line) for line in spoken(getattr(content, name), titles)
            ]
            if lines := [line for line in said if line]:
                rows.append((label_of(name), lines))
    return rows


def links_held(entry: Any) -> list[UUID]:
    """The ids of other entries and parts that an entry refers to, in its order."""
    return [UUID(link.entry) for link in _links(entry.content) if link.entry]


def spoken(value: Any, titles: Titles) -> list[str]:
    """A value as lines of text; empty where it says nothing."""
    if isinstance(value, list):
        return [line for item in value for line in spoken(item, titles)]
    if isinstance(value, EntryLink):
        return [titles.get(value.entry, "")]
    if isinstance(value, PartialDate):
        return [partial_date_words(value)]
    if isinstance(value, Code):
        return [f"{value.display} ({value.code})" if value.display else value.code]
    if isinstance(value, Quantity):
        return [_amount(value)]
    if isinstance(value, ReferenceRange):
        return [_range(value)]
    if isinstance(value, msgspec.Struct):
        inner = [spoken(getattr(value, name), titles) for name in value.__struct_fields__]
        return [", ".join(line for lines in inner for line in lines if line)]
    if isinstance(value, bool):
        return ["Yes"] if value else []
    return [] if value is None else [str(value)]


def _amount(value: Quantity) -> str:
    about = "about " if value.approximate else ""
    return f"{about}{value.comparator}{value.number} {value.unit}".strip()


def _range(value: ReferenceRange) -> str:
    """The limits as given, of which either may be missing (R6.6)."""
    low, high = (_amount(limit) if limit else "" for limit in (value.low, value.high))
    if low and high:
        limits = f"{low} to {high}"
    else:
        limits = f"from {low}" if low else f"up to {high}" if high else ""
    return ", ".join(words for words in (value.text, limits, value.applies_to) if words)


def _links(value: Any) -> Iterator[EntryLink]:
    if isinstance(value, EntryLink):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _links(item)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _links(getattr(value, name))

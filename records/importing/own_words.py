"""What a row says by itself, without the links that it has to others."""

from typing import Any

import msgspec

from records.importing.extract import ExtractedEntry, ExtractedPart
from records.models import Entry

LINKS = {"entry", "ref", "topics", "related_problems"}
"""What names other rows: `ref` in an extract, `entry` in what is held."""


def own_words(details: Any) -> Any:
    """Coded content without its links to other rows, which may be hidden, or other ids in each extract (R2.3)."""
    if isinstance(details, dict):
        kept = {name: own_words(value) for name, value in details.items() if name not in LINKS}
        return {name: value for name, value in kept.items() if value not in ({}, [])}
    if isinstance(details, list):
        return [kept for value in details if (kept := own_words(value)) not in ({}, [])]
    return details


def words_held(row: Entry) -> str:
    """What a row that is held says by itself: equal to `words_sent` where an extract says the same.

    Empty for a letter, as what it says is in its attachment.
    """
    date = (row.effective_on, row.effective_time, row.effective_precision)
    source = (row.source_system, row.source_type)
    return _told(source, (row.section, row.kind, row.title), date, row.details, row.free_text)


def words_sent(entry: ExtractedEntry, item: ExtractedEntry | ExtractedPart) -> str:
    """What an entry of an extract, or one of its parts, says by itself."""
    date = (item.effective.on, item.effective.at, item.effective.precision)
    source, details = (entry.source_system, item.key.resource), msgspec.to_builtins(item.details)
    return _told(source, (entry.section, item.kind, item.title), date, details, item.free_text)


def _told(
    source: tuple[str, str], name: tuple[str, str, str], date: Any, details: Any, text: Any
) -> str:
    if name[1] == "document":
        return ""
    told = (source, name, date, own_words(details), text or None)
    return msgspec.json.encode(told, order="deterministic").decode()

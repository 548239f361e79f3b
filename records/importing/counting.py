"""What one extract changed, in numbers: of whole entries, by section (R7.3)."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from records.importing.extract import Extract
from records.importing.new_row import NewRow
from records.models import Entry, ImportedExtract
from surgeries.terms import Section


@dataclass
class Stored:
    """What one extract changed: counts per section of whole entries, and of what nobody may see."""

    outcome: str = "loaded"
    sections: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            section.value: dict.fromkeys(
                ["added", "updated", "withdrawn", "unchanged", "withheld"], 0
            )
            for section in Section
        }
    )
    not_shown: Counter[str] = field(default_factory=Counter)
    loaded: ImportedExtract | None = None
    rows: list[NewRow] = field(default_factory=list)
    held: dict[UUID, Entry] = field(default_factory=dict)
    gone: list[Entry] = field(default_factory=list)


def count_again(extract: Extract) -> Stored:
    """The counts of an extract that is held already: all of it is unchanged."""
    stored = Stored(outcome="unchanged")
    for entry in extract.entries:
        count(stored, entry.section, entry.unreleased_because, "unchanged")
    return stored


def count(stored: Stored, section: str, unreleased_because: str, change: str) -> None:
    """Count one entry; what the source withholds is an entry of its section, the rest of R1.10 is not."""
    if unreleased_because and unreleased_because != "source-withheld":
        stored.not_shown[unreleased_because] += 1
        return
    stored.sections[section][change] += 1
    if unreleased_because:
        stored.sections[section]["withheld"] += 1


def count_all(
    stored: Stored,
    rows: list[NewRow],
    *,
    held: Mapping[UUID, Entry],
    changed: Collection[UUID],
    gone: list[Entry],
) -> None:
    """Count whole entries; one is updated when anything below it changed too."""
    touched = {row.root_id for row in rows if row.root_id and row.id in changed}
    touched |= {row.root_id for row in gone if row.root_id}
    before = (held[row_id].root_id for row_id in changed if row_id in held)
    touched |= {root for root in before if root}  # which a part left
    for row in rows:
        if row.root_id is None:
            change = "unchanged"
            if row.id not in held:
                change = "added"
            elif row.id in changed or row.id in touched:
                change = "updated"
            count(stored, row.section, row.unreleased_because, change)
    for left in gone:
        if left.root_id is None and left.released:
            stored.sections[left.section]["withdrawn"] += 1


def nothing() -> dict[str, Any]:
    """The counts of an extract that was refused."""
    return {"sections": Stored().sections, "not_shown": {}}

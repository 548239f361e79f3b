"""Putting the ODS list into the database: surgeries are added and changed, and never deleted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit import log
from surgeries.models import Surgery
from surgeries.ods.rows import ListedSurgery, OtherSite, Unreadable, read_line

LISTED = ["name", "address", "town", "postcode", "phone", "status", "closed_on"]
"""What the list decides about a surgery that does not use the portal."""

STATUS_ONLY = ["status", "closed_on"]
"""What it decides about one that does: the surgery itself keeps its name, address and phone."""

BATCH = 2000


@dataclass
class Loaded:
    """What became of a list: lines read, what was skipped by line number, and what changed."""

    lines: int = 0
    surgeries: dict[str, ListedSurgery] = field(default_factory=dict)
    other_sites: Counter[str] = field(default_factory=Counter)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    kept: int = 0
    not_listed: int = 0

    @property
    def unchanged(self) -> int:
        """Surgeries that were as the list has them."""
        return len(self.surgeries) - self.added - self.changed

    @property
    def statuses(self) -> dict[str, int]:
        """How many surgeries of the list have each status."""
        return dict(Counter(str(one.status) for one in self.surgeries.values()))

    def counts(self) -> dict[str, Any]:
        """The numbers, as the log and `--json` have them."""
        return {
            "lines": self.lines, "surgeries": len(self.surgeries), "added": self.added,
            "changed": self.changed, "unchanged": self.unchanged, "kept": self.kept,
            "not_listed": self.not_listed, "statuses": self.statuses,
            "other_sites": dict(self.other_sites), "skipped": len(self.skipped),
        }  # fmt: skip


def load_list(lines: Iterable[bytes], *, by: UUID | None, now: datetime) -> Loaded:
    """Bring the surgeries in line with `epraccur.csv`; lines that cannot be read are skipped and named.

    All of it happens in one transaction. Running it again with the same list changes nothing.
    """
    loaded = read_list(lines)
    with transaction.atomic():
        _write(loaded)
        log.record("surgeries imported", at=now, actor_id=by, about="ods", details=loaded.counts())
    return loaded


def read_list(lines: Iterable[bytes]) -> Loaded:
    """Read the lines, without the database."""
    loaded = Loaded()
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not line.strip():
            continue
        loaded.lines += 1
        try:
            _take(loaded, seen, number, line)
        except Unreadable as why:
            loaded.skipped.append((number, str(why)))
    return loaded


def _take(loaded: Loaded, seen: dict[str, int], number: int, line: bytes) -> None:
    read = read_line(line)
    if isinstance(read, OtherSite):
        loaded.other_sites[read.setting] += 1
        return
    first = seen.setdefault(read.ods_code, number)
    if first != number:
        raise Unreadable(f"its code is that of line {first} already")
    loaded.surgeries[read.ods_code] = read


def _write(loaded: Loaded) -> None:
    # locked, so that nobody lets a surgery use the portal between this look and the change
    known = {one.ods_code: one for one in Surgery.objects.select_for_update(no_key=True)}
    loaded.not_listed = len(known.keys() - loaded.surgeries.keys())
    added, changed, status_changed = [], [], []
    for code, listed in loaded.surgeries.items():
        surgery = known.get(code)
        if surgery is None:
            added.append(Surgery(**asdict(listed)))
        elif surgery.uses_portal:
            loaded.kept += _differs(
                surgery, listed, ["name", "address", "town", "postcode", "phone"]
            )
            if _differs(surgery, listed, STATUS_ONLY):
                status_changed.append(_brought_in_line(surgery, listed, STATUS_ONLY))
        elif _differs(surgery, listed, LISTED):
            changed.append(_brought_in_line(surgery, listed, LISTED))
    loaded.added, loaded.changed = len(added), len(changed) + len(status_changed)
    Surgery.objects.bulk_create(added, batch_size=BATCH)
    _update(changed, LISTED)
    _update(status_changed, STATUS_ONLY)


def _differs(surgery: Surgery, listed: ListedSurgery, fields: list[str]) -> bool:
    return any(getattr(surgery, name) != getattr(listed, name) for name in fields)


def _brought_in_line(surgery: Surgery, listed: ListedSurgery, fields: list[str]) -> Surgery:
    for name in fields:
        setattr(surgery, name, getattr(listed, name))
    return surgery


def _update(surgeries: list[Surgery], fields: list[str]) -> None:
    """Write whole rows again, which PostgreSQL does far faster than an UPDATE with thousands of cases."""
    Surgery.objects.bulk_create(
        surgeries, batch_size=BATCH, update_conflicts=True,
        unique_fields=["ods_code"], update_fields=fields,
    )  # fmt: skip

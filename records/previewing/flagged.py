"""Which of the entries that a decision would open are worth reading first, and why (R8.6)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.staff import StaffAccess
from records.models import Document, Entry
from records.previewing.reveals import Revealed, RevealedRow
from records.sensitive.flagging import Flag, Told, flags_of, may_be_flagged
from records.sensitive.people import People, people_of

MANY = 300
"""Rows from which on the whole record is looked through at once rather than these rows picked out."""
MOST_KEPT = 200_000
CLEAR: set[tuple[object, ...]] = set()
"""What no rule flagged before in this process: ids and digests, no words. A row that changes has another digest."""


def flags_revealed(access: StaffAccess, revealed: Revealed) -> dict[UUID, list[Flag]]:
    """The flags of each entry that has any, in the order of `revealed`: of what opens, not of what was open."""
    people = people_of(access.patient)
    names = people.known_by
    rows = {
        row.id: row
        for entry in revealed.values()
        for row in entry.rows
        if _key(row, names) not in CLEAR
    }
    if not rows:
        return {}
    suspects = [told for told in _suspects(access, rows, people) if flags_of([told], people)]
    found = flags_of(suspects, people)
    flagged = {told.id for told in suspects}
    _keep_clear(_key(row, names) for row in rows.values() if row.id not in flagged)
    return {entry_id: found[entry_id] for entry_id in revealed if entry_id in found}


def _key(row: RevealedRow, names: str) -> tuple[object, ...]:
    return row.id, row.content_hash, row.is_new, row.opens_text, names


def _keep_clear(keys: Iterable[tuple[object, ...]]) -> None:
    if len(CLEAR) > MOST_KEPT:
        CLEAR.clear()
    CLEAR.update(keys)


def _suspects(access: StaffAccess, rows: dict[UUID, RevealedRow], people: People) -> Iterator[Told]:
    """The rows that a rule might fit: only of these is the content unpacked."""
    held = Entry.objects.seen_by_staff(access).filter(withdrawn_at=None)
    if len(rows) <= MANY:
        held = held.filter(id__in=list(rows))
    written = held.annotate(
        written=Cast("details", TextField()), typed=Cast("free_text", TextField())
    )
    attached = _attached(access)
    for id_, root_id, kind, title, details, text in written.order_by(
        "root_id", "position", "id"
    ).values_list("id", "root_id", "kind", "title", "written", "typed"):
        opened = rows.get(id_)
        if opened is None:
            continue
        text = text if opened.opens_text else None
        title, details = (title, details) if opened.is_new else ("", "{}")
        names = attached.get(id_, []) if opened.is_new else []
        if may_be_flagged(" ".join([title, *names]), details, text, people):
            content = json.loads(details), json.loads(text) if text else None
            yield Told(id_, root_id, kind, title, *content, attached=tuple(names))


def _attached(access: StaffAccess) -> dict[UUID, list[str]]:
    """The titles of attachments, by entry."""
    found = defaultdict(list)
    documents = Document.objects.filter(patient=access.patient).order_by("position")
    for entry_id, title in documents.values_list("entry_id", "title"):
        found[entry_id].append(title)
    return found

"""Which of the entries that a decision would open are worth reading first, and why (R8.6)."""

import json
from collections import defaultdict
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from accounts.staff import StaffAccess
from records.models import Document, Entry
from records.previewing.reveals import Revealed, RevealedRow
from records.sensitive.flagging import Flag, Told, flags_of, may_be_flagged
from records.sensitive.people import People, people_of

MANY = 50
"""Entries from which on the whole record is read at once rather than one after another."""


def flags_revealed(access: StaffAccess, revealed: Revealed) -> dict[UUID, list[Flag]]:
    """The flags of each entry that has any, in the order of `revealed`: of what opens, not of what was open."""
    people = people_of(access.patient)
    rows = {row.id: row for entry in revealed.values() for row in entry.rows}
    found = flags_of(_suspects(access, revealed, rows, people), people)
    return {entry_id: found[entry_id] for entry_id in revealed if entry_id in found}


def _suspects(
    access: StaffAccess, revealed: Revealed, rows: dict[UUID, RevealedRow], people: People
) -> list[Told]:
    """The rows that a rule might fit: only of these is the content unpacked."""
    held = Entry.objects.seen_by_staff(access).filter(withdrawn_at=None)
    if len(revealed) <= MANY:
        held = held.filter(Q(id__in=list(revealed)) | Q(root_id__in=list(revealed)))
    written = held.annotate(
        written=Cast("details", TextField()), typed=Cast("free_text", TextField())
    )
    attached = _attached(access)
    suspects = []
    for id_, root_id, kind, title, details, text in written.values_list(
        "id", "root_id", "kind", "title", "written", "typed"
    ):
        opened = rows.get(id_)
        if opened is None:
            continue
        text = text if opened.opens_text else None
        title, details = (title, details) if opened.is_new else ("", "{}")
        names = attached.get(id_, ()) if opened.is_new else ()
        if may_be_flagged(" ".join([title, *names]), details, text, people):
            content = json.loads(details), json.loads(text) if text else None
            suspects.append(Told(id_, root_id, kind, title, *content, attached=tuple(names)))
    return suspects


def _attached(access: StaffAccess) -> dict[UUID, list[str]]:
    """The titles of attachments, by entry."""
    found = defaultdict(list)
    documents = Document.objects.filter(patient=access.patient).order_by("position")
    for entry_id, title in documents.values_list("entry_id", "title"):
        found[entry_id].append(title)
    return found

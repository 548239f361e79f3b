"""Which attachment somebody may have: of an entry that they may read, and never what is withheld (R2.4, R6.9)."""

from typing import NamedTuple
from uuid import UUID

from accounts.staff import StaffAccess
from records.entry_pages import find_entry
from records.models import Document, Entry, Paper
from records.papers.held import with_papers
from records.papers.kinds import Handling
from records.showing import attachments_of
from records.titles import title_of
from records.visibility import RecordAccess


class Found(NamedTuple):
    """An attachment that somebody may have: its content and kind by it, what may be done with it, and what it is called."""

    paper: Paper
    handling: Handling
    entry_id: UUID
    title: str


def find_attachment(access: RecordAccess, entry_id: UUID, position: int) -> Found | None:
    """An attachment of an entry that this viewer may read; None, for whatever reason, where there is none to have.

    The entry comes through the one filter, so that level, scope, date and hiding hold as on its page (R1.7, R2.3).
    """
    entry = find_entry(access, entry_id)
    if entry is None or entry.is_sealed or entry.kind != "document":
        return None
    return _having(entry, attachments_of(access, [entry]).get(entry.id, []), position)


def find_attachment_for_staff(access: StaffAccess, entry_id: UUID, position: int) -> Found | None:
    """The same for staff of the surgery, who read what is hidden too; not what the source withholds or took back."""
    held = Entry.objects.seen_by_staff(access).filter(kind="document", withdrawn_at=None)
    entry = held.filter(id=entry_id).first()
    if entry is None:
        return None
    documents = attachments_held(access, entry_id)
    return _having(entry, [each for each in documents if each.withdrawn_at is None], position)


def attachments_held(access: StaffAccess, entry_id: UUID) -> list[Document]:
    """All that is held of a document's attachments, for staff, in the source's order."""
    documents = Document.objects.filter(patient=access.patient, entry_id=entry_id)
    return with_papers(documents.order_by("position"))


def _having(entry: Entry, attachments: list[Document], position: int) -> Found | None:
    for each in attachments:
        handling = each.handling
        if each.position == position and each.paper and handling not in (None, Handling.ASK):
            return Found(each.paper, handling, entry.id, each.title or title_of(entry))
    return None


__all__ = ["Found", "attachments_held", "find_attachment", "find_attachment_for_staff"]

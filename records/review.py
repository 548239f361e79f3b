"""Hiding entries from people, and showing them again (R2.1, R2.2)."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from records.models import Entry, Redaction


def hide(
    entry: Entry,
    *,
    by: StaffAccess,
    now: datetime,
    reason: str,
    audience: str = Redaction.Audience.EVERYONE,
    proxy_id: UUID | None = None,
) -> Redaction:
    """Hide a whole entry; raises ValidationError where the reason or the proxy is missing.

    A part is never hidden alone: naming one hides the entry that it belongs to (R2.1).
    """
    with rows_of(by.patient.pk):
        redaction = Redaction(
            patient=by.patient, entry_id=entry.root_id or entry.id, audience=audience,
            proxy_id=proxy_id, reason=reason.strip(), hidden_by_id=by.viewer.pk, hidden_at=now,
        )  # fmt: skip
        redaction.full_clean()
        redaction.save(force_insert=True)
        _log("entry hidden", redaction, by=by, now=now)
    return redaction


def held_entry(by: StaffAccess, *, resource: str, source_id: str) -> Entry:
    """The row that came from one resource of the source, for staff; raises Entry.DoesNotExist."""
    with rows_of(by.patient.pk):
        return Entry.objects.seen_by_staff(by).get(source_type=resource, source_id=source_id)


def unhide(redaction: Redaction, *, by: StaffAccess, now: datetime) -> None:
    """Undo one hiding; it stays on file with who undid it. Undoing it twice does nothing."""
    with rows_of(by.patient.pk):
        undone = Redaction.objects.filter(
            patient=by.patient, id=redaction.id, undone_at=None
        ).update(undone_at=now, undone_by_id=by.viewer.pk)
        if undone:
            _log("entry shown again", redaction, by=by, now=now)


def hidden_entries(by: StaffAccess) -> dict[UUID, list[Redaction]]:
    """The hidings in force for a patient, by entry: for staff, who see what is hidden and from whom."""
    found = defaultdict(list)
    for redaction in Redaction.objects.filter(patient=by.patient, undone_at=None):
        found[redaction.entry_id].append(redaction)
    return dict(found)


def _log(action: str, redaction: Redaction, *, by: StaffAccess, now: datetime) -> None:
    log.record(
        action, at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk, duty=by.duty,
        about=f"entry {redaction.entry_id}",
        details={"redaction": str(redaction.id), "audience": redaction.audience},
    )  # fmt: skip

"""Opening the attachments of a record at the surgery's desk."""

from django.views.decorators.http import require_safe

from accounts.models import Duty
from records.doors import opens_for_staff
from records.papers.finding import find_attachment, find_attachment_for_staff
from records.views.desk_seeing import sees_as
from records.views.papers import sent


@require_safe
@opens_for_staff(needs=Duty.REVIEW_ENTRIES, action="document opened")
def desk_document_of_entry(request, access, entry_id, position):
    """An attachment, for staff who review it."""
    found = find_attachment_for_staff(access, entry_id, position)
    return sent(request, found, access, "staff/document_failed.html")


@sees_as(needs=Duty.REVIEW_ENTRIES)
def as_document_of_entry(request, seen, entry_id, position):
    """An attachment, if that person could open it."""
    found = find_attachment(seen.access, entry_id, position)
    return sent(request, found, seen.staff, "staff/document_failed.html")

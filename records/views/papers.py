"""Opening the attachments of a record."""

import logging

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from records.doors import opens_record
from records.papers.finding import find_attachment
from records.papers.keeping import Unreadable, read
from records.papers.kinds import Handling, kind_of
from records.papers.sending import file_response

logger = logging.getLogger("portal.papers")


@require_safe
@opens_record(action="document opened")
def document_of_entry(request, access, entry_id, position):
    """An attachment of an entry: shown where that is safe, otherwise, or where the reader wants it so, as a file."""
    found = find_attachment(access, entry_id, position)
    return sent(request, found, access, "records/document_failed.html")


def sent(request, found, access, failed):
    """The file that was found, or the page that says honestly that it cannot be had; 404 where there is none."""
    if found is None:
        raise Http404
    try:
        content = read(found.paper)
    except Unreadable as error:
        logger.error("attachment content %s cannot be read: %s", found.paper.id, error)
        context = {"access": access, "entry_id": found.entry_id}
        return render(request, failed, context, status=503)
    kind = kind_of(
        content
    )  # by today's rules, which may be stricter than those of the day when it came
    if kind.handling is Handling.ASK:
        raise Http404
    is_shown = found.handling is Handling.OPEN and request.GET.get("as") != "file"
    return file_response(content, kind, title=found.title, is_shown=is_shown)

"""Copies of a record to take away (R5.6)."""

from django.core.exceptions import ValidationError
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.views.asking import answer, sent
from records.doors import opens_record
from records.models import Takeaway
from records.opening import count_closed
from records.takeaway.asking import ask, delete, fetch
from records.takeaway.forms import CopyForm, kinds_for
from records.takeaway.keeping import copies_kept, end_over, sent_to
from records.takeaway.record_pdf import can_make_pdf
from records.takeaway.told import NOT_INSIDE, not_inside, not_opened


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def copies(request, access):
    """The copies that I have of this record, and asking for another one."""
    form = CopyForm(sent(request), access=access)
    if form.is_valid() and (copy := asked_for(form, access)):
        return redirect("records:copy", access.patient.pk, copy.id)
    now, closed = timezone.now(), count_closed(access)
    context = {
        "access": access,
        "copies": copies_kept(access, now=now),
        "not_inside": {kind.label: NOT_INSIDE[kind] for kind in kinds_for(access)},
        "not_opened": not_opened(closed.number, is_more=closed.is_more),
        "has_pdf": can_make_pdf(),
    }
    return answer(request, "records/copies.html", form, **context)


@require_safe
@opens_record()
def copy_progress(request, access, copy_id):
    """How far a copy is; once it is ready, the way to it."""
    now = timezone.now()
    copy = own_copy(access, copy_id, now=now)
    told = not_inside(copy.kind, 0)
    return render(request, "records/copy.html", {"access": access, "copy": copy, "told": told})


@require_GET
@opens_record()
def copy_file(request, access, copy_id):
    """The copy itself, while it is kept and nothing changed that decides what may be read."""
    now = timezone.now()
    copy = own_copy(access, copy_id, now=now)
    if not fetch(copy, access, now=now):
        return redirect("records:copy", access.patient.pk, copy.id)
    headers = {
        "Content-Disposition": f'attachment; filename="{copy.file_name}"',
        "Content-Length": str(copy.size),
        "X-Content-Type-Options": "nosniff",
    }
    pieces = sent_to(access, copy, clock=timezone.now)
    return StreamingHttpResponse(pieces, content_type=copy.content_type, headers=headers)


@require_POST
@opens_record()
def delete_copy(request, access, copy_id):
    """Delete my copy before its hour is over."""
    now = timezone.now()
    delete(own_copy(access, copy_id, now=now), now=now)
    return redirect("records:copies", access.patient.pk)


def asked_for(form, access):
    """The copy that a form asks for; None, with the reason on the form, where there are too many."""
    try:
        return ask(access, **form.asked, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        return None


def own_copy(access, copy_id, *, now):
    """A copy of this record that this viewer asked for; to anybody else it does not exist."""
    end_over(access.patient.pk, now=now)
    found = Takeaway.objects.filter(patient=access.patient, viewer_id=access.viewer.pk, id=copy_id)
    copy = found.first()
    if copy is None:
        raise Http404
    return copy

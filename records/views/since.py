"""What is new in a record since its reader last looked."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from records.doors import opens_record
from records.since import begin_visit, read_changes, read_lines


@require_safe
@opens_record()
def since(request, access):
    """What is new, changed and no longer there, section by section."""
    looked_at = begin_visit(request.session, access, now=timezone.now())
    changes = read_changes(access, looked_at) if looked_at else None
    lines = read_lines(access, changes) if changes else []
    context = {"access": access, "changes": changes, "sections": lines}
    return render(request, "records/since.html", context)

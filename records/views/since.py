"""What is new in a record since its reader last looked."""

from django.utils import timezone
from django.views.decorators.http import require_safe

from records.doors import opens_record
from records.pages import since_page
from records.since import begin_visit
from records.views.reading import shown


@require_safe
@opens_record()
def since(request, access):
    """What is new, changed and no longer there, section by section."""
    looked_at = begin_visit(request.session, access, now=timezone.now())
    return shown(request, access, since_page(access, looked_at))

"""The pages on which a patient, or someone who acts for them, reads the record."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from records.doors import opens_record
from records.limits import tells_of_older_part, tells_of_summary
from records.models import Entry
from records.sections import State, read_home, read_section
from records.showing import read_entry
from records.since import begin_visit, read_changes
from records.threads import thread_lines


@require_safe
@opens_record()
def home(request, access):
    """The home of a record: allergies and medicines in short, then the way to each section."""
    looked_at = begin_visit(request.session, access, now=timezone.now())
    context = {
        "access": access,
        "home": read_home(access),
        "summary_only": tells_of_summary(access),
        "older_closed": tells_of_older_part(access),
        "changes": read_changes(access, looked_at) if looked_at else None,
    }
    return render(request, "records/home.html", context)


@require_safe
@opens_record()
def section(request, access, section):
    """One section, a page at a time; the door checks that the section is open."""
    group = request.GET.get("group", "")
    page = read_section(access, section, number=page_number(request), group=group)
    if page.number > 1 and page.state is not State.ENTRIES:
        raise Http404
    return render(request, f"records/sections/{section}.html", {"access": access, "page": page})


@require_safe
@opens_record()
def entry(request, access, entry_id):
    """One entry; the id of a part leads to the entry that it belongs to, a sealed one to the page before it."""
    visible = Entry.objects.visible_to(access)
    found = get_object_or_404(visible, id=entry_id)
    if found.is_sealed:
        return redirect("records:before-result", access.patient.pk, found.id)
    if found.root_id:
        whole = get_object_or_404(visible, id=found.root_id)
        return redirect("records:entry", access.patient.pk, whole.id)
    told = thread_lines(access, found.id)
    context = {"access": access, "page": read_entry(access, found), "told": told}
    return render(request, "records/entry.html", context)


def page_number(request):
    """The page that was asked for; whatever is no number means the first."""
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1

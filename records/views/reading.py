"""The pages on which a patient, or someone who acts for them, reads the record."""

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from records.doors import opens_record
from records.pages import Elsewhere, entry_page, home_page, section_page
from records.since import begin_visit


@require_safe
@opens_record()
def home(request, access):
    """The home of a record: allergies and medicines in short, then the way to each section."""
    looked_at = begin_visit(request.session, access, now=timezone.now())
    return shown(request, access, home_page(access, looked_at, today=timezone.localdate()))


@require_safe
@opens_record()
def section(request, access, section):
    """One section, a page at a time; the door checks that the section is open."""
    group = request.GET.get("group", "")
    page = section_page(access, section, number=page_number(request), group=group)
    return shown(request, access, page)


@require_safe
@opens_record()
def entry(request, access, entry_id):
    """One entry; a sealed one leads to the page before it (R5.5)."""
    return shown(request, access, entry_page(access, entry_id))


def shown(request, access, page):
    """A page of the record for its reader, or the way to the one to see instead."""
    if isinstance(page, Elsewhere):
        return redirect(page.route, access.patient.pk, page.entry_id)
    return render(request, page.template, page.context)


def page_number(request):
    """The page that was asked for; whatever is no number means the first."""
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def asks_all(request):
    """Whether all results of a test are asked for, however many there are."""
    return bool(request.GET.get("all"))

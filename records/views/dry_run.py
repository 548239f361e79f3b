"""A patient looks at their record as the person would whom they want to invite, and hides things first (R4.4)."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from records.doors import opens_record
from records.dry_run import DryRun
from records.inviting import hide_first, show_first
from records.pages import (
    Elsewhere,
    before_result_page,
    entry_page,
    home_page,
    names_page,
    over_time_page,
    section_page,
    since_page,
    timeline_page,
)
from records.papers.finding import find_attachment
from records.views.finding import part_of, start_of
from records.views.nominating import nomination_or_404
from records.views.papers import sent
from records.views.reading import asks_all, page_number


@require_safe
@opens_record(own=True, action="record seen before inviting")
def invite_look(request, access, nomination_id):
    """How much of each part the person would see today."""
    run = run_of(access, nomination_id)
    if not run.nomination.is_open:
        return redirect("records:people", access.patient.pk)
    if not run.nomination.scopes:
        return redirect("records:invite-what", access.patient.pk, run.nomination.pk)
    return render(request, "people/invite_look.html", {"access": access, "run": run})


def sees_before(view):
    """Let a view give a page of the record as the person would have it."""

    @require_safe
    @opens_record(own=True, action="record seen before inviting")
    @wraps(view)
    def page(request, access, nomination_id, **rest):
        run = run_of(access, nomination_id)
        if not run.nomination.is_open:  # whoever accepted sees by their own name from then on
            return redirect("records:people", access.patient.pk)
        section = rest.get("section")
        if section and not run.access.allows(section):
            return elsewhere(request, run)
        found = view(request, run.access, **rest)
        if isinstance(found, HttpResponse):
            return found
        if isinstance(found, Elsewhere):
            return redirect(run.url(found.route, access.patient.pk, found.entry_id))
        told = {"url": run.url, "dry_run": run, "hideable": rest.get("entry_id")}
        return render(request, found.template, found.context | told)

    return page


@sees_before
def as_home(request, access):
    """The home of the record."""
    return home_page(access, None, today=timezone.localdate())


@sees_before
def as_since(request, access):
    """What is new: they have not looked yet."""
    return since_page(access, None)


@sees_before
def as_section(request, access, section):
    """One section."""
    group = request.GET.get("group", "")
    return section_page(access, section, number=page_number(request), group=group)


@sees_before
def as_entry(request, access, entry_id):
    """One entry."""
    return entry_page(access, entry_id)


@sees_before
def as_document(request, access, entry_id, position):
    """An attachment, if they could open it."""
    found = find_attachment(access, entry_id, position)
    return sent(request, found, access, "records/document_failed.html")


@sees_before
def as_timeline(request, access):
    """Everything by date."""
    part = part_of(request, access)
    return timeline_page(access, part, start_of(request), number=page_number(request))


@sees_before
def as_tests(request, access, section):
    """Results by test."""
    return names_page(access, section)


@sees_before
def as_measurements(request, access, section):
    """Measurements by name."""
    return names_page(access, section)


@sees_before
def as_over_time(request, access, entry_id):
    """A test over time."""
    number, is_whole = page_number(request), asks_all(request)
    return over_time_page(access, entry_id, number=number, is_whole=is_whole)


@sees_before
def as_before_result(request, access, entry_id):
    """The page before a result that nobody has opened for them (R5.5)."""
    return before_result_page(access, entry_id, now=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record(own=True, action="record seen before inviting")
def as_elsewhere(request, access, nomination_id, rest):
    """Whatever else the person could open or send: the patient only looks."""
    page = elsewhere(request, run_of(access, nomination_id))
    if request.method == "POST":
        page.status_code, page["Allow"] = 405, "GET, HEAD"
    return page


@require_POST
@opens_record(own=True)
def invite_hide(request, access, nomination_id, entry_id):
    """Hide an entry from the person before they are invited."""
    return changed(request, access, nomination_id, entry_id, hide_first, "Hidden from {}")


@require_POST
@opens_record(own=True)
def invite_show(request, access, nomination_id, entry_id):
    """Show it again."""
    return changed(request, access, nomination_id, entry_id, show_first, "{} would see it again")


def changed(request, access, nomination_id, entry_id, act, words) -> HttpResponse:
    """Hide an entry from the person or show it, and go back to the parts."""
    held = nomination_or_404(access, nomination_id)
    try:
        act(held, entry_id, by=access, now=timezone.now())
        messages.success(request, words.format(held.name))
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    return redirect("records:invite-look", access.patient.pk, held.pk)


def elsewhere(request, run):
    """That this page is not part of what the patient looks at."""
    return render(request, "people/invite_elsewhere.html", {"access": run.own, "run": run})


def run_of(access, nomination_id):
    """The record as the person would see it; 404 for a nomination of somebody else's."""
    return DryRun(nomination_or_404(access, nomination_id), access, timezone.localdate())

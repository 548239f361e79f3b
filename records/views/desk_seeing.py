"""Seeing a record as the patient, or somebody who acts for them, sees it: the same pages, behind the staff's door."""

from functools import wraps

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from accounts.views.asking import answer, sent
from records.doors import opens_for_staff
from records.explaining import explained, kept_from, rules_that_keep
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
from records.rules_in_words import RULES_THAT_HIDE, why_not, why_shown
from records.seeing import find_seen_as, last_looked, people_acting, why_closed
from records.seeing_forms import SeeAsForm
from records.views.desk import page_of
from records.views.desk_reviewing import Review
from records.views.finding import part_of, start_of
from records.views.reading import asks_all, page_number
from surgeries.terms import Section


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff()
def choose(request, access):
    """Choose whose view to take, and of which day."""
    form = SeeAsForm(
        sent(request), patient=access.patient, people=people_acting(access.patient),
        initial={"whose": request.GET.get("whose", ""), "on": timezone.localdate()},
    )  # fmt: skip
    if form.is_valid():
        given = form.cleaned_data
        return redirect("records:desk-as-home", access.patient.pk, given["whose"], given["on"])
    return answer(request, "staff/see_as.html", form, access=access)


def sees_as(*, section=None, needs=None):
    """Let a view tell of a page of the record as somebody sees it; it gives the page, as the record's views have it.

    The view is called as `view(request, seen, **rest of the address)`. Where that person would not get there, the
    answer says why.
    """

    def decorate(view):
        @require_safe
        @opens_for_staff(needs=needs, action="record seen as somebody")
        @wraps(view)
        def page(request, access, whose, on, **rest):
            seen = seen_or_missing(access, whose, on)
            if not seen.opens(section or rest.get("section")):
                context = {"access": access, "seen_as": seen, "why_closed": why_closed(seen)}
                return render(request, "staff/seen_as_closed.html", context)
            return seen_page(request, seen, view(request, seen, **rest))

        return page

    return decorate


def seen_or_missing(access, whose, on):
    """The record as somebody sees it; 404 for whoever never acted for the patient."""
    seen = find_seen_as(access, whose, on=on, today=timezone.localdate(), now=timezone.now())
    if seen is None:
        raise Http404
    return seen


def seen_page(request, seen, page):
    """A page of the record as that person has it, and below it why each of its entries is there."""
    if isinstance(page, HttpResponse):
        return page
    if isinstance(page, Elsewhere):
        return redirect(seen.url(page.route, seen.staff.patient.pk, page.entry_id))
    review = Review.of(seen.staff)
    rows = explained(seen.access, page.about)
    told = {
        "url": seen.url,
        "seen_as": seen,
        "why": [review.row(row) | {"words": why_shown(row, seen.access)} for row in rows],
        "may_hide": seen.staff.may(Duty.REVIEW_ENTRIES),
        "here": request.get_full_path(),
    }
    return render(request, page.template, page.context | told)


@sees_as()
def as_home(request, seen):
    """The home of the record."""
    return home_page(seen.access, last_looked(seen), today=seen.on)


@sees_as()
def as_since(request, seen):
    """What would be new to them at their next visit."""
    return since_page(seen.access, last_looked(seen))


@sees_as()
def as_section(request, seen, section):
    """One section."""
    group = request.GET.get("group", "")
    return section_page(seen.access, section, number=page_number(request), group=group)


@sees_as()
def as_entry(request, seen, entry_id):
    """One entry."""
    return entry_page(seen.access, entry_id)


@sees_as()
def as_timeline(request, seen):
    """Everything by date."""
    part = part_of(request, seen.access)
    return timeline_page(seen.access, part, start_of(request), number=page_number(request))


@sees_as(section=Section.TEST_RESULTS)
def as_tests(request, seen):
    """Results by test."""
    return names_page(seen.access, Section.TEST_RESULTS)


@sees_as(section=Section.CONSULTATIONS)
def as_measurements(request, seen):
    """Measurements by name."""
    return names_page(seen.access, Section.CONSULTATIONS)


@sees_as()
def as_over_time(request, seen, entry_id):
    """A test over time."""
    number, is_whole = page_number(request), asks_all(request)
    return over_time_page(seen.access, entry_id, number=number, is_whole=is_whole)


@sees_as()
def as_before_result(request, seen, entry_id):
    """The page before a result that they have not opened; nothing here opens it for them (R5.5)."""
    return before_result_page(seen.access, entry_id, now=timezone.now())


@sees_as()
def as_not_visible(request, seen):
    """What that person does not see of the record, each with the rule that keeps it from them."""
    counted = rules_that_keep(seen.access)
    chosen = request.GET.get("rule", "")
    chosen = chosen if chosen in counted else ""
    page = page_of(kept_from(seen.access, rule=chosen).newest_first(), request)
    review = Review.of(seen.staff)
    context = {
        "access": seen.staff,
        "seen_as": seen,
        "page": page,
        "rows": [review.row(row) | {"words": why_not(row, seen.access)} for row in page],
        "rules": [(rule, RULES_THAT_HIDE[rule], held) for rule, held in counted.items()],
        "chosen": chosen,
    }
    return render(request, "staff/not_visible.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(action="record seen as somebody")
def as_elsewhere(request, access, whose, on, rest):
    """Whatever else that person could open or send from their pages: nobody does so in their name."""
    seen = seen_or_missing(access, whose, on)
    context = {"access": access, "seen_as": seen, "is_act": request.method == "POST"}
    page = render(request, "staff/seen_as_elsewhere.html", context)
    if request.method == "POST":
        page.status_code, page["Allow"] = 405, "GET, HEAD"
    return page

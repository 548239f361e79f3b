"""The page before a result that may be hard to read, and what a patient wants to be warned of (R5.5)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import answer, sent
from records.doors import opens_record
from records.models import Entry
from records.opening import (
    ask_to_be_told,
    choose_wishes,
    closed_result,
    count_closed,
    open_older,
    wishes_of,
)
from records.opening import open_result as open_closed
from records.opening_forms import OlderForm, WishesForm
from records.pages import before_result_page, help_now, page_before
from records.views.reading import shown


@require_safe
@opens_record()
def before_result(request, access, entry_id):
    """Why a result stands behind this page, who is there to help now, and the way on."""
    page = before_result_page(access, entry_id, now=timezone.now())
    return shown(request, access, page)


@require_POST
@opens_record()
def open_result(request, access, entry_id):
    """Go on to the result; one that is open already is simply shown."""
    closed = closed_result(access, entry_id)
    if closed is None:
        return to_entry(access, entry_id)
    try:
        open_closed(closed, by=access, now=timezone.now())
    except ValidationError:
        page = page_before(access, closed, now=timezone.now())
        return render(request, page.template, page.context, status=422)
    return redirect("records:entry", access.patient.pk, closed.id)


@require_POST
@opens_record(own=True)
def ask_to_be_told_view(request, access, entry_id):
    """Tell the surgery that the patient waits for a word."""
    closed = closed_result(access, entry_id)
    if closed is None:
        return to_entry(access, entry_id)
    try:
        ask_to_be_told(closed, by=access, now=timezone.now())
    except ValidationError as error:
        messages.info(request, error.messages[0])
    else:
        messages.success(request, "Your surgery knows that you want to talk about this result")
    return redirect("records:before-result", access.patient.pk, closed.id)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record(own=True)
def warn_me(request, access):
    """What a patient wants to be warned of before it opens."""
    form = WishesForm(sent(request), initial=wishes_of(access))
    if form.is_valid():
        choose_wishes(form.cleaned_data, by=access, now=timezone.now())
        messages.success(request, "We have kept what you chose")
        return redirect("records:warn-me", access.patient.pk)
    return answer(request, "records/warn_me.html", form, access=access)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def older_results(request, access):
    """Open many results at once, for whoever has years of them before them."""
    form = OlderForm(sent(request))
    if form.is_valid():
        today = timezone.localdate()
        opened = open_older(before=form.before(today), by=access, now=timezone.now())
        messages.success(
            request, f"{opened} {'result is' if opened == 1 else 'results are'} open now"
        )
        return redirect("records:section", access.patient.pk, "test-results")
    context = {"access": access, "closed": count_closed(access)} | help_now(
        access, now=timezone.now()
    )
    return answer(request, "records/older_results.html", form, **context)


def to_entry(access, entry_id):
    """The page of an entry that may be seen; whatever else is not there."""
    if not Entry.objects.visible_to(access).filter(id=entry_id).exists():
        raise Http404
    return redirect("records:entry", access.patient.pk, entry_id)

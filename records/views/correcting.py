"""Telling the surgery that something in the record looks wrong, and reading what it answers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import sent
from records.content import PartialDate
from records.correcting_forms import TellingForm, WritingForm
from records.corrections import open_correction, write
from records.corrections import take_back as take_it_back
from records.doors import opens_record
from records.models import Entry
from records.threads import find_thread, open_thread, threads_of

PER_PAGE = 25
SENT = "Your words were sent to {}"


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def looks_wrong(request, access, entry_id):
    """Tell the surgery that an entry looks wrong; where that waits already, its thread."""
    entry = whole_entry(access, entry_id)
    thread = open_thread(access, entry.id)
    form = TellingForm(sent(request))
    if form.is_valid():
        thread = told(form, entry, access)
        if thread:
            messages.success(request, SENT.format(access.patient.surgery.name))
    if thread and not form.errors:
        return redirect("records:correction", access.patient.pk, thread.id)
    when = PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)
    context = {"access": access, "entry": entry, "when": when, "form": form}
    return render(request, "records/looks_wrong.html", context, status=422 if form.errors else 200)


@require_safe
@opens_record()
def corrections(request, access):
    """What this viewer may see of what was said to look wrong, with where each stands."""
    page = Paginator(threads_of(access), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "records/corrections.html", {"access": access, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def correction(request, access, correction_id):
    """One thread; its writer may add to it."""
    thread = thread_or_404(access, correction_id)
    if request.method == "POST" and not thread.is_mine:
        raise Http404
    form = WritingForm(sent(request))
    if form.is_valid() and is_written(form, thread, access):
        messages.success(request, SENT.format(access.patient.surgery.name))
        return redirect("records:correction", access.patient.pk, correction_id)
    return thread_page(request, access, correction_id, form)


@require_POST
@opens_record()
def take_back(request, access, correction_id):
    """Take back what was told, before the surgery answers."""
    thread = thread_or_404(access, correction_id)
    if not thread.is_mine:
        raise Http404
    form = Form(request.POST)
    try:
        take_it_back(thread.correction, by=access, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error.messages)
        return thread_page(request, access, correction_id, form, writing=WritingForm())
    messages.success(request, "You took it back")
    return redirect("records:correction", access.patient.pk, correction_id)


def thread_page(request, access, correction_id, form, *, writing=None):
    """A thread as it is now; what is written next answers to what is on the page. `form` has the errors."""
    thread = thread_or_404(access, correction_id)
    writing = writing or form
    writing.answers_to(thread.messages[-1].id)
    context = {"access": access, "thread": thread, "form": form, "writing": writing}
    return render(request, "records/correction.html", context, status=422 if form.errors else 200)


def whole_entry(access, entry_id):
    """A visible entry; for the id of a part, the entry that it belongs to."""
    visible = Entry.objects.visible_to(access)
    found = get_object_or_404(visible, id=entry_id)
    return get_object_or_404(visible, id=found.root_id) if found.root_id else found


def thread_or_404(access, correction_id):
    """A thread that this viewer may know of."""
    thread = find_thread(access, correction_id)
    if thread is None:
        raise Http404
    return thread


def told(form, entry, access):
    """The thread in which the surgery was told; None where it could not be, with the reason on the form."""
    try:
        return open_correction(entry, by=access, now=timezone.now(), text=form.cleaned_data["text"])
    except ValidationError as error:
        form.add_error(None, error.messages)
        return None


def is_written(form, thread, access):
    """Whether more words were sent; what speaks against it is put on the form."""
    try:
        write(thread.correction, by=access, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()

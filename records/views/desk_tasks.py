"""A task of the queue: where it is done, and who does it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from records.doors import opens_for_staff
from records.models import Entry, GrantReview, Redaction, StaffTask
from records.queue import hold_task, let_go
from records.queue_forms import QueueForm, kept

Kind = StaffTask.Kind
PLACES = {
    Kind.CORRECTION: "records:desk-correction",
    Kind.REQUEST: "records:desk-request",
    Kind.PRINT_LETTER: "records:desk-request-letter",
    Kind.NOMINATION: "records:desk-nomination",
    Kind.PROXY_STOPPED: "records:desk-proxy",
    Kind.PROXY_APPLICATION: "records:desk-proxy-decide",
    Kind.PROXY_GOES_ON: "records:desk-proxy",
    Kind.AGE_REVIEW: "records:desk-age-review",
    Kind.PROXY_DORMANT: "records:desk-proxy",
    Kind.ACTIVITY: "records:desk-activity-report",
}
"""The page about the thing that a task is about."""


@require_safe
@opens_for_staff()
def desk_task(request, access, task):
    """Go to where a task is done."""
    return redirect(place_of(access, task_or_404(access, task)))


@require_POST
@opens_for_staff()
def take_task(request, access, task):
    """Take a task on, or over from a colleague."""
    return handed(request, access, task, hold_task, "You hold this task now")


@require_POST
@opens_for_staff()
def let_task_go(request, access, task):
    """Leave a task to whoever takes it on."""
    return handed(request, access, task, let_go, "You let the task go. A colleague can take it on")


def handed(request, access, task, act, words):
    """Hand a task on, say what came of it, and go back to the list as it was."""
    seen = request.POST.get("seen", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1
    try:
        act(task_or_404(access, task), by=access, seen=version, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, words)
    return redirect(list_as_it_was(request.POST.get("list", "")))


def list_as_it_was(words):
    """The queue with the filters that somebody had before them: whatever else was sent is left out."""
    asked = QueryDict(words[:200])
    page = asked.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    query = kept(QueueForm(asked).filters, number)
    return reverse("records:desk") + (f"?{query}" if query else "")


def task_or_404(access, task):
    """A task about this patient, whether or not it is done."""
    found = StaffTask.objects.filter(pk=task, patient=access.patient).first()
    if found is None:
        raise Http404
    return found


def place_of(access, task):
    """The address at which a task is done; the patient's page where there is none of its own."""
    patient, about = access.patient.pk, task.about_id
    if about and task.kind in PLACES:
        return reverse(PLACES[Kind(task.kind)], args=[patient, about])
    if task.kind == Kind.SPEAK_FIRST:
        return reverse("records:desk-held-results", args=[patient])
    if task.kind == Kind.HELP:
        return reverse("records:desk-contact", args=[patient])
    if task.kind == Kind.LATE_HISTORY:
        return reverse("records:desk-access", args=[patient])
    if task.kind in (Kind.SECOND_PERSON, Kind.CLINICIAN) and (review := open_review_of(access)):
        return reverse("records:desk-preview", args=[patient, review.pk])
    if entry_id := about and entry_of(access, about):
        return reverse("records:desk-entry", args=[patient, entry_id])
    return reverse("records:desk-patient", args=[patient])


def open_review_of(access):
    """The review of this patient that is going on: there is one at most."""
    return GrantReview.objects.filter(patient=access.patient, used_at=None, dropped_at=None).first()


def entry_of(access, about):
    """The entry that an id is of, or is hidden by the act of that id."""
    if Entry.objects.seen_by_staff(access).filter(id=about).exists():
        return about
    redactions = Redaction.objects.filter(patient=access.patient)
    return (
        (redactions.filter(id=about) | redactions.filter(together_id=about))
        .values_list("entry_id", flat=True)
        .first()
    )

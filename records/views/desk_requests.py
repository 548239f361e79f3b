"""Requests for the full record at the surgery's desk: what was asked, and each step that staff take (R8.2, R8.3)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty
from accounts.views.asking import sent
from records.doors import opens_for_staff
from records.grants import levels_of
from records.models import AccessGrant, AccessRequest, StaffTask
from records.previewing.standing import open_review_of
from records.queue import open_tasks
from records.requests.asking import note_asked, note_withdrawn
from records.requests.deciding import acknowledge, defer, refuse, start_review
from records.requests.forms import (
    DeferringForm,
    NotingForm,
    RefusingForm,
    ReviewingForm,
    SeenForm,
    WithdrawnForm,
)
from records.requests.letters import step_to_tell
from records.requests.steps import last_step
from records.sensitive.safeguarding import safeguarding_flags
from records.views.desk import closed_sections, page_of

DECIDES = Duty.DECIDE_ACCESS
ASKS = ["GET", "HEAD", "POST"]


@require_safe
@opens_for_staff()
def desk_requests(request, access):
    """What this patient asked for, the newest first."""
    made = AccessRequest.objects.filter(patient=access.patient).order_by("-asked_at", "id")
    context = {"access": access, "page": page_of(made, request), "may_decide": access.may(DECIDES)}
    return render(request, "staff/requests.html", context)


@require_safe
@opens_for_staff()
def desk_request(request, access, request_id):
    """One request with its history, and what can be done with it."""
    return request_page(request, access, request_or_404(access, request_id), SeenForm())


@require_POST
@opens_for_staff(needs=DECIDES)
def acknowledge_request(request, access, request_id):
    """Let the patient see that somebody has read it."""
    made, form = request_or_404(access, request_id), SeenForm(request.POST)
    if form.is_valid() and is_done(form, acknowledge, made, access):
        messages.success(
            request,
            "It is noted that you have read this. A patient with an online account can see that now",
        )
        return to_request(made)
    return request_page(request, access, request_or_404(access, request_id), form)


@require_http_methods(ASKS)
@opens_for_staff(needs=DECIDES)
def review_request(request, access, request_id):
    """Propose what to open; what that would newly show is read before it is decided (R8.6)."""
    made = request_or_404(access, request_id)
    form = ReviewingForm(sent(request), initial=proposal(access.patient))
    if form.is_valid():
        said = {"seen": form.cleaned_data["seen"], "proposal": form.proposed}
        if review := is_done(form, start_review, made, access, said=said):
            return redirect("records:desk-preview", access.patient.pk, review.pk)
    return act_page(request, access, made, form, "staff/request_review.html")


@require_http_methods(ASKS)
@opens_for_staff(needs=DECIDES)
def refuse_request(request, access, request_id):
    """Refuse, on a ground of R8.3."""
    made, form = request_or_404(access, request_id), RefusingForm(sent(request))
    if form.is_valid() and is_done(form, refuse, made, access):
        return told(request, made, "The request is refused")
    return act_page(request, access, made, form, "staff/request_refuse.html")


@require_http_methods(ASKS)
@opens_for_staff(needs=DECIDES)
def defer_request(request, access, request_id):
    """Put it off until a day."""
    made, form = request_or_404(access, request_id), DeferringForm(sent(request))
    if form.is_valid() and is_done(form, defer, made, access):
        return told(request, made, "The request is put off. It comes back to the queue on its day")
    return act_page(request, access, made, form, "staff/request_defer.html")


@require_http_methods(ASKS)
@opens_for_staff(needs=DECIDES)
def request_withdrawn(request, access, request_id):
    """Write down that it is over without a decision."""
    made, form = request_or_404(access, request_id), WithdrawnForm(sent(request))
    if form.is_valid() and is_done(form, note_withdrawn, made, access):
        messages.success(request, "It is written down that the request is over")
        return to_request(made)
    return act_page(request, access, made, form, "staff/request_withdrawn.html")


@require_http_methods(ASKS)
@opens_for_staff(needs=DECIDES)
def note_request(request, access):
    """Write down a request that came on paper, by phone or at the desk; one that waits is joined (R8.4)."""
    form = NotingForm(sent(request))
    if form.is_valid():
        try:
            made = note_asked(by=access, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            put_on(form, error)
        else:
            messages.success(request, "The request is written down and waits in the queue")
            return to_request(made)
    context = {"access": access, "form": form}
    return render(request, "staff/request_new.html", context, status=422 if form.errors else 200)


def request_page(request, access, made, form):
    """A request as it is now; what is sent from its page is about what stands there."""
    form.follow(last_step(made).pk)
    context = facts(access, made) | {
        "form": form,
        "may_decide": access.may(DECIDES),
        "review": open_review_of(made.patient),
        "has_letter": step_to_tell(made) is not None,
    }
    return render(request, "staff/request.html", context, status=422 if form.errors else 200)


def act_page(request, access, made, form, template):
    """The form of an act, with the request as it is now; one that is over has no more acts."""
    made.refresh_from_db()
    if not made.is_open and not form.is_bound:
        messages.info(request, f"This request is {made.get_state_display().lower()} already")
        return to_request(made)
    form.follow(last_step(made).pk)
    context = facts(access, made) | {"form": form}
    return render(request, template, context, status=422 if form.errors else 200)


def facts(access, made):
    """What everybody sees who has to do with a request."""
    latest = AccessGrant.objects.of(access.patient).first()
    return {
        "access": access,
        "made": made,
        "today": timezone.localdate(),
        "steps": list(made.steps.select_related("by", "grant").order_by("id")),
        "latest": latest,
        "levels": latest and levels_of(access.patient, latest),
        "closed": latest and closed_sections(access.patient, latest),
        "safeguarding": safeguarding_flags(access),
    }


def proposal(patient):
    """What a full grant would be: all that is older too, and the rest as it is."""
    latest = AccessGrant.objects.of(patient).first()
    full = {"current": "full", "historical": "full", "sections_from": ReviewingForm.SURGERY}
    if latest is None:
        return full
    own = latest.restricted_sections
    closed = (
        {} if own is None else {"sections_from": ReviewingForm.PATIENT, "restricted_sections": own}
    )
    return {**full, **closed, "starts_on": latest.starts_on}


def request_or_404(access, request_id):
    """A request of this patient."""
    requests = AccessRequest.objects.select_related("patient__surgery", "asked_by")
    found = requests.filter(pk=request_id, patient=access.patient).first()
    if found is None:
        raise Http404
    return found


def is_done(form, act, made, access, *, said=None):
    """What came of an act; None where it could not be, with the reason on the form."""
    try:
        said = form.cleaned_data if said is None else said
        return act(made, by=access, now=timezone.now(), **said) or True
    except ValidationError as error:
        return put_on(form, error)


def put_on(form, error):
    """Show what speaks against it, beside the question that it is about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for field, words in error.message_dict.items():
        form.add_error(field if field in form.fields else None, words)


def told(request, made, words):
    """Say what was done, and go on to the letter where one has to go out."""
    if open_tasks(made.patient, StaffTask.Kind.PRINT_LETTER, made.pk).exists():
        messages.success(request, f"{words}. Now print the letter")
        return redirect("records:desk-request-letter", made.patient_id, made.pk)
    messages.success(request, f"{words}. The patient gets an email that there is something new")
    return to_request(made)


def to_request(made):
    """Back to the page of a request."""
    return redirect("records:desk-request", made.patient_id, made.pk)

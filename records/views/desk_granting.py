"""Making the decision that was reviewed, or giving the review up (R8.6)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Duty
from accounts.views.asking import sent
from records.doors import opens_for_staff
from records.models import Entry
from records.previewing.forms import FinishForm, SeenForm, SendBackForm
from records.previewing.granting import agree, finish, send_back
from records.previewing.reviewing import drop_review, takes_two
from records.previewing.standing import proposed_grant, standing_of
from records.views.desk_previewing import open_or_404, review_or_404, rows_of_entries, shared


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def preview_decision(request, access, review_id):
    """Both reasons, then the decision that was reviewed: everything or nothing."""
    review = open_or_404(access, review_id)
    known = {"reason": review.reason, "reason_for_patient": review.reason_for_patient}
    form = FinishForm(sent(request), initial=known)
    if form.is_valid() and (done := attempt(form, finish, review, by=access)):
        messages.success(request, WAITS if done is WAITING else GRANTED)
        return redirect("records:desk-patient", access.patient.pk)
    return decision_page(request, access, review, form, "staff/preview_decision.html")


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def preview_agreement(request, access, review_id):
    """What a colleague decided, for the second person who has to agree."""
    review = open_or_404(access, review_id)
    form = SeenForm(sent(request))
    if form.is_valid() and attempt(form, agree, review, by=access):
        messages.success(request, GRANTED)
        return redirect("records:desk-patient", access.patient.pk)
    return decision_page(request, access, review, form, "staff/preview_agreement.html")


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def sent_back(request, access, review_id):
    """Do not agree: the review goes on."""
    review = open_or_404(access, review_id)
    form = SendBackForm(request.POST)
    if form.is_valid() and attempt(form, send_back, review, by=access):
        messages.success(request, "The review goes on, with why you did not agree")
        return redirect("records:desk-preview", access.patient.pk, review_id)
    return decision_page(request, access, review, form, "staff/preview_agreement.html")


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def given_up(request, access, review_id):
    """End a review without a decision."""
    try:
        drop_review(review_or_404(access, review_id), by=access, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, "The review is given up. Nothing was opened or hidden")
    return redirect("records:desk-patient", access.patient.pk)


WAITING = object()
GRANTED = "The decision is made. It holds from now on, and what was to be hidden is hidden"
WAITS = "A second person has to agree before anything opens. A task waits for them"


def attempt(form, act, review, *, by):
    """What an act made, WAITING where it waits for somebody; what speaks against it is put on the form."""
    try:
        return act(review, by=by, now=timezone.now(), **form.cleaned_data) or WAITING
    except ValidationError as error:
        form.add_error(None, error)
        return None


def decision_page(request, access, review, form, template):
    """A page on which the decision is made, with all that it rests on."""
    standing = standing_of(review_or_404(access, review.pk), access)
    repeating = repeats_of(access, standing)
    context = shared(access, standing) | {
        "form": form,
        "hidden": [
            row | {"reason": standing.decisions[row["entry"].id].reason}
            for row in rows_of_entries(access, standing, standing.hidden)
        ],
        "repeating": rows_of_entries(access, standing, repeating),
        "opening": len(standing.revealed) - len(standing.hidden) - len(repeating),
        "is_first": standing.review.finished_by_id == access.viewer.pk,
        "two": takes_two(access.patient, proposed_grant(standing.review), standing.latest),
        "sending": form if isinstance(form, SendBackForm) else SendBackForm(),
    }
    return render(request, template, context, status=422 if form.errors else 200)


def repeats_of(access, standing):
    """The ids of entries that would open but for repeating one that is hidden, with which they are hidden (R2.3)."""
    held = Entry.objects.seen_by_staff(access).filter(repeats_id__in=standing.hidden)
    repeating = set(held.values_list("id", flat=True)).difference(standing.hidden)
    return [entry_id for entry_id in standing.revealed if entry_id in repeating]

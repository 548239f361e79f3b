"""Deciding how much of a record is open."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Duty
from accounts.views.asking import sent
from records.doors import opens_for_staff
from records.forms import DecisionForm
from records.grants import decide_access, levels_of, usual_start
from records.models import AccessGrant, Decision, GrantReview, StaffTask
from records.previewing.late import came_late, is_without_review, read_late, tell_of_late
from records.previewing.reviewing import Proposal, open_review
from records.previewing.standing import open_review_of
from records.queue import open_tasks
from records.sensitive.safeguarding import safeguarding_flags
from records.views.desk import closed_sections
from surgeries.models import Patient

OVERTAKEN = (
    "Someone else decided while you had this form open. Nothing of yours was saved. Read their decision "
    "below, then send the form again if you still want this"
)
READ_FIRST = "This decision would open more to the patient, so it is not made yet. Read first what it would open"


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def access_decision(request, access):
    """Grant, pause or deny; the decision before this one must be the one that staff had before them."""
    latest = latest_decision(access.patient, to_decide=request.method == "POST")
    begun = begun_with(request.GET.get("do", ""), access.patient, latest)
    form = DecisionForm(sent(request), initial=as_it_is(access.patient, latest) | begun)
    form.fields[
        "starts_on"
    ].help_text = f"Leave empty for the usual date. {usual_words(access.patient)}"
    if form.is_valid() and (made := what_was_made(form, access, latest)):
        return where_it_goes_on(request, made)
    late = came_late(access.patient, latest)
    context = {
        "access": access,
        "review": open_review_of(access.patient),
        "late": late,
        "task": None if late else late_task(access.patient),
        "safety": safeguarding_flags(access),
        "form": form,
        "latest": latest,
        "levels": latest and levels_of(access.patient, latest),
        "closed": latest and closed_sections(access.patient, latest),
    }
    return render(request, "staff/access.html", context, status=422 if form.errors else 200)


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def late_history(request, access):
    """Begin to read older entries that came after older ones were opened (R1.5)."""
    try:
        review = read_late(by=access, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("records:desk-access", access.patient.pk)
    return redirect("records:desk-preview", access.patient.pk, review.pk)


def late_task(patient):
    """The task to read what came late, where it is still open."""
    return open_tasks(patient, StaffTask.Kind.LATE_HISTORY, None).first()


def latest_decision(patient, *, to_decide):
    """The decision that holds; `to_decide` keeps others from deciding until this request has answered."""
    if to_decide:
        Patient.objects.select_for_update().get(pk=patient.pk)
    return AccessGrant.objects.of(patient).select_related("decided_by").first()


def what_was_made(form, access, latest):
    """The decision, or the review of what it would open; what speaks against either is put on the form."""
    if form.cleaned_data["made_from"] != (latest and latest.pk):
        form.add_error(None, OVERTAKEN)
        put(form, made_from=str(latest.pk) if latest else "")
        return None
    try:
        return decided_or_reviewed(form, access, latest)
    except ValidationError as error:
        form.add_error(None, error.messages)
        held = open_review_of(access.patient)
        put(form, review=str(held.pk) if held else "")
        return None


def decided_or_reviewed(form, access, latest):
    """Decide where nothing more opens to the patient; otherwise begin to read what would (R8.6)."""
    decided, now = form.decided, timezone.now()
    names = {"current": "current_level", "historical": "historical_level"}
    columns = {names.get(name, name): value for name, value in decided.items()}
    proposed = AccessGrant(patient=access.patient, **columns)
    if is_without_review(access.patient, proposed, latest):
        made = decide_access(access.patient, by=access.viewer, now=now, **decided)
        tell_of_late(access.patient, by=access, now=now)
        return made
    proposal = Proposal(**{name: decided[name] for name in Proposal._fields})
    return open_review(proposal, by=access, now=now, over=form.cleaned_data["review"])


def where_it_goes_on(request, made):
    """The patient's page after a decision; the review where one has to be read first."""
    if isinstance(made, GrantReview):
        messages.warning(request, READ_FIRST)
        return redirect("records:desk-preview", made.patient_id, made.pk)
    messages.success(request, "The decision is saved. It holds from now on")
    return redirect("records:desk-patient", made.patient_id)


def put(form, **hidden):
    """Let the form that is sent again say what its sender has before them now."""
    form.data = form.data.copy()
    for name, value in hidden.items():
        form.data[name] = value


def as_it_is(patient, latest):
    """The answers that would decide the same again."""
    held = open_review_of(patient)
    review = {"review": held and held.pk}
    if latest is None:
        return {"sections_from": DecisionForm.SURGERY} | review
    is_own = latest.restricted_sections is not None
    return {
        "decision": latest.decision,
        "current": latest.current_level,
        "historical": latest.historical_level,
        "starts_on": latest.starts_on,
        "sections_from": DecisionForm.PATIENT if is_own else DecisionForm.SURGERY,
        "restricted_sections": latest.restricted_sections or [],
        "made_from": latest.pk,
    } | review


def begun_with(act, patient, latest):
    """What is chosen already where somebody comes to do one thing: they still give the reason and save it.

    Whoever comes to close one more section finds those ticked that are closed now, also by the surgery (R1.12).
    """
    closed = latest.restricted_sections if latest else None
    if closed is None:
        closed = patient.surgery.restricted_sections
    return {
        "pause": {"decision": Decision.PAUSED},
        "deny": {"decision": Decision.DENIED},
        "sections": {"sections_from": DecisionForm.PATIENT, "restricted_sections": closed},
    }.get(act, {})


def usual_words(patient):
    """The usual start date and where it comes from (R1.2)."""
    starts_on = usual_start(patient)
    if starts_on is None:
        return "There is none yet: the surgery has no go-live date, so nothing counts as new without a date here"
    went_live = starts_on == patient.surgery.go_live_on
    why = "the surgery went live" if went_live else "the patient registered here"
    return f"That is {starts_on.day} {starts_on:%B %Y}, when {why}. If you set another date, say why below"

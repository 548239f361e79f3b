"""Deciding how much of a record is open."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Duty
from accounts.views.asking import sent
from records.doors import opens_for_staff
from records.forms import DecisionForm
from records.grants import decide_access, levels_of, usual_start
from records.models import AccessGrant, Decision
from records.views.desk import closed_sections
from surgeries.models import Patient

OVERTAKEN = (
    "Someone else decided while you had this form open. Nothing of yours was saved. Read their decision "
    "below, then send the form again if you still want this"
)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def access_decision(request, access):
    """Grant, pause or deny; the decision before this one must be the one that staff had before them."""
    latest = latest_decision(access.patient, to_decide=request.method == "POST")
    begun = begun_with(request.GET.get("do", ""), access.patient, latest)
    form = DecisionForm(sent(request), initial=as_it_is(latest) | begun)
    form.fields[
        "starts_on"
    ].help_text = f"Leave empty for the usual date. {usual_words(access.patient)}"
    if form.is_valid() and is_decided(form, access, latest):
        messages.success(request, "The decision is saved. It holds from now on")
        return redirect("records:desk-patient", access.patient.pk)
    context = {
        "access": access,
        "form": form,
        "latest": latest,
        "levels": latest and levels_of(access.patient, latest),
        "closed": latest and closed_sections(access.patient, latest),
    }
    return render(request, "staff/access.html", context, status=422 if form.errors else 200)


def latest_decision(patient, *, to_decide):
    """The decision that holds; `to_decide` keeps others from deciding until this request has answered."""
    if to_decide:
        Patient.objects.select_for_update().get(pk=patient.pk)
    return AccessGrant.objects.of(patient).select_related("decided_by").first()


def is_decided(form, access, latest):
    """Whether the decision was made; what speaks against it is put on the form."""
    if form.cleaned_data["made_from"] != (latest and latest.pk):
        form.add_error(None, OVERTAKEN)
        form.data = form.data.copy()
        form.data["made_from"] = str(latest.pk) if latest else ""
        return False
    try:
        decide_access(access.patient, by=access.viewer, now=timezone.now(), **form.decided)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def as_it_is(latest):
    """The answers that would decide the same again."""
    if latest is None:
        return {"sections_from": DecisionForm.SURGERY}
    is_own = latest.restricted_sections is not None
    return {
        "decision": latest.decision,
        "current": latest.current_level,
        "historical": latest.historical_level,
        "starts_on": latest.starts_on,
        "sections_from": DecisionForm.PATIENT if is_own else DecisionForm.SURGERY,
        "restricted_sections": latest.restricted_sections or [],
        "made_from": latest.pk,
    }


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

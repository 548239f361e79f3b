"""Staff find out of which patient somebody speaks who asks to act for them (R3.7): by all three facts, or by hand."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from accounts.views.asking import sent
from audit import log
from proxy_access.access import involved_with
from records.applicants import (
    answer_no_patient,
    application_at,
    applications_at,
    match,
    patient_meant,
)
from records.applying_forms import MatchForm, NoPatientForm
from records.doors import opens_desk_to, opens_for_staff
from records.forms import FindForm
from records.views.desk import note_found, note_search, page_of, patients_found

DECIDES = Duty.DECIDE_ACCESS


@require_safe
@opens_desk_to(DECIDES)
def applications(request, desk):
    """Everything that was asked for and nobody knows yet whom it is about."""
    page = page_of(applications_at(desk), request)
    return render(request, "staff/applications.html", {"desk": desk, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(DECIDES)
def desk_application(request, desk, application_id):
    """What somebody says, the patient whom they seem to mean, and a search for another."""
    found = waiting_or_404(desk, application_id)
    meant = patient_meant(found, desk, now=timezone.now())
    note_read(desk, found, meant)
    form = FindForm(sent(request))
    listed = None
    if form.is_valid():
        listed = patients_listed(desk, form.cleaned_data)
    context = {"desk": desk, "application": found, "claims": found.claims}
    context |= {"meant": meant, "form": form, "listed": listed}
    return render(request, "staff/application.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(DECIDES)
def application_without_patient(request, desk, application_id):
    """Say that there is no such patient here."""
    found = waiting_or_404(desk, application_id)
    form = NoPatientForm(sent(request))
    if form.is_valid() and is_answered(form, found, desk):
        messages.success(request, "It is kept with the reason")
        return redirect("records:desk-applications")
    context = {"desk": desk, "application": found, "claims": found.claims, "form": form}
    return render(
        request, "staff/application_no_patient.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def application_matched(request, access, application_id):
    """Say that this is the patient; how one knows is asked where not all three facts were given right (R3.7)."""
    found = waiting_or_404(access.desk, application_id)
    form = MatchForm(sent(request), is_same=found.claims.is_of(access.patient))
    if form.is_valid() and (grant := matched(form, found, access)):
        messages.success(request, "Now look at who asks, and decide")
        return redirect("records:desk-proxy-decide", access.patient.pk, grant.pk)
    context = {"access": access, "application": found, "claims": found.claims, "form": form}
    return render(
        request, "staff/application_match.html", context, status=422 if form.errors else 200
    )


def patients_listed(desk, asked):
    """The patients whom a search finds, but for those who are close to the viewer."""
    close = involved_with(desk.viewer)
    listed = [one for one in patients_found(desk, asked) if one.pk not in close]
    note_search(desk, asked, listed)
    return listed


def note_read(desk, found, meant):
    """Write down that staff read what somebody says, and of whom it seems to be (R9.1)."""
    about = f"proxy application {found.pk}"
    log.record(
        "proxy application read",
        at=timezone.now(),
        actor_id=desk.viewer.pk,
        duty=DECIDES,
        about=about,
    )
    note_found(desk, [meant] if meant else [], about)


def matched(form, found, access):
    """What waits for a decision now; none where the form says what speaks against it."""
    because = form.cleaned_data.get("because", "")
    try:
        return match(found, by=access, now=timezone.now(), because=because)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return None


def is_answered(form, found, desk):
    """Whether it was answered; what speaks against it is put on the form."""
    given = form.cleaned_data
    how = {"because": given["because"], "tells_applicant": given["tell"] == "yes"}
    try:
        answer_no_patient(found, by=desk, now=timezone.now(), **how)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()


def waiting_or_404(desk, application_id):
    """An application that waits at this surgery, and that this member of staff may see."""
    if found := application_at(desk, application_id):
        return found
    raise Http404

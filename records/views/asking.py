"""A patient asks for their full record, reads where that stands, and takes it back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.asking import sent
from records.doors import opens_own_request
from records.requests.asking import ask, request_of, why_not, withdraw
from records.requests.forms import AskingForm
from records.requests.standing import standings_of
from surgeries.working_days import due_on


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_request
def full_record(request, access, *, record):
    """Ask for the full record; where a request waits, how it stands, and more words for it (R8.4)."""
    form = AskingForm(sent(request))
    if form.is_valid() and is_asked(form, access, record):
        messages.success(request, f"Your request was sent to {access.patient.surgery.name}")
        return redirect("records:full-record", access.patient.pk)
    standings, today = standings_of(access.patient), timezone.localdate()
    context = {
        "access": access,
        "form": form,
        "standings": standings,
        "waiting": next((each for each in standings if each.is_open), None),
        "why_not": why_not(record),
        "due_on": due_on(today),
        "today": today,
    }
    return render(request, "asking/full_record.html", context, status=422 if form.errors else 200)


@require_POST
@opens_own_request
def take_request_back(request, access, *, record):
    """Take the request back before it is decided (R8.4)."""
    made = request_of(access.patient)
    try:
        if made:
            withdraw(made, by=access, now=timezone.now())
            messages.success(request, "You took your request back")
    except ValidationError as error:
        messages.info(request, error.messages[0])
    return redirect("records:full-record", access.patient.pk)


def is_asked(form, access, record):
    """Whether the surgery was asked; what speaks against it is put on the form."""
    try:
        ask(by=access, record=record, words=form.cleaned_data["words"], now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()

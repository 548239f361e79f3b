"""Stopping online access to one's own record, and starting it again."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from records.doors import opens_own_access
from records.grants import decline_access
from records.previewing.late import start_again


@require_safe
@opens_own_access
def online_access(request, access, *, is_open):
    """What stopping does, or how to start again."""
    return render(request, "proving/online_access.html", {"access": access, "is_open": is_open})


@require_POST
@opens_own_access
def decline(request, access, *, is_open):
    """Close the record online, for everyone, because the patient wants it closed."""
    return done(request, access, decline_access, "You have stopped online access to your record")


@require_POST
@opens_own_access
def resume(request, access, *, is_open):
    """Open it as it was before."""
    return done(request, access, start_again, "You have started online access to your record")


def done(request, access, act, words):
    """Act, say so, and go back to the page; asked for twice, it is done once."""
    try:
        act(by=access, now=timezone.now())
    except ValidationError as error:
        messages.info(request, error.messages[0])
    else:
        messages.success(request, words)
    return redirect("records:online-access", access.patient.pk)

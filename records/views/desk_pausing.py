"""Staff end a pause of a patient's, and see that a patient asks for a talk (R5.2, R2.5)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty
from accounts.views.asking import sent
from proxy_access.pausing import pauses_of
from records.activity import names_of
from records.doors import opens_for_staff
from records.pausing import end_pause_as_staff
from records.pausing_forms import EndPauseForm
from records.quiet_help import answer_help, answers_of, asked_of
from records.quiet_help_forms import TalkedForm


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def pause_ended(request, access, pause_id):
    """End a pause before its time, on a reason that is kept."""
    held, form = pause_or_404(access, pause_id), EndPauseForm(sent(request))
    if form.is_valid() and is_ended(form, held, access):
        messages.success(request, "The pause has ended, from now on")
        return redirect("records:desk-patient", access.patient.pk)
    context = {"access": access, "pause": held, "form": form}
    return render(request, "staff/pause_end.html", context, status=422 if form.errors else 200)


def is_ended(form, held, access):
    """Whether it was ended; what speaks against it is put on the form."""
    try:
        end_pause_as_staff(held, by=access, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()


def pause_or_404(access, pause_id):
    """A pause of this patient that closes something now."""
    if held := pauses_of(access.patient, at=timezone.now()).filter(pk=pause_id).first():
        return held
    raise Http404


@require_safe
@opens_for_staff()
def desk_contact(request, access):
    """How a patient who asks for a talk can be reached, and what not to do."""
    return render(request, "staff/contact.html", contact_facts(access, None))


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def desk_contact_done(request, access):
    """Say what was done for them."""
    form = TalkedForm(request.POST)
    if form.is_valid() and is_answered(form, access):
        messages.success(request, "It is kept, and the task is done")
        return redirect("records:desk-patient", access.patient.pk)
    return render(request, "staff/contact.html", contact_facts(access, form), status=422)


def is_answered(form, access):
    """Whether it was kept; what speaks against it is put on the form."""
    given = form.cleaned_data
    try:
        answer_help(given["text"], by=access, now=timezone.now(), seen=given["seen"].split())
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()


def contact_facts(access, form):
    """What was asked and not answered yet, and what was done before."""
    asked, answers = asked_of(access.patient), answers_of(access.patient)
    names = names_of({each.by_id for each in answers})
    return {
        "access": access,
        "asked": asked,
        "answers": [(each, names.get(each.by_id, "somebody")) for each in answers],
        "form": form or TalkedForm(initial={"seen": " ".join(str(each.id) for each in asked)}),
        "may_answer": access.may(Duty.DECIDE_ACCESS),
    }

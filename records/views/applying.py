"""Somebody who has proved who they are asks to act for a patient, and sees where that stands (R3.1, R4.2, R4.5)."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import answer, sent
from proxy_access.applying import NOT_IDENTIFIED, applications_of, apply, stand_of
from records.applicants import withdraw
from records.applying_forms import ApplyForm


def for_the_proved(view):
    """Let a view answer who has proved who they are; everybody else is led there (R4.2)."""

    @wraps(view)
    def door(request, **rest):
        if request.user.is_identified:
            return view(request, **rest)
        messages.info(request, NOT_IDENTIFIED)
        return redirect("records:prove")

    return door


@require_safe
@for_the_proved
def act_for_somebody(request):
    """How one comes to act for somebody, and what one asked for until now."""
    found = [(one, stand_of(one)) for one in applications_of(request.user)]
    return render(request, "applying/applications.html", {"applications": found})


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_proved
@sensitive_post_parameters()
def apply_to_act(request):
    """Ask; the answer is one and the same, whoever is or is not a patient there (R3.1)."""
    now = timezone.now()
    form = ApplyForm(sent(request), today=timezone.localdate(now))
    if form.is_valid() and is_sent(form, request.user, now):
        messages.success(request, "Sent. The surgery will look at it")
        return redirect("records:act-for-somebody")
    return answer(request, "applying/apply.html", form)


@require_safe
@for_the_proved
def application(request, application_id):
    """Where an application stands, and what was asked for."""
    found = own_or_404(request, application_id)
    context = {"application": found, "claims": found.claims, "stand": stand_of(found)}
    return render(request, "applying/application.html", context)


@require_POST
@for_the_proved
def application_taken_back(request, application_id):
    """Take it back."""
    found = own_or_404(request, application_id)
    try:
        withdraw(found, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, "You took it back")
    return redirect("records:application", found.pk)


def is_sent(form, user, now):
    """Whether it was sent; what speaks against it is put on the form."""
    given = form.cleaned_data
    try:
        apply(user, given["surgery"], given["legal_basis"], form.claims, now=now)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()


def own_or_404(request, application_id):
    """An application of whoever looks."""
    mine = applications_of(request.user)
    if found := mine.filter(pk=application_id).first():
        return found
    raise Http404

"""Somebody who was invited to act for another: what it means, the code, and their answer (R4.2)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import answer, sent
from proxy_access.inviting import decline, invitations_of, try_code
from records import inviting
from records.nominating_forms import AcceptForm, CodeForm

NOT_RIGHT = (
    "We could not use this code. Check it, and that you are signed in with the email address that the person knows "
    "of you. If both are right, ask them for a new code. After many tries, wait an hour"
)


@require_safe
@login_not_required
def invited(request):
    """What it means to act for somebody, before anything about a patient."""
    return render(request, "people/invited.html", {"user": request.user})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
def invitation_code(request):
    """The code; whatever is not right with it, the answer is one and the same."""
    form, now = CodeForm(sent(request)), timezone.now()
    if form.is_valid():
        if found := try_code(request.user, form.cleaned_data["code"], now=now):
            return redirect("records:invitation", found.pk)
        form.add_error(None, NOT_RIGHT)
    context = {"user": request.user, "waiting": invitations_of(request.user, now=now)}
    return answer(request, "people/invitation_code.html", form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, nomination_id):
    """Accept, once one has proved who one is."""
    held = opened_or_404(request, nomination_id)
    form = AcceptForm(sent(request))
    if form.is_valid() and is_accepted(form, held, request.user):
        messages.success(
            request, "You accepted. Their surgery looks at it now, and may contact you"
        )
        return redirect("home")
    context = {"user": request.user, "nomination": held}
    return answer(request, "people/invitation.html", form, **context)


@require_POST
def invitation_decline(request, nomination_id):
    """Decline."""
    held = opened_or_404(request, nomination_id)
    try:
        decline(held, by=request.user, now=timezone.now())
        messages.success(request, "You declined. The invitation is over")
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    return redirect("home")


def is_accepted(form, held, user):
    """Whether it was accepted; what speaks against it is put on the form."""
    try:
        inviting.accept(held, by=user, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()


def opened_or_404(request, nomination_id):
    """An invitation that this person opened with its code and has not answered."""
    for held in invitations_of(request.user, now=timezone.now()):
        if held.pk == nomination_id:
            return held
    raise Http404

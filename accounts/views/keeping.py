"""The account page, and the pages on which people change or close their account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import keeping
from accounts.account_forms import ChangePasswordForm, CloseForm, NewAddressForm
from accounts.models import User
from accounts.new_email import is_link_of
from accounts.views.asking import answer, sent
from accounts.views.confirming import recently_confirmed

READS_AND_SENDS = ["GET", "HEAD", "POST"]


@require_safe
def account(request):
    """What there is to see and to change about one's own account."""
    return render(request, "accounts/account.html", {"user": request.user})


@require_http_methods(READS_AND_SENDS)
@recently_confirmed
def change_email(request):
    """Another e-mail address; one same answer whether or not it has an account of its own."""
    form = NewAddressForm(sent(request), user=request.user)
    if form.is_valid():
        email = form.cleaned_data["email"]
        keeping.ask_to_change_email(request.user, email, now=timezone.now())
        return render(request, "accounts/account_check_email.html", {"email": email})
    return answer(request, "accounts/account_email.html", form, email=request.user.email)


@require_http_methods(READS_AND_SENDS)
def confirm_email(request, token):
    """Where the link in the message leads: the change is made only when the button is pressed."""
    if not is_link_of(request.user, token):
        return render(request, "accounts/account_link_over.html", status=404)
    if request.method != "POST":
        return render(request, "accounts/account_confirm_email.html", {"user": request.user})
    try:
        keeping.change_email(request.user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Your email address is changed")
    return redirect("accounts:account")


@require_http_methods(READS_AND_SENDS)
@sensitive_post_parameters("current", "password")
@recently_confirmed
def change_password(request):
    """Another password, or the first one."""
    form = ChangePasswordForm(sent(request), user=request.user)
    if form.is_valid() and is_current(form, request.user):
        user, password = User.objects.get(pk=request.user.pk), form.cleaned_data["password"]
        keeping.change_password(request, user, password=password, now=timezone.now())
        messages.success(
            request, "Your password is changed, and you are signed out everywhere else"
        )
        return redirect("accounts:account")
    return answer(request, "accounts/account_password.html", form)


def is_current(form, user):
    """Whether the current password, where one is asked for, is right; a wrong one is put on the form."""
    if "current" not in form.fields:
        return True
    if not keeping.knows_password(user, form.cleaned_data["current"], now=timezone.now()):
        form.add_error("current", WRONG)
    return form.is_valid()


WRONG = "This is not your current password. Check it, or wait 15 minutes if you tried many times"


@require_http_methods(READS_AND_SENDS)
@recently_confirmed
def close(request):
    """What closing means, and the box to tick."""
    if keeping.has_staff_duties(request.user, now=timezone.now()):
        status = 422 if request.method == "POST" else 200
        return render(request, "accounts/account_close_staff.html", status=status)
    form = CloseForm(sent(request))
    if form.is_valid():
        keeping.close_account(request, request.user, now=timezone.now())
        return redirect("accounts:closed")
    return answer(request, "accounts/account_close.html", form)


@require_safe
@login_not_required
def closed(request):
    """What there is to know afterwards."""
    return render(request, "accounts/account_closed.html")

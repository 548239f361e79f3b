"""Signing in with two steps, and signing out."""

from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import nhs_login, passkeys, returning, signing_in
from accounts.factor_forms import RecoveryCodeForm
from accounts.factors import find_ways
from accounts.forms import CodeForm, SignInForm
from accounts.recovery_codes import FEW, count_left
from accounts.views.asking import answer, answer_script, as_json, passes, sent

WRONG_PASSWORD = "The email address or the password is not right. Check both and try again"  # noqa: S105


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@sensitive_post_parameters("password")
def sign_in(request):
    """The first step: e-mail address and password."""
    if request.user.is_authenticated and request.user.is_verified():
        return redirect(next_page(request))
    form = SignInForm(sent(request))
    if form.is_valid():
        if signing_in.try_password(request, **form.cleaned_data, now=timezone.now()):
            return redirect(with_next("accounts:second-factor", request))
        form.add_error(None, WRONG_PASSWORD)
    page = {"passkey": passkey_addresses(request), "has_nhs_login": nhs_login.is_configured()}
    return answer(request, "accounts/sign_in.html", form, **page)


@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request):
    """The second step: the code of an app, or the way to the other factors that the person has (R3.9)."""
    if request.user.is_verified():
        return redirect(next_page(request))
    form = CodeForm(sent(request))
    if passes(form, partial(signing_in.try_code, request, now=timezone.now())):
        return redirect(next_page(request))
    page = {"ways": find_ways(request.user), "passkey": passkey_addresses(request)}
    page["recovery"] = with_next("accounts:use-recovery-code", request)
    return answer(request, "accounts/second_factor.html", form, **page)


@require_http_methods(["GET", "HEAD", "POST"])
def use_recovery_code(request):
    """The second step with one of the codes that were kept for the day when the app is not there."""
    if request.user.is_verified():
        return redirect(next_page(request))
    form = RecoveryCodeForm(sent(request))
    if passes(form, partial(signing_in.try_recovery_code, request, now=timezone.now())):
        warn_of_few(request)
        return redirect(next_page(request))
    back = with_next("accounts:second-factor", request)
    return answer(request, "accounts/use_recovery_code.html", form, back=back)


for _view in (second_factor, use_recovery_code):
    _view.before_second_factor = True  # type: ignore[attr-defined]


@require_POST
@login_not_required
def begin_passkey(request):
    """What the browser needs to use a passkey, of whoever it is."""
    return answer_script(
        partial(passkeys.begin_using, request, None, purpose="sign in", now=timezone.now())
    )


@require_POST
@login_not_required
def end_passkey(request):
    """Let in the owner of the passkey that was used."""
    return answer_script(partial(finish_with_passkey, request, timezone.now()))


def finish_with_passkey(request, now):
    """The page to go on to; raises ValidationError where the passkey lets nobody in."""
    used = passkeys.finish_using(request, None, as_json(request), purpose="sign in", now=now)
    if not signing_in.sign_in_with_passkey(request, used, now=now):
        raise ValidationError(passkeys.NOT_ACCEPTED)
    return {"go_to": next_page(request)}


def passkey_addresses(request):
    """Where the script of a page asks how to use a passkey, and where it sends the answer."""
    return {
        "begin": reverse("accounts:passkey-begin"), "end": with_next("accounts:passkey-end", request)
    }  # fmt: skip


def warn_of_few(request):
    """Say so when the recovery codes run out."""
    left = count_left(request.user)
    if left <= FEW:
        words = "no recovery codes" if not left else f"{left} recovery code{'s' * (left > 1)}"
        messages.warning(request, f"You have {words} left. Make new ones in your account")


@require_POST
def sign_out(request):
    """Leave, whichever step one has reached."""
    signing_in.sign_out(request, now=timezone.now())
    return redirect("home")


sign_out.before_second_factor = True  # type: ignore[attr-defined]


def next_page(request):
    """Where the person wanted to go, or was when their session ended; else the start page."""
    kept = returning.take(request.session, request.user)
    return ours(request.GET.get("next", "")) or ours(kept) or resolve_url("home")


def ours(wanted):
    """An address that leads to a page of ours; empty for any other."""
    # a bare word would be taken for the name of a page
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted != reverse("accounts:sign-out") else ""


def with_next(name, request):
    """A page of ours that goes on to where the person wanted to go."""
    wanted = ours(request.GET.get("next", ""))
    return f"{reverse(name)}?{urlencode({'next': wanted})}" if wanted else reverse(name)

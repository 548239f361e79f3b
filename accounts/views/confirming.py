"""Confirming that it is still the same person, before anything that keeps an account safe is changed."""

from datetime import datetime, timedelta
from functools import partial, wraps
from urllib.parse import urlencode, urlsplit

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts import nhs_login, passkeys, signing_in
from accounts.factor_forms import RecoveryCodeForm
from accounts.factors import find_ways
from accounts.forms import CodeForm
from accounts.second_step import check_app_code, check_recovery_code
from accounts.views.asking import answer, answer_script, as_json, passes, sent
from accounts.views.signing_in import next_page, with_next

FRESH = timedelta(minutes=15)
"""How long a second factor counts for changes to an account."""


def recently_confirmed(view):
    """Let a view answer only if a second factor was used within the last 15 minutes; else ask for one.

    A page is shown once the person has confirmed; whoever sent a form comes back to the page with the form.
    """

    @wraps(view)
    def door(request, *args, **kwargs):
        if is_fresh(request, now=timezone.now()):
            return view(request, *args, **kwargs)
        wanted = urlencode({"next": page_of(request)})
        return redirect(f"{reverse('accounts:confirm')}?{wanted}")

    return door


def is_fresh(request, *, now):
    """Whether this session used a second factor within the last 15 minutes."""
    confirmed_at = request.session.get("confirmed_at")
    return bool(confirmed_at) and now - datetime.fromisoformat(confirmed_at) <= FRESH


def page_of(request):
    """The page that was asked for, or the one with the form that was sent."""
    if request.method in {"GET", "HEAD"}:
        return request.path
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return (urlsplit(page).path if is_ours else "") or reverse("home")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request):
    """Ask for the code of an app again, or lead to the other factors that the person has."""
    form, now = CodeForm(sent(request)), timezone.now()
    if used := passes(form, partial(check_app_code, request.user, now=now)):
        return go_on(request, used, now)
    page = {
        "ways": find_ways(request.user),
        "passkey": {
            "begin": reverse("accounts:confirm-passkey-begin"),
            "end": with_next("accounts:confirm-passkey-end", request),
        },
        "recovery": with_next("accounts:confirm-recovery-code", request),
        "has_nhs_login": nhs_login.is_configured(),
    }
    return answer(request, "accounts/confirm.html", form, **page)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_with_recovery_code(request):
    """The same with one of the codes that were kept."""
    form, now = RecoveryCodeForm(sent(request)), timezone.now()
    if used := passes(form, partial(check_recovery_code, request.user, now=now)):
        return go_on(request, used, now)
    back = with_next("accounts:confirm", request)
    return answer(request, "accounts/use_recovery_code.html", form, back=back)


def go_on(request, used, now):
    """On to what the person wanted to do, now that it is them."""
    signing_in.confirm(request, used, now=now)
    return redirect(next_page(request))


@require_POST
def begin_passkey(request):
    """What the browser needs to use one of this person's passkeys."""
    begin = partial(passkeys.begin_using, request, request.user, purpose="confirm")
    return answer_script(partial(begin, now=timezone.now()))


@require_POST
def end_passkey(request):
    """On to what the person wanted to do, if the passkey is theirs."""
    return answer_script(partial(finish_with_passkey, request, timezone.now()))


def finish_with_passkey(request, now):
    """The page to go on to; raises ValidationError where the passkey is not a good one of theirs."""
    answered = as_json(request)
    used = passkeys.finish_using(request, request.user, answered, purpose="confirm", now=now)
    signing_in.confirm(request, used, now=now)
    return {"go_to": next_page(request)}

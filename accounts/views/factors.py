"""The ways to sign in that a person has: seeing, adding, naming and removing them."""

from functools import partial, wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import factors, passkeys
from accounts.factor_forms import FactorNameForm
from accounts.forms import CodeForm
from accounts.recovery_codes import FEW
from accounts.views.asking import answer, answer_script, as_json, passes, sent
from accounts.views.authenticator_app import app_with, new_sealed_key, shown_secret
from accounts.views.confirming import recently_confirmed

NEW_KEY = "new_app"


@require_safe
@recently_confirmed
def ways_to_sign_in(request):
    """Everything with which the person can sign in."""
    ways = factors.find_ways(request.user)
    rows = [(f"{factors.kind_of(one)}-{one.pk}", one) for one in [*ways.apps, *ways.passkeys]]
    page = {"ways": ways, "rows": rows, "few": FEW}
    return render(request, "accounts/factors.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("app")
@recently_confirmed
def add_app(request):
    """Another authenticator app; it needs a password to go with it."""
    if not request.user.has_usable_password():
        messages.info(request, "Set a password first. You need it together with an app")
        return redirect("accounts:change-password")
    app = app_with(request.user, request.session.get(NEW_KEY))
    if app is None:
        request.session[NEW_KEY] = new_sealed_key()
        app = app_with(request.user, request.session[NEW_KEY])
    form = CodeForm(sent(request))
    add = partial(keep_app, request, app)
    if passes(form, add):
        return redirect("accounts:factors")
    return answer(request, "accounts/factor_add_app.html", form, **shown_secret(app))


def keep_app(request, app, code):
    """Keep the app and forget its key; raises ValidationError where the code is wrong."""
    factors.add_app(app, code=code, by=request.user, now=timezone.now())
    del request.session[NEW_KEY]
    messages.success(request, "Your app is connected")
    return app


@require_safe
@recently_confirmed
def add_passkey(request):
    """Another passkey, for whoever has script."""
    return render(request, "accounts/factor_add_passkey.html")


@require_POST
@recently_confirmed
def begin_passkey(request):
    """What the browser needs to make a passkey."""
    begin = partial(passkeys.begin_making, request, request.user, purpose="add")
    return answer_script(partial(begin, now=timezone.now()))


@require_POST
@recently_confirmed
def end_passkey(request):
    """Keep the passkey that the browser made."""
    return answer_script(partial(keep_passkey, request, timezone.now()))


def keep_passkey(request, now):
    """The page to go on to; raises ValidationError where the passkey is not a good one."""
    answered = as_json(request)
    keep = partial(passkeys.finish_making, request, request.user, answered, purpose="add", now=now)
    factors.add_passkey(keep, by=request.user, now=now)
    messages.success(request, "Your passkey is ready to use")
    return {"go_to": reverse("accounts:factors")}


def opens_factor(view):
    """Let a view open one of the person's own apps or passkeys."""

    @recently_confirmed
    @wraps(view)
    def door(request, factor):
        found = factors.find_factor(request.user, factor)
        if found is None:
            raise Http404
        return view(request, found)

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@opens_factor
def rename_factor(request, factor):
    """Another name for it."""
    form = FactorNameForm(sent(request), initial={"name": factor.name})
    if form.is_valid():
        name = form.cleaned_data["name"]
        factors.rename(factor, name, by=request.user, now=timezone.now())
        return redirect("accounts:factors")
    return answer(request, "accounts/factor_name.html", form, factor=factor)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_factor
def remove_factor(request, factor):
    """Ask once more, then take it away."""
    is_used_here = request.user.otp_device == factor
    if request.method != "POST":
        page = {"factor": factor, "is_used_here": is_used_here}
        return render(request, "accounts/factor_remove.html", page)
    try:
        factors.remove(factor, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Removed. Nobody can sign in with it any more")
    return redirect("accounts:factors")

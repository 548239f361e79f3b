"""Signing in with two steps, signing out, and setting up a new account."""

from functools import wraps
from urllib.parse import urlencode

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts import set_up, signing_in
from accounts.forms import CodeForm, NewPasswordForm, SignInForm

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
    return answer(request, "accounts/sign_in.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request):
    """The second step: the code that the authenticator app shows (R3.9)."""
    if request.user.is_verified():
        return redirect(next_page(request))
    form = CodeForm(sent(request))
    if form.is_valid():
        problem = signing_in.try_code(request, **form.cleaned_data, now=timezone.now())
        if not problem:
            return redirect(next_page(request))
        form.add_error("code", problem)
    return answer(request, "accounts/second_factor.html", form)


second_factor.before_second_factor = True  # type: ignore[attr-defined]


@require_POST
def sign_out(request):
    """Leave, whichever step one has reached."""
    signing_in.sign_out(request, now=timezone.now())
    return redirect("home")


sign_out.before_second_factor = True  # type: ignore[attr-defined]


def opens_set_up(view):
    """Let a view open the account that a one-time link names; every link that does not work looks the same."""

    @wraps(view)
    def door(request, person, token):
        user = set_up.find_set_up(person, token)
        if user is None:
            return render(request, "accounts/link_over.html", status=404)
        return view(request, user, reverse("accounts:set-up-app", args=[person, token]))

    return door


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@sensitive_post_parameters("password")
@opens_set_up
def set_up_password(request, user, app_page):
    """The password of a new account; kept, hashed, in the session until the app works too."""
    form = NewPasswordForm(sent(request), user=user)
    if form.is_valid():
        password = make_password(form.cleaned_data["password"])
        request.session["set_up"] = {
            "user": str(user.pk),
            "password": password,
            "key": default_key(),
        }
        return redirect(app_page)
    return answer(request, "accounts/set_up_password.html", form, email=user.email)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@sensitive_variables("begun", "device")
@opens_set_up
def set_up_app(request, user, app_page):
    """The authenticator app of a new account; with a code from it, the account is ready."""
    begun = request.session.get("set_up") or {}
    if begun.get("user") != str(user.pk):
        return redirect(app_page.removesuffix("/app"))
    device = TOTPDevice(user=user, name="Authenticator app", key=begun["key"])
    form = CodeForm(sent(request))
    if form.is_valid() and finishes(form, user, begun["password"], device):
        del request.session["set_up"]
        messages.success(request, "Your account is ready. Sign in with your new password and app")
        return redirect("accounts:sign-in")
    return answer(request, "accounts/set_up_app.html", form, **shown_secret(device))


def finishes(form, user, password, device):
    """Whether the code that was entered completes the account; a wrong one is put on the form."""
    code = form.cleaned_data["code"]
    try:
        set_up.set_up(user, password=password, device=device, code=code, now=timezone.now())
    except ValidationError as error:
        form.add_error("code", error)
    return form.is_valid()


def shown_secret(device):
    """The secret for the app to read: as a picture without styles, and as text in groups of four."""
    address = device.config_url
    secret = address.partition("secret=")[2].partition("&")[0]
    picture = segno.make(address, error="m").svg_inline(
        scale=5, border=4, light="#fff", svgclass=None, lineclass=None, title="QR code for your app"
    )
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return {"picture": mark_safe(picture), "secret": " ".join(groups)}  # noqa: S308


def sent(request):
    """What a form was sent with; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def answer(request, template, form, **context):
    """The page with its form; 422 where something in it must be mended."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def next_page(request):
    """Where the person wanted to go, if that is a page of ours, else the start page."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted != reverse("accounts:sign-out") else resolve_url("home")


def with_next(name, request):
    """A page of ours that goes on to where the person wanted to go."""
    wanted = request.GET.get("next", "")
    return f"{reverse(name)}?{urlencode({'next': wanted})}" if wanted else reverse(name)

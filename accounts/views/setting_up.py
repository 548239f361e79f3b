"""Setting up an account behind a one-time link: with a password and an app, or with a passkey."""

from functools import partial, wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import passkeys, set_up, setting_up, signing_in
from accounts.factor_forms import APP, PASSKEY, PASSWORD_AND_PASSKEY, WayForm
from accounts.forms import CodeForm, NewPasswordForm
from accounts.recovery_codes import make_codes
from accounts.views.asking import answer, answer_script, as_json, passes, sent
from accounts.views.authenticator_app import app_with, new_sealed_key, shown_secret
from accounts.views.recovery_codes import keep_for_showing

READS_AND_SENDS = ["GET", "HEAD", "POST"]
PAGES = {
    "": "set-up",
    "password": "set-up-password",
    "app": "set-up-app",
    "passkey": "set-up-passkey",
}


class Opening:
    """An account that is being set up, and what its new owner has chosen so far, kept in the session."""

    def __init__(self, request, user, link):
        self.session, self.user, self.link = request.session, user, link
        kept = request.session.get("set_up") or {}
        self.chosen = kept if kept.get("user") == str(user.pk) else {}

    def choose(self, **chosen):
        """Keep what was chosen, for this person's account only."""
        self.chosen = {**self.chosen, **chosen, "user": str(self.user.pk)}
        self.session["set_up"] = self.chosen

    def page(self, name=""):
        """The address of one of the pages behind the link."""
        return reverse(f"accounts:{PAGES[name]}", args=self.link)

    @property
    def way(self):
        """How the person wants to sign in; None before they have said."""
        return self.chosen.get("way")

    @property
    def password(self):
        """The password, hashed: none that works for whoever wants a passkey only; None before it is chosen."""
        return make_password(None) if self.way == PASSKEY else self.chosen.get("password")

    @property
    def steps(self):
        """How many pages there are."""
        return 2 if self.way == PASSKEY else 3


def opens_set_up(view):
    """Let a view open the account that a one-time link names; every link that does not work looks the same."""

    @login_not_required
    @wraps(view)
    def door(request, person, token):
        user = set_up.find_set_up(person, token)
        if user is None:
            return render(request, "accounts/link_over.html", status=404)
        return view(request, Opening(request, user, [person, token]))

    return door


@require_http_methods(READS_AND_SENDS)
@opens_set_up
def choose_way(request, opening):
    """How the person wants to sign in."""
    form = WayForm(sent(request), initial={"way": opening.way or APP})
    if form.is_valid():
        opening.choose(way=form.cleaned_data["way"])
        return redirect(opening.page("passkey" if opening.way == PASSKEY else "password"))
    return answer(request, "accounts/set_up.html", form, email=opening.user.email)


@require_http_methods(READS_AND_SENDS)
@sensitive_post_parameters("password")
@opens_set_up
def choose_password(request, opening):
    """The password; kept, hashed, in the session until the second factor works too."""
    if opening.way not in (APP, PASSWORD_AND_PASSKEY):
        return redirect(opening.page())
    form = NewPasswordForm(sent(request), user=opening.user)
    if form.is_valid():
        password = make_password(form.cleaned_data["password"])
        opening.choose(password=password, key=new_sealed_key())
        return redirect(opening.page("app" if opening.way == APP else "passkey"))
    page = {"email": opening.user.email, "back": opening.page()}
    return answer(request, "accounts/set_up_password.html", form, **page)


@require_http_methods(READS_AND_SENDS)
@sensitive_variables("app")
@opens_set_up
def set_up_app(request, opening):
    """The authenticator app; with a code from it, the account is ready."""
    app = app_with(opening.user, opening.chosen.get("key"))
    if opening.way != APP or app is None:
        return redirect(opening.page())
    form, now = CodeForm(sent(request)), timezone.now()
    end = partial(
        setting_up.set_up_with_app, opening.user, password=opening.password, app=app, now=now
    )
    if passes(form, end):
        return redirect(let_in(request, opening, app, now))
    return answer(
        request, "accounts/set_up_app.html", form, back=opening.page(), **shown_secret(app)
    )


@require_safe
@opens_set_up
def set_up_passkey(request, opening):
    """The passkey; once it is made, the account is ready. Whoever has no script chooses another way."""
    if not opening.password or opening.way == APP:
        return redirect(opening.page())
    page = {
        "steps": opening.steps, "back": opening.page(),
        "begin": reverse("accounts:set-up-passkey-begin", args=opening.link),
        "end": reverse("accounts:set-up-passkey-end", args=opening.link),
    }  # fmt: skip
    return render(request, "accounts/set_up_passkey.html", page)


@require_POST
@opens_set_up
def begin_passkey(request, opening):
    """What the browser needs to make the passkey."""
    begin = partial(
        passkeys.begin_making, request, opening.user, purpose="set up", now=timezone.now()
    )
    return answer_script(begin)


@require_POST
@opens_set_up
def end_passkey(request, opening):
    """Keep the passkey that the browser made, and let its owner in."""
    return answer_script(partial(finish_with_passkey, request, opening))


def finish_with_passkey(request, opening):
    """The page to go on to; raises ValidationError where the passkey is not a good one."""
    if not opening.password or opening.way == APP:
        return {"go_to": opening.page()}
    now, user = timezone.now(), opening.user
    keep = partial(
        passkeys.finish_making, request, user, as_json(request), purpose="set up", now=now
    )
    passkey = setting_up.set_up_with_passkey(user, password=opening.password, keep=keep, now=now)
    return {"go_to": let_in(request, opening, passkey, now)}


def let_in(request, opening, device, now):
    """Sign in whoever has just shown both factors; the page to go on to."""
    way, user = opening.way, opening.user
    signing_in.begin(request, user, now=now)
    signing_in.complete(request, device, now=now)
    if way == PASSKEY:  # there is no password that a recovery code could go with
        return reverse("home")
    keep_for_showing(request, make_codes(user, now=now))
    return reverse("accounts:recovery-codes")

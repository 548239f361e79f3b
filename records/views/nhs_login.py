"""Coming by NHS login: there and back, then an account made, found or joined."""

from datetime import datetime, timedelta
from functools import wraps

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import nhs_login
from accounts.devices import end_here
from accounts.nhs_login import HELD, NhsLoginRefused, Proved, Reason
from accounts.nhs_login_keys import public_keys
from accounts.signing_in import begin, complete
from accounts.tries import Limit, may_try
from accounts.views.asking import answer, sent
from accounts.views.confirming import recently_confirmed
from accounts.views.signing_in import next_page
from audit import log
from audit.models import Outcome
from records import joining
from records.joining import EmailTaken, NotJoined
from records.views.nhs_login_forms import NewAccountForm, TermsForm

BEGUN = "nhs_login_begun"
HELD_FOR = timedelta(minutes=10)
ADDRESSES = Limit("nhs login email", 5, timedelta(hours=1))
EMAIL_TAKEN = (
    "There is an account with this email address. Sign in to it first, or enter another address"
)
TOO_MANY = "You tried too many email addresses. Try again in an hour"
STATUS = {
    Reason.WRONG_STATE: 400,
    Reason.WRONG_SIGNATURE: 400,
    Reason.WRONG_NONCE: 400,
    Reason.CODE_USED: 400,
    Reason.EXPIRED: 400,
    Reason.WRONG_SUBJECT: 400,
    Reason.UNSOUND: 400,
    Reason.PROVIDER_DOWN: 502,
    NotJoined.TOO_LATE: 400,
}
"""Of the page that says why; 403 for the rest, where NHS login answered well and the answer is no."""


def of_nhs_login(view):
    """Serve a page only where NHS login is set up, and turn a refusal into its page, signed out."""

    @wraps(view)
    def guarded(request):
        if not nhs_login.is_configured():
            raise Http404
        try:
            return view(request)
        except NhsLoginRefused as refusal:
            return refused(request, refusal.reason)

    return guarded


def refused(request, reason):
    """One page for each reason; whoever was signed in is not any more, and one event says why."""
    now = timezone.now()
    actor_id = request.user.pk if request.user.is_authenticated else None
    log.record(
        "nhs login", at=now, actor_id=actor_id, outcome=Outcome.REFUSED,
        details={"because": reason.value},
    )  # fmt: skip
    end_here(request, now=now)
    logout(request)
    status = STATUS.get(reason, 403)
    return render(request, "proving/nhs_login_refused.html", {"reason": reason}, status=status)


@require_POST
@login_not_required
@of_nhs_login
def start(request):
    """Off to NHS login."""
    address, begun = nhs_login.begin(redirect_uri=redirect_uri(), now=timezone.now())
    request.session[BEGUN] = begun
    return redirect(address)


@require_safe
@login_not_required
@of_nhs_login
def callback(request):
    """Back from NHS login: whoever is known is signed in, whoever is new goes on to make or join an account."""
    now = timezone.now()
    begun = request.session.pop(BEGUN, None)
    proved = nhs_login.finish(request.GET.dict(), begun, redirect_uri=redirect_uri(), now=now)
    if found := joining.find_login(proved):
        return let_back_in(request, found, proved, now=now)
    if is_signed_in(request):
        return hold(request, proved, "records:nhs-login-join", now=now)
    patient = joining.match_patient(proved, now=now)
    logout(request)  # a first step without the second, perhaps somebody else's
    has_account = joining.has_account(patient)
    page = "records:nhs-login-has-account" if has_account else "records:nhs-login-account"
    return hold(request, proved, page, now=now)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@of_nhs_login
def new_account(request):
    """The e-mail address and the terms, before an account is made for a person who is new here."""
    now = timezone.now()
    proved = held(request, now=now)
    form = NewAccountForm(sent(request))
    if form.is_valid() and (login := made(form, proved, now=now)):
        return let_in(request, login, now=now)
    return answer(request, "proving/nhs_login_account.html", form)


@require_safe
@login_not_required
@of_nhs_login
def has_account(request):
    """The record is open in an account already: its owner signs in to that, and comes back to join."""
    return render(request, "proving/nhs_login_has_account.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
@of_nhs_login
def join(request):
    """Join the NHS login that was just used with the account that one is signed in to, both factors fresh."""
    now = timezone.now()
    if HELD not in request.session:
        return render(request, "proving/nhs_login_join_again.html", {})
    proved = held(request, now=now)
    form = TermsForm(sent(request))
    if form.is_valid():
        login = joining.join(request.user, proved, now=now)
        del request.session[HELD]
        log.record("nhs login", at=now, actor_id=login.user_id, details={"joined": True})
        return redirect("home")
    names = {"proved": proved, "email": request.user.email}
    return answer(request, "proving/nhs_login_join.html", form, **names)


@require_safe
@login_not_required
def keys(request):
    """Our public keys, for NHS login to read."""
    if not nhs_login.is_configured():
        raise Http404
    return JsonResponse(public_keys())


def redirect_uri() -> str:
    """Where NHS login sends people back to: exactly what is registered there (R3.2)."""
    return settings.PORTAL_URL + reverse("records:nhs-login-callback")


def is_signed_in(request):
    """Whether both factors of an account were used."""
    return request.user.is_authenticated and request.user.is_verified()


def hold(request, proved, page, *, now):
    """Keep what was proved in the session, for ten minutes, while the person goes on to a page."""
    request.session[HELD] = {"who": proved.as_json(), "at": now.isoformat()}
    return redirect(page)


def held(request, *, now):
    """What was proved within the last ten minutes; refused where nothing was."""
    kept = request.session.get(HELD)
    if not kept or now - datetime.fromisoformat(kept["at"]) > HELD_FOR:
        raise NhsLoginRefused(NotJoined.TOO_LATE)
    return Proved.from_json(kept["who"])


def made(form, proved, *, now):
    """The login of the new account; None, with words on the form, where the address cannot be used."""
    if not may_try(ADDRESSES, proved.subject, now=now):
        return not_made(form, TOO_MANY, "too many addresses", now=now)
    try:
        return joining.open_account(proved, email=form.cleaned_data["email"], now=now)
    except EmailTaken:
        return not_made(form, EMAIL_TAKEN, "address taken", now=now)


def not_made(form, words, because, *, now):
    """Put on file, without the address, that it was refused (R9.1); the words go on the form."""
    details = {"because": because}
    log.record("account made", at=now, actor_id=None, outcome=Outcome.REFUSED, details=details)
    return form.add_error("email", words)


def let_back_in(request, login, proved, *, now):
    """Sign in a person whose NHS login is known, unless the account of somebody else is open here."""
    if is_signed_in(request) and request.user.pk != login.user_id:
        raise NhsLoginRefused(NotJoined.ANOTHER_ACCOUNT)
    joining.come_back(login, proved, now=now)
    let_in(request, login, now=now)
    if joining.is_to_be_registered(login.user, proved, now=now):
        return hold(request, proved, "records:nhs-login-join", now=now)
    return redirect(next_page(request))


def let_in(request, login, *, now):
    """Both factors at once: NHS login proved them."""
    request.session.pop(HELD, None)  # it has done its work
    begin(request, login.user, now=now)
    complete(request, login, now=now)
    log.record("nhs login", at=now, actor_id=login.user_id)
    return redirect("home")

"""The two steps of signing in, and signing out; each try is on file, without an address (R9.1)."""

from datetime import datetime
from uuid import UUID

import django_otp
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from audit import log
from audit.models import Outcome


def try_password(request: HttpRequest, *, email: str, password: str, now: datetime) -> bool:
    """Take the first step; False says no more than that the two do not fit.

    Whether or not there is such an account, the same queries run and the same hash is computed.
    """
    known = User.objects.filter(email=email).values_list("pk", flat=True).first()
    user = authenticate(request, email=email, password=password)
    if user is None:
        _note("sign-in", known, now, because="password")
        return False
    request.session.flush()  # nothing of an earlier visit stays, and the key is a new one
    login(request, user)
    _note("sign-in", user.pk, now, Outcome.DONE)
    return True


def try_code(request: HttpRequest, *, code: str, now: datetime) -> str:
    """Take the second step; an empty answer lets the person in, any other says why not and what to do."""
    user = request.user
    device = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("id").first()
    if device is None:
        _note("second factor", user.pk, now, because="none set up")
        return "Your account has no authenticator app yet. Ask your surgery for a new set-up link"
    is_allowed, _ = device.verify_is_allowed()
    verified = django_otp.verify_token(user, device.persistent_id, code)
    if verified is None:
        _note("second factor", user.pk, now, because="code" if is_allowed else "too many tries")
        return WRONG_CODE if is_allowed else TOO_MANY
    request.session.cycle_key()
    django_otp.login(request, verified)
    _note("second factor", user.pk, now, Outcome.DONE)
    return ""


WRONG_CODE = "This code is not right, or it was used before. Wait for your app to show a new code and enter that"
TOO_MANY = "There were too many wrong codes. Wait a minute, then enter the code that your app shows"


def sign_out(request: HttpRequest, *, now: datetime) -> None:
    """End the session."""
    _note("sign-out", request.user.pk, now, Outcome.DONE)
    logout(request)


def _note(
    action: str,
    actor_id: UUID | None,
    now: datetime,
    outcome: Outcome = Outcome.REFUSED,
    because: str = "",
) -> None:
    details = {"because": because} if because else {}
    log.record(action, at=now, actor_id=actor_id, outcome=outcome, details=details)

"""The two steps of signing in, and signing out; each try is on file, without an address (R9.1)."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import django_otp
from django.contrib.auth import authenticate, login, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from accounts.devices import end_here, note_device
from accounts.models import AuthenticatorApp, NhsLogin, RecoveryCodes, StaffRole, User
from accounts.nhs_login import HELD
from accounts.returning import flush_for
from accounts.second_step import check_app_code, check_recovery_code
from accounts.sessions import shorten
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
    begin(request, user, now=now)
    return True


def try_code(request: HttpRequest, *, code: str, now: datetime) -> AuthenticatorApp:
    """Take the second step with the code of an app; raises ValidationError with what to do where it is wrong."""
    app = check_app_code(request.user, code, now=now)  # type: ignore[arg-type]
    complete(request, app, now=now)
    return app


def try_recovery_code(request: HttpRequest, *, code: str, now: datetime) -> RecoveryCodes:
    """Take the second step with a recovery code; raises ValidationError where it is wrong."""
    codes = check_recovery_code(request.user, code, now=now)  # type: ignore[arg-type]
    complete(request, codes, now=now)
    return codes


def sign_in_with_passkey(
    request: HttpRequest, passkey: WebAuthnCredential, *, now: datetime
) -> bool:
    """Let in the owner of a passkey that was just used, and checked by the caller: it is both factors.

    It asked its owner for a fingerprint, face or PIN (`accounts.passkeys`). False where the account is closed
    or the passkey does not count.
    """
    user = authenticate(request, webauthn_credential=passkey) if passkey.confirmed else None
    if user is None:
        _note("sign-in", passkey.user_id, now, because="closed")
        return False
    begin(request, user, now=now)
    complete(request, passkey, now=now)
    return True


def begin(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Sign a person in by the first step, in a session with nothing else in it."""
    held = request.session.get(HELD)
    end_here(request, now=now)
    flush_for(request.session, user)  # nothing of an earlier visit stays, and the key is a new one
    if held:  # and an NHS login that is about to be joined with this account
        request.session[HELD] = held
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    _note("sign-in", user.pk, now, Outcome.DONE)


def complete(request: HttpRequest, device: Device, *, now: datetime) -> None:
    """Let in a person who has passed the first step and has just used a second factor.

    `device` must be one of theirs, checked by the caller. The session gets a new key.
    """
    request.session.cycle_key()
    django_otp.login(request, device)
    _keep_confirmed(request.session, device, now)
    if StaffRole.objects.live(timezone.localdate(now)).filter(user=request.user.pk).exists():
        shorten(request.session)
    note_device(request, factor=KINDS[type(device)], now=now)
    _note("second factor", request.user.pk, now, Outcome.DONE)


KINDS: dict[type[Device], str] = {
    AuthenticatorApp: "app",
    WebAuthnCredential: "passkey",
    RecoveryCodes: "recovery code",
    NhsLogin: "NHS login",
}
"""The kinds of second factor, in the words of the list of devices."""


def confirm(request: HttpRequest, device: Device, *, now: datetime) -> None:
    """Write down that a person who is in already has just used a second factor of theirs again."""
    _keep_confirmed(request.session, device, now)
    _note("second factor", request.user.pk, now, Outcome.DONE)


class Confirmed(NamedTuple):
    """When a session last used a second factor, and since when its owner had that one."""

    at: datetime
    held_since: datetime


def confirmed(session: SessionBase) -> Confirmed | None:
    """What a session last confirmed; None where that is not known."""
    at, since = session.get("confirmed_at"), session.get("confirmed_with_since")
    if not (at and since):
        return None
    return Confirmed(datetime.fromisoformat(at), datetime.fromisoformat(since))


def _keep_confirmed(session: SessionBase, device: Device, now: datetime) -> None:
    since = _held_since(device, now)
    session["confirmed_at"], session["confirmed_with_since"] = now.isoformat(), since.isoformat()


def _held_since(device: Device, now: datetime) -> datetime:
    """Since when its owner alone had a factor.

    Recovery codes that were made anew are new, though their row stays; and whoever holds the phone on which a page
    still shows them has them too.
    """
    if isinstance(device, RecoveryCodes) and device.made_at:
        return device.kept_at or now
    since: datetime = device.created_at
    return since


def sign_out(request: HttpRequest, *, now: datetime) -> None:
    """End the session."""
    _note("sign-out", request.user.pk, now, Outcome.DONE)
    end_here(request, now=now)
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

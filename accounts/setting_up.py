"""Opening an account behind its one-time link: the first factor and the second, both or neither."""

import time
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp_webauthn.models import WebAuthnCredential

from accounts.devices import sign_out_everywhere
from accounts.mail import Message, tell
from accounts.models import AuthenticatorApp, RecoveryCodes, User
from accounts.set_up import has_second_factor
from audit import log

USED_JUST_NOW = "This link was used just now. Sign in, or ask your surgery for help"
WRONG_CODE = "This code is not right. Check the app and enter the code that it shows now"


def verify_new_app(app: AuthenticatorApp, code: str) -> None:
    """Spend a code of six digits on an app that is not saved yet; raises ValidationError where it is wrong."""
    totp = TOTP(app.bin_key, app.step, app.t0, app.digits)
    totp.time = time.time()
    if not totp.verify(int(code), app.tolerance):
        raise ValidationError(WRONG_CODE)
    app.last_t, app.drift, app.confirmed = totp.t(), totp.drift, True


def set_up_with_app(
    user: User, *, password: str, app: AuthenticatorApp, code: str, now: datetime
) -> AuthenticatorApp:
    """Set the password, already hashed, and the app, once a code shows that it works.

    Raises ValidationError where the code is wrong; then nothing changes. The code is spent: signing in
    needs the next one.
    """
    verify_new_app(app, code)

    def keep() -> AuthenticatorApp:
        app.save(force_insert=True)
        return app

    return _set_up(user, password=password, keep=keep, now=now)


def set_up_with_passkey[Kept: Device](
    user: User, *, password: str, keep: Callable[[], Kept], now: datetime
) -> Kept:
    """Set the password, already hashed or made unusable, and the passkey that `keep` checks and saves.

    Whatever `keep` raises is passed on; then nothing changes.
    """
    return _set_up(user, password=password, keep=keep, now=now)


def _set_up[Kept: Device](
    user: User, *, password: str, keep: Callable[[], Kept], now: datetime
) -> Kept:
    """Replace everything that the account had, and end its sessions; recovery codes are made afterwards."""
    with transaction.atomic():
        _claim(user, password)
        was_set_up = has_second_factor(user)
        for kind in (AuthenticatorApp, WebAuthnCredential, RecoveryCodes):
            kind.objects.filter(user=user).delete()
        kept = keep()
        sign_out_everywhere(user, now=now)
        if user.is_self_made and not was_set_up:
            # nobody but the owner of the mailbox was ever given a link to it
            User.objects.filter(pk=user.pk).update(email_confirmed_at=now)
        log.record("account set up", at=now, actor_id=user.pk, details={"again": was_set_up})
        if was_set_up:
            tell(user, Message.FACTORS_CHANGED)
    user.refresh_from_db()
    return kept


def _claim(user: User, password: str) -> None:
    """Set the password; of two people with one link, the second finds another than their token was made for."""
    claimed = User.objects.filter(
        pk=user.pk, password=user.password, email=user.email,
        identity_level=user.identity_level, is_active=True,
    )  # fmt: skip
    if not claimed.update(password=password):
        raise ValidationError(USED_JUST_NOW)


__all__ = ["set_up_with_app", "set_up_with_passkey", "verify_new_app"]

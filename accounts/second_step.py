"""Checking a second factor that is typed: the code of an app, or a recovery code (R3.9)."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import AuthenticatorApp, RecoveryCodes, User
from accounts.recovery_codes import spend_code
from accounts.tries import Limit, forget_tries, may_try
from audit import log
from audit.models import Outcome

TRIES = Limit("second factor", tries=10, within=timedelta(minutes=15))
"""Over everything that one person has, so that a second app does not mean twice the guesses."""

NONE_SET_UP = "Your account has no authenticator app. Ask your surgery for a new set-up link"
WRONG_CODE = "This code is not right, or it was used before. Wait for your app to show a new code and enter that"
WRONG_RECOVERY_CODE = (
    "This code is not right, or it was used before. Check it and try again, or try another one"
)
TOO_MANY = "There were too many wrong codes. Wait a minute, then enter the code that your app shows"
TOO_MANY_FOR_NOW = "There were too many wrong codes. Wait 15 minutes, then try again"


def check_app_code(user: User, code: str, *, now: datetime) -> AuthenticatorApp:
    """The app of a person's that shows this code of six digits; it is then spent.

    Raises ValidationError with words that say what to do. Each refusal is on file.
    """
    if not AuthenticatorApp.objects.filter(user=user, confirmed=True).exists():
        raise _refused(user, NONE_SET_UP, now, because="none set up")
    _count(user, now)
    with transaction.atomic():
        app, was_allowed = _match(user, code)
    if app is None:
        if was_allowed:
            raise _refused(user, WRONG_CODE, now, because="code")
        raise _refused(user, TOO_MANY, now, because="too many tries")
    forget_tries(TRIES, str(user.pk))
    return app


def check_recovery_code(user: User, code: str, *, now: datetime) -> RecoveryCodes:
    """The recovery codes of a person's, once the one they typed is used up.

    Raises ValidationError with words that say what to do. Each refusal is on file.
    """
    _count(user, now)
    codes = spend_code(user, code, now=now)
    if codes is None:
        raise _refused(user, WRONG_RECOVERY_CODE, now, because="recovery code")
    forget_tries(TRIES, str(user.pk))
    return codes


def _count(user: User, now: datetime) -> None:
    if not may_try(TRIES, str(user.pk), now=now):
        raise _refused(user, TOO_MANY_FOR_NOW, now, because="too many tries")


def _match(user: User, code: str) -> tuple[AuthenticatorApp | None, bool]:
    """The app that shows a code, and whether any may be tried now: each has a throttle of its own."""
    held = AuthenticatorApp.objects.filter(user=user, confirmed=True).order_by("id")
    apps = list(held.select_for_update())
    was_allowed = any(app.verify_is_allowed()[0] for app in apps)
    for app in apps:
        if app.verify_token(code):
            for other in apps:  # those before it have counted a wrong code that was none
                other.throttle_reset()
            return app, True
    return None, was_allowed


def _refused(user: User, words: str, now: datetime, *, because: str) -> ValidationError:
    log.record(
        "second factor", at=now, actor_id=user.pk, outcome=Outcome.REFUSED,
        details={"because": because},
    )  # fmt: skip
    return ValidationError(words)


__all__ = ["TRIES", "check_app_code", "check_recovery_code"]

"""Making and using passkeys: the ceremonies of WebAuthn, by django-otp-webauthn.

A passkey asks its owner for a fingerprint, face or PIN, and so is both factors at once (R3.9).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest
from django_otp_webauthn.exceptions import CredentialUserMismatch, OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import UserVerificationRequirement

from accounts.models import User
from audit import log
from audit.models import Outcome

CEREMONY = timedelta(minutes=10)
NOT_ACCEPTED = "This passkey was not accepted. Try again, or use another way"
BEGIN_AGAIN = "That took too long, or was done in another window. Try again"
NOT_YOURS = "This passkey belongs to another account. Use one of this account"
HELD_ALREADY = "This passkey is on an account already"


class Ceremony(WebAuthnHelper):  # type: ignore[misc]
    """The library's ceremonies; a passkey that does not check who holds it is never enough."""

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        """As the library says, and with a check of who holds the device."""
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        return options

    def get_generate_authentication_options_kwargs(
        self, *, user: User | None = None, require_user_verification: bool
    ) -> dict[str, Any]:
        """The same for using one, with or without a password before it."""
        options: dict[str, Any] = super().get_generate_authentication_options_kwargs(
            user=user, require_user_verification=True
        )
        return options


def begin_making(
    request: HttpRequest, user: User, *, purpose: str, now: datetime
) -> dict[str, Any]:
    """What the browser needs to make a passkey for a person; the session expects it for this purpose only."""
    options, state = Ceremony(request).register_begin(user)
    _expect(request.session, f"make {purpose}", state, now)
    return dict(options)


def finish_making(
    request: HttpRequest, user: User, answer: Any, *, purpose: str, now: datetime
) -> WebAuthnCredential:
    """Keep the passkey that the browser made; raises ValidationError where it is not a good one.

    Each beginning is good for one end, however that goes.
    """
    state = _take_expected(request.session, f"make {purpose}", now)
    try:
        with transaction.atomic():
            passkey = _checked(lambda: Ceremony(request).register_complete(user, state, answer))
            passkey.name = "Passkey"
            passkey.save(update_fields=["name"])
    except IntegrityError:
        raise ValidationError(HELD_ALREADY) from None
    except DataError:
        raise ValidationError(NOT_ACCEPTED) from None
    return passkey


def begin_using(
    request: HttpRequest, user: User | None, *, purpose: str, now: datetime
) -> dict[str, Any]:
    """What the browser needs to use a passkey: any of a person's, or of whoever there is."""
    options, state = Ceremony(request).authenticate_begin(user)
    _expect(request.session, f"use {purpose}", state, now)
    return dict(options)


def finish_using(
    request: HttpRequest, user: User | None, answer: Any, *, purpose: str, now: datetime
) -> WebAuthnCredential:
    """The passkey that was used; raises ValidationError where it was not used well.

    A copy of a device shows by its count of uses, which goes back: the library refuses it. Each refusal of
    a passkey is on file (R9.1).
    """
    state = _take_expected(request.session, f"use {purpose}", now)
    try:
        with transaction.atomic():
            return _checked(lambda: Ceremony(request).authenticate_complete(user, state, answer))
    except (DataError, IntegrityError):  # a count of uses beyond what the library's column holds
        _note_refused(user, now)
        raise ValidationError(NOT_ACCEPTED) from None
    except ValidationError:
        _note_refused(user, now)
        raise


def _note_refused(user: User | None, now: datetime) -> None:
    log.record(
        "second factor" if user else "sign-in", at=now, actor_id=user.pk if user else None,
        outcome=Outcome.REFUSED, details={"because": "passkey"},
    )  # fmt: skip


def _expect(session: SessionBase, what: str, state: Mapping[str, Any], now: datetime) -> None:
    session["passkey"] = {"what": what, "state": state, "begun_at": now.isoformat()}


def _take_expected(session: SessionBase, what: str, now: datetime) -> dict[str, Any]:
    """What was begun for a purpose, once; raises ValidationError where nothing was, or too long ago."""
    begun = session.pop("passkey", None)
    session.save()  # whatever happens next, nobody uses this challenge again
    if not begun or begun["what"] != what:
        raise ValidationError(BEGIN_AGAIN)
    if now - datetime.fromisoformat(begun["begun_at"]) > CEREMONY:
        raise ValidationError(BEGIN_AGAIN)
    return dict(begun["state"])


def _checked(end: Callable[[], WebAuthnCredential]) -> WebAuthnCredential:
    """The passkey at the end of a ceremony; whatever the library finds wrong, in words for its owner."""
    try:
        return end()
    except CredentialUserMismatch:
        raise ValidationError(NOT_YOURS) from None
    except (OTPWebAuthnApiError, WebAuthnException, LookupError, TypeError, ValueError) as error:
        # the library takes the shape of some parts of the answer on trust
        raise ValidationError(NOT_ACCEPTED) from error


__all__ = ["Ceremony", "begin_making", "begin_using", "finish_making", "finish_using"]

"""The one-time link on which a new account gets its password and its authenticator app."""

import time
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from audit import log


class SetUpTokens(PasswordResetTokenGenerator):
    """Tokens that work for three days, until the account has a new password or a new second factor."""

    key_salt = "accounts.set_up.SetUpTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        factors = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("id")
        held = ",".join(str(pk) for pk in factors.values_list("pk", flat=True))
        return f"{user.pk} {user.password} {user.email} {held} {timestamp}"


tokens = SetUpTokens()


def set_up_link(user: User) -> str:
    """The address on which the owner of an account sets it up; whoever has it can, so send it safely."""
    person = urlsafe_base64_encode(user.pk.bytes)
    path = reverse("accounts:set-up", args=[person, tokens.make_token(user)])
    return f"{settings.PORTAL_URL}{path}"


def find_set_up(person: str, token: str) -> User | None:
    """Whose link this is; None, whatever the reason, where it does not work or works no longer."""
    try:
        user = User.objects.filter(pk=UUID(bytes=urlsafe_base64_decode(person))).first()
    except ValueError:
        return None
    return user if user and user.is_active and tokens.check_token(user, token) else None


def has_second_factor(user: User) -> bool:
    """Whether the person can pass the second step of signing in."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def set_up(user: User, *, password: str, device: TOTPDevice, code: str, now: datetime) -> None:
    """Set the password, already hashed, and the authenticator app, once a code shows that it works.

    The app replaces any that the account had. Raises ValidationError where the code is wrong; then nothing
    changes. The code is spent: signing in needs the next one.
    """
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time()
    if not totp.verify(int(code), device.tolerance):
        raise ValidationError(
            "This code is not right. Check the app and enter the code that it shows now"
        )
    device.last_t, device.drift, device.confirmed = totp.t(), totp.drift, True
    with transaction.atomic():
        # of two people with the same link, the second finds another password than its token was made for
        if not User.objects.filter(pk=user.pk, password=user.password).update(password=password):
            raise ValidationError(
                "This link was used just now. Sign in, or ask your surgery for help"
            )
        TOTPDevice.objects.filter(user=user).delete()
        device.save(force_insert=True)
        log.record("account set up", at=now, actor_id=user.pk)


__all__ = ["find_set_up", "has_second_factor", "set_up", "set_up_link"]

"""The one-time link on which an account is set up, for the first time or again."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import AuthenticatorApp, NhsLogin, User


class SetUpTokens(PasswordResetTokenGenerator):
    """Tokens that work for three days, until the account changes: address, factors, what was proved, a first duty."""

    key_salt = "accounts.set_up.SetUpTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        held = [
            ",".join(str(pk) for pk in factors.order_by("id").values_list("pk", flat=True))
            for factors in (
                AuthenticatorApp.objects.filter(user=user, confirmed=True),
                WebAuthnCredential.objects.filter(user=user, confirmed=True),
                NhsLogin.objects.filter(user=user, confirmed=True),
            )
        ]
        is_now = [user.pk, user.password, user.email, user.identity_level, *held]
        is_now.append(user.staff_roles.exists())  # who gets duties gets a link of their own, too
        return " ".join(str(one) for one in [*is_now, timestamp])


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
    """Whether the person can pass the second step of signing in: by app, passkey or NHS login."""
    kinds = (AuthenticatorApp, WebAuthnCredential, NhsLogin)
    return any(kind.objects.filter(user=user, confirmed=True).exists() for kind in kinds)


__all__ = ["find_set_up", "has_second_factor", "set_up_link"]

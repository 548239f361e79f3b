"""The ways into an account: what a person has, and adding, naming and removing it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from accounts.mail import Message, tell
from accounts.models import AuthenticatorApp, NhsLogin, User
from accounts.recovery_codes import count_left
from accounts.setting_up import verify_new_app
from audit import log

KINDS: dict[str, type[Device]] = {"app": AuthenticatorApp, "passkey": WebAuthnCredential}
"""What a person can name and remove, by the word that addresses and the log use."""


@dataclass(frozen=True)
class Ways:
    """Everything with which one person can sign in."""

    apps: list[AuthenticatorApp]
    passkeys: list[WebAuthnCredential]
    codes_left: int
    has_password: bool
    has_nhs_login: bool

    def suffice_without(self, device: Device) -> bool:
        """Whether there is still a whole way in: a passkey, a password with an app, or NHS login.

        Recovery codes do not count: they run out.
        """
        apps = [app for app in self.apps if app != device]
        passkeys = [passkey for passkey in self.passkeys if passkey != device]
        return bool(passkeys or self.has_nhs_login or (self.has_password and apps))

    @property
    def typed(self) -> bool:
        """Whether any of them is a code to type."""
        return bool(self.apps or self.codes_left)


def find_ways(user: User) -> Ways:
    """What a person has, oldest first."""
    return Ways(
        apps=list(AuthenticatorApp.objects.filter(user=user, confirmed=True).order_by("id")),
        passkeys=list(WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("id")),
        codes_left=count_left(user),
        has_password=user.has_usable_password(),
        has_nhs_login=NhsLogin.objects.filter(user=user, confirmed=True).exists(),
    )


def find_factor(user: User, name: str) -> Device | None:
    """The person's own app or passkey that an address names, like "passkey-3"; None for anything else."""
    kind, _, number = name.partition("-")
    if kind not in KINDS or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return KINDS[kind].objects.filter(user=user, confirmed=True, pk=int(number)).first()


def kind_of(device: Device) -> str:
    """The word for an app or a passkey."""
    return next(kind for kind, model in KINDS.items() if isinstance(device, model))


def add_app(app: AuthenticatorApp, *, code: str, by: User, now: datetime) -> None:
    """Keep a new app, once a code shows that it works; raises ValidationError where the code is wrong."""
    verify_new_app(app, code)
    with transaction.atomic():
        app.save(force_insert=True)
        _note_added(app, by=by, now=now)


def add_passkey(keep: Callable[[], WebAuthnCredential], *, by: User, now: datetime) -> None:
    """Keep a new passkey, which `keep` checks and saves; what it raises is passed on."""
    with transaction.atomic():
        _note_added(keep(), by=by, now=now)


def _note_added(device: Device, *, by: User, now: datetime) -> None:
    log.record("factor added", at=now, actor_id=by.pk, details={"kind": kind_of(device)})
    tell(by, Message.FACTORS_CHANGED)


def rename(device: Device, name: str, *, by: User, now: datetime) -> None:
    """Give a way to sign in another name."""
    with transaction.atomic():
        device.name = name
        device.save(update_fields=["name"])
        log.record("factor named", at=now, actor_id=by.pk, details={"kind": kind_of(device)})


def remove(device: Device, *, by: User, now: datetime) -> None:
    """Take a way to sign in away; raises ValidationError where there would be no whole way in without it.

    Sessions that were opened with it ask for another second factor on their next page.
    """
    with transaction.atomic():
        # one at a time: of two that are removed at once, the second must see that the first is gone
        user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if not find_ways(user).suffice_without(device):
            raise ValidationError(
                "You cannot remove your last way to sign in. Add another one first"
            )
        kind = kind_of(device)
        device.delete()
        log.record("factor removed", at=now, actor_id=by.pk, details={"kind": kind})
        tell(user, Message.FACTORS_CHANGED)


__all__ = [
    "Ways",
    "add_app",
    "add_passkey",
    "find_factor",
    "find_ways",
    "kind_of",
    "remove",
    "rename",
]

"""Whether anybody can get into an account yet, and whether an e-mail may let them."""

from collections.abc import Iterable
from uuid import UUID

from django_otp import device_classes, devices_for_user

from accounts.models import IdentityLevel, User


def is_set_up(user: User) -> bool:
    """Whether the account has a password or any second factor: an app, a passkey, codes, an NHS login."""
    return user.has_usable_password() or any(devices_for_user(user))


def not_set_up(users: Iterable[User]) -> set[UUID]:
    """Those of some people into whose account nobody can get yet, in a fixed number of queries."""
    left = {user.pk for user in users if not user.has_usable_password()}
    for kind in device_classes():
        left -= set(
            kind.objects.filter(user__in=left, confirmed=True).values_list("user_id", flat=True)
        )
    return left


def may_be_set_up_by_email(user: User) -> bool:
    """Whether a link that is sent by e-mail alone may set up this account.

    Only where its mailbox is all that anybody ever knew about it: made on the public page, of nobody who was
    identified, of no staff, and not set up yet.
    """
    return (
        user.is_self_made
        and user.is_active
        and user.closed_at is None
        and user.identity_level == IdentityLevel.P0
        and not is_set_up(user)
        and not user.staff_roles.exists()
        and not user.online_registrations.exists()
    )


__all__ = ["is_set_up", "may_be_set_up_by_email", "not_set_up"]

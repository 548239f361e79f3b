"""What people change about their own account: e-mail address and password; and closing it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import logout, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.tasks import task
from django.utils import timezone

from accounts import devices
from accounts.mail import Message, tell
from accounts.making import TO_ONE_ADDRESS, message_for
from accounts.models import DeskCode, StaffRole, User
from accounts.notices import forget_links
from accounts.tries import Limit, may_try
from audit import log
from audit.models import Outcome

NEW_ADDRESSES = Limit("new email", tries=10, within=timedelta(hours=1))
PASSWORDS = Limit("current password", tries=5, within=timedelta(minutes=15))


def ask_to_change_email(user: User, new_email: str, *, now: datetime) -> None:
    """Send a link to the address, in lower case, that a person wants; nothing changes before it is followed.

    Whether the address has an account of its own is found out later, in a task: the answer is the same.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(new_email=new_email)
        within_limits = [
            may_try(NEW_ADDRESSES, str(user.pk), now=now),
            may_try(TO_ONE_ADDRESS, new_email, now=now),
        ]
        log.record("email change asked for", at=now, actor_id=user.pk)
        if all(within_limits):
            write_to_new_email.enqueue(str(user.pk), new_email)


@task
def write_to_new_email(user_id: str, new_email: str) -> None:
    """Send the link, or tell the owner of that address that it has an account already."""
    holder = User.objects.filter(email=new_email).first()
    if holder:
        tell(holder, message_for(holder))
    else:
        tell(User.objects.get(pk=UUID(user_id)), Message.CONFIRM_NEW_EMAIL, to=new_email)


def change_email(user: User, *, now: datetime) -> None:
    """Change to the address that was confirmed, and tell both addresses.

    Raises ValidationError where another account took the address in the meantime, or the change was made
    just now.
    """
    old, new = user.email, user.new_email
    try:
        with transaction.atomic():
            asked_for = User.objects.filter(pk=user.pk, email=old, new_email=new)
            if not asked_for.update(email=new, new_email="", email_confirmed_at=now):
                raise ValidationError("This link was used just now")
            forget_links(user)
            log.record("email changed", at=now, actor_id=user.pk)
            tell(user, Message.EMAIL_CHANGED, to=old)
            tell(user, Message.EMAIL_CHANGED, to=new)
    except IntegrityError:
        raise ValidationError("Another account uses this email address now") from None


def knows_password(user: User, password: str, *, now: datetime) -> bool:
    """Whether a person entered their current password; after 5 tries in 15 minutes, no answer is right.

    Each refusal is on file (R9.1).
    """
    within_limit = may_try(PASSWORDS, str(user.pk), now=now)
    if within_limit and user.check_password(password):
        return True
    because = {"because": "password" if within_limit else "too many tries"}
    log.record(
        "password changed", at=now, actor_id=user.pk, outcome=Outcome.REFUSED, details=because
    )
    return False


def change_password(request: HttpRequest, user: User, *, password: str, now: datetime) -> None:
    """Set a password, sign out everywhere else, and tell the person; this session goes on."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        log.record("password changed", at=now, actor_id=user.pk)
        tell(user, Message.PASSWORD_CHANGED)
        update_session_auth_hash(request, user)
        devices.sign_out_others(user, keep=request.session, now=now)


def has_staff_duties(user: User, *, now: datetime) -> bool:
    """Whether a person works for a surgery today, and so cannot close their account by themselves."""
    return StaffRole.objects.live(timezone.localdate(now)).filter(user=user).exists()


def close_account(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Close a person's account for good: they are signed out everywhere and can never sign in again.

    Their online registration ends and stays on file; the record stays with the surgery (R1.13). Raises
    ValidationError while they have duties at a surgery.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if has_staff_duties(user, now=now):
            raise ValidationError("You cannot close your account while you work for a surgery here")
        user.closed_at, user.is_active, user.new_email = now, False, ""
        user.save(update_fields=["closed_at", "is_active", "new_email"])
        patient_id = _end_registration(user, now)
        DeskCode.objects.filter(user=user).usable(now).update(ends_at=now)
        log.record("account closed", at=now, actor_id=user.pk, patient_id=patient_id)
        tell(user, Message.ACCOUNT_CLOSED)
        devices.sign_out_everywhere(user, now=now)
    logout(request)


def _end_registration(user: User, now: datetime) -> UUID | None:
    """End what makes the user a patient, and say which patient; None where they are none."""
    registration = user.online_registrations.filter(ended_on=None).first()
    if registration is None:
        return None
    registration.ended_on = max(timezone.localdate(now), registration.started_on)
    registration.save(update_fields=["ended_on"])
    return registration.patient_id


__all__ = [
    "ask_to_change_email",
    "change_email",
    "change_password",
    "close_account",
    "has_staff_duties",
    "knows_password",
]

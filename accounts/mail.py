"""E-mails to people with an account: neutral words only (R5.4), sent after the change that they tell of."""

from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.tasks import task
from django.template.loader import render_to_string

from accounts.models import User
from accounts.new_email import confirm_link
from accounts.set_up import set_up_link
from accounts.ways_in import may_be_set_up_by_email


class Message(StrEnum):
    """What there is to tell; each has two templates in templates/emails, for HTML and for plain text."""

    SET_UP_ACCOUNT = "set-up-account"
    HAS_ACCOUNT_ALREADY = "has-account-already"
    ACCOUNT_WAS_CLOSED = "account-was-closed"
    CONFIRM_NEW_EMAIL = "confirm-new-email"
    EMAIL_CHANGED = "email-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    FACTORS_CHANGED = "factors-changed"
    RECOVERY_CODE_USED = "recovery-code-used"
    NEW_DEVICE = "new-device"
    ONLINE_ACCESS_STARTED = "online-access-started"
    NHS_LOGIN_JOINED = "nhs-login-joined"
    ACCOUNT_CLOSED = "account-closed"
    NOTICES_CHANGED = "notices-changed"
    SOMETHING_NEW = "something-new"


SUBJECTS = {
    Message.SET_UP_ACCOUNT: "Set up your account",
    Message.HAS_ACCOUNT_ALREADY: "About your account",
    Message.ACCOUNT_WAS_CLOSED: "About your account",
    Message.CONFIRM_NEW_EMAIL: "Confirm your email address",
    Message.EMAIL_CHANGED: "Your email address was changed",
    Message.PASSWORD_CHANGED: "Your password was changed",
    Message.FACTORS_CHANGED: "How you sign in was changed",
    Message.RECOVERY_CODE_USED: "A recovery code was used",
    Message.NEW_DEVICE: "You signed in on a new device",
    Message.ONLINE_ACCESS_STARTED: "Your account is ready",
    Message.NHS_LOGIN_JOINED: "Your NHS login was connected",
    Message.ACCOUNT_CLOSED: "Your account is closed",
    Message.NOTICES_CHANGED: "What we tell you was changed",
    Message.SOMETHING_NEW: "There is something new",
}
LINKS = {Message.SET_UP_ACCOUNT: set_up_link, Message.CONFIRM_NEW_EMAIL: confirm_link}
"""Those that let their reader do something have a link of their own; the others name the portal's address."""


def tell(user: User, message: Message, *, to: str = "") -> None:
    """Send a message to a person's address, or to another of theirs, once the transaction has committed."""
    send.enqueue(str(user.pk), message.value, to or user.email)


@task
def send(user_id: str, message: str, to: str) -> None:
    """Write the message and hand it over; links are made only now, so that no table holds them.

    Whatever goes wrong is raised, so that the task counts as failed and can be tried again.
    """
    user, kind = User.objects.get(pk=UUID(user_id)), Message(message)
    if _is_overtaken(user, kind, to):
        return
    post(kind, to=to, link=LINKS[kind](user) if kind in LINKS else settings.PORTAL_URL)


def post(kind: Message, *, to: str, link: str, stop: str = "") -> None:
    """Write a message and hand it over now; `stop` is the address that stops such messages by one request (RFC 8058)."""
    email = EmailMultiAlternatives(
        subject=SUBJECTS[kind],
        body=words_of(kind, link=link, stop=stop),
        to=[to],
        headers={"Auto-Submitted": "auto-generated"}
        | _stopping(stop),  # nobody's "I am away" comes back
    )
    email.attach_alternative(words_of(kind, link=link, stop=stop, form="html"), "text/html")
    email.send()


def words_of(kind: Message, *, link: str, stop: str = "", form: str = "txt") -> str:
    """A message as it is sent, as plain text or as HTML."""
    words = {"subject": SUBJECTS[kind], "link": link, "stop": stop, "portal": settings.PORTAL_URL}
    return render_to_string(f"emails/{kind.value}.{form}", words)


def _stopping(stop: str) -> dict[str, str]:
    if not stop:
        return {}
    return {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _is_overtaken(user: User, kind: Message, to: str) -> bool:
    """Whether a link may no longer go to this address, since something changed after the message was asked for."""
    if kind is Message.SET_UP_ACCOUNT:
        return to != user.email or not may_be_set_up_by_email(user)
    return kind is Message.CONFIRM_NEW_EMAIL and to != user.new_email


__all__ = ["SUBJECTS", "Message", "post", "send", "tell", "words_of"]

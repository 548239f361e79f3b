"""Whether somebody is told of something by e-mail, when, and how they stop it: by what they chose (R5.4, ADR 41).

What keeps an account safe goes past all this: `accounts.mail.tell` sends it at once.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.mail import Message, post, tell
from accounts.models import Kind, NoticeChoice, Readers, User
from audit import log


class Verdict(StrEnum):
    """What becomes of something that there is to tell."""

    SEND = "send"
    WAIT = "wait"
    NOT_WANTED = "not wanted"
    NOT_SAFE = "mailbox"
    NOTHING_LEFT = "nothing left"


def verdict(
    kind: Kind, choice: NoticeChoice, *, email: str, sharers: Collection[UUID], now: datetime
) -> Verdict:
    """Whether something of this kind goes to a person's address now.

    `sharers` are those who act for the person and read the same mailbox, as far as anybody knows (R4.11).
    """
    if not choice.wants(kind):
        return Verdict.NOT_WANTED
    if not is_safe(kind, choice, email=email, sharers=sharers):
        return Verdict.NOT_SAFE
    return Verdict.WAIT if is_quiet(choice, now) else Verdict.SEND


def is_safe(kind: Kind, choice: NoticeChoice, *, email: str, sharers: Collection[UUID]) -> bool:
    """Whether the person said that what is sent to this address harms nobody, where they have to say so first."""
    said = readers_of(choice, email)
    if said == Readers.NOT_SAFE:
        return False
    if not sharers:
        return said != Readers.UNASKED or kind != Kind.ENTRIES
    return said == Readers.OTHERS_SAFE and set(sharers) <= set(choice.sharers)


def readers_of(choice: NoticeChoice, email: str) -> Readers:
    """Who reads an address, as the person said of this one."""
    is_same = choice.readers_of == email.casefold()
    return Readers(choice.readers) if is_same else Readers.UNASKED


def is_quiet(choice: NoticeChoice, now: datetime) -> bool:
    """Whether it is outside the hours in which a person wants to hear; an hour is one in London, also in summer."""
    begins, ends = hours_of(choice)
    hour = timezone.localtime(now).hour
    if begins < ends:
        return not begins <= hour < ends
    return ends <= hour < begins  # over midnight; the same hour twice is any time


def hours_of(choice: NoticeChoice) -> tuple[int, int]:
    """From which hour and before which something may be sent."""
    if choice.from_hour is None or choice.until_hour is None:
        return settings.NOTICE_HOURS
    return choice.from_hour, choice.until_hour


def choice_of(user: User) -> NoticeChoice:
    """What a person chose, or the defaults, without a row for who never did."""
    return NoticeChoice.objects.filter(user=user).first() or NoticeChoice(user=user)


def hold_choice(user: User) -> NoticeChoice:
    """The row of a person, made where there is none, which nobody else changes until the transaction ends."""
    NoticeChoice.objects.get_or_create(user=user)
    return NoticeChoice.objects.select_for_update(no_key=True).get(user=user)


def say_changed(
    user: User, *, by: User | None, now: datetime, changed: Mapping[str, object]
) -> None:
    """Keep what somebody is told from now on, and say to their address that it was changed, whatever they want (R9.1).

    For whoever sits at somebody else's browser could silence it, or begin it, in silence. `by` is None for a link, of
    which nobody knows who followed it.
    """
    actor_id = by.pk if by else None
    log.record(
        "notices chosen", at=now, actor_id=actor_id, about=f"user {user.pk}", details=dict(changed)
    )
    if user.is_active and not user.closed_at:
        tell(user, Message.NOTICES_CHANGED)


def stop_all(choice: NoticeChoice, *, now: datetime) -> None:
    """Tell a person nothing more that they can do without; once more does nothing."""
    with transaction.atomic():
        rows = NoticeChoice.objects.select_for_update(no_key=True, of=("self",))
        held = rows.select_related("user").get(pk=choice.pk)
        on = [kind.value for kind in Kind if held.wants(kind)]
        if not on:
            return
        for kind in on:
            setattr(held, kind, False)
        held.waiting = []
        held.save(update_fields=[*on, "waiting"])
        say_changed(held.user, by=None, now=now, changed=dict.fromkeys(on, False))


def send(choice: NoticeChoice) -> None:
    """Say to a person that there is something new, in the same words whatever it is, with the link that stops it."""
    post(
        Message.SOMETHING_NEW,
        to=choice.user.email,
        link=settings.PORTAL_URL,
        stop=stop_link(choice),
    )


def stop_link(choice: NoticeChoice) -> str:
    """The address that stops e-mails by one request to it; it says nothing of whose they are."""
    token = _signer().sign(choice.stop_id.hex)
    return f"{settings.PORTAL_URL}{reverse('accounts:stop-emails', args=[token])}"


def find_stop(token: str) -> NoticeChoice | None:
    """Whose e-mails a link stops; None where it is none of ours, or of an address that is not used any more."""
    try:
        stop_id = UUID(_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return NoticeChoice.objects.filter(stop_id=stop_id).first()


def forget_links(user: User) -> None:
    """Let no link work that was sent to an address before: another person may read it there."""
    NoticeChoice.objects.filter(user=user).update(stop_id=uuid4())


def _signer() -> Signer:
    return Signer(salt="accounts.notices", sep=".")

"""Telling somebody by e-mail that there is something new, if they want that and it harms nobody (R5.4, R4.11)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import Kind, NoticeChoice, OnlineRegistration, User
from accounts.notices import Verdict, hold_choice, send, verdict
from audit import log
from proxy_access.mailboxes import sharers_of


def tell_if_wanted(user: User, kind: Kind) -> None:
    """Tell a person that there is something new of a kind, once the transaction has committed, if they want to know.

    What they want, who reads their mail and what hour it is are looked at when it is sent.
    """
    send_if_wanted.enqueue(str(user.pk), kind.value)


def tell_patient(patient_id: UUID, kind: Kind, *, now: datetime, but: User | None = None) -> None:
    """The same to whose record it is, where they have an account; not where it is `but`, who did it and knows."""
    live = OnlineRegistration.objects.live(timezone.localdate(now)).filter(patient=patient_id)
    online = live.select_related("user").first()
    if online and online.user != but:
        tell_if_wanted(online.user, kind)


@task
def send_if_wanted(user_id: str, kind: str) -> None:
    """Send it, or let it wait for the hour; what is kept back is on file, without a word of what it was (R9.1)."""
    user, now = User.objects.get(pk=UUID(user_id)), timezone.now()
    if user.closed_at or not user.is_active:
        return
    with transaction.atomic():
        choice = hold_choice(user)
        choice.user = user
        found = decide(Kind(kind), choice, user, now=now)
        if found is Verdict.WAIT:
            choice.waiting = sorted({*choice.waiting, kind})
            choice.save(update_fields=["waiting"])
        elif found is not Verdict.SEND:
            note_kept_back(user, found, now=now)
    if found is Verdict.SEND:
        send(choice)


def decide(kind: Kind, choice: NoticeChoice, user: User, *, now: datetime) -> Verdict:
    """What becomes of something of a kind for a person now."""
    others = sharers_of(user, on=timezone.localdate(now))
    return verdict(kind, choice, email=user.email, sharers=others, now=now)


def note_kept_back(user: User, because: Verdict, *, now: datetime) -> None:
    """Keep that an e-mail was not sent, and why."""
    log.record(
        "notice kept back", at=now, actor_id=None, about=f"user {user.pk}",
        details={"because": because.value},
    )  # fmt: skip

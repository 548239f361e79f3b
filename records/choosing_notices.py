"""What a person chooses to be told by e-mail: of which records, of what else, when, and who reads their mail (R5.4, R4.11)."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Kind, NoticeChoice, Readers, User
from accounts.notices import hold_choice, readers_of, say_changed
from audit import log
from proxy_access.access import Access
from proxy_access.mailboxes import sharers_of
from records.grants import records_to_choose
from records.models import NewsChoice

OTHERS = [Kind.ACCESS, Kind.PEOPLE, Kind.ENDS]
"""What is chosen once for the whole account; of new entries, for each record."""
ASK_READERS = "Choose who reads your emails. We ask before we tell you of anything new in a record"
ARE_SHARED = "An address of somebody who acts for you, or whom you invited, reaches the same mailbox. Choose one of the other answers"


class Answers(NamedTuple):
    """What somebody chose: patients by id, kinds of `OTHERS`, both hours or None for the usual, and one of `Readers`."""

    records: frozenset[UUID]
    kinds: frozenset[str]
    hours: tuple[int, int] | None
    readers: str


def records_told_of(user: User, *, now: datetime) -> list[Access]:
    """Of which records somebody may ask to be told: as they find them on their first page, so that a pause looks like an end."""
    return records_to_choose(user, on=timezone.localdate(now), at=now)


def chosen(user: User, choice: NoticeChoice) -> Answers:
    """What holds for somebody now."""
    wanted = NewsChoice.objects.filter(viewer=user, is_wanted=True)
    records = wanted.values_list("patient_id", flat=True) if choice.entries else ()
    hours = None
    if choice.from_hour is not None and choice.until_hour is not None:
        hours = choice.from_hour, choice.until_hour
    kinds = frozenset(kind.value for kind in OTHERS if choice.wants(kind))
    return Answers(frozenset(records), kinds, hours, readers_of(choice, user.email).value)


def choose(user: User, answers: Answers, *, now: datetime) -> bool:
    """Keep what somebody chose, and tell them that it was changed; False where nothing was.

    Raises ValidationError with words for them where they have to say first who reads their mail.
    """
    with transaction.atomic():
        choice, offered = hold_choice(user), records_told_of(user, now=now)
        before = chosen(user, choice)
        sharers = sharers_of(user, on=timezone.localdate(now))
        _refuse_unsaid(answers, sharers)
        is_same_mailbox = set(sharers) <= set(choice.sharers)
        if answers == _within(before, offered) and (is_same_mailbox or not answers.readers):
            return False
        _put_records(user, choice, answers, offered, now=now)
        _put(choice, answers, user, sharers, now=now)
        changed = {
            "kinds": sorted(answers.kinds),
            "hours": answers.hours,
            "readers": answers.readers,
        }
        say_changed(user, by=user, now=now, changed=changed)
    return True


def _within(answers: Answers, offered: list[Access]) -> Answers:
    """The same of those records alone that can be chosen now."""
    return answers._replace(records=answers.records & {each.patient.pk for each in offered})


def _refuse_unsaid(answers: Answers, sharers: Collection[UUID]) -> None:
    if answers.records and not answers.readers:
        raise ValidationError({"readers": ASK_READERS})
    if sharers and answers.readers == Readers.ONLY_ME:
        raise ValidationError({"readers": ARE_SHARED})


def _put_records(
    user: User, choice: NoticeChoice, answers: Answers, offered: list[Access], *, now: datetime
) -> None:
    if not choice.entries:  # all were stopped at once: none comes back because another one does
        NewsChoice.objects.filter(viewer=user, is_wanted=True).update(is_wanted=False)
    for access in offered:
        held, _ = NewsChoice.objects.get_or_create(viewer=user, patient=access.patient)
        wanted = access.patient.pk in answers.records
        if held.is_wanted == wanted:
            continue
        held.is_wanted, held.chosen_at = wanted, now
        if wanted:  # told from now on, and of nothing before
            held.entries_until, held.moved_at = now, None
        held.save()
        log.record(
            "news chosen", at=now, actor_id=user.pk, patient_id=access.patient.pk,
            about=f"user {user.pk}", details={"wanted": wanted},
        )  # fmt: skip


def _put(
    choice: NoticeChoice, answers: Answers, user: User, sharers: Collection[UUID], *, now: datetime
) -> None:
    choice.entries = NewsChoice.objects.filter(viewer=user, is_wanted=True).exists()
    for kind in OTHERS:
        setattr(choice, kind.value, kind in answers.kinds)
    choice.from_hour, choice.until_hour = answers.hours or (None, None)
    choice.readers, choice.readers_of = answers.readers, user.email.casefold()
    choice.sharers, choice.chosen_at = sorted(sharers), now
    choice.validate_constraints()
    choice.save()

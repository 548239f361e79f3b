"""Telling people once a day at most that there is something new in a record: who, and of what, is found out when it is due.

Who may have news is asked of a few tables first, and only of these is the record looked at. Nothing depends on it: what
is new is on the pages, whether or not anybody was told (ADR 41).
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.tasks import task
from django.utils import timezone

from accounts.models import Kind, NoticeChoice, OnlineRegistration, User
from accounts.notices import Verdict, hold_choice, is_quiet, send, verdict
from audit import log
from audit.row_security import rows_of
from proxy_access.mailboxes import sharers_of
from proxy_access.notices import note_kept_back
from records.grants import record_of
from records.models import AccessGrant, ChangePreview, NewsChoice, WarningAgreement
from records.models.preview import OWN_FIELD
from records.news import access_changed_at, has_news, seen_until
from records.visibility import RecordAccess

SETTLED = timedelta(minutes=15)
"""What is younger waits for the next batch: an extract that is still being loaded carries an earlier moment."""
LOOKS_BACK = timedelta(days=7)
"""Of decisions that are older nobody is told by e-mail, so that none begin with years of them."""
LEAST_BETWEEN = timedelta(hours=20)
Pairs = Iterable[tuple[UUID, UUID]]


class About(NamedTuple):
    """Why one person is told of one record: what came after `entries_since`, or was decided after `access_since`."""

    patient_id: UUID
    entries_since: datetime | None
    access_since: datetime | None
    until: datetime

    def as_json(self) -> dict[str, Any]:
        """As a task takes it."""
        times = {name: getattr(self, name) for name in self._fields[1:]}
        told = {name: at.isoformat() if at else None for name, at in times.items()}
        return {"patient_id": str(self.patient_id), **told}

    @classmethod
    def of_json(cls, given: dict[str, Any]) -> "About":
        """The same from what a task was given."""
        times = (given[name] for name in cls._fields[1:])
        told = (datetime.fromisoformat(at) if at else None for at in times)
        return cls(UUID(given["patient_id"]), *told)  # type: ignore[arg-type]


def tell_of_news(*, now: datetime) -> int:
    """Tell everybody for whom there is something, and say how many; run again on the same day, it tells nobody twice.

    What goes wrong with one person is raised once all others were looked at.
    """
    told, wrong = 0, []
    for user_id, patients in _due(now).items():
        try:
            told += _tell(user_id, patients, now=now)
        except Exception as error:  # whatever it is, nobody else waits for it
            wrong.append(error)
    if wrong:
        raise ExceptionGroup(f"{told} were told, and {len(wrong)} could not be looked at", wrong)
    return told


def _due(now: datetime) -> dict[UUID, set[UUID]]:
    """Who may have something to be told now, and of which records; in a number of queries that is always the same."""
    waiting = NoticeChoice.objects.exclude(waiting=[]).values_list("user_id", flat=True)
    found: dict[UUID, set[UUID]] = {user_id: set() for user_id in waiting}
    for user_id, patient_id in (*_moved(), *_decided(now), *_set(now)):
        found.setdefault(user_id, set()).add(patient_id)
    choices = NoticeChoice.objects.in_bulk(found)
    return {
        user_id: patients
        for user_id, patients in found.items()
        if _may_hear(choices.get(user_id) or NoticeChoice(), patients, now)
    }


def _may_hear(choice: NoticeChoice, patients: Collection[UUID], now: datetime) -> bool:
    return not is_quiet(choice, now) and bool(choice.waiting or not _was_told(choice, now))


def _was_told(choice: NoticeChoice, now: datetime) -> bool:
    """Whether somebody was told of news today, or so late yesterday that it is too soon."""
    if choice.news_at is None:
        return False
    same_day = timezone.localdate(choice.news_at) >= timezone.localdate(now)
    return same_day or now - choice.news_at < LEAST_BETWEEN


def _moved() -> Pairs:
    """In which records something changed, of which somebody wants to be told."""
    wanted = NewsChoice.objects.filter(is_wanted=True, moved_at__gt=F("entries_until"))
    open_to = wanted.filter(viewer__is_active=True, viewer__closed_at=None)
    return open_to.filter(viewer__notice_choice__entries=True).values_list(
        "viewer_id", "patient_id"
    )


def _decided(now: datetime) -> Pairs:
    """About which patients something was decided that they were not told of; what a rule set by itself is no news."""
    made = AccessGrant.objects.filter(decided_at__range=_days(now)).exclude(duty="")
    patients = made.order_by().values("patient")
    latest = dict(patients.annotate(at=Max("decided_at")).values_list("patient", "at"))
    own = _own(now).filter(patient__in=patients).values_list("user_id", "patient_id")
    told = _told(NewsChoice.objects.filter(patient__in=patients))
    return [pair for pair in own if _is_untold(told.get(pair), latest.get(pair[1]))]


def _set(now: datetime) -> Pairs:
    """For which patients a setting of their surgery changed that they were not told of (R1.2, R1.12)."""
    used = ChangePreview.objects.filter(kind__in=list(OWN_FIELD), used_at__range=_days(now))
    surgeries = used.order_by().values("surgery")
    latest = dict(surgeries.annotate(at=Max("used_at")).values_list("surgery", "at"))
    own = _own(now).filter(patient__surgery__in=surgeries)
    told = _told(NewsChoice.objects.filter(patient__surgery__in=surgeries))
    found = own.values_list("user_id", "patient_id", "patient__surgery")
    return [
        (user_id, patient_id)
        for user_id, patient_id, surgery_id in found
        if _is_untold(told.get((user_id, patient_id)), latest.get(surgery_id))
    ]


def _days(now: datetime) -> tuple[datetime, datetime]:
    return now - LOOKS_BACK, now - SETTLED


def _told(choices: QuerySet[NewsChoice]) -> dict[tuple[UUID, UUID], datetime | None]:
    """Up to when each was told of their access."""
    rows = choices.exclude(access_until=None)
    return {
        (viewer_id, patient_id): at
        for viewer_id, patient_id, at in rows.values_list("viewer_id", "patient_id", "access_until")
    }


def _is_untold(told: datetime | None, at: datetime | None) -> bool:
    return at is not None and (told is None or told < at)


def _own(now: datetime) -> QuerySet[OnlineRegistration]:
    """Those who have an account, opened their record at some time, and do not do without news of their access."""
    live = OnlineRegistration.objects.live(timezone.localdate(now))
    opened = WarningAgreement.objects.filter(patient=OuterRef("patient"), user=OuterRef("user"))
    active = live.filter(Exists(opened), user__is_active=True, user__closed_at=None)
    return active.exclude(user__notice_choice__access=False)


def _tell(user_id: UUID, patients: Collection[UUID], *, now: datetime) -> bool:
    """Look at the records of one person, and tell them once of all; all is kept with the task that sends it, or nothing."""
    with transaction.atomic():
        user = User.objects.get(pk=user_id)
        choice = hold_choice(user)
        if is_quiet(choice, now):  # they have chosen other hours meanwhile
            return False
        look = _Look(user, choice, now)
        about = [] if _was_told(choice, now) else look.at_all(patients)
        waiting = look.of(choice.waiting)
        choice.waiting = []
        choice.news_at = now if about else choice.news_at
        choice.save(update_fields=["waiting", "news_at"])
        if about or waiting:
            send_news.enqueue(str(user.pk), [each.as_json() for each in about], waiting)
    return bool(about or waiting)


class _Look:
    """What there is to tell one person at one moment."""

    def __init__(self, user: User, choice: NoticeChoice, now: datetime) -> None:
        self.user, self.choice, self.now = user, choice, now
        self.today, self.until = timezone.localdate(now), now - SETTLED
        self.sharers = sharers_of(user, on=self.today)

    def may_tell(self, kind: Kind) -> bool:
        """Whether something of a kind may be sent now."""
        found = verdict(
            kind, self.choice, email=self.user.email, sharers=self.sharers, now=self.now
        )
        return found is Verdict.SEND

    def of(self, kinds: Iterable[str]) -> list[str]:
        """Those of some kinds that may be sent now."""
        return [kind for kind in kinds if self.may_tell(Kind(kind))]

    def at_all(self, patients: Iterable[UUID]) -> list[About]:
        """What there is to tell of some records, and up to when was looked."""
        return [about for each in sorted(patients) if (about := self.at(each))]

    def at(self, patient_id: UUID) -> About | None:
        """The same of one; None, and nothing kept, where it does not open, as while it is paused (R5.2)."""
        access = record_of(self.user, patient_id, on=self.today, at=self.now)
        if not isinstance(access, RecordAccess):
            return None
        with rows_of(patient_id):
            NewsChoice.objects.get_or_create(viewer=self.user, patient=access.patient)
            rows = NewsChoice.objects.select_for_update(no_key=True)
            held = rows.get(viewer=self.user, patient=access.patient)
            seen = seen_until(access)
            about = About(
                patient_id, self._entries(access, held, seen), self._access(access, held, seen), self.until
            )  # fmt: skip
            held.save(update_fields=["entries_until", "access_until"])
            if about.entries_since is None and about.access_since is None:
                return None
            log.record(
                "told of news", at=self.now, actor_id=None, patient_id=patient_id,
                about=f"user {self.user.pk}",
            )  # fmt: skip
        return about

    def _entries(
        self, access: RecordAccess, held: NewsChoice, seen: datetime | None
    ) -> datetime | None:
        """After which moment something came that is to be told."""
        if not held.is_wanted or not self.may_tell(Kind.ENTRIES):
            return None
        since = max(at for at in (held.entries_until, seen) if at)
        held.entries_until = max(at for at in (held.entries_until, self.until) if at)
        return since if has_news(access, since=since, until=self.until) else None

    def _access(
        self, access: RecordAccess, held: NewsChoice, seen: datetime | None
    ) -> datetime | None:
        """After which moment something was decided that is to be told; what was decided just now waits."""
        if seen is None or not self.may_tell(Kind.ACCESS):
            return None
        since = max(at for at in (held.access_until, seen, self.now - LOOKS_BACK) if at)
        changed_at = access_changed_at(access, since=since)
        if changed_at and changed_at > self.until:
            return None
        held.access_until = max(at for at in (held.access_until, self.until) if at)
        return since if changed_at else None

    def is_still(self, about: About) -> bool:
        """Whether there is still something to tell of a record, for it may have been hidden or closed since."""
        access = record_of(self.user, about.patient_id, on=self.today, at=self.now)
        if not isinstance(access, RecordAccess):
            return False
        with rows_of(about.patient_id):
            came, decided = about.entries_since, about.access_since
            if (
                came
                and self.may_tell(Kind.ENTRIES)
                and has_news(access, since=came, until=about.until)
            ):
                return True
            return bool(
                decided and self.may_tell(Kind.ACCESS) and access_changed_at(access, since=decided)
            )


@task
def send_news(user_id: str, about: list[dict[str, Any]], waiting: list[str]) -> None:
    """Send what a batch found, if it is still to be told when the worker comes to it; in the night it goes back."""
    user, now = User.objects.get(pk=UUID(user_id)), timezone.now()
    if user.closed_at or not user.is_active:
        return
    found = [About.of_json(each) for each in about]
    with transaction.atomic():
        choice = hold_choice(user)
        choice.user = user
        look = _Look(user, choice, now)
        if is_quiet(choice, now):
            return _put_back(choice, found, waiting)
        is_told = bool(look.of(waiting)) or any(look.is_still(each) for each in found)
        if not is_told:
            return note_kept_back(user, Verdict.NOTHING_LEFT, now=now)
    send(choice)


def _put_back(choice: NoticeChoice, about: list[About], waiting: list[str]) -> None:
    """Let the next batch find what this one found, as if it had not looked."""
    for each in about:
        held = NewsChoice.objects.filter(viewer=choice.user, patient=each.patient_id)
        if each.entries_since:
            held.filter(entries_until=each.until).update(entries_until=each.entries_since)
        if each.access_since:
            held.filter(access_until=each.until).update(access_until=each.access_since)
    choice.waiting, choice.news_at = sorted({*choice.waiting, *waiting}), None
    choice.save(update_fields=["waiting", "news_at"])


def note_told(user: User, patient_id: UUID, *, now: datetime) -> None:
    """Keep that a patient is told of what was decided about their access, so that no batch tells it again."""
    NewsChoice.objects.update_or_create(
        viewer=user, patient_id=patient_id, defaults={"access_until": now}
    )

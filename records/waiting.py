"""What waits at a surgery: one list, with filters and counts, the same number of queries however long it is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import DeskCode, OnlineRegistration, SignedInDevice, User
from accounts.staff import Desk
from audit import log
from nhsuk.wording import date_words
from proxy_access.access import involved_with
from records.models import AccessGrant, Decision, StaffTask
from surgeries.models import Surgery
from surgeries.terms import Level

UNUSED_FOR = timedelta(days=365)
Kind = StaffTask.Kind


@dataclass(frozen=True)
class Filters:
    """What of the queue to show; the empty ones show all."""

    kind: str = ""
    holder: str = ""
    overdue: bool = False


@dataclass(frozen=True)
class Counts:
    """How much waits; by kind, and of all of it."""

    by_kind: dict[str, int]
    total: int
    mine: int
    nobodys: int
    overdue: int


def waiting_at(desk: Desk, *, on: date) -> QuerySet[StaffTask]:
    """What waits at a surgery on a day: not what comes later, nor what is about the viewer or whom they act for.

    Nobody is staff to themself (R8.1), and that something is hidden would be said here (R2.3).
    """
    waits = StaffTask.objects.filter(
        Q(shows_from=None) | Q(shows_from__lte=on), patient__surgery=desk.surgery, closed_at=None
    )
    return waits.exclude(patient__in=involved_with(desk.viewer))


def narrowed(
    tasks: QuerySet[StaffTask], filters: Filters, *, viewer: User, on: date
) -> QuerySet[StaffTask]:
    """The part of the queue that was asked for, what is due first on top."""
    if filters.kind:
        tasks = tasks.filter(kind=filters.kind)
    if filters.holder:
        tasks = tasks.filter(held_by=viewer if filters.holder == "mine" else None)
    if filters.overdue:
        tasks = tasks.filter(due_on__lt=on)
    return tasks.order_by(F("due_on").asc(nulls_last=True), "opened_at", "id")


def counts_of(tasks: QuerySet[StaffTask], *, viewer: User, on: date) -> Counts:
    """How much waits of each kind, with whom, and how much is overdue, in one query."""
    rows = list(
        tasks.order_by().values("kind").annotate(
            all=Count("id"),
            mine=Count("id", filter=Q(held_by=viewer)),
            nobodys=Count("id", filter=Q(held_by=None)),
            overdue=Count("id", filter=Q(due_on__lt=on)),
        )
    )  # fmt: skip
    total, mine, nobodys, overdue = (
        sum(row[name] for row in rows) for name in ("all", "mine", "nobodys", "overdue")
    )
    return Counts({row["kind"]: row["all"] for row in rows}, total, mine, nobodys, overdue)


IDENTITY = "identity-check"
"""Stands in the filter of kinds for what is no task: there is no patient yet to whom it could belong."""


def codes_waiting(surgery: Surgery, *, now: datetime) -> QuerySet[DeskCode]:
    """The codes that people made for this surgery's front desk: not whose, for nobody saw yet who they are (R3.1)."""
    found = DeskCode.objects.usable(now).filter(surgery=surgery)
    return found.only("made_at", "ends_at").order_by("made_at", "id")


def shows_codes(filters: Filters) -> bool:
    """Whether identity checks are what was asked for: nobody holds one, and none is overdue."""
    return filters.kind == IDENTITY and filters.holder != "mine" and not filters.overdue


def note_dormant(surgery: Surgery, *, now: datetime) -> None:
    """Bring into the queue what nobody used for a year, and take out what somebody used since.

    Asked whenever the queue is opened, so that no nightly job has to have run; asked twice, it is done once.
    """
    _end_used(surgery, now=now)
    if not _dormant(surgery, now=now).exists():
        return
    Surgery.objects.select_for_update(no_key=True).get(pk=surgery.pk)  # of two at once, one does it
    devices = SignedInDevice.objects.filter(user=OuterRef("user")).order_by("-began_at")
    last = Subquery(devices.values("began_at")[:1], DateTimeField())
    found = _dormant(surgery, now=now).annotate(last_at=last)
    rows = list(found.values_list("patient_id", "last_at", "started_on"))
    StaffTask.objects.bulk_create(
        StaffTask(
            patient_id=patient_id,
            kind=Kind.DORMANT,
            opened_at=now,
            because=_since(last_at, started_on),
        )
        for patient_id, last_at, started_on in rows
    )
    log.record(
        "dormant access found", at=now, actor_id=None, about=f"surgery {surgery.ods_code}",
        details={"found": len(rows)},
    )  # fmt: skip


def _dormant(surgery: Surgery, *, now: datetime) -> QuerySet[OnlineRegistration]:
    """Registrations that open a record and that nobody used for a year, of which the queue does not know."""
    today, year_ago = timezone.localdate(now), now - UNUSED_FOR
    devices = SignedInDevice.objects.filter(user=OuterRef("user"))
    latest = AccessGrant.objects.filter(patient=OuterRef("patient")).order_by("-id")
    opens = latest.annotate(
        opens=Q(decision=Decision.GRANTED) & ~Q(current_level=Level.NONE)
    ).values("opens")
    known = StaffTask.objects.filter(patient=OuterRef("patient"), kind=Kind.DORMANT)
    live = OnlineRegistration.objects.live(today).filter(
        Q(patient__left_on=None) | Q(patient__left_on__gt=today), patient__surgery=surgery,
        patient__died_on=None, started_on__lte=timezone.localdate(year_ago),
    )  # fmt: skip
    return live.filter(
        ~Exists(devices.filter(began_at__gt=year_ago)),
        ~Exists(known.filter(Q(closed_at=None) | Q(closed_at__gt=year_ago))),
        Subquery(opens[:1]),
    )


def _end_used(surgery: Surgery, *, now: datetime) -> None:
    """Close what was dormant and is used again, or is no online account any more."""
    live = OnlineRegistration.objects.live(timezone.localdate(now))
    own = live.filter(patient=OuterRef("patient"))
    used = own.filter(user__signed_in_devices__began_at__gt=OuterRef("opened_at"))
    waiting = StaffTask.objects.filter(kind=Kind.DORMANT, closed_at=None, patient__surgery=surgery)
    waiting.filter(~Exists(own) | Exists(used)).update(closed_at=now, version=F("version") + 1)


def _since(last: datetime | None, started_on: date) -> str:
    if last is None:
        return f"Nobody ever signed in. Open online since {date_words(started_on)}"
    return f"Nobody signed in since {date_words(last)}"


__all__ = [
    "IDENTITY",
    "Counts",
    "Filters",
    "codes_waiting",
    "counts_of",
    "narrowed",
    "note_dormant",
    "shows_codes",
    "waiting_at",
]

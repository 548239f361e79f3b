"""Figures about online access at one surgery: counts only, never words and never names."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max
from django.utils import timezone

from accounts.models import OnlineRegistration
from proxy_access.models import LegalBasis, ProxyGrant
from records.models import (
    AccessGrant,
    AccessRequest,
    Decision,
    RequestState,
    StaffTask,
)
from records.practice.cohort import on_the_list
from surgeries.models import Patient, Surgery
from surgeries.terms import Level

Row = tuple[str, ...]


class Report(NamedTuple):
    """A table of counts: its heads, and rows of words with a number at the end."""

    name: str
    heads: Row
    rows: list[Row]


def reports_of(surgery: Surgery, *, now: datetime) -> list[Report]:
    """All reports, as they are now."""
    on = timezone.localdate(now)
    return [
        levels(surgery, on),
        requests(surgery, on),
        proxies(surgery, on),
        dormant(surgery, now),
        queues(surgery, on),
    ]


def counted(name: str, heads: Row, found: Iterable[Row]) -> Report:
    """The same rows counted, in the order of their words."""
    rows = [(*row, str(number)) for row, number in sorted(Counter(found).items())]
    return Report(name, (*heads, "How many"), rows)


def levels(surgery: Surgery, on: date) -> Report:
    """Patients on the list by what holds for them."""
    newest = (
        AccessGrant.objects.filter(patient__in=on_the_list(surgery, on=on))
        .order_by("patient", "-id")
        .distinct("patient")
        .values_list("decision", "current_level", "historical_level")
    )
    found = [_level_row(*row) for row in newest]
    undecided = on_the_list(surgery, on=on).count() - len(found)
    found += [("Nothing decided yet", "", "")] * undecided
    return counted("Levels of access", ("Decision", "New entries", "Older entries"), found)


def _level_row(decision: str, current: str, historical: str) -> Row:
    if decision != Decision.GRANTED:
        return (str(Decision(decision).label), "", "")
    labels = (Decision.GRANTED.label, Level(current).label, Level(historical).label)
    return tuple(str(label) for label in labels)


AGES = ((0, 10), (11, 12), (13, 15), (16, 17), (18, 24), (25, 44), (45, 64), (65, 79), (80, 150))


def age_band(patient_born: date, on: date) -> str:
    """The band of a person's age on a day, as in “18 to 24”."""
    age = (
        on.year - patient_born.year - ((on.month, on.day) < (patient_born.month, patient_born.day))
    )
    first, last = next(band for band in AGES if band[0] <= max(age, 0) <= band[1])
    return f"{first} and over" if last == AGES[-1][1] else f"{first} to {last}"


def requests(surgery: Surgery, on: date) -> Report:
    """Requests for the full record by how they stand, their own age, the patient's when they asked, and whether in time.

    The age of a request is that of today while it is open, and the one that it reached where it is over.
    """
    rows = AccessRequest.objects.filter(patient__surgery=surgery).values_list(
        "state", "asked_at", "state_at", "due_on", "patient__date_of_birth"
    )
    found = [
        (
            str(RequestState(state).label),
            _waiting(
                timezone.localdate(asked_at), on if state in OPEN else timezone.localdate(state_at)
            ),
            age_band(born, timezone.localdate(asked_at)),
            _in_time(state, timezone.localdate(state_at), due_on, on),
        )
        for state, asked_at, state_at, due_on, born in rows
    ]
    heads = ("Outcome", "Age of the request", "Age of the patient", "Within 28 working days")
    return counted("Requests for the full record", heads, found)


OPEN = {"sent", "acknowledged", "reviewing", "deferred"}


def _in_time(state: str, ended_on: date, due_on: date, on: date) -> str:
    if state in OPEN:
        return "Open, late" if on > due_on else "Open, in time"
    return "Late" if ended_on > due_on else "In time"


def proxies(surgery: Surgery, on: date) -> Report:
    """Grants in force today by legal basis and the age of the patient."""
    live = ProxyGrant.objects.live(on).filter(patient__surgery=surgery)
    rows = live.values_list("legal_basis", "patient__date_of_birth")
    found = [(str(LegalBasis(basis).label), age_band(born, on)) for basis, born in rows]
    return counted("People who act for patients", ("Basis", "Age of the patient"), found)


DORMANT_AFTER = timedelta(days=365)


def dormant(surgery: Surgery, now: datetime) -> Report:
    """Online accounts by when their owner last signed in to anything here."""
    live = OnlineRegistration.objects.live(timezone.localdate(now)).filter(
        patient__in=Patient.objects.of_surgery(surgery)
    )
    rows = live.annotate(last=Max("user__signed_in_devices__began_at")).values_list(
        "last", "started_on"
    )
    found = [(_last_used(last, started, now),) for last, started in rows]
    return counted("Online accounts by last use", ("Last signed in",), found)


def _last_used(last: datetime | None, started_on: date, now: datetime) -> str:
    if last is None:
        old = timezone.localdate(now) - started_on > DORMANT_AFTER
        return "Never, account older than a year" if old else "Never, account of the last year"
    if now - last > DORMANT_AFTER:
        return "More than a year ago"
    return "In the last 30 days" if now - last <= timedelta(days=30) else "In the last year"


def queues(surgery: Surgery, on: date) -> Report:
    """Open tasks by kind, how long they have waited, and whether anybody holds them."""
    tasks = StaffTask.objects.filter(patient__surgery=surgery, closed_at=None)
    rows = tasks.values_list("kind", "opened_at", "shows_from", "held_by", "due_on")
    found = [
        (
            str(StaffTask.Kind(kind).label),
            _waiting(shows_from or timezone.localdate(opened_at), on),
            "Held" if held_by else "Nobody’s",
            "Late" if due_on and due_on < on else "Not late",
        )
        for kind, opened_at, shows_from, held_by, due_on in rows
    ]
    return counted("Open tasks", ("Task", "Waits", "Who does it", "Due"), found)


def _waiting(since: date, on: date) -> str:
    days = (on - since).days
    for most, words in (
        (-1, "Later"),
        (6, "Up to 7 days"),
        (27, "Up to 28 days"),
        (89, "Up to 90 days"),
    ):
        if days <= most:
            return words
    return "More than 90 days"

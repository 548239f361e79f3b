"""Events in words for whom they are about: by day, then by person and kind, so that a long list reads (R9.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from audit.log import DEVICE
from audit.models import AuditEvent, Outcome
from proxy_access.access import Access
from proxy_access.models import Whom
from proxy_access.statuses import ProxyStatus
from proxy_access.telling import told_of
from records.models import Decision, Supplier
from records.own_activity.reading import own_users
from records.own_activity.table import ACCOUNT, BY_COMMAND, RECORD, SHOWN, Kind, Line
from surgeries.terms import Section

SECTIONS = {section.value: section.label for section in Section}
NAMED = 2
"""How many things a group names before it counts the rest."""
STRANGER = "Somebody who has no access to your record"
SYSTEM = "Your surgery’s computer system"
THROUGH = "through surgery"
"""Where the details of a pause say that only the surgery ends it."""
CLOSING = (Decision.PAUSED, Decision.DENIED)
OPERATOR = "Somebody who runs this portal"


class Who(NamedTuple):
    """A person as the viewer knows them."""

    name: str
    role: str = ""
    is_viewer: bool = False


class Told(NamedTuple):
    """One event in words."""

    id: UUID
    at: datetime
    who: Who
    kind: Kind
    verb: str
    thing: str
    device: str

    @property
    def words(self) -> str:
        """What was done."""
        return f"{self.verb} {self.thing}".strip()


@dataclass
class Group:
    """What one person did of one kind on one day, the newest first."""

    who: Who
    kind: Kind
    events: list[Told] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Everything that was done, each thing once: "opened Medicines, Allergies and 3 more"."""
        things: dict[str, dict[str, None]] = {}
        for event in reversed(self.events):
            things.setdefault(event.verb, {})[event.thing] = None
        return "; ".join(f"{verb} {_joined(list(found))}".strip() for verb, found in things.items())

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return self.events[-1].at

    @property
    def ends(self) -> datetime:
        """The last moment."""
        return self.events[0].at

    @property
    def devices(self) -> list[str]:
        """The kinds of devices, each once."""
        return list(dict.fromkeys(event.device for event in self.events if event.device))


class Day(NamedTuple):
    """A day and what happened on it."""

    on: date
    groups: list[Group]


class People:
    """Who people are to the patient who reads: themself, who acts for them as far as they are told, or staff."""

    def __init__(self, access: Access, events: Sequence[AuditEvent], *, today: date) -> None:
        self.access, self.own = access, set(own_users(access.patient))
        acting = told_of(access.patient, today=today)
        self.acting = {one.grant.proxy_id: one.name for one in reversed(acting)}
        actors = {event.actor_id for event in events if event.actor_id}
        ids = actors - self.own - self.acting.keys()
        self.names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
        others = ids - self.names.keys()
        self.systems = set(Supplier.objects.filter(pk__in=others).values_list("pk", flat=True))

    def who(self, event: AuditEvent) -> Who:
        """Who did it, without an e-mail address and without a duty, which could say why (R2.3)."""
        actor = event.actor_id
        if actor == self.access.viewer.pk:
            is_wrong = event.patient_id is None and event.outcome == Outcome.REFUSED
            return Who(
                "You, or somebody who used your email address" if is_wrong else "You", "", True
            )
        if actor in self.own:
            return Who("An earlier account of yours")
        if _closes_for_surgery(event):
            return Who(f"Staff of {self.access.patient.surgery.name}")
        if actor is None and event.action in BY_COMMAND:
            return Who(OPERATOR)
        if actor is None or actor in self.systems:
            return Who(SYSTEM)
        if event.duty:
            surgery = self.access.patient.surgery.name
            return Who(self.names.get(actor) or "A member of staff", f"staff of {surgery}")
        if actor in self.acting and not _is_staff_page(event):
            return Who(self.acting[actor], "acts or acted for you")
        return Who(STRANGER)


def tell_patient(access: Access, events: Sequence[AuditEvent], *, today: date) -> list[Told]:
    """Events in words for the patient: a few queries for them, however many events."""
    people = People(access, events, today=today)
    return [_told(event, people.who(event)) for event in events]


def tell_proxy(events: Iterable[AuditEvent]) -> list[Told]:
    """Events in words for whoever did them."""
    return [_told(event, Who("You", "", True)) for event in events]


def by_day(told: Iterable[Told]) -> list[Day]:
    """Events by day and, within a day, by person and kind; each in the order of what was last."""
    days = groupby(told, key=lambda event: timezone.localdate(event.at))
    return [Day(on, _groups(events)) for on, events in days]


def _groups(events: Iterable[Told]) -> list[Group]:
    found: dict[tuple[Who, Kind], Group] = {}
    for event in events:
        group = found.setdefault((event.who, event.kind), Group(event.who, event.kind))
        group.events.append(event)
    return list(found.values())


def did(event: AuditEvent) -> tuple[str, str]:
    """What was done, and to what, as the patient reads it."""
    line = line_of(event)
    if event.outcome == Outcome.REFUSED:
        return "tried without success:", line.refused
    return line.verb, _page(event) or line.thing


def _told(event: AuditEvent, who: Who) -> Told:
    verb, thing = did(event)
    # of staff, the machine is the surgery's; and where nobody is named, it could say who it was
    device = "" if event.duty or event.actor_id is None else str(event.details.get(DEVICE, ""))[:60]
    return Told(event.pk, event.at, who, line_of(event).kind, verb, thing, device)


def line_of(event: AuditEvent) -> Line:
    """The words of an event that is told; of a pause that only the surgery ends, those of a decision of the surgery's."""
    if _is_through_surgery(event):
        is_of_all = event.details.get("whom") == Whom.EVERYONE
        return SHOWN["access decided" if is_of_all else "proxy access changed"]
    return SHOWN[event.action] if event.patient_id else ACCOUNT[event.action]


def _page(event: AuditEvent) -> str:
    """The part of the record that was opened: a section, or the record as a whole; never an entry (R2.3)."""
    if event.action != "record opened":
        return ""
    return next((SECTIONS[word] for word in event.object.split() if word in SECTIONS), RECORD)


def _is_through_surgery(event: AuditEvent) -> bool:
    return event.action in ("paused", "pause ended") and bool(event.details.get(THROUGH))


def _closes_for_surgery(event: AuditEvent) -> bool:
    """Whether the surgery closed access, or it reads as if it had: then nobody is named.

    A patient may pause so that only the surgery opens again, and nobody beside them may tell that from the surgery's own act (ADR 38).
    """
    details = event.details
    if event.action == "paused":
        return _is_through_surgery(event)
    if event.action == "access decided":
        return bool(event.duty) and details.get("decision") in CLOSING
    stopped = (ProxyStatus.SUSPENDED, ProxyStatus.ENDED)
    return (
        event.action == "proxy access changed"
        and bool(event.duty)
        and details.get("status") in stopped
    )


def _is_staff_page(event: AuditEvent) -> bool:
    """Whether somebody tried a page of the desk, where nobody is known as acting for a patient."""
    return event.action == "staff looked"


def _joined(things: list[str]) -> str:
    if len(things) <= NAMED + 1:
        return " and ".join(filter(None, [", ".join(things[:-1]), things[-1]]))
    return f"{', '.join(things[:NAMED])} and {len(things) - NAMED} more"

"""Which events are told to whom, and a page of them: what is not in the table is not shown (R2.3, R4.11, R9.2)."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import OnlineRegistration, User
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from proxy_access.access import Access
from proxy_access.statuses import ProxyStatus
from records.own_activity.table import ACCOUNT, SHOWN
from records.visibility import RecordAccess
from surgeries.models import Patient

PAGE = 200
"""Events of a page: a long day goes on on the next one."""
CONDITIONAL = {"proxy access changed", "identity checked"}
KNOWN_STATUS = [ProxyStatus.ACTIVE, ProxyStatus.SUSPENDED, ProxyStatus.ENDED]
BEFOREHAND = Q(action="proxy access changed") & ~Q(details__status__in=KNOWN_STATUS)
"""What became of somebody's wish to act: it stands in their name at the moment at which staff dealt with it (R4.5)."""
NOTHING = Q(pk__in=[])
LINK = "set-up link made"
type Events = QuerySet[AuditEvent]


class Wanted(NamedTuple):
    """Which events are asked for: conditions on both chains, and from when to when."""

    own: Q = Q()
    account: Q = Q()


class Page(NamedTuple):
    """Events, the newest first; `older` is the last of them where there are more."""

    events: list[AuditEvent]
    older: UUID | None


def own_users(patient: Patient) -> list[UUID]:
    """The accounts that are or were the patient's own."""
    held = OnlineRegistration.objects.filter(patient=patient).order_by("pk")
    return list(held.values_list("user_id", flat=True))


def told_to_patient(patient: Patient, users: Collection[UUID]) -> Events:
    """The events of a patient's chain that their own activity tells; `users` are their own accounts."""
    always = [action for action in SHOWN if action not in CONDITIONAL]
    names = [f"user {user}" for user in users]
    done = (
        Q(action__in=always)
        | Q(action="proxy access changed", details__told=True, details__status__in=KNOWN_STATUS)
        | Q(action="identity checked", object__in=names)
    )
    return AuditEvent.objects.filter(patient_id=patient.pk).filter(
        Q(done, outcome=Outcome.DONE) | Q(_refused_to(users), outcome=Outcome.REFUSED)
    )


def _refused_to(users: Collection[UUID]) -> Q:
    """Refused tries that a patient reads of: their own, strangers', and of whom they know that they may not (R4.5)."""
    strangers = Q(details__because__in=["unknown", "identity"])
    opened = strangers | Q(actor_id__in=users) | Q(details__told=True)
    return (
        Q(opened, action="record opened")
        | Q(action="staff looked", details__because__in=["unknown", "duty"])
        | Q(action="letter tried")
    )


def told_of_account(user: User) -> list[Events]:
    """What is told of somebody's own account: by them, and about them. Each is read by its own index, outside any patient's rows."""
    done = [action for action in ACCOUNT if action != LINK]
    refused = [action for action, line in ACCOUNT.items() if line.refused]
    own = Q(action__in=done, outcome=Outcome.DONE) | Q(action__in=refused, outcome=Outcome.REFUSED)
    about = Q(object=f"user {user.pk}", object__startswith="user ", action=LINK)
    events = AuditEvent.objects.filter(patient_id=None)
    return [events.filter(own, actor_id=user.pk), events.filter(about, outcome=Outcome.DONE)]


def told_to_proxy(access: RecordAccess) -> Events:
    """What somebody who acts for a patient did themself, and nothing of anybody else (R4.11)."""
    own = [action for action, line in SHOWN.items() if line.is_own]
    may_know = Q(action__in=own, outcome=Outcome.DONE) | Q(
        action="record opened", outcome=Outcome.REFUSED, details__because="section"
    )
    events = AuditEvent.objects.filter(patient_id=access.patient.pk, duty="")
    return events.filter(may_know & ~BEFOREHAND, actor_id=access.viewer.pk)


def page_for_patient(access: Access, wanted: Wanted, *, before: UUID | None) -> Page:
    """A page of a patient's own activity, of both chains; `before` is an event of either.

    Raises AuditEvent.DoesNotExist where that is none which they are told.
    """
    own = told_to_patient(access.patient, own_users(access.patient))
    account = told_of_account(access.viewer)
    since = _moment_of(own, account, before)
    found = _newest(own.filter(wanted.own), since)
    with rows_of(None):
        for events in account:
            found += _newest(events.filter(wanted.account), since)
    return _cut(found)


def page_for_proxy(access: RecordAccess, *, before: UUID | None) -> Page:
    """A page of what somebody who acts for a patient did themself; raises AuditEvent.DoesNotExist."""
    events = told_to_proxy(access)
    since = events.get(pk=before).at if before else None
    return _cut(_newest(events, (since, before) if since and before else None))


def find_told(access: Access, event_id: UUID) -> AuditEvent:
    """One event that the patient is told; raises AuditEvent.DoesNotExist."""
    own = told_to_patient(access.patient, own_users(access.patient))
    return _find(own, told_of_account(access.viewer), event_id)


def count_told(patient: Patient) -> int:
    """How many events of a patient's chain they are told: what a receipt says in clear."""
    return told_to_patient(patient, own_users(patient)).count()


def _find(own: Events, account: list[Events], event_id: UUID) -> AuditEvent:
    if found := own.filter(pk=event_id).first():
        return found
    with rows_of(None):
        for events in account:
            if found := events.filter(pk=event_id).first():
                return found
    raise AuditEvent.DoesNotExist


def _moment_of(
    own: Events, account: list[Events], before: UUID | None
) -> tuple[datetime, UUID] | None:
    return (_find(own, account, before).at, before) if before else None


def _newest(events: Events, since: tuple[datetime, UUID] | None) -> list[AuditEvent]:
    """The newest events before a moment; of one moment, by their ids: their numbers would tell of others (R2.3)."""
    if since:
        at, event_id = since
        events = events.filter(Q(at__lt=at) | Q(at=at, pk__lt=event_id), at__lte=at)
    return list(events.order_by("-at", "-pk")[: PAGE + 1])


def _cut(found: list[AuditEvent]) -> Page:
    found = sorted(found, key=lambda event: (event.at, event.pk), reverse=True)
    shown = found[:PAGE]
    return Page(shown, shown[-1].pk if len(found) > PAGE else None)

"""Telling both sides, 30 and 7 days before, that somebody's access to a record ends: in neutral words, once each (R4.6, R5.4).

Nothing depends on it: pages say it by the clock, and the end comes whether or not anybody was told.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Kind
from audit import log
from proxy_access.access import Access, access_if_granted, is_paused_by_patient
from proxy_access.models import EndNotice, ProxyGrant
from proxy_access.notices import tell_if_wanted, tell_patient
from proxy_access.statuses import ProxyStatus
from proxy_access.telling import told_about
from proxy_access.terms import TOLD_BEFORE
from records.grants import with_levels
from records.visibility import RecordAccess


def tell_of_ends(*, now: datetime) -> int:
    """Tell everybody whose turn it is, and say of how many grants; run again on the same day, it tells nobody twice."""
    today = timezone.localdate(now)
    latest = today + timedelta(days=TOLD_BEFORE[0])
    soon = ProxyGrant.objects.known_to_proxy().filter(ends_on__range=(today, latest))
    return sum(_tell(grant_id, now=now) for grant_id in soon.values_list("pk", flat=True))


def _tell(grant_id: UUID, *, now: datetime) -> bool:
    """Tell both sides of one grant; nobody where the record does not open to the proxy now, as after an end (R5.2).

    Of a stop that is kept back from the patient only they are told: they are, as if it were not (R4.5).
    """
    with transaction.atomic():
        held = ProxyGrant.objects.known_to_proxy().select_for_update(no_key=True, of=("self",))
        grant = held.filter(pk=grant_id).first()
        if grant is None or grant.ends_on is None or not _note(grant, grant.ends_on, now=now):
            return False
        if is_open := grant.status == ProxyStatus.ACTIVE:
            tell_if_wanted(grant.proxy, Kind.ENDS)
        tell_patient(grant.patient_id, Kind.ENDS, now=now)
        log.record(
            "proxy end told", at=now, actor_id=None, patient_id=grant.patient_id,
            about=f"proxy grant {grant.pk}", details={"proxy": is_open},
        )  # fmt: skip
    return True


def _note(grant: ProxyGrant, ends_on: date, *, now: datetime) -> bool:
    """Keep that they are told; False where they were, or where nobody is to be told now."""
    today = timezone.localdate(now)
    due = [days for days in TOLD_BEFORE if ends_on <= today + timedelta(days)]
    given = grant.end_notices.filter(ends_on=ends_on).values_list("days_before", flat=True)
    missing = set(due) - set(given)
    if not due or min(due) not in missing or not _opens(grant, today, now):
        return False
    EndNotice.objects.bulk_create(
        EndNotice(grant=grant, ends_on=ends_on, days_before=days, told_at=now) for days in missing
    )
    return True


def _opens(grant: ProxyGrant, today: date, now: datetime) -> bool:
    """Whether the record opens to the proxy, as far as its patient is told."""
    if grant.proxy.closed_at or not grant.proxy.is_active:
        return False
    if is_paused_by_patient(grant, on=today, at=now):
        return False
    if not told_about(grant, today=today).ends_soon:
        return False
    access = access_if_granted(grant, on=today)
    return isinstance(access, Access) and isinstance(with_levels(access), RecordAccess)

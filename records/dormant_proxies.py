"""Proxy access that nobody used for a year, as tasks in a surgery's queue (R4.6)."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from audit import log
from nhsuk.wording import date_words
from proxy_access.models import ProxyGrant, years_before
from records.models import StaffTask
from surgeries.models import Surgery

DORMANT = StaffTask.Kind.PROXY_DORMANT


def note_dormant_proxies(surgery: Surgery, *, now: datetime) -> int:
    """Bring into the queue what no proxy used for a year, take out what was used since or is over; how many came in.

    Asked whenever the queue is opened, so that no nightly job has to have run; asked twice, it is done once. What nobody
    used for five years is over by the clock, and needs nobody to look.
    """
    unused = {grant.pk: grant for grant in _unused(surgery, on=timezone.localdate(now))}
    waiting = StaffTask.objects.filter(kind=DORMANT, closed_at=None, patient__surgery=surgery)
    used = waiting.exclude(about_id__in=list(unused))
    used.update(closed_at=now, version=F("version") + 1)
    if not unused or not unused.keys() - _known(unused, now=now):
        return 0
    Surgery.objects.select_for_update(no_key=True).get(pk=surgery.pk)  # of two at once, one does it
    return _open_tasks(
        surgery, [unused[pk] for pk in unused.keys() - _known(unused, now=now)], now=now
    )


def _unused(surgery: Surgery, *, on: date) -> QuerySet[ProxyGrant]:
    """Grants in force that were not used for a year."""
    year_ago = years_before(on, 1)
    unused = Q(last_used_on__lte=year_ago) | Q(last_used_on=None, starts_on__lte=year_ago)
    return ProxyGrant.objects.live(on).filter(unused, patient__surgery=surgery)


def _known(grants: Iterable[UUID], *, now: datetime) -> set[UUID | None]:
    """Those of which the queue knows, or of which somebody said within a year that they looked."""
    year_ago = years_before(timezone.localdate(now), 1)
    lately = Q(closed_at=None) | Q(closed_at__date__gt=year_ago, closed_by__isnull=False)
    known = StaffTask.objects.filter(lately, kind=DORMANT, about_id__in=list(grants))
    return set(known.values_list("about_id", flat=True))


def _open_tasks(surgery: Surgery, grants: list[ProxyGrant], *, now: datetime) -> int:
    StaffTask.objects.bulk_create(
        StaffTask(
            patient_id=grant.patient_id, kind=DORMANT, about_id=grant.pk, opened_at=now,
            because=_since(grant),
        )
        for grant in grants
    )  # fmt: skip
    if grants:
        log.record(
            "dormant access found", at=now, actor_id=None, about=f"surgery {surgery.ods_code}",
            details={"proxies": len(grants)},
        )  # fmt: skip
    return len(grants)


def _since(grant: ProxyGrant) -> str:
    if grant.last_used_on is None:
        return f"Never used. It began on {date_words(grant.starts_on)}"
    return f"Nobody used it since {date_words(grant.last_used_on)}"

"""Families are told beforehand what a birthday changes, each once and in neutral words (R4.7, R5.4)."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Kind, OnlineRegistration, User
from audit import log
from proxy_access.ages import TOLD_BEFORE, Coming, coming_for
from proxy_access.models import AgeNotice, LegalBasis, ProxyGrant
from proxy_access.notices import tell_if_wanted
from proxy_access.statuses import ProxyStatus
from proxy_access.telling import Stand, told_about
from surgeries.models import Patient, Surgery

Opens = Callable[[ProxyGrant], bool]


def tell_of_ages(surgery: Surgery, *, opens: Opens, now: datetime) -> int:
    """Tell everybody at a surgery who is to be told today; say how many that were.

    Those who act for a child only where `opens` says that the record opens to them: after what has to look like an end,
    no e-mail comes (R4.8, R5.2). The young person as their pages say, so that what is kept back does not show (R4.5).
    What was missed on its day is told with the next run, once. Nobody's access depends on it.
    """
    today = timezone.localdate(now)
    grants = (
        ProxyGrant.objects.not_over_by_rule(today).known_to_proxy().filter(patient__surgery=surgery)
    )
    found: dict[UUID, list[ProxyGrant]] = {}
    soon = grants.filter(
        legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY,
        patient__date_of_birth__gt=today - timedelta(days=17 * 366),
    )
    for grant in soon.select_related("patient__surgery", "proxy").order_by("patient_id", "id"):
        found.setdefault(grant.patient_id, []).append(grant)
    return sum(_tell_of(each, opens, today=today, now=now) for each in found.values())


def _tell_of(grants: list[ProxyGrant], opens: Opens, *, today: date, now: datetime) -> int:
    """Tell the people of one child."""
    patient = grants[0].patient
    coming = coming_for(patient, today=today)
    days = last_of(coming, today=today) if coming else None
    if coming is None or days is None:
        return 0
    lasting = [each for each in grants if each.ends_on is None or each.ends_on >= coming.on]
    people = [each.proxy for each in lasting if each.status == ProxyStatus.ACTIVE and opens(each)]
    if any(told_about(each, today=today).stand is Stand.OPEN for each in lasting):
        people += _young(patient, today)
    return sum(_tell(user, patient, coming, days, now=now) for user in people)


def last_of(coming: Coming, *, today: date) -> int | None:
    """Which of the times to tell has come last; none before the first, and none once the day is there."""
    left = (coming.on - today).days
    passed = [days for days in TOLD_BEFORE if left <= days] if coming.is_told and left > 0 else []
    return min(passed, default=None)


def _young(patient: Patient, today: date) -> list[User]:
    own = OnlineRegistration.objects.live(today).filter(patient=patient).select_related("user")
    return [registration.user for registration in own]


def _tell(user: User, patient: Patient, coming: Coming, days: int, *, now: datetime) -> bool:
    """Tell one person, unless they were told at this time or their account is closed."""
    if not user.is_active:
        return False
    with transaction.atomic():
        _, is_new = AgeNotice.objects.get_or_create(
            patient=patient, user=user, age=coming.age, days_before=days, defaults={"at": now}
        )
        if not is_new:
            return False
        log.record(
            "told of an age", at=now, actor_id=None, patient_id=patient.pk, about=f"user {user.pk}",
            details={"age": coming.age, "days before": days},
        )  # fmt: skip
        tell_if_wanted(user, Kind.ENDS)
    return True


def told_of(patients: Iterable[Patient]) -> dict[UUID, list[AgeNotice]]:
    """Who was told, by patient, in one query: for staff."""
    found: dict[UUID, list[AgeNotice]] = {}
    notices = AgeNotice.objects.filter(patient__in=[each.pk for each in patients])
    for notice in notices.order_by("at", "id"):
        found.setdefault(notice.patient_id, []).append(notice)
    return found

"""The birthday planner: which children turn an age within a year at which something changes for who acts for them (R4.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, DateField, Exists, OuterRef, Q, QuerySet, When
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from accounts.models import OnlineRegistration
from accounts.staff import Desk
from proxy_access.access import involved_with
from proxy_access.age_telling import told_of
from proxy_access.ages import Coming, a_year_after, changes_at, coming_for, parental
from proxy_access.models import AgeNotice, ProxyGrant
from records.practice.cohort import on_the_list
from surgeries.birthdays import Birthday
from surgeries.models import Patient, Surgery


@dataclass(frozen=True)
class Wanted:
    """Which birthdays to show: of one age or of all, within some days or a year."""

    age: int | None = None
    days: int | None = None


class Turning(NamedTuple):
    """One child: what comes, who acts for them, whether they have an account, and who was told."""

    patient: Patient
    coming: Coming
    grants: list[ProxyGrant]
    has_account: bool
    notices: list[AgeNotice]

    @property
    def told(self) -> dict[date, int]:
        """How many people were told at each of the days on which they are to be."""
        counted: dict[date, int] = {}
        for notice in self.notices:
            if notice.age == self.coming.age:
                day = self.coming.on - timedelta(days=notice.days_before)
                counted[day] = counted.get(day, 0) + 1
        return counted


def turning_at(desk: Desk, wanted: Wanted, *, today: date) -> QuerySet[Patient]:
    """The children of a surgery for whom a parent acts and something changes, the next birthday first.

    Never one with whom whoever looks has to do themself (R8.1).
    """
    end = today + timedelta(days=wanted.days) if wanted.days else a_year_after(today)
    birthdays = [Birthday(age) for age in ages_of(desk.surgery) if wanted.age in (None, age)]
    falls = [
        When(Q(GreaterThanOrEqual(each, today), LessThan(each, end)), then=each)
        for each in birthdays
    ]
    children = on_the_list(desk.surgery, on=today).filter(
        Exists(parental(today).filter(patient=OuterRef("pk")))
    )
    found = children.annotate(turns_on=Case(*falls, default=None, output_field=DateField()))
    found = found.filter(turns_on__isnull=False).exclude(pk__in=involved_with(desk.viewer))
    return found.order_by("turns_on", "family_name", "given_names", "id")


def ages_of(surgery: Surgery) -> list[int]:
    """The ages at which something changes at a surgery."""
    return sorted(changes_at(surgery))


def planned(patients: Sequence[Patient], surgery: Surgery, *, today: date) -> list[Turning]:
    """What the page says of some children: three queries, however many they are."""
    ids = [patient.pk for patient in patients]
    acting: dict[UUID, list[ProxyGrant]] = {}
    for grant in parental(today).filter(patient__in=ids).select_related("proxy").order_by("id"):
        acting.setdefault(grant.patient_id, []).append(grant)
    own = OnlineRegistration.objects.live(today).filter(patient__in=ids)
    with_account = set(own.values_list("patient_id", flat=True))
    notices, found = told_of(patients), []
    for patient in patients:
        patient.surgery = surgery
        if coming := coming_for(patient, today=today):
            is_online = patient.pk in with_account
            said = notices.get(patient.pk, [])
            found.append(Turning(patient, coming, acting.get(patient.pk, []), is_online, said))
    return found

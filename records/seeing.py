"""Seeing a record as somebody else does: whose eyes, on which day, and at which addresses.

The access is the one decision's own. Nobody is signed in as the person, and nothing is ever written in their name.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.staff import StaffAccess
from nhsuk.wording import date_words
from proxy_access.access import Refusal, access_if_granted, is_paused_by_patient
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ProxyStatus
from proxy_access.steps import STANDING
from records.explaining import access_of_patient
from records.grants import record_of, with_levels
from records.models import Redaction, Visit
from records.visibility import RecordAccess
from surgeries.models import Patient

PATIENT = "patient"
"""Stands in an address where a proxy's id could."""
NEVER_A_PROXY = (ProxyStatus.REJECTED, ProxyStatus.ENTERED_IN_ERROR)


class HidingsSince(NamedTuple):
    """How many entries were hidden from somebody after a day and are still, and how many are shown again since."""

    hidden: int = 0
    shown_again: int = 0


@dataclass(frozen=True)
class SeenAs:
    """A member of staff who sees a patient's record as the patient, or somebody who acts for them, would on a day."""

    staff: StaffAccess
    whose: str
    """PATIENT, or the id of the proxy."""
    person: User | None
    """The proxy; none for the patient, who may have no account."""
    on: date
    today: date
    decision: RecordAccess | Refusal
    """What the one decision answers that person."""
    since: HidingsSince
    """What of the hidings that concern that person is not as it was on that day."""
    is_dry_run: bool = False
    """Whether the person asks to act for the patient and nothing is open to them yet."""

    @property
    def name(self) -> str:
        """Who would see it so."""
        if self.person is None:
            return self.staff.patient.full_name
        return self.person.name or self.person.email

    @property
    def access(self) -> RecordAccess:
        """What that person may read; not to be asked where the record does not open."""
        if isinstance(self.decision, Refusal):
            raise TypeError(f"the record does not open: {self.decision}")
        return self.decision

    @property
    def home(self) -> str:
        """Where the pages seen so begin."""
        return reverse("records:desk-as-home", args=[self.staff.patient.pk, self.whose, self.on])

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        """Where a link of the record's pages leads: into this record, to the same page seen so."""
        return seen_below(self.home, self.staff.patient, reverse(name, args=args, kwargs=kwargs))

    def opens(self, section: str | None) -> bool:
        """Whether that person gets to a page, of one section or of the record."""
        if isinstance(self.decision, Refusal):
            return False
        return section is None or self.decision.allows(section)


def seen_below(home: str, patient: Patient, there: str) -> str:
    """An address of a patient's record as it stands below `home`, where the pages seen so begin; any other as it is."""
    own = reverse("records:home", args=[patient.pk])
    return home + there.removeprefix(own) if there.startswith(own) else there


def find_seen_as(
    staff: StaffAccess, whose: str, *, on: date, today: date, now: datetime | None = None
) -> SeenAs | None:
    """A patient's record as somebody would see it on a day, today at the moment `now`; None for whoever never acted for them."""
    decided_by = on if on < today else None
    at = now if on == today else None
    since = partial(hidings_since, staff.patient, decided_by)
    if whose == PATIENT:
        record = access_of_patient(staff.patient, on=on, at=at, decided_by=decided_by)
        return SeenAs(staff, whose, None, on, today, record, since(None))
    person = people_acting(staff.patient).get(UUID(whose))
    if person is None:
        return None
    record = record_of(person, staff.patient.pk, on=on, at=at, decided_by=decided_by)
    waits = waiting_grant(staff.patient, person) if decided_by is None else None
    if waits and isinstance(record, Refusal):
        return SeenAs(staff, whose, person, on, today, dry_run(waits, on), since(person), True)
    return SeenAs(staff, whose, person, on, today, record, since(person))


def waiting_grant(patient: Patient, person: User) -> ProxyGrant | None:
    """What somebody asked for and nobody decided yet, the newest; none where they act for the patient, stopped or not."""
    grants = ProxyGrant.objects.filter(patient=patient, proxy=person)
    if grants.filter(status__in=STANDING).exists():
        return None
    waits = grants.filter(status=ProxyStatus.PROPOSED).select_related("patient__surgery", "proxy")
    return waits.order_by("-starts_on", "id").first()


def dry_run(waits: ProxyGrant, on: date) -> RecordAccess | Refusal:
    """What a grant that waits would show, by the same two steps as if it were in force (R4.3)."""
    access = access_if_granted(waits, on=on)
    return access if isinstance(access, Refusal) else with_levels(access)


def hidings_since(patient: Patient, on: date | None, person: User | None) -> HidingsSince:
    """What was hidden or shown again after a day has ended, from the patient or from somebody who acts for them."""
    if on is None:
        return HidingsSince()
    audience = Redaction.Audience
    theirs = Q(audience=audience.EVERYONE)
    if person:
        theirs |= Q(audience=audience.PROXIES) | Q(proxy_id=person.pk)
    ended_at = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    counted = Redaction.objects.filter(theirs, patient=patient).aggregate(
        hidden=Count("entry_id", distinct=True, filter=Q(hidden_at__gte=ended_at, undone_at=None)),
        shown_again=Count(
            "entry_id", distinct=True, filter=Q(hidden_at__lt=ended_at, undone_at__gte=ended_at)
        ),
    )
    return HidingsSince(**counted)


def people_acting(patient: Patient) -> dict[UUID, User]:
    """Those who act for a patient, did, or will."""
    grants = ProxyGrant.objects.filter(patient=patient).exclude(status__in=NEVER_A_PROXY)
    return {grant.proxy_id: grant.proxy for grant in grants.select_related("proxy")}


def last_looked(seen: SeenAs) -> datetime | None:
    """When that person last looked, to which they would compare today; None on another day."""
    if seen.on != seen.today:
        return None
    visits = Visit.objects.filter(patient=seen.staff.patient, viewer_id=seen.access.viewer.pk)
    return visits.order_by("-began_at").values_list("began_at", flat=True).first()


def why_closed(seen: SeenAs) -> list[str]:
    """Why a record would not open for that person on that day: for staff, never for them."""
    if isinstance(seen.decision, RecordAccess):
        return []
    if seen.person is None:
        return [OF_PATIENT[seen.decision]]
    if seen.decision in OF_PERSON:
        return [OF_PERSON[seen.decision]]
    grants = ProxyGrant.objects.filter(patient=seen.staff.patient, proxy=seen.person)
    if any(is_paused_by_patient(grant, on=seen.on) for grant in grants.live(seen.on)):
        return [PAUSED_BY_PATIENT]
    if seen.is_dry_run or grants.live(seen.on).exists():
        patients = find_seen_as(seen.staff, PATIENT, on=seen.on, today=seen.today)
        closed = why_closed(patients) if patients else []
        return [
            *closed,
            "The record is then closed to everyone who acts for the patient, too (R4.3, R5.2).",
        ]
    told = [
        f"{grant.get_status_display()}, {days_of(grant)}." for grant in grants.order_by("starts_on")
    ]
    return [NOT_IN_FORCE, *told]


def days_of(grant: ProxyGrant) -> str:
    """The days of a grant in words."""
    begins, ends = f"{date_words(grant.starts_on)}", grant.ends_on
    return f"from {begins} to {date_words(ends)}" if ends else f"from {begins} without an end"


OF_PATIENT = {
    Refusal.REGISTRATION_OVER: "The patient was not on the surgery's list on this day (R1.5).",
    Refusal.NO_ACCESS: "No level was open on this day: nothing had been decided, or “Nothing” was (R1.6).",
    Refusal.ENDED: "No level was open on this day: nothing had been decided (R1.6).",
    Refusal.PAUSED: "Online access was paused (R5.2).",
    Refusal.PAUSED_BY_PATIENT: "The patient had paused their online access themself (R5.2).",
    Refusal.DENIED: "Online access was denied (R1.13).",
    Refusal.DECLINED: "The patient had stopped their online access themself (R1.13).",
}
OF_PERSON = {
    Refusal.SIGNED_OUT: "Their account is closed, so nobody can sign in to it (R3.9).",
    Refusal.IDENTITY: "They have not proved who they are (R3.1).",
}
PAUSED_BY_PATIENT = "The patient had paused it for whoever acts for them, or for everyone (R5.2). Do not tell them so."
NOT_IN_FORCE = (
    "No grant to act for the patient is in force on this day: by its state today, its dates, an age, a death, "
    "a move, a closed account or years without use (R4.6, R4.7, R4.9). What is known of their grants:"
)

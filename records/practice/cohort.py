"""Which patients of a surgery a change is for, and which it leaves as they are."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import OnlineRegistration, User
from proxy_access.access import is_involved
from proxy_access.models import ProxyGrant
from records.models import AccessGrant, AccessRequest, Decision, GrantReview, RequestState
from surgeries.models import Patient, Surgery
from surgeries.terms import Level

ADULT = 16


class Member(NamedTuple):
    """A patient, with the decision that holds for them."""

    patient: Patient
    grant: AccessGrant


@dataclass(frozen=True)
class Cohort:
    """Patients with online access at certain levels now, of certain ages, and the levels that they are to have."""

    now_current: list[str]
    now_historical: list[str]
    age_from: int | None
    age_to: int | None
    current: str
    historical: str

    @property
    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    def has_age(self, patient: Patient, on: date) -> bool:
        """Whether the patient's age on a day is within the limits, both included."""
        is_old_enough = self.age_from is None or not patient.is_under(self.age_from, on)
        return is_old_enough and (self.age_to is None or patient.is_under(self.age_to + 1, on))

    def raises(self, grant: AccessGrant) -> bool:
        """Whether a level is to be higher than it is."""
        now = (Level(grant.current_level), Level(grant.historical_level))
        then = (Level(self.current), Level(self.historical))
        return any(new.or_above(old) is not old for new, old in zip(then, now, strict=True))

    def why_not(self, member: Member, on: date) -> str:
        """Why a patient is left as they are; "" for one who is changed. Their record is asked later."""
        patient, grant = member
        if grant.decision != Decision.GRANTED:
            return str(grant.decision)
        if grant.current_level not in self.now_current:
            return "other levels"
        if grant.historical_level not in self.now_historical:
            return "other levels"
        if (grant.current_level, grant.historical_level) == (self.current, self.historical):
            return "has these levels"
        return "under 16" if patient.is_under(ADULT, on) else ""


def with_online_access(surgery: Surgery, *, on: date) -> list[Member]:
    """Everybody on the surgery's list about whom something is decided and who, or whose proxy, can sign in today."""
    decided = AccessGrant.objects.filter(patient=OuterRef("pk")).order_by("-id")
    own = OnlineRegistration.objects.live(on).filter(patient=OuterRef("pk"))
    proxies = ProxyGrant.objects.live(on).filter(patient=OuterRef("pk"))
    found = on_the_list(surgery, on=on).filter(Exists(own) | Exists(proxies))
    patients = list(found.annotate(decided=Subquery(decided.values("pk")[:1])).order_by("id"))
    grants = AccessGrant.objects.in_bulk([one.decided for one in patients if one.decided])
    for patient in patients:
        patient.surgery = surgery
    return [Member(one, grants[one.decided]) for one in patients if one.decided]


def on_the_list(surgery: Surgery, *, on: date) -> QuerySet[Patient]:
    """Patients who are registered with a surgery on a day."""
    still = Q(left_on=None) | Q(left_on__gt=on)
    return Patient.objects.of_surgery(surgery).filter(still, died_on=None, registered_on__lte=on)


def members_of(surgery: Surgery, cohort: Cohort, *, on: date) -> tuple[list[Member], Counter[str]]:
    """Those whom a change is for, and how many of the same ages are left as they are, by why."""
    members, left_out = [], Counter[str]()
    for member in with_online_access(surgery, on=on):
        if not cohort.has_age(member.patient, on):
            continue
        if why := cohort.why_not(member, on):
            left_out[why] += 1
        else:
            members.append(member)
    return members, left_out


def why_alone(member: Member, cohort: Cohort, *, by: User) -> str:
    """Why nobody decides about a patient together with many others; "" where they may.

    Whoever makes the change decides neither about themself nor about whom they act for, here as everywhere. What was
    refused to a patient, or is being read or put off for them, was looked at for them alone and is not opened
    (R8.2, R8.3).
    """
    patient = member.patient
    if is_involved(by, patient.pk):
        return OWN
    if not cohort.raises(member.grant):
        return ""
    if GrantReview.objects.filter(patient=patient, used_at=None, dropped_at=None).exists():
        return REVIEWED
    asked = AccessRequest.objects.filter(patient=patient, state__in=LOOKED_AT)
    latest = asked.order_by("-asked_at").values_list("state", flat=True).first()
    return ANSWERS.get(latest or "", "")


OWN, REVIEWED = "yourself", "being reviewed"
ANSWERS: dict[str, str] = {
    RequestState.REVIEWING: REVIEWED,
    RequestState.DEFERRED: "put off",
    RequestState.REFUSED: "refused",
}
LOOKED_AT = (*ANSWERS, RequestState.GRANTED, RequestState.GRANTED_IN_PART)
"""How a request can stand once staff have begun to answer it."""


def opens_full_history(cohort: Cohort) -> bool:
    """Whether everything written before the start date opens (the two-person rule)."""
    return cohort.historical == Level.FULL

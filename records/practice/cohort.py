"""Which patients of a surgery a change is for, and which it leaves as they are."""

from collections import Counter
from collections.abc import Iterable
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
        then = AccessGrant(current_level=self.current, historical_level=self.historical)
        return raises(grant, then)

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


def raises(now: AccessGrant, then: AccessGrant) -> bool:
    """Whether a level of one decision is above that of another."""
    levels = [
        (Level(now.current_level), Level(then.current_level)),
        (Level(now.historical_level), Level(then.historical_level)),
    ]
    return any(new.or_above(old) is not old for old, new in levels)


def with_online_access(surgery: Surgery, *, on: date) -> list[Member]:
    """Those about whom something is decided and who, or whose proxy, can sign in today."""
    own = OnlineRegistration.objects.live(on).filter(patient=OuterRef("pk"))
    proxies = ProxyGrant.objects.live(on).filter(patient=OuterRef("pk"))
    return _members(surgery, on_the_list(surgery, on=on).filter(Exists(own) | Exists(proxies)))


def decided_about(surgery: Surgery, *, on: date) -> list[Member]:
    """Everybody on the surgery's list about whom something is decided: who cannot sign in today may tomorrow."""
    return _members(surgery, on_the_list(surgery, on=on))


def _members(surgery: Surgery, found: QuerySet[Patient]) -> list[Member]:
    decided = AccessGrant.objects.filter(patient=OuterRef("pk")).order_by("-id")
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


def why_alone(patient: Patient, *, by: Iterable[User], opens: bool) -> str:
    """Why nobody decides about a patient together with many others; "" where they may.

    `by` are all who take part: they decide neither about themselves nor about whom they act for, here as everywhere.
    What the patient asked for, or was refused to them, or is being read or put off for them, is looked at for them
    alone, and is not opened (R8.2, R8.3).
    """
    if any(is_involved(person, patient.pk) for person in by):
        return OWN
    if not opens:
        return ""
    if GrantReview.objects.filter(patient=patient, used_at=None, dropped_at=None).exists():
        return REVIEWED
    asked = AccessRequest.objects.filter(patient=patient)
    looked_at = (
        asked.filter(state__in=LOOKED_AT).order_by("-asked_at").values_list("state", flat=True)
    )
    if why := ANSWERS.get(looked_at.first() or ""):
        return why
    return ASKED if asked.open().exists() else ""


OWN, REVIEWED, ASKED = "yourself", "being reviewed", "asked"
LOADED, SET, TWO = "loaded since", "set since", "two people"
ANSWERS: dict[str, str] = {
    RequestState.REVIEWING: REVIEWED,
    RequestState.DEFERRED: "put off",
    RequestState.REFUSED: "refused",
}
LOOKED_AT = (*ANSWERS, RequestState.GRANTED, RequestState.GRANTED_IN_PART)
"""How a request can stand once staff have begun to answer it."""
WORDS = {
    "denied": "access is denied",
    "paused": "access is paused",
    "declined": "the patient declined online access",
    "declined in the record": "the record says that the patient declined online access",
    "enhanced review": "the record says that enhanced review is needed",
    "under 16": "under 16",
    OWN: "somebody who takes part in this change, or for whom they act: a colleague decides",
    REVIEWED: "their record is being reviewed for them alone",
    ASKED: "they asked for their full record: answer that for them alone",
    "put off": "their own request is put off",
    "refused": "their own request was refused",
    "other levels": "other levels now",
    "has these levels": "these levels already",
    "own setting": "decided for the patient alone",
    "flagged": "flagged entries would open: somebody reads these first",
    "changed": "their record changed after the counting",
    "not counted": "they were not counted",
    LOADED: "something would open that was loaded, changed or shown again since",
    TWO: "the full history would open, and at your surgery two people decide that",
    SET: "the surgery’s settings changed since, so that more would open than before",
}
"""Why a patient is left as they are, for staff."""

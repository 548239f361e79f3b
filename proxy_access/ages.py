"""What happens at which age to those who act by parental responsibility, and what families are told of it (R4.7, R3.8).

At 16 the grant is over by the clock, in `not_over_by_rule`. At the review age nothing ends: staff look at it. Whatever is
told, and whether it is told, opens and closes nothing.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.letters import YOUNGEST
from nhsuk.wording import date_words
from proxy_access.access import Access
from proxy_access.models import LegalBasis, ProxyGrant, years_before
from proxy_access.steps import STANDING
from proxy_access.telling import told_of
from surgeries.models import Patient, Surgery

ENDS_AT = 16
"""From this age nobody acts by parental responsibility."""
TOLD_BEFORE = (90, 30, 7)
"""How many days before it both sides are told."""


class What(StrEnum):
    """What a birthday changes."""

    REVIEW = "review"
    OWN_ACCOUNT = "own-account"
    ENDS = "ends"


TOLD = (What.REVIEW, What.ENDS)
"""What families are written to about; that an account is possible changes nothing by itself."""


class Coming(NamedTuple):
    """A birthday that changes something."""

    age: int
    on: date
    what: tuple[What, ...]

    @property
    def is_told(self) -> bool:
        """Whether both sides are told of it beforehand."""
        return any(each in TOLD for each in self.what)

    @property
    def told_on(self) -> list[date]:
        """The days on which they are, the first one first."""
        return [self.on - timedelta(days=days) for days in TOLD_BEFORE] if self.is_told else []


def changes_at(surgery: Surgery) -> dict[int, tuple[What, ...]]:
    """What each age changes for the patients of a surgery."""
    found: dict[int, tuple[What, ...]] = {}
    ages = (
        (surgery.proxy_review_age, What.REVIEW),
        (YOUNGEST, What.OWN_ACCOUNT),
        (ENDS_AT, What.ENDS),
    )
    for age, what in ages:
        found[age] = (*found.get(age, ()), what)
    return found


def a_year_after(today: date) -> date:
    """The end of the time that is looked ahead: within it, one birthday of each person falls."""
    return years_before(today, -1)


def coming_for(patient: Patient, *, today: date) -> Coming | None:
    """The birthday within a year that changes something for a patient; none where there is no such."""
    for age, what in changes_at(patient.surgery).items():
        if today <= patient.birthday(age) < a_year_after(today):
            return Coming(age, patient.birthday(age), what)
    return None


def parental(today: date) -> QuerySet[ProxyGrant]:
    """Grants by parental responsibility that an age can change: in force, or stopped for now."""
    grants = ProxyGrant.objects.not_over_by_rule(today).filter(status__in=STANDING)
    return grants.filter(legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY)


def told_to_proxy(access: Access, *, today: date) -> str:
    """What whoever acts for a child reads of what comes, on their own pages; empty where nothing does."""
    coming = _of(access.grant, access.patient, today)
    if coming is None:
        return ""
    who, day = access.patient.given_names, date_words(coming.on)
    if What.ENDS in coming.what:
        return (
            f"On {day}, when {who} is {coming.age}, your access ends. From then on {who} decides who sees the record."
            f" {who} can have an account and ask for you to act for them again."
        )
    return (
        f"On {day} {who} is {coming.age}. The surgery then looks at whether you still act for them, and may talk"
        f" with {who}. Until it has decided, nothing changes."
    )


def told_on_start(access: Access, *, today: date) -> str:
    """What the start page says of one record: to whoever acts for a child, or to the young person; empty for all others."""
    if not access.is_own_record:
        return told_to_proxy(access, today=today)
    patient = access.patient
    coming = coming_for(patient, today=today) if patient.is_under(ENDS_AT, today) else None
    if coming is None or not any(
        _of(one.grant, patient, today) for one in told_of(patient, today=today) if not one.is_over
    ):
        return ""
    day = date_words(coming.on)
    if What.ENDS in coming.what:
        return (
            f"On {day} you are {coming.age}. Access by parental responsibility then ends by itself, and you decide who"
            " sees your record."
        )
    return (
        f"On {day} you are {coming.age}. Your surgery then looks at who acts for you, and may talk with you. Until it"
        " has decided, nothing changes."
    )


def told_to_patient(grant: ProxyGrant, patient: Patient, *, today: date) -> str:
    """The same for the young person, of one who acts for them; what ends at 16 is said however far off that is."""
    coming = _of(grant, patient, today)
    if coming is None:
        return _far_off(grant, patient, today)
    day = date_words(coming.on)
    if What.ENDS in coming.what:
        return (
            f"On {day}, when you are {coming.age}, their access ends by itself. From then on you decide who sees your"
            " record. You can ask for somebody to act for you again."
        )
    return (
        f"On {day} you are {coming.age}. Your surgery then looks at whether they still act for you, and may talk with"
        " you. Until it has decided, nothing changes."
    )


def _of(grant: ProxyGrant | None, patient: Patient, today: date) -> Coming | None:
    """What comes to a grant; nothing where it is over before, or rests on something else."""
    if grant is None or grant.legal_basis != LegalBasis.PARENTAL_RESPONSIBILITY:
        return None
    coming = coming_for(patient, today=today)
    if coming is None or not coming.is_told or (grant.ends_on and grant.ends_on < coming.on):
        return None
    return coming


def _far_off(grant: ProxyGrant, patient: Patient, today: date) -> str:
    """The end that no date of a grant says, where another does not come first."""
    ends_on = patient.birthday(ENDS_AT)
    is_parents = grant.legal_basis == LegalBasis.PARENTAL_RESPONSIBILITY
    if not is_parents or today >= ends_on or (grant.ends_on and grant.ends_on < ends_on):
        return ""
    return f"By itself it ends on {date_words(ends_on)}, when you are {ENDS_AT}."

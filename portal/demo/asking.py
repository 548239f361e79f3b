"""Somebody of the demo who asks to act for a child, so that staff have something to find and to decide."""

from datetime import date, datetime, timedelta

from accounts.models import User
from portal.demo.people import PATIENTS
from portal.demo.staff import PROXY
from proxy_access.applying import apply
from proxy_access.models import Claims, Evidence, LegalBasis
from surgeries.models import Surgery
from surgeries.terms import Section

FOR = "theo"


def add_application(surgery: Surgery, today: date, now: datetime) -> None:
    """Send what the demo's proxy asks for: medicines and immunisations of a child, for a year."""
    child = next(person for person in PATIENTS if person.key == FOR)
    claims = Claims(
        given_names=child.given_names, family_name=child.family_name,
        date_of_birth=child.born_on(today), nhs_number=child.nhs_number, relationship="Mother",
        evidence=[Evidence.BIRTH_CERTIFICATE.value], why="To keep his medicines in order",
        scopes=[Section.MEDICINES.value, Section.IMMUNISATIONS.value],
        ends_on=today + timedelta(days=365),
    )  # fmt: skip
    applicant = User.objects.get(email=PROXY.email)
    apply(applicant, surgery, LegalBasis.PARENTAL_RESPONSIBILITY, claims, now=now)

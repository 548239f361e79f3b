"""What people ask of a surgery who want to act for somebody: which of it staff see, and what becomes of it (R3.1, R3.7)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Kind, User
from accounts.staff import Desk, StaffAccess
from audit.row_security import rows_of
from proxy_access import applying
from proxy_access.access import involved_with
from proxy_access.models import ProxyApplication, ProxyGrant
from proxy_access.notices import tell_if_wanted
from records.models import StaffTask
from records.queue import close_tasks, hold_patient, open_task
from surgeries.models import Patient

WAITS = StaffTask.Kind.PROXY_APPLICATION
BECAUSE = "Look at who asks, then decide"


def applications_at(desk: Desk) -> list[ProxyApplication]:
    """What waits at a surgery and nobody knows yet whom it is about, the oldest first.

    Not the viewer's own, nor what may be about them or somebody they act for: nobody is staff to themself (R8.1).
    """
    waiting = ProxyApplication.objects.waiting().filter(surgery=desk.surgery)
    found = list(
        waiting.exclude(applicant=desk.viewer).select_related("applicant").order_by("sent_at", "id")
    )
    close = list(Patient.objects.filter(pk__in=involved_with(desk.viewer))) if found else []
    return [one for one in found if not any(_may_be_about(one, patient) for patient in close)]


def _may_be_about(application: ProxyApplication, patient: Patient) -> bool:
    claims = application.claims
    return claims.nhs_number == patient.nhs_number or claims.is_like(patient)


def application_at(desk: Desk, application_id: UUID) -> ProxyApplication | None:
    """One of these; None for any other."""
    return next((one for one in applications_at(desk) if one.pk == application_id), None)


def patient_meant(application: ProxyApplication, desk: Desk, *, now: datetime) -> Patient | None:
    """The patient of this surgery of whom number, date of birth and family name were all given right (R3.7)."""
    claims = application.claims
    if not claims.nhs_number:
        return None
    listed = Patient.objects.of_surgery(desk.surgery).filter(nhs_number=claims.nhs_number)
    today = timezone.localdate(now)
    return next((one for one in listed if claims.is_of(one) and one.is_registered(today)), None)


def match(
    application: ProxyApplication, *, by: StaffAccess, now: datetime, because: str = ""
) -> ProxyGrant:
    """Say of which patient somebody speaks, and put it into the queue; raises ValidationError as `applying.match`."""
    with transaction.atomic(), rows_of(by.patient.pk):
        hold_patient(by.patient)
        grant = applying.match(application, by=by, now=now, because=because)
        open_task(by.patient, WAITS, because=BECAUSE, now=now, about_id=grant.pk)
    return grant


def withdraw(application: ProxyApplication, *, by: User, now: datetime) -> ProxyApplication:
    """Take an application back, as whoever sent it; raises ValidationError as `applying.withdraw`."""
    with transaction.atomic():
        if application.grant:
            hold_patient(application.grant.patient)
        held = applying.withdraw(application, by=by, now=now)
        if held.grant:
            close_tasks(held.grant.patient, WAITS, by=None, now=now, about_id=held.grant.pk)
    return held


def answer_no_patient(
    application: ProxyApplication, *, by: Desk, now: datetime, because: str, tells_applicant: bool
) -> ProxyApplication:
    """Say that there is no such patient here; raises ValidationError as `applying.answer_no_patient`.

    Whoever is told gets the same e-mail as of any other answer (R5.4).
    """
    with transaction.atomic():
        held = applying.answer_no_patient(
            application, by=by, now=now, because=because, tells_applicant=tells_applicant
        )
        if tells_applicant and held.applicant.is_active and not held.applicant.closed_at:
            tell_if_wanted(held.applicant, Kind.PEOPLE)
    return held

"""A patient stops somebody who acts for them, and their surgery looks at what they cannot end themself (R4.8)."""

from datetime import datetime

from django.db import transaction

from accounts.staff import StaffAccess
from proxy_access.access import Access
from proxy_access.changing import resume_as_patient, suspend_as_patient
from proxy_access.models import Pause, ProxyGrant, Whom
from proxy_access.pausing import come_back
from proxy_access.steps import Side, hold_grant, stopped_by
from records.models import StaffTask
from records.queue import close_tasks, open_task

STOPPED = StaffTask.Kind.PROXY_STOPPED


def stop_for_now(grant: ProxyGrant, *, by: Access, now: datetime) -> None:
    """Stop it at once; where it does not rest on their agreement, somebody is to speak to the patient."""
    with transaction.atomic():
        held = suspend_as_patient(grant, by=by, now=now)
        if not held.rests_on_agreement:
            open_task(
                by.patient, STOPPED, now=now, about_id=grant.pk,
                because="Find out why, and decide whether it ends",
            )  # fmt: skip


def start_again(grant: ProxyGrant, *, by: Access, now: datetime) -> None:
    """Take the patient's own stop back, also one that had an end; there is no more to look at."""
    with transaction.atomic():
        hold_grant(grant, by.patient)  # before the patient: as whoever reads does
        paused = Pause.objects.in_force(now).of(by.patient, Whom.ONE, grant).exists()
        if paused:
            come_back(Whom.ONE, by=by, now=now, confirmed=None, grant=grant)
        if not paused or Side.PATIENT in stopped_by(grant):
            resume_as_patient(grant, by=by, now=now)
        looked_at(grant, by=by, now=now)


def looked_at(grant: ProxyGrant, *, by: Access | StaffAccess, now: datetime) -> None:
    """End the task to look at a stop of the patient's."""
    close_tasks(by.patient, STOPPED, by=by, now=now, about_id=grant.pk)

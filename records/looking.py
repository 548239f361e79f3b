"""A reason to look at a patient: a task that waits is one, and whoever comes without one is asked (R8.1, R9.1)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.staff import StaffAccess
from audit import log
from records.models import StaffTask

GIVEN = "reasons_to_look"
"""Where a session keeps since when it has a reason to look at which patient."""
HOLDS_FOR = timedelta(hours=2)
TO_FINISH = timedelta(minutes=30)
"""How much longer what was begun with a reason may be sent, so that no form is lost."""


class ReasonToLook(models.TextChoices):
    """Why staff look at a patient for whom nothing waits."""

    ASKED = "asked", "The patient, or somebody who acts for them, asked us something"
    CARE = "care", "Their care today needs it"
    COMPLAINT = "complaint", "A complaint or an incident"
    CHECK = "check", "Checking that their record or their access is right"
    OTHER = "other", "Another reason"


def may_look(session: SessionBase, access: StaffAccess, *, now: datetime, sends: bool) -> bool:
    """Whether there is a reason to look: one given in this session lately, or a task that waits today.

    A task counts for as long as a reason does: whoever finishes it may see what came of it.
    """
    if _holds(session.get(GIVEN, {}).get(str(access.patient.pk)), now, sends=sends):
        return True
    if not _has_task(access.patient.pk, now):
        return False
    hold(session, [access.patient.pk], now=now)
    return True


def give_reason(
    session: SessionBase, access: StaffAccess, *, reason: str, words: str, now: datetime
) -> None:
    """Let staff look at a patient for a while, because of what they say.

    Their own words are kept with the event, and only there: behind the rows of the patient, for whoever
    has to ask later why somebody looked. The form asks them not to say what the record holds.
    """
    hold(session, [access.patient.pk], now=now)
    log.record(
        "reason to look given", at=now, actor_id=access.viewer.pk, patient_id=access.patient.pk,
        duty=access.duty, details={"reason": reason, "said": words},
    )  # fmt: skip


def hold(session: SessionBase, patients: list[UUID], *, now: datetime) -> None:
    """Note in a session that there is a reason to look at some patients; what is over is dropped."""
    kept = {
        patient: since
        for patient, since in session.get(GIVEN, {}).items()
        if _holds(since, now, sends=True)
    }
    session[GIVEN] = kept | {str(patient): now.isoformat() for patient in patients}


def _holds(since: str | None, now: datetime, *, sends: bool) -> bool:
    until = HOLDS_FOR + (TO_FINISH if sends else timedelta(0))
    return bool(since) and now - datetime.fromisoformat(since or "") < until


def _has_task(patient_id: UUID, now: datetime) -> bool:
    waits = Q(shows_from=None) | Q(shows_from__lte=timezone.localdate(now))
    return StaffTask.objects.filter(waits, patient=patient_id, closed_at=None).exists()

"""Older entries that came after older ones were opened: closed until somebody has read them (R1.5)."""

from copy import copy
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.staff import StaffAccess
from audit.row_security import rows_of
from nhsuk.wording import date_words
from proxy_access.access import Access
from records.grants import latest_of, resume_access, start_access
from records.models import AccessGrant, Decision, GrantReview, StaffTask
from records.models.grant import EVERYTHING
from records.previewing.reveals import Revealed, newly_revealed
from records.previewing.reviewing import Proposal, needs_review, open_review
from records.previewing.standing import open_review_of
from records.queue import close_tasks, open_task
from surgeries.models import Patient
from surgeries.terms import Level

NOTHING = "Nothing waits to be read: somebody has read it, or less is open now"


def came_late(patient: Patient, held: AccessGrant | None) -> Revealed:
    """What the same decision would open if it were made now; inside the patient's rows."""
    if held is None or held.decision != Decision.GRANTED or not held.opens_older:
        return {}
    again = copy(held)
    again.read_until = EVERYTHING
    return newly_revealed(patient, before=held, after=again, came_after=held.reads_until)


def is_without_review(patient: Patient, proposed: AccessGrant, held: AccessGrant | None) -> bool:
    """Whether a decision may be made at once (R8.6): it opens nothing, also of what came late.

    One that is another than the decision held may leave closed what came late: nobody has to read in order to close.
    The same decision again is how what came late is read. Inside the patient's rows.
    """
    if not needs_review(patient, proposed, held):
        return True
    if held is None or proposed.says_the_same(held) or proposed.raises_older(held):
        return False
    without_late = copy(proposed)
    without_late.read_until = held.reads_until
    return not needs_review(patient, without_late, held)


def tell_of_late(patient: Patient, *, now: datetime, by: StaffAccess | None = None) -> None:
    """Open a task where older entries wait that nobody has read, and end it where none do.

    For whatever may bring or open some, or close them; inside the patient's rows.
    """
    held = AccessGrant.objects.of(patient).first()
    if held is None or not came_late(patient, held):
        close_tasks(patient, StaffTask.Kind.LATE_HISTORY, by=by, now=now)
    else:
        open_task(
            patient, StaffTask.Kind.LATE_HISTORY, now=now,
            because=f"They came after {date_words(timezone.localdate(held.reads_until))}, and stay closed until"
            " somebody has read them",
        )  # fmt: skip


def start_again(*, by: Access, now: datetime) -> AccessGrant:
    """Open a record as it was before its patient declined, and tell staff of what came meanwhile (R1.5)."""
    with rows_of(by.patient.pk):
        grant = resume_access(by=by, now=now)
        tell_of_late(by.patient, now=now)
    return grant


def begin_access(patient: Patient, *, now: datetime) -> None:
    """Set the access with which a patient begins online, or begins again, and tell staff of what came meanwhile."""
    with rows_of(patient.pk):
        start_access(patient, now=now)
        tell_of_late(patient, now=now)


def read_late(*, by: StaffAccess, now: datetime) -> GrantReview:
    """Begin to read what came late, or go on with the review that is open, which shows it too.

    Raises ValidationError where nothing waits to be read.
    """
    held = latest_of(by.patient)
    if not came_late(by.patient, held) or held is None:
        raise ValidationError(NOTHING)
    proposal = Proposal(
        current=Level(held.current_level), historical=Level(held.historical_level),
        starts_on=held.starts_on, restricted_sections=held.restricted_sections,
        reason="Older entries that came later were read", reason_for_patient=held.reason_for_patient,
    )  # fmt: skip
    return open_review_of(by.patient) or open_review(proposal, by=by, now=now)

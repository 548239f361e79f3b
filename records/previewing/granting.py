"""Making the decision that was reviewed: hides what is to be hidden, opens the rest, all or nothing (R8.6)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from records.grants import all_until, decide_access
from records.models import AccessGrant, Entry, EntryDecision, GrantReview, StaffTask
from records.previewing.reviewing import end_tasks, hold, request_answered, takes_two, unfinish
from records.previewing.standing import Standing, proposed_grant, standing_of
from records.queue import close_tasks, open_task
from records.requests.deciding import note_granted
from records.review import hide_each, in_a_year
from surgeries.terms import Level

CHANGED = (
    "Something changed since you opened the page: the record, the access, or a decision about an entry. Nothing"
    " was granted. Look at what is new, then send this again"
)
NOT_DONE = "Some entries still have to be read: those that are flagged and new, and the rest. Nothing was granted"
ASKED_SINCE = (
    "The patient asked for this meanwhile, and there are no words for them yet. Nothing was granted. Send it back, so"
    " that your colleague can write them"
)
NO_DUTY = "To grant access you need the duty “Decide access”"


def finish(
    review: GrantReview,
    *,
    by: StaffAccess,
    now: datetime,
    seen: str,
    reason: str,
    reason_for_patient: str,
) -> AccessGrant | None:
    """Say that the reading is done, and make the decision; None where a second person has to agree first.

    `seen` is the digest of all that staff had before them. Raises ValidationError where anything changed or is left.
    """
    with rows_of(by.patient.pk):
        standing = _ready(review, by=by, seen=seen)
        review = standing.review
        review.request = request_answered(proposed_grant(review), standing.latest)
        review.reason, review.reason_for_patient = reason.strip(), reason_for_patient.strip()
        _refuse_without_reasons(review)
        review.finished_at, review.finished_by, review.sent_back_because = now, by.viewer, ""
        review.save()
        if not takes_two(by.patient, proposed_grant(review), standing.latest):
            return _grant(standing, by=by, now=now)
        open_task(
            by.patient, StaffTask.Kind.SECOND_PERSON, about_id=review.pk, now=now,
            because="The full history would open: a second person has to agree",
        )  # fmt: skip
        _log("review finished", standing, by=by, now=now)
    return None


def agree(review: GrantReview, *, by: StaffAccess, now: datetime, seen: str) -> AccessGrant:
    """The second person agrees, and the decision is made; raises ValidationError for whoever finished the review.

    Also where the patient asked since, and there are no words for them yet.
    """
    with rows_of(by.patient.pk):
        standing = _ready(review, by=by, seen=seen)
        _refuse_the_first(standing.review, by)
        proposed = proposed_grant(standing.review)
        standing.review.request = request_answered(proposed, standing.latest)
        if standing.review.request and not standing.review.reason_for_patient:
            raise ValidationError(ASKED_SINCE)
        _log("second person agreed", standing, by=by, now=now)
        return _grant(standing, by=by, now=now)


def send_back(review: GrantReview, *, by: StaffAccess, now: datetime, because: str) -> None:
    """The second person does not agree: the review goes on, with why."""
    with rows_of(by.patient.pk):
        review = hold(review, by=by)
        _refuse_the_first(review, by)
        if not because.strip():
            raise ValidationError("Enter why you do not agree")
        review.sent_back_because = because.strip()
        review.save(update_fields=["sent_back_because"])
        unfinish(review, by=by, now=now)
        _log("second person sent back", standing_of(review, by), by=by, now=now)


def _ready(review: GrantReview, *, by: StaffAccess, seen: str) -> Standing:
    """How the review stands, held, where it is as it was seen and nothing is left to read."""
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(NO_DUTY)
    review = hold(review, by=by)
    standing = standing_of(review, by)
    if standing.seen != seen:
        raise ValidationError(CHANGED)
    if not standing.is_done:
        raise ValidationError(NOT_DONE)
    return standing


def _refuse_without_reasons(review: GrantReview) -> None:
    if not review.reason:
        raise ValidationError({"reason": "Enter the reason for the decision"})
    if review.request and not review.reason_for_patient:
        raise ValidationError(
            {"reason_for_patient": "Enter words for the patient, who asked for this"}
        )


def _refuse_the_first(review: GrantReview, by: StaffAccess) -> None:
    if review.finished_at is None:
        raise ValidationError("This review is not finished, or was changed since")
    if review.finished_by_id == by.viewer.pk:
        raise ValidationError("You finished this review, so somebody else has to agree")


def _grant(standing: Standing, *, by: StaffAccess, now: datetime) -> AccessGrant:
    """Hide, grant, note: in the transaction of the caller, who holds the patient."""
    review = standing.review
    in_part = standing.is_in_part
    _hide(standing, by=by, now=now)
    grant = decide_access(
        by.patient, by=by.viewer, now=now, current=Level(review.current_level),
        historical=Level(review.historical_level), starts_on=review.starts_on,
        restricted_sections=review.restricted_sections, reason=review.reason,
        reason_for_patient=review.reason_for_patient, read_until=all_until(by.patient, now=now),
    )  # fmt: skip
    review.used_at = now
    review.save(update_fields=["used_at", "request"])
    end_tasks(review, by=by, now=now)
    close_tasks(by.patient, StaffTask.Kind.LATE_HISTORY, by=by, now=now)
    if review.request:
        note_granted(
            review.request, grant, in_part=in_part, by=by, now=now, reason=review.reason,
            reason_for_patient=review.reason_for_patient,
        )  # fmt: skip
    _log("review used", standing, by=by, now=now)
    return grant


def _hide(standing: Standing, *, by: StaffAccess, now: datetime) -> None:
    """Hide what is to be hidden; staff look again in a year."""
    if standing.hidden:
        entries = Entry.objects.seen_by_staff(by).filter(id__in=standing.hidden)
        entries = entries.defer("details", "free_text")
        reasons = [(entry, standing.decisions[entry.id].reason) for entry in entries]
        hide_each(reasons, by=by, now=now, review_on=in_a_year(timezone.localdate(now)))


def _log(action: str, standing: Standing, *, by: StaffAccess, now: datetime) -> None:
    shown = EntryDecision.Kind.SHOW
    log.record(
        action, at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk, duty=Duty.DECIDE_ACCESS,
        about=f"review {standing.review.pk}",
        details={
            "opened": len(standing.revealed), "flagged": len(standing.flags),
            "hidden": [str(entry_id) for entry_id in standing.hidden],
            "shown": sum(standing.kind(entry_id) == shown for entry_id in standing.revealed),
            "finished by": str(standing.review.finished_by_id or ""),
        },
    )  # fmt: skip

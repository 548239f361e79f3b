"""Reading what a decision would open: begin, decide entry by entry, accept the rest, give up (R8.6)."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from proxy_access.access import Access
from records.grants import latest_of, refuse_over_the_patient, usual_start
from records.models import (
    AccessGrant,
    AccessRequest,
    Decision,
    EntryDecision,
    GrantReview,
    RequestState,
    StaffTask,
)
from records.previewing.reveals import newly_revealed
from records.previewing.standing import Standing, open_review_of, proposed_grant, standing_of
from records.queue import close_tasks, open_task
from surgeries.models import Patient
from surgeries.terms import Level

Kind = EntryDecision.Kind
OVER = "This review is over: it was used or given up meanwhile. Nothing of yours was saved"
CHANGED = (
    "This entry changed since you opened the page. Nothing of yours was saved. Read it as it is now"
)
OVERTAKEN = (
    "A colleague decided about this entry while you had it open. Nothing of yours was saved. Read their"
    " decision, then decide again if you still want another"
)
REST_CHANGED = (
    "What is not flagged changed since you opened the page. Look at it again, then accept it"
)
NOT_OPENED = "This decision would not open this entry any more. Nothing was saved"


class Proposal(NamedTuple):
    """How much a decision is to open, and why."""

    current: Level
    historical: Level
    starts_on: date | None = None
    restricted_sections: list[str] | None = None
    reason: str = ""
    reason_for_patient: str = ""


def needs_review(patient: Patient, grant: AccessGrant, latest: AccessGrant | None) -> bool:
    """Whether a decision may not be made at once: it opens something, takes two people or answers a request.

    Inside the patient's rows.
    """
    if grant.decision != Decision.GRANTED:
        return False
    return (
        takes_two(patient, grant, latest)
        or answers_request(patient, grant, latest)
        or bool(newly_revealed(patient, before=latest, after=grant))
    )


def answers_request(patient: Patient, grant: AccessGrant, latest: AccessGrant | None) -> bool:
    """Whether a patient waits for an answer that this would be: more of the history opens, even if it is empty (R8.2)."""
    before = Level(latest.historical_level) if latest else Level.NONE
    opens_more = Level(grant.historical_level).or_above(before) != before
    return opens_more and open_request_of(patient) is not None


def takes_two(patient: Patient, grant: AccessGrant, latest: AccessGrant | None) -> bool:
    """Whether a second person has to agree: the surgery wants it, and full history opens that was not open.

    An earlier start date opens it as the level for older entries does (R1.2), and so does a section that was closed,
    and what came late. Inside the patient's rows.
    """
    if not patient.surgery.two_people_for_full:
        return False
    usual = usual_start(patient) or date.max
    since, was_since = full_since(patient, grant), full_since(patient, latest)
    if since >= usual:
        return False
    if since < was_since or not closed_by(patient, latest) <= closed_by(patient, grant):
        return True
    return _reads_further(grant, latest) and bool(
        newly_revealed(patient, before=latest, after=grant)
    )


def _reads_further(grant: AccessGrant, latest: AccessGrant | None) -> bool:
    """Whether all of the history is open, and what came to it late would be read and open too (R1.5)."""
    is_full = grant.historical_level == Level.FULL
    return is_full and latest is not None and latest.reads_until < grant.reads_until


def full_since(patient: Patient, grant: AccessGrant | None) -> date:
    """The day from which entries are open at the highest level; the last of all days where none are."""
    if grant is not None and grant.historical_level == Level.FULL:
        return date.min
    if grant is None or grant.current_level != Level.FULL:
        return date.max
    return grant.starts_on or usual_start(patient) or date.max


def closed_by(patient: Patient, grant: AccessGrant | None) -> set[str]:
    """The sections that a decision leaves closed: the patient's own setting wins (R1.12)."""
    own = grant.restricted_sections if grant else None
    return set(patient.surgery.restricted_sections if own is None else own)


def open_review(
    proposal: Proposal, *, by: StaffAccess, now: datetime, over: UUID | None = None
) -> GrantReview:
    """Begin to read what a decision would open, or change what the open review is about.

    `over` is the open review that staff had before them, if there was one: its decisions about entries are kept as
    far as they hold. Raises ValidationError where another one was opened meanwhile or the decision cannot be.
    """
    with rows_of(by.patient.pk):
        latest = latest_of(by.patient)
        held = open_review_of(by.patient)
        if (held and held.pk) != over:
            raise ValidationError(
                "A review of this patient was opened meanwhile. Nothing of yours was saved"
            )
        review = held or GrantReview(patient=by.patient, opened_by=by.viewer, opened_at=now)
        for name, value in _columns(proposal).items():
            setattr(review, name, value)
        review.request = request_answered(proposed_grant(review), latest)
        review.finished_at = review.finished_by = None
        review.full_clean()
        refuse_over_the_patient(proposed_grant(review), latest)
        review.save()
        close_tasks(by.patient, StaffTask.Kind.SECOND_PERSON, by=by, now=now, about_id=review.pk)
        _log("review changed" if held else "review opened", review, by=by, now=now)
    return review


def open_request_of(patient: Patient) -> AccessRequest | None:
    """The request that a patient waits for, which a grant made meanwhile answers; there is one at most (R8.4)."""
    return AccessRequest.objects.open().filter(patient=patient).first()


def request_answered(grant: AccessGrant, latest: AccessGrant | None) -> AccessRequest | None:
    """The request that a decision would answer, if there is one.

    To read what came late under the decision that holds is no answer, unless somebody began to answer by it (R1.5).
    """
    asked = open_request_of(grant.patient)
    is_begun = asked is not None and asked.state == RequestState.REVIEWING
    return asked if is_begun or not grant.says_the_same(latest) else None


def _columns(proposal: Proposal) -> dict[str, object]:
    return {
        "current_level": proposal.current,
        "historical_level": proposal.historical,
        "starts_on": proposal.starts_on,
        "restricted_sections": proposal.restricted_sections,
        "reason": proposal.reason.strip(),
        "reason_for_patient": proposal.reason_for_patient.strip(),
    }


def decide_entry(
    review: GrantReview,
    entry_id: UUID,
    kind: str,
    *,
    by: StaffAccess,
    now: datetime,
    seen: str,
    over: UUID | None = None,
    reason: str = "",
) -> Standing:
    """Decide whether an entry is to be shown, hidden, or shown to a clinician first; how the review stands then.

    `seen` is the digest of what staff had before them, `over` the decision about it that they saw. Raises
    ValidationError where either is not what it was, and where a reason for hiding is missing.
    """
    with rows_of(by.patient.pk):
        review = hold(review, by=by)
        before = standing_of(review, by)
        _refuse_overtaken(before, entry_id, seen, over)
        made = EntryDecision(
            patient=by.patient, review_id=review.pk, entry_id=entry_id, kind=kind, seen=seen,
            reason=reason.strip(), rules=_rules(before, entry_id), decided_by_id=by.viewer.pk,
            decided_at=now,
        )  # fmt: skip
        made.full_clean(exclude=["pk"], validate_unique=False, validate_constraints=False)
        if kind == Kind.HIDE and not made.reason:
            raise ValidationError("Enter the reason for hiding this")
        EntryDecision.objects.filter(
            patient=by.patient, review_id=review.pk, entry_id=entry_id, replaced_at=None
        ).update(replaced_at=now)
        made.save(force_insert=True)
        _tell_clinician(made, by=by, now=now)
        unfinish(review, by=by, now=now)
        _log("entry reviewed", review, by=by, now=now, entry=entry_id, kind=kind)
        decisions = before.decisions | {entry_id: made}
    return Standing(review, before.latest, before.revealed, before.flags, decisions)


def _rules(standing: Standing, entry_id: UUID) -> list[str]:
    return sorted({flag.rule.id for flag in standing.flags.get(entry_id, ())})


def _refuse_overtaken(standing: Standing, entry_id: UUID, seen: str, over: UUID | None) -> None:
    if entry_id not in standing.revealed:
        raise ValidationError(NOT_OPENED)
    made = standing.decisions.get(entry_id)
    if (made and made.id) != over:
        raise ValidationError(OVERTAKEN)
    if standing.revealed[entry_id].seen != seen:
        raise ValidationError(CHANGED)


def _tell_clinician(made: EntryDecision, *, by: StaffAccess, now: datetime) -> None:
    """A clinician who is asked finds a task; it ends when anybody decides."""
    if made.kind == Kind.ASK:
        open_task(
            by.patient, StaffTask.Kind.CLINICIAN, about_id=made.entry_id, now=now,
            because="Somebody who reviews the record asks whether this entry may be shown",
        )  # fmt: skip
    else:
        close_tasks(by.patient, StaffTask.Kind.CLINICIAN, by=by, now=now, about_id=made.entry_id)


def accept_rest(review: GrantReview, *, by: StaffAccess, now: datetime, seen: str) -> None:
    """Say that what no rule flags need not be read entry by entry; it holds for what it is now."""
    with rows_of(by.patient.pk):
        review = hold(review, by=by)
        standing = standing_of(review, by)
        if standing.rest_seen != seen:
            raise ValidationError(REST_CHANGED)
        review.rest_accepted_at, review.rest_accepted_by = now, by.viewer
        review.rest_seen = seen
        review.save(update_fields=["rest_accepted_at", "rest_accepted_by", "rest_seen"])
        _log("rest accepted", review, by=by, now=now, entries=len(standing.rest))


def drop_review(review: GrantReview, *, by: StaffAccess, now: datetime) -> None:
    """Give a review up: nothing is granted or hidden by it, and it stays on file."""
    with rows_of(by.patient.pk):
        review = hold(review, by=by)
        review.dropped_at = now
        review.save(update_fields=["dropped_at"])
        end_tasks(review, by=by, now=now)
        _log("review given up", review, by=by, now=now)


def end_tasks(review: GrantReview, *, by: StaffAccess | Access, now: datetime) -> None:
    """What waited for a review that is over waits no more."""
    kinds = StaffTask.Kind
    close_tasks(by.patient, kinds.SECOND_PERSON, by=by, now=now, about_id=review.pk)
    asked = EntryDecision.objects.filter(
        patient=by.patient, review_id=review.pk, replaced_at=None, kind=Kind.ASK
    )
    for entry_id in asked.values_list("entry_id", flat=True):
        close_tasks(by.patient, kinds.CLINICIAN, by=by, now=now, about_id=entry_id)


def unfinish(review: GrantReview, *, by: StaffAccess, now: datetime) -> None:
    """Whoever decides anew after a review was finished has to finish it again."""
    if review.finished_at:
        review.finished_at = review.finished_by = None
        review.save(update_fields=["finished_at", "finished_by"])
        close_tasks(by.patient, StaffTask.Kind.SECOND_PERSON, by=by, now=now, about_id=review.pk)


def hold(review: GrantReview, *, by: StaffAccess) -> GrantReview:
    """A review as it is now; until the transaction ends nothing of this patient's access or record changes.

    Raises ValidationError where it is over.
    """
    with transaction.atomic():
        latest_of(by.patient)
        held = open_review_of(by.patient)
    if held is None or held.pk != review.pk:
        raise ValidationError(OVER)
    held.patient = by.patient
    return held


def _log(
    action: str, review: GrantReview, *, by: StaffAccess, now: datetime, **details: object
) -> None:
    log.record(
        action, at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk, duty=by.duty,
        about=f"review {review.pk}",
        details={"current": review.current_level, "historical": review.historical_level, **details},
    )  # fmt: skip

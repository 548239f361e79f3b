"""Changing a grant: narrower, suspended, ended, begun again; each change with its reason, and kept (R4.8, R4.9)."""

from collections.abc import Collection
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.staff import StaffAccess
from proxy_access.access import Access
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ENDING, ProxyStatus, StatusReason, is_allowed
from proxy_access.steps import (
    BEGUN,
    DECIDED,
    NO_WORDS,
    STANDING,
    Side,
    Words,
    change_status,
    hold_grant,
    note_step,
    refuse_staff,
    stopped_by,
    tell_of_change,
    told_end,
)
from surgeries.terms import Section

OVER_BY = dict.fromkeys(STANDING, (ProxyStatus.ENDED, StatusReason.END_DATE_REACHED)) | {
    ProxyStatus.PROPOSED: (ProxyStatus.ENTERED_IN_ERROR, StatusReason.APPLICATION_WITHDRAWN)
}
"""How what is not over yet becomes so, where its last day was before it began."""
NOT_YOURS = "Only the patient can do this"
OVER = "This has ended, or never began. To start again, another one has to be set up"
NOT_STOPPED = {
    Side.PATIENT: "You have not stopped this, so you cannot start it again",
    Side.SURGERY: "The surgery has not stopped this. What the patient stopped, only they start again",
}
NOT_AGREED = (
    "This does not rest on your agreement. You can stop it for now, and your surgery looks at it"
)
ALREADY = "Somebody has done this already. What you wrote is not kept: read the changes first"
WIDER = "You can only take parts away here. To let somebody see more, ask your surgery"
NONE_LEFT = "Choose at least one part. To let them see nothing, end it"
NO_LESS = "Take a part away, or choose a nearer end. To leave it as it is, say that it goes on"
LATER = "Choose a day from today on, and not after the end date that there is"


def begin(
    grant: ProxyGrant,
    *,
    by: User | None,
    at: datetime,
    side: Side = Side.SURGERY,
    words: Words = NO_WORDS,
) -> ProxyGrant:
    """Keep a grant that the surgery set up, or that waits for its decision, with its first step (R4.10).

    `side` is the patient's where somebody asked for it who is not staff.
    """
    grant.status_reason = BEGUN[ProxyStatus(grant.status)]
    grant.full_clean(exclude=DECIDED)
    with transaction.atomic():
        grant.save(force_insert=True)
        note_step(grant, StatusReason(grant.status_reason), by, at, side, words)
        if grant.status == ProxyStatus.ACTIVE:  # what waits is told once it is decided
            tell_of_change(grant, by=by, at=at, words=words, gives=True)
        return grant


def end_as_patient(grant: ProxyGrant, *, by: Access, now: datetime) -> ProxyGrant:
    """End a grant that rests on the patient's agreement, at once (R4.8); once more does nothing.

    Raises ValidationError for any other: that the patient can stop, and the surgery decides whether it ends (R4.1).
    """
    _refuse_others(by)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        _refuse_not_agreed(held)
        return _end(held, StatusReason.PATIENT_REQUEST, by=by.viewer, at=now)


def suspend_as_patient(grant: ProxyGrant, *, by: Access, now: datetime) -> ProxyGrant:
    """Stop a grant for now; to the proxy it looks like an end (R4.8, R5.2). Once more does nothing."""
    _refuse_others(by)
    with transaction.atomic():
        return _suspend(hold_grant(grant, by.patient), Side.PATIENT, by=by.viewer, at=now)


def resume_as_patient(grant: ProxyGrant, *, by: Access, now: datetime) -> ProxyGrant:
    """Take the patient's own stop back; what the surgery stopped stays so. Raises ValidationError where there is none."""
    _refuse_others(by)
    with transaction.atomic():
        return _resume(hold_grant(grant, by.patient), Side.PATIENT, by=by.viewer, at=now)


def narrow(
    grant: ProxyGrant,
    *,
    scopes: Collection[str],
    ends_on: date | None,
    by: Access,
    now: datetime,
    today: date,
) -> ProxyGrant:
    """Let somebody see less, or for a shorter time (R4.3, R4.6).

    Raises ValidationError for more or longer, and for a grant that does not rest on the patient's agreement.
    """
    _refuse_others(by)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        _refuse_over(held, Side.PATIENT)
        _refuse_not_agreed(held)
        return _narrow(held, scopes, ends_on, by=by.viewer, at=now, today=today)


def narrow_as_staff(
    grant: ProxyGrant,
    *,
    scopes: Collection[str],
    ends_on: date | None,
    by: StaffAccess,
    now: datetime,
    today: date,
    words: Words,
) -> ProxyGrant:
    """Let somebody see less, or for a shorter time, whatever it rests on (R4.3, R4.6).

    Raises ValidationError for more or longer, and for nothing less at all.
    """
    refuse_staff(by, words)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        _refuse_over(held, Side.SURGERY)
        if (sorted(scopes), ends_on) == (sorted(held.scopes), held.ends_on):
            raise ValidationError(NO_LESS)
        return _narrow(held, scopes, ends_on, by=by.viewer, at=now, today=today, words=words)


def _narrow(
    held: ProxyGrant,
    scopes: Collection[str],
    ends_on: date | None,
    *,
    by: User,
    at: datetime,
    today: date,
    words: Words | None = None,
) -> ProxyGrant:
    if held.ends_on and held.ends_on < today:
        raise ValidationError(OVER)  # or it would say of the time before what was never so
    _refuse_wider(held, scopes, ends_on, today)
    kept = [section.value for section in Section if section in scopes]
    if (kept, ends_on) == (held.scopes, held.ends_on):
        return held
    held.scopes, held.ends_on = kept, ends_on
    held.full_clean(exclude=DECIDED)
    held.save(update_fields=["scopes", "ends_on"])
    side = Side.SURGERY if words else Side.PATIENT
    note_step(held, None, by, at, side, words or NO_WORDS)
    return tell_of_change(held, by=by, at=at, words=words or NO_WORDS)


def _refuse_wider(
    held: ProxyGrant, scopes: Collection[str], ends_on: date | None, today: date
) -> None:
    if not scopes:
        raise ValidationError({"scopes": NONE_LEFT})
    if not set(scopes) <= set(held.scopes):
        raise ValidationError({"scopes": WIDER})
    if ends_on == held.ends_on:
        return
    if ends_on is None or ends_on < today or (held.ends_on and ends_on > held.ends_on):
        raise ValidationError({"ends_on": LATER})


def resign(by: Access, *, now: datetime) -> ProxyGrant:
    """Stop acting for somebody, as the proxy (R4.8); once more does nothing."""
    if by.grant is None:
        raise ValidationError("You act for nobody here: this is your own record")
    with transaction.atomic():
        held = hold_grant(by.grant, by.patient)
        return _end(held, StatusReason.PROXY_REQUEST, by=by.viewer, at=now)


def withdraw_as_patient(grant: ProxyGrant, *, by: Access, now: datetime) -> ProxyGrant:
    """Take back what waits for the surgery's decision, as the patient who asked for it (R4.10).

    What the surgery rejected meanwhile stays so, and the patient is not told by this (R4.5). Raises ValidationError
    where the person may act already.
    """
    _refuse_others(by)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        if held.status == ProxyStatus.PROPOSED:
            reason, withdrawn = StatusReason.APPLICATION_WITHDRAWN, ProxyStatus.ENTERED_IN_ERROR
            return change_status(held, withdrawn, reason, by.viewer, now, Side.PATIENT, NO_WORDS)
        if held.status in (ProxyStatus.REJECTED, ProxyStatus.ENTERED_IN_ERROR):
            return held
        raise ValidationError("Your surgery has agreed to this already. To stop it, end it")


def suspend_as_staff(
    grant: ProxyGrant, *, by: StaffAccess, now: datetime, words: Words
) -> ProxyGrant:
    """Stop a grant until somebody has looked at it, also where the patient stopped it already (R4.5, R4.9)."""
    refuse_staff(by, words)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        return _suspend(held, Side.SURGERY, by=by.viewer, at=now, words=words)


def resume_as_staff(
    grant: ProxyGrant, *, by: StaffAccess, now: datetime, words: Words
) -> ProxyGrant:
    """Take the surgery's stop back; what the patient stopped stays so (R4.8).

    Told wherever the stop was: nobody is left to read that it is stopped while somebody sees their record.
    """
    refuse_staff(by, words)
    words = words._replace(told_patient=True)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        return _resume(held, Side.SURGERY, by=by.viewer, at=now, words=words)


def end_as_staff(
    grant: ProxyGrant, reason: str, *, by: StaffAccess, now: datetime, words: Words
) -> ProxyGrant:
    """End a grant for one of the reasons of R4.10; raises ValidationError for any other."""
    refuse_staff(by, words)
    if reason not in ENDING:
        raise ValidationError({"reason": "Choose why it ends"})
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        return _end(held, StatusReason(reason), by=by.viewer, at=now, words=words)


def follow(
    grant: ProxyGrant,
    to: ProxyStatus,
    reason: StatusReason,
    *,
    by: User | None,
    at: datetime,
    words: Words,
) -> ProxyGrant:
    """Give a grant the status that follows from elsewhere, as an act of the surgery.

    Raises ValidationError where that may not come now, and where the patient stopped it: that only they take back.
    """
    with transaction.atomic():
        held = hold_grant(grant, grant.patient)
        if to == ProxyStatus.SUSPENDED and held.status in STANDING:
            is_stopped = Side.SURGERY in stopped_by(held)
            return held if is_stopped else _suspend(held, Side.SURGERY, by=by, at=at, words=words)
        if reason == StatusReason.REACTIVATED:
            return _resume(held, Side.SURGERY, by=by, at=at, words=words)
        if not is_allowed(held.status, to, reason):
            before = ProxyStatus(held.status).label
            raise ValidationError(
                f"It is “{before}” here, and does not become “{to.label}” for “{reason.label}”"
            )
        held.status = to
        held.validate_constraints()
        change_status(held, to, reason, by, at, Side.SURGERY, words)
        return tell_of_change(held, by=by, at=at, words=words)


def end_sooner(
    grant: ProxyGrant, ends_on: date, *, by: User | None, at: datetime, words: Words
) -> ProxyGrant:
    """Let a grant end on a nearer day, as another system tells; one that ends by then stays as it is (R4.6)."""
    with transaction.atomic():
        held = hold_grant(grant, grant.patient)
        if held.status not in OVER_BY or (held.ends_on and held.ends_on <= ends_on):
            return held
        if ends_on < held.starts_on:
            change_status(held, *OVER_BY[ProxyStatus(held.status)], by, at, Side.SURGERY, words)
        else:
            held.ends_on = ends_on
            held.save(update_fields=["ends_on"])
            note_step(held, None, by, at, Side.SURGERY, words)
        return tell_of_change(held, by=by, at=at, words=words)


def _refuse_over(held: ProxyGrant, side: Side) -> None:
    """Refuse to change what has ended; to the patient, an end that they are not told of is none (R4.5)."""
    if held.status in STANDING:
        return
    is_kept_back = held.status == ProxyStatus.ENDED and told_end(held) is None
    if not (side is Side.PATIENT and is_kept_back):
        raise ValidationError(OVER)


def _refuse_unsaid(
    held: ProxyGrant, reason: StatusReason, side: Side, by: User | None, words: Words
) -> None:
    """Refuse staff whose change a colleague has made already: what they say of it would be lost."""
    said = {"text": words.text.strip(), "told_patient": words.told_patient, "by": by}
    if side is Side.SURGERY and not held.steps.filter(reason=reason, **said).exists():
        raise ValidationError(ALREADY)


def _refuse_not_agreed(held: ProxyGrant) -> None:
    if not held.rests_on_agreement:
        raise ValidationError(NOT_AGREED)


def _refuse_others(by: Access) -> None:
    if not by.is_own_record:
        raise ValidationError(NOT_YOURS)


def _suspend(
    held: ProxyGrant, side: Side, *, by: User | None, at: datetime, words: Words = NO_WORDS
) -> ProxyGrant:
    _refuse_over(held, side)
    if side in stopped_by(held):
        _refuse_unsaid(held, StatusReason.SUSPENDED, side, by, words)
        return held
    if held.status == ProxyStatus.ACTIVE:
        stopped = ProxyStatus.SUSPENDED, StatusReason.SUSPENDED
        change_status(held, *stopped, by, at, side, words)
    else:
        note_step(held, StatusReason.SUSPENDED, by, at, side, words)
    return tell_of_change(held, by=by, at=at, words=words)


def _resume(
    held: ProxyGrant, side: Side, *, by: User | None, at: datetime, words: Words = NO_WORDS
) -> ProxyGrant:
    _refuse_over(held, side)
    stopped = stopped_by(held)
    if side not in stopped:
        raise ValidationError(NOT_STOPPED[side])
    if stopped == {side} and held.status == ProxyStatus.SUSPENDED:
        held.status = ProxyStatus.ACTIVE
        held.validate_constraints()  # another grant of the same two may have begun meanwhile
        begun = ProxyStatus.ACTIVE, StatusReason.REACTIVATED
        change_status(held, *begun, by, at, side, words)
    else:
        note_step(held, StatusReason.REACTIVATED, by, at, side, words)
    return tell_of_change(held, by=by, at=at, words=words, gives=True)


def _end(
    held: ProxyGrant, reason: StatusReason, *, by: User, at: datetime, words: Words | None = None
) -> ProxyGrant:
    side = Side.SURGERY if words else Side.PATIENT
    if held.status == ProxyStatus.ENDED:
        by_patient = reason == StatusReason.PATIENT_REQUEST and side is Side.PATIENT
        untold = by_patient and told_end(held) is None
        _refuse_unsaid(held, reason, side, by, words or NO_WORDS)
        return note_step(held, reason, by, at, side) if untold else held
    _refuse_over(held, side)
    change_status(held, ProxyStatus.ENDED, reason, by, at, side, words or NO_WORDS)
    return tell_of_change(held, by=by, at=at, words=words or NO_WORDS)

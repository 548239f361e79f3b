"""Letting a grant go on before it ends: the patient's own act, or the surgery's for what rests on a law (R4.6).

It is never for more than a year, and never for more to see. What has ended does not go on: another grant begins (ADR 27).
"""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.staff import StaffAccess
from audit import log
from nhsuk.wording import date_words
from proxy_access.access import Access
from proxy_access.changing import NOT_AGREED, NOT_YOURS, OVER
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ProxyStatus
from proxy_access.steps import (
    DECIDED,
    NO_WORDS,
    STANDING,
    Side,
    Words,
    hold_grant,
    note_step,
    refuse_staff,
    tell_of_change,
)
from proxy_access.telling import Stand, told_about
from proxy_access.terms import ends_soon, latest_end, next_end

NOT_NOW = "This cannot go on from here now. Ask your surgery"
NOT_YET = "This can go on from 30 days before it ends"
STOPPED_BY_YOU = "You have stopped this. Let them see it again first, or let it end"
ANOTHER_DAY = "The end date has changed while you looked at it. Read until when it would go on now"
BY_PATIENT = "This rests on the patient's agreement, so only they let it go on, on their own page"
STOPPED = "This is stopped. Start it again first, or let it end"
LATER = "Choose a day after the end date that there is, and not more than a year from today"
BASIS_ENDS = (
    "The order or the power that it rests on ends on {}. If there is a newer one, say until when"
)
NO_END = "This has no end date, so there is nothing to go on to"


def renew_as_patient(
    grant: ProxyGrant, *, until: date, by: Access, now: datetime, today: date
) -> ProxyGrant:
    """Let somebody go on for another term; `until` is the day that the patient was shown. Once more does nothing.

    Raises ValidationError where it does not rest on their agreement, does not end soon, is stopped or over. What the
    surgery keeps back from the patient counts for nothing here, as it does for all they press (ADR 27): the grant stays closed.
    """
    if not by.is_own_record:
        raise ValidationError(NOT_YOURS)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        if not held.rests_on_agreement:
            raise ValidationError(NOT_AGREED)
        if _went_on(held, until):
            return held
        _refuse_stand(held, today)
        if next_end(held, today=today) != until:
            raise ValidationError(ANOTHER_DAY)
        return _go_on(held, until, by=by, at=now, side=Side.PATIENT)


def renew_as_staff(
    grant: ProxyGrant,
    *,
    ends_on: date,
    by: StaffAccess,
    now: datetime,
    today: date,
    words: Words,
    basis_ends_on: date | None = None,
) -> ProxyGrant:
    """Let somebody go on who acts by a law or a court, until a day a year from today at most; the patient is told.

    `basis_ends_on` is the last day of a newer order or power; None leaves the one that there is (R4.9). Raises
    ValidationError for what rests on the patient's agreement, is stopped, has ended or has no end, or outlasts its basis.
    """
    refuse_staff(by, words)
    with transaction.atomic():
        held = hold_grant(grant, by.patient)
        _refuse_to_staff(held, ends_on, today)
        if basis_ends_on:
            held.basis_ends_on = basis_ends_on
        if held.basis_ends_on and ends_on > held.basis_ends_on:
            raise ValidationError({"ends_on": BASIS_ENDS.format(date_words(held.basis_ends_on))})
        words = words._replace(told_patient=True)
        return _go_on(held, ends_on, by=by, at=now, side=Side.SURGERY, words=words)


def _refuse_to_staff(held: ProxyGrant, ends_on: date, today: date) -> None:
    if held.rests_on_agreement:
        raise ValidationError(BY_PATIENT)
    if held.ends_on is None:
        raise ValidationError(NO_END)
    if held.status == ProxyStatus.SUSPENDED:
        raise ValidationError(STOPPED)
    if held.status != ProxyStatus.ACTIVE or held.ends_on < today:
        raise ValidationError(OVER)
    if not held.ends_on < ends_on <= latest_end(today):
        raise ValidationError({"ends_on": LATER})


def ask_to_go_on(by: Access, *, now: datetime, today: date) -> ProxyGrant:
    """Ask, as the proxy, to go on after the end date; nothing becomes more by it, and asking twice is asking once."""
    if by.grant is None:
        raise ValidationError("You act for nobody here: this is your own record")
    with transaction.atomic():
        held = hold_grant(by.grant, by.patient)
        if not ends_soon(held, today=today):
            raise ValidationError(NOT_YET)
        if held.asked_to_go_on is None:
            held.asked_to_go_on = today
            held.save(update_fields=["asked_to_go_on"])
            log.record(
                "asked to go on", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
                about=f"proxy grant {held.pk}",
            )  # fmt: skip
        return held


def _went_on(held: ProxyGrant, until: date) -> bool:
    """Whether the last change of which the patient is told let it go on until this day: whoever presses twice has done it."""
    last = held.steps.filter(told_patient=True).order_by("-id").first()
    return last is not None and last.went_on_from is not None and last.ends_on == until


def _refuse_stand(held: ProxyGrant, today: date) -> None:
    """Refuse the patient what is not open as far as they are told; why the surgery stopped it is never said (R4.5)."""
    stand = told_about(held, today=today).stand
    if stand is Stand.ENDED or held.status not in (*STANDING, ProxyStatus.ENDED):
        raise ValidationError(OVER)
    if stand is Stand.STOPPED_BY_YOU:
        raise ValidationError(STOPPED_BY_YOU)
    if stand is not Stand.OPEN:
        raise ValidationError(NOT_NOW)
    if not ends_soon(held, today=today):
        raise ValidationError(NOT_YET)


def _go_on(
    held: ProxyGrant,
    until: date,
    *,
    by: Access | StaffAccess,
    at: datetime,
    side: Side,
    words: Words = NO_WORDS,
) -> ProxyGrant:
    before, held.ends_on, held.asked_to_go_on = held.ends_on, until, None
    held.full_clean(exclude=DECIDED)
    held.save(update_fields=["ends_on", "basis_ends_on", "asked_to_go_on"])
    note_step(held, None, by.viewer, at, side, words, went_on_from=before)
    return tell_of_change(held, by=by.viewer, at=at, words=words, gives=True)

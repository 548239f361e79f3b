"""Somebody asks to act for a patient; they learn nothing of the patient, nor whether there is one (R3.1, R4.5)."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Duty, OnlineRegistration, User
from accounts.staff import Desk, StaffAccess
from accounts.tries import Limit, may_try
from audit import log
from proxy_access.changing import begin
from proxy_access.models import Claims, LegalBasis, ProxyApplication, ProxyDecision, ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.steps import Side, Words, change_status, hold_grant
from surgeries.models import Patient, Surgery
from surgeries.terms import Section

SENT = Limit("proxy application", tries=5, within=timedelta(days=1))
TOO_MANY = "You have sent several of these today. Wait until tomorrow, or ring the surgery"
NOT_IDENTIFIED = "Prove who you are first: then you can ask to act for somebody"
NOT_HERE = "This surgery does not use this service. Ask them directly"
ONLY_PATIENT = "Only the patient can begin what rests on their agreement"
HANDLED = "A colleague dealt with this already, or it was taken back. Nothing of yours was saved"
THEMSELF = "The person who asks is this patient, and cannot act for themself"
SAY_WHY = "Number, date of birth and family name are not all the same. Enter how you know that this is the patient"
NO_DUTY = "To do this you need the duty “Decide access”"


class Stand(StrEnum):
    """How an application stands, as whoever sent it is told."""

    WAITING = "waiting"
    GRANTED = "granted"
    NOT_GRANTED = "not-granted"
    WITHDRAWN = "withdrawn"


def apply(
    applicant: User, surgery: Surgery, basis: str, claims: Claims, *, now: datetime
) -> ProxyApplication:
    """Send an application to a surgery; nobody looks whether there is such a patient.

    Raises ValidationError for whoever is not at P9 (R4.2), sent too many, or asks on the patient's own agreement.
    """
    if not applicant.is_identified:
        raise ValidationError(NOT_IDENTIFIED)
    if basis == LegalBasis.CONSENT:
        raise ValidationError({"legal_basis": ONLY_PATIENT})
    if not surgery.uses_portal:
        raise ValidationError({"surgery": NOT_HERE})
    made = ProxyApplication(
        applicant=applicant, surgery=surgery, legal_basis=basis, sent_at=now,
        stated=msgspec.json.encode(claims).decode(),
    )  # fmt: skip
    made.full_clean()
    with transaction.atomic():
        if not may_try(SENT, str(applicant.pk), now=now):
            raise ValidationError(TOO_MANY)
        made.save(force_insert=True)
        _log("proxy application sent", made, at=now, by=applicant)
    return made


def applications_of(applicant: User) -> QuerySet[ProxyApplication]:
    """What somebody sent, the newest first."""
    sent = ProxyApplication.objects.filter(applicant=applicant).select_related("surgery", "grant")
    return sent.prefetch_related("grant__decisions").order_by("-sent_at", "id")


def stand_of(application: ProxyApplication) -> Stand:
    """How an application stands, as far as whoever sent it is told: what is kept from them is waiting (R4.5)."""
    if application.withdrawn_at:
        return Stand.WITHDRAWN
    if application.answered_at:
        return Stand.NOT_GRANTED if application.tells_applicant else Stand.WAITING
    decisions = list(application.grant.decisions.all()) if application.grant else []
    made = max(decisions, key=lambda decision: decision.pk, default=None)
    if made is None or not made.tells_applicant:
        return Stand.WAITING
    return Stand.GRANTED if made.outcome == ProxyDecision.Outcome.GRANTED else Stand.NOT_GRANTED


def withdraw(application: ProxyApplication, *, by: User, now: datetime) -> ProxyApplication:
    """Take an application back, as whoever sent it; once more does nothing.

    Also where it was decided and they are not told: to them it then reads as taken back, as any other. Raises
    ValidationError for one of which they are told how it was decided.
    """
    with transaction.atomic():
        held = _held(application)
        if held.applicant_id != by.pk:
            raise ValidationError("Only whoever sent this can take it back")
        if held.withdrawn_at:
            return held
        if stand_of(held) is not Stand.WAITING:
            raise ValidationError("This is decided, so there is nothing to take back")
        _withdraw_grant(held, by=by, now=now)
        held.withdrawn_at = now
        held.save(update_fields=["withdrawn_at"])
        _log("proxy application taken back", held, at=now, by=by)
    return held


def _withdraw_grant(held: ProxyApplication, *, by: User, now: datetime) -> None:
    if held.grant is None:
        return
    grant = hold_grant(held.grant, held.grant.patient)
    if grant.status == ProxyStatus.PROPOSED:
        change_status(
            grant, ProxyStatus.ENTERED_IN_ERROR, StatusReason.APPLICATION_WITHDRAWN, by, now,
            Side.PATIENT, Words("", told_patient=False),
        )  # fmt: skip


def match(
    application: ProxyApplication, *, by: StaffAccess, now: datetime, because: str = ""
) -> ProxyGrant:
    """Say of which patient somebody speaks; what they ask for then waits for a decision about them (R3.7).

    Without `because`, number, date of birth and family name must all be the patient's. Raises ValidationError where
    they are not, where it is dealt with already, and where the patient asks for themself.
    """
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(NO_DUTY)
    with transaction.atomic():
        held = _held_waiting(application, by.desk)
        if not because.strip() and not held.claims.is_of(by.patient):
            raise ValidationError({"because": SAY_WHY})
        own = OnlineRegistration.objects.live(timezone.localdate(now))
        if own.filter(user=held.applicant, patient=by.patient).exists():
            raise ValidationError(THEMSELF)
        held.grant = begin(
            _asked(held, by.patient, now), by=held.applicant, at=now, side=Side.PATIENT
        )
        held.handled_by, held.handled_because = by.viewer, because.strip()
        held.save(update_fields=["grant", "handled_by", "handled_because"])
        _log("proxy application matched", held, at=now, by=by.viewer, patient=by.patient)
    return held.grant


def _asked(held: ProxyApplication, patient: Patient, now: datetime) -> ProxyGrant:
    """What somebody asks for, as a grant that waits; an end that is past meanwhile is said and left open."""
    claims, today = held.claims, timezone.localdate(now)
    ends_on = claims.ends_on if claims.ends_on and claims.ends_on >= today else None
    because = claims.open_ended_because or "Asked for no end date"
    if claims.ends_on and not ends_on:
        because = "The end date that was asked for is past"
    return ProxyGrant(
        patient=patient, proxy=held.applicant, legal_basis=held.legal_basis,
        status=ProxyStatus.PROPOSED, starts_on=today, ends_on=ends_on,
        open_ended_because="" if ends_on else because,
        scopes=[section.value for section in Section if section in claims.scopes],
    )  # fmt: skip


def answer_no_patient(
    application: ProxyApplication, *, by: Desk, now: datetime, because: str, tells_applicant: bool
) -> ProxyApplication:
    """Say that there is no such patient here: whoever asked reads that it was not granted, or that it waits (R4.5)."""
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(NO_DUTY)
    if not because.strip():
        raise ValidationError({"because": "Enter the reason, for colleagues"})
    with transaction.atomic():
        held = _held_waiting(application, by)
        held.answered_at, held.handled_by = now, by.viewer
        held.handled_because, held.tells_applicant = because.strip(), tells_applicant
        held.save(update_fields=["answered_at", "handled_by", "handled_because", "tells_applicant"])
        _log("proxy application answered", held, at=now, by=by.viewer)
    return held


def _held(application: ProxyApplication) -> ProxyApplication:
    """The application as it is, which nobody else changes; alone, since what is joined to it could be of a moment before."""
    return ProxyApplication.objects.select_for_update(no_key=True).get(pk=application.pk)


def _held_waiting(application: ProxyApplication, by: Desk) -> ProxyApplication:
    """The application as it is, where it waits at this surgery, and is not of whoever deals with it."""
    held = _held(application)
    is_waiting = not (held.grant_id or held.answered_at or held.withdrawn_at)
    if not is_waiting or held.surgery_id != by.surgery.pk or held.applicant_id == by.viewer.pk:
        raise ValidationError(HANDLED)
    return held


def _log(
    action: str, made: ProxyApplication, *, at: datetime, by: User, patient: Patient | None = None
) -> None:
    log.record(
        action, at=at, actor_id=by.pk, patient_id=patient.pk if patient else None,
        duty="" if by.pk == made.applicant_id else Duty.DECIDE_ACCESS,
        about=f"proxy application {made.pk}", details={"basis": made.legal_basis},
    )  # fmt: skip

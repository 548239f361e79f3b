"""Somebody who was invited gives the code, and accepts or declines; until the surgery has decided they learn nothing."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.hashing import bare_code, hash_of
from accounts.models import OnlineRegistration, User
from accounts.tries import Limit, may_try
from audit import log
from audit.models import Outcome
from proxy_access.changing import begin
from proxy_access.models import LegalBasis, Nomination, NominationState, ProxyGrant
from proxy_access.nominating import PURPOSE, step
from proxy_access.statuses import ProxyStatus
from proxy_access.steps import Side

TYPED = Limit("invitation", tries=10, within=timedelta(hours=1))
NOT_PROVED = "Prove who you are first. Then you can accept"


def try_code(user: User, code: str, *, now: datetime) -> Nomination | None:
    """The invitation whose code this is, if it is this person's; None, whatever the reason.

    It works once, for an account with the address that the patient named. Whoever types too many waits an hour.
    """
    if not may_try(TYPED, str(user.pk), now=now):
        _refuse(user, now, "too many tries")
        return None
    with transaction.atomic():
        hashed = hash_of(PURPOSE, bare_code(code))
        found = Nomination.objects.with_code(hashed, now).select_for_update(of=("self",))
        held = found.select_related("patient").first()
        because = _not_for(user, held, now)
        if held is None or because:
            _refuse(user, now, because)
            return None
        held.opened_by, held.code_hash = user, ""
        held.save(update_fields=["opened_by", "code_hash"])
        _note("invitation opened", held, user, now)
        return held


def invitations_of(user: User, *, now: datetime) -> list[Nomination]:
    """The invitations that a person opened and has not answered; over with the time that the code had."""
    found = Nomination.objects.answerable(now).filter(opened_by=user)
    return list(found.order_by("state_at", "id"))


def accept(nomination: Nomination, *, by: User, now: datetime) -> ProxyGrant:
    """Accept: what was nominated then waits for the surgery's decision (R4.5); twice gives the same.

    Raises ValidationError for whoever has not proved who they are (R3.1, R4.2), and for what is over.
    """
    if not by.is_identified:
        raise ValidationError(NOT_PROVED)
    with transaction.atomic():
        held = _opened(nomination, by, now, answered=NominationState.ACCEPTED)
        if held.grant:
            return held.grant
        held.grant = begin(_proposal(held, by, now), by=by, at=now, side=Side.PATIENT)
        step(held, NominationState.ACCEPTED, by=by, now=now, action="invitation accepted")
        return held.grant


def decline(nomination: Nomination, *, by: User, now: datetime) -> None:
    """Decline; twice does nothing."""
    with transaction.atomic():
        held = _opened(nomination, by, now, answered=NominationState.DECLINED)
        if held.state == NominationState.SENT:
            step(held, NominationState.DECLINED, by=by, now=now, action="invitation declined")


def _proposal(held: Nomination, by: User, now: datetime) -> ProxyGrant:
    today = timezone.localdate(now)
    if not held.patient.is_registered(today) or (held.ends_on and held.ends_on <= today):
        raise ValidationError(OVER_FOR_YOU)
    return ProxyGrant(
        patient=held.patient, proxy=by, legal_basis=LegalBasis.CONSENT, scopes=held.scopes,
        status=ProxyStatus.PROPOSED, starts_on=today, ends_on=held.ends_on,
        open_ended_because=held.open_ended_because,
    )  # fmt: skip


OVER_FOR_YOU = "This invitation is over. The person who invited you can make a new one"


def _opened(
    nomination: Nomination, by: User, now: datetime, *, answered: NominationState
) -> Nomination:
    """An invitation that this person opened, to be answered or answered so already."""
    rows = Nomination.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("patient__surgery", "grant").get(pk=nomination.pk)
    waits = Nomination.objects.answerable(now).filter(pk=held.pk).exists()
    if held.opened_by_id != by.pk or not (waits or held.state == answered):
        raise ValidationError(OVER_FOR_YOU)
    return held


def _not_for(user: User, held: Nomination | None, now: datetime) -> str:
    """Why an invitation is not this person's; empty where it is."""
    if held is None:
        return "code"
    if user.email != held.email:
        return "address"
    own = OnlineRegistration.objects.live(timezone.localdate(now)).filter(user=user)
    if user.pk == held.made_by_id or own.filter(patient=held.patient).exists():
        return "own record"
    return ""


def _refuse(user: User, now: datetime, because: str) -> None:
    log.record(
        "invitation tried", at=now, actor_id=user.pk, outcome=Outcome.REFUSED,
        details={"because": because},
    )  # fmt: skip


def _note(action: str, held: Nomination, by: User, now: datetime) -> None:
    log.record(
        action, at=now, actor_id=by.pk, patient_id=held.patient_id, about=f"nomination {held.pk}"
    )

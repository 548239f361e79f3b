"""The surgery decides about somebody who asked to act for a patient: grants it, or rejects it (R4.3, R4.5, R4.6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess
from nhsuk.wording import date_words
from proxy_access.checklist import COERCION, Answers, asks_child, order_ends_on, problems
from proxy_access.models import LegalBasis, ProxyDecision, ProxyGrant, Told, years_before
from proxy_access.over import Over, why_over
from proxy_access.statuses import REJECTING, ProxyStatus, StatusReason
from proxy_access.steps import DECIDED, Side, Words, change_status, hold_grant
from surgeries.terms import Section

Outcome = ProxyDecision.Outcome
NO_DUTY = "To decide this you need the duty “Decide access”"
NOT_IDENTIFIED = (
    "This person has not proved who they are, so it cannot be granted. Ask them to do that first"
)
OVER_16 = "The patient is 16 or older: parental responsibility does not open their record any more"
YOUNGEST = {LegalBasis.ATTORNEY: 18, LegalBasis.DEPUTY: 16, LegalBasis.BEST_INTEREST: 16}
"""From which age a patient can be represented so: sections 2(5), 9(2) and 18(3) of the Mental Capacity Act 2005."""
TOO_YOUNG = "The patient is under {age}: this legal basis is for people of {age} or older. Reject it, and say which one fits"
NOT_ON_LIST = "The patient is not on the surgery's list any more, so it cannot be granted"
CLOSED = "This person's account is closed, so it cannot be granted"
GONE = {
    Over.PROXY_DIED: "This person has died: reject it",
    Over.ACCOUNT_CLOSED: "The patient closed their online account after they agreed. Reject it; if they still want it, they say so anew",
    Over.LEFT_ORGANISATION: "This person does not belong to the organisation any more, or it is closed. Reject it",
}
"""What became of somebody while it waited, and another start date does not mend (R4.9)."""
STOPPED = "What this person has for the patient is stopped, not ended. Start it again or end it first: nobody gets round a stop"
LONGER = "The patient agreed until {day}. For longer, they agree anew"
MORE = "Only what was asked for, or less, can be granted. For more, they ask again"
OVERTAKEN = "A colleague changed this while you had it open. Nothing of yours was saved. Look at how it stands now"
UNUSUAL = {
    StatusReason.REJECTED_SAFEGUARDING: Told.NO_ONE,
    StatusReason.COERCION: Told.NO_ONE,
    StatusReason.NO_CONSENT: Told.NO_ONE,
}
"""Rejections of which nobody is told, unless staff say otherwise: that somebody said no can put them in danger."""


@dataclass(frozen=True)
class Terms:
    """What is granted: which parts, from when, until when or why without an end (R4.3, R4.6)."""

    scopes: Collection[str]
    starts_on: date
    ends_on: date | None
    open_ended_because: str = ""


@dataclass(frozen=True)
class Before:
    """What staff had before them when they decided: the last step of the grant, and facts to keep."""

    step: int | None
    facts: Mapping[str, object] = field(default_factory=dict)


def grant(
    proposed: ProxyGrant,
    terms: Terms,
    answers: Answers,
    *,
    by: StaffAccess,
    now: datetime,
    text: str,
    before: Before,
) -> ProxyGrant:
    """Let somebody act for the patient, as they asked or less, for as long as is said (R4.5, R4.6).

    Raises ValidationError where an answer speaks against it (R4.3), the person is not at P9 (R4.2), or the terms cannot
    be; nothing is kept then.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        held = _held_to_decide(proposed, by=by, text=text, before=before)
        _refuse_answers(held, answers, today=today)
        if words := what_prevents(held, today=today):
            raise ValidationError(words)
        _refuse_terms(terms, held, answers, today=today)
        _take(held, terms, order_ends_on(answers), by=by, now=now)
        how = (answers, text, Told.BOTH, by, now, before)
        _keep(held, Outcome.GRANTED, StatusReason.ACTIVATED, *how)
        return change_status(
            held, ProxyStatus.ACTIVE, StatusReason.ACTIVATED, by.viewer, now, Side.SURGERY, Words(text)
        )  # fmt: skip


def _take(
    held: ProxyGrant, terms: Terms, basis_ends_on: date | None, *, by: StaffAccess, now: datetime
) -> None:
    """Write the terms into a held grant; raises ValidationError where they cannot be, or overlap with another grant."""
    held.basis_ends_on = basis_ends_on
    held.scopes = [section.value for section in Section if section in terms.scopes]
    held.starts_on, held.ends_on = terms.starts_on, terms.ends_on
    held.open_ended_because = "" if terms.ends_on else terms.open_ended_because.strip()
    held.decided_by, held.decided_at = by.viewer, now
    held.status = ProxyStatus.ACTIVE  # as it is going to be: two that are must not overlap
    held.full_clean()
    held.status = ProxyStatus.PROPOSED
    held.save(update_fields=[*TAKEN, *DECIDED])


TAKEN = ("scopes", "starts_on", "ends_on", "open_ended_because", "basis_ends_on")


def reject(
    proposed: ProxyGrant,
    reason: str,
    *,
    by: StaffAccess,
    now: datetime,
    text: str,
    before: Before,
    told: Told | None = None,
) -> ProxyGrant:
    """Not let somebody act for the patient, for one of the national reasons (R4.10); None for `told`: as usual for it.

    Raises ValidationError for any other reason, and where somebody decided meanwhile.
    """
    if reason not in REJECTING:
        raise ValidationError({"reason": "Choose why it is not granted"})
    with transaction.atomic():
        held = _held_to_decide(proposed, by=by, text=text, before=before)
        why = StatusReason(reason)
        tells = told or usually_told(held, reason)
        held.decided_by, held.decided_at = by.viewer, now
        held.save(update_fields=DECIDED)
        decision = _keep(held, Outcome.REJECTED, why, {}, text, tells, by, now, before)
        words = Words(text, told_patient=decision.tells_patient)
        return change_status(held, ProxyStatus.REJECTED, why, by.viewer, now, Side.SURGERY, words)


def usually_told(proposed: ProxyGrant, reason: str) -> Told:
    """Who is told of a rejection where staff do not say: nobody of what could put the patient in danger (R4.5)."""
    usual = Told.BOTH if proposed.rests_on_agreement else Told.APPLICANT
    return UNUSUAL.get(StatusReason(reason), usual)


def last_step(proposed: ProxyGrant) -> int | None:
    """The last change of a grant: whoever decides says which one they had before them."""
    return proposed.steps.order_by("-id").values_list("pk", flat=True).first()


def _held_to_decide(
    proposed: ProxyGrant, *, by: StaffAccess, text: str, before: Before
) -> ProxyGrant:
    """The grant as it is, where it waits and is as staff saw it."""
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError(NO_DUTY)
    if not text.strip():
        raise ValidationError({"text": "Enter the reason, for colleagues"})
    held = hold_grant(proposed, by.patient)
    if held.status != ProxyStatus.PROPOSED or last_step(held) != before.step:
        raise ValidationError(_overtaken(held))
    held.patient = by.patient
    return held


def _overtaken(held: ProxyGrant) -> str:
    """Who was faster, where it was decided meanwhile."""
    made = held.decisions.select_related("by").order_by("-id").first()
    if made is None or held.status == ProxyStatus.PROPOSED:
        return OVERTAKEN
    who = made.by.name or made.by.email
    return f"{who} decided this already: {made.get_outcome_display().lower()}. Nothing of yours was saved"


def what_prevents(held: ProxyGrant, *, today: date) -> str:
    """Why it cannot be granted whatever is answered: somebody is not proved, is gone, was stopped, or is not of an age for it.

    Empty where nothing does (R4.1, R4.2, R4.7, R4.9).
    """
    if held.proxy.closed_at or not held.proxy.is_active:
        return CLOSED
    if not held.proxy.is_identified:
        return NOT_IDENTIFIED
    if not held.patient.is_registered(today):
        return NOT_ON_LIST
    return _not_any_more(held, today=today) or _not_at_this_age(held, today=today)


def _not_any_more(held: ProxyGrant, *, today: date) -> str:
    """What became of the two since it was asked for."""
    gone = [GONE[reason] for reason in why_over(held, on=today) if reason in GONE]
    stopped = ProxyGrant.objects.not_over_by_rule(today).filter(status=ProxyStatus.SUSPENDED)
    if stopped.filter(patient=held.patient, proxy=held.proxy).exists():
        gone.append(STOPPED)
    return gone[0] if gone else ""


def _not_at_this_age(held: ProxyGrant, *, today: date) -> str:
    is_parental = held.legal_basis == LegalBasis.PARENTAL_RESPONSIBILITY
    if is_parental and held.patient.date_of_birth <= years_before(today, 16):
        return OVER_16
    youngest = YOUNGEST.get(LegalBasis(held.legal_basis), 0)
    return TOO_YOUNG.format(age=youngest) if held.patient.is_under(youngest, today) else ""


def _refuse_answers(held: ProxyGrant, answers: Answers, *, today: date) -> None:
    of_child = asks_child(held.legal_basis, held.patient, on=today)
    found = problems(held.legal_basis, answers, today=today, of_child=of_child)
    if COERCION.key in found:  # before all others: nothing else matters then
        raise ValidationError(found[COERCION.key])
    if found:
        raise ValidationError(list(found.values()))


def _refuse_terms(terms: Terms, held: ProxyGrant, answers: Answers, *, today: date) -> None:
    if not terms.scopes:
        raise ValidationError({"scopes": "Choose at least one part"})
    if not set(terms.scopes) <= set(held.scopes):
        raise ValidationError({"scopes": MORE})
    if terms.starts_on < today:
        raise ValidationError({"starts_on": "The start date must be today or later"})
    if held.rests_on_agreement:  # until when they agreed (R4.4)
        _refuse_longer(terms, held.ends_on, LONGER)
    _refuse_longer(
        terms, order_ends_on(answers), "The document ends before that, and the access with it"
    )


def _refuse_longer(terms: Terms, limit: date | None, words: str) -> None:
    if limit and (terms.ends_on is None or terms.ends_on > limit):
        raise ValidationError({"ends_on": words.format(day=date_words(limit))})


def _keep(
    held: ProxyGrant, outcome: str, reason: StatusReason, answers: Answers, text: str, told: Told,
    by: StaffAccess, now: datetime, before: Before,
) -> ProxyDecision:  # fmt: skip
    """Keep the decision, with basis, decider and end date (R4.5)."""
    made = ProxyDecision(
        grant=held, outcome=outcome, reason=reason, legal_basis=held.legal_basis,
        answers={key: answer.kept() for key, answer in answers.items()}, seen=dict(before.facts),
        scopes=held.scopes, starts_on=held.starts_on, ends_on=held.ends_on,
        open_ended_because=held.open_ended_because, text=text.strip(), told=told, by=by.viewer,
        duty=Duty.DECIDE_ACCESS, at=now,
    )  # fmt: skip
    made.full_clean(exclude=["grant", "answers", "seen"])
    made.save(force_insert=True)
    return made

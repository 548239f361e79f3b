"""Staff decide at an age about one person who acts for a child: it goes on, shows less, or ends (R4.7, R4.12)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from proxy_access.ages import parental
from proxy_access.changing import end_as_staff, narrow_as_staff
from proxy_access.models import AgeReview, Outcome, ProxyGrant
from proxy_access.steps import Words
from records.models import StaffTask
from records.queue import close_tasks

NOT_TO_REVIEW = "This is over, or does not rest on parental responsibility: no age changes it"


@dataclass(frozen=True)
class Decision:
    """What staff found and decided; `scopes` and `ends_on` are for less, `reason` is for an end."""

    competence: str
    outcome: str
    words: Words
    scopes: Collection[str] = ()
    ends_on: date | None = None
    reason: str = ""


def decide_at_age(
    grant: ProxyGrant, decision: Decision, *, by: StaffAccess, now: datetime, today: date
) -> AgeReview:
    """Keep what was found, do what was decided, and end the task; all of it or nothing.

    Raises ValidationError for what is no grant of a parent's, for going on against a young person who can decide, and as the
    acts themselves do.
    """
    if not by.may(Duty.DECIDE_ACCESS):
        raise ValidationError("To decide this you need the duty “Decide access”")
    with transaction.atomic():
        # the grant before all else, as whoever stops it does
        rows = parental(today).select_for_update(no_key=True, of=("self",))
        held = rows.filter(pk=grant.pk, patient=by.patient).first()
        if held is None:
            raise ValidationError(NOT_TO_REVIEW)
        review = AgeReview(
            grant=held, competence=decision.competence, outcome=decision.outcome,
            text=decision.words.text.strip(), by=by.viewer, at=now,
        )  # fmt: skip
        review.full_clean()
        _act(held, decision, by=by, now=now, today=today)
        review.save(force_insert=True)
        close_tasks(by.patient, StaffTask.Kind.AGE_REVIEW, by=by, now=now, about_id=held.pk)
        log.record(
            "age reviewed", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
            duty=Duty.DECIDE_ACCESS, about=f"proxy grant {held.pk}",
            details={"competence": decision.competence, "outcome": decision.outcome},
        )  # fmt: skip
    return review


def _act(
    grant: ProxyGrant, decision: Decision, *, by: StaffAccess, now: datetime, today: date
) -> None:
    if decision.outcome == Outcome.LESS:
        narrow_as_staff(
            grant, scopes=decision.scopes, ends_on=decision.ends_on, by=by, now=now, today=today,
            words=decision.words,
        )  # fmt: skip
    elif decision.outcome == Outcome.ENDS:
        end_as_staff(grant, decision.reason, by=by, now=now, words=decision.words)

"""Deciding about whoever asks to act for a patient, once what they would see was looked at (R4.3, R4.5)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Duty, Kind, OnlineRegistration
from accounts.staff import StaffAccess
from audit import log
from audit.models import AuditEvent, Outcome
from audit.row_security import rows_of
from proxy_access import deciding
from proxy_access.access import is_involved
from proxy_access.checklist import Answers
from proxy_access.deciding import Before, Terms
from proxy_access.models import ProxyGrant, Told
from proxy_access.notices import tell_if_wanted
from records.models import StaffTask
from records.previewing.for_proxy import Foreseen, foreseen
from records.queue import close_tasks, hold_patient
from records.sensitive.safeguarding import safeguarding_flags
from surgeries.models import Patient

WAITS = StaffTask.Kind.PROXY_APPLICATION
NOT_OPEN = (
    "The patient’s record is not open online, so this person would see nothing of it. Decide access to the record"
    " first, then this"
)
NOTED = (
    "A sign of coercion was ticked about this before, so it cannot be granted. Reject it; where that was a"
    " mistake, say so in the reason, and they can ask again"
)
TICKED = "sign of coercion ticked"
LOOK_FIRST = (
    "{count} of what this person would see {are} flagged and not decided yet. Let {them} be seen or hide {them}, then"
    " send this again"
)


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
    """Let somebody act for the patient; there is no more to look at then.

    Raises ValidationError as `deciding.grant` does, where a flagged entry has no decision (R8.6), and where a sign of
    coercion was ticked before (R4.5).
    """
    with transaction.atomic(), rows_of(by.patient.pk):
        hold_patient(by.patient)
        if is_coercion_noted(proposed, by=by):
            raise ValidationError(NOTED)
        found = foreseen(proposed, by=by, on=timezone.localdate(now))
        facts = _refuse_unread(found, terms) | _safety(proposed, by=by, now=now)
        made = deciding.grant(
            proposed, terms, answers, by=by, now=now, text=text, before=Before(before.step, facts)
        )
        close_tasks(by.patient, WAITS, by=by, now=now, about_id=made.pk)
        _tell(made, now=now)
    return made


def _refuse_unread(found: Foreseen, terms: Terms) -> dict[str, object]:
    """What was looked at, to be kept; raises ValidationError where something flagged was not."""
    if found.access is None:
        raise ValidationError(NOT_OPEN)
    if left := len(found.undecided_within(terms.scopes)):
        one = left == 1
        raise ValidationError(
            LOOK_FIRST.format(count=left, are="is" if one else "are", them="it" if one else "them")
        )
    return {"flagged": len(found.flags), "entries": len(found.revealed), "hidden": found.hidden}


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
    """Not let somebody act for the patient; raises ValidationError as `deciding.reject` does."""
    with transaction.atomic(), rows_of(by.patient.pk):
        hold_patient(by.patient)
        before = Before(before.step, _safety(proposed, by=by, now=now))
        made = deciding.reject(
            proposed, reason, by=by, now=now, text=text, before=before, told=told
        )
        close_tasks(by.patient, WAITS, by=by, now=now, about_id=made.pk)
        _tell(made, now=now)
    return made


def _tell(made: ProxyGrant, *, now: datetime) -> None:
    """Say to those who are told that there is something new, and not what (R4.5, R5.4)."""
    decision = made.decisions.latest("id")
    live = OnlineRegistration.objects.live(timezone.localdate(now)).filter(patient=made.patient)
    own = live.select_related("user").first()
    people = [made.proxy] if decision.tells_applicant else []
    people += [own.user] if own and decision.tells_patient else []
    for person in people:
        if person.is_active and not person.closed_at:
            tell_if_wanted(person, Kind.PEOPLE)


def _safety(proposed: ProxyGrant, *, by: StaffAccess, now: datetime) -> dict[str, object]:
    """What staff had before them of safeguarding: how many entries here, and whether they could look at the other record."""
    other = patient_who_asks(proposed, by=by, now=now)
    return {"safeguarding": len(safeguarding_flags(by)), "other record": other is not None}


def note_coercion(proposed: ProxyGrant, *, by: StaffAccess, now: datetime) -> None:
    """Keep that somebody ticked a sign of coercion, whatever they answer afterwards (R4.5, R9.1)."""
    log.record(
        TICKED, at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk,
        duty=Duty.DECIDE_ACCESS, about=f"proxy grant {proposed.pk}", outcome=Outcome.REFUSED,
    )  # fmt: skip


def is_coercion_noted(proposed: ProxyGrant, *, by: StaffAccess) -> bool:
    """Whether somebody ticked a sign of coercion about this grant: that is not taken back by another answer (R4.5)."""
    ticked = AuditEvent.objects.filter(patient_id=by.patient.pk, action=TICKED)
    return ticked.filter(object=f"proxy grant {proposed.pk}").exists()


def patient_who_asks(proposed: ProxyGrant, *, by: StaffAccess, now: datetime) -> Patient | None:
    """Whoever asks, as a patient of this surgery to whom this member of staff may look: their door decides anew.

    None in all other cases alike: no patient, one of another surgery, or somebody to whom this member of staff is close.
    """
    live = OnlineRegistration.objects.live(timezone.localdate(now)).select_related("patient")
    own = live.filter(user=proposed.proxy, patient__surgery=by.desk.surgery).first()
    return own.patient if own and not is_involved(by.viewer, own.patient_id) else None

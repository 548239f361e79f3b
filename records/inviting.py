"""What comes of an invitation in the record and at the surgery: what was hidden first stays so, and staff find a task."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from accounts.staff import StaffAccess
from proxy_access import inviting, nominating
from proxy_access.access import Access, Refusal
from proxy_access.facts import Fact
from proxy_access.models import UNANSWERED, Nomination, NominationState, ProxyGrant
from proxy_access.nominating import TOO_YOUNG, YOUNGEST
from records.models import StaffTask
from records.own_hiding import carry_over
from records.queue import close_tasks, hold_patient, open_task
from records.visibility import RecordAccess
from surgeries.models import Patient

APPLIED = StaffTask.Kind.PROXY_APPLICATION
NOMINATED = StaffTask.Kind.NOMINATION
CLOSED = (
    "Your record is not open to you online now, so there is nothing to let somebody else see. When it is open, you"
    " can invite somebody"
)


def why_not(patient: Patient, record: RecordAccess | Refusal, *, today: date) -> str:
    """Why a patient cannot invite anybody now, in words for them; empty where they can."""
    if patient.is_under(YOUNGEST, today):
        return TOO_YOUNG
    return "" if isinstance(record, RecordAccess) else CLOSED


def agree(
    nomination: Nomination, facts: list[Fact], *, seen: str, by: Access, now: datetime, today: date
) -> str:
    """Agree, and get the code to hand over; empty where staff look at it first, who find a task (R4.5)."""
    with transaction.atomic():
        hold_patient(by.patient)
        code = nominating.agree(nomination, facts, seen=seen, by=by, now=now, today=today)
        if not code:
            open_task(
                by.patient, NOMINATED, now=now, about_id=nomination.pk,
                because="Speak to the patient alone before anybody is invited",
            )  # fmt: skip
        return code


def cancel(nomination: Nomination, *, by: Access, now: datetime) -> None:
    """Take an invitation back; there is no more to decide."""
    with transaction.atomic():
        hold_patient(by.patient)
        nominating.cancel(nomination, by=by, now=now)
        close_tasks(by.patient, NOMINATED, by=by, now=now, about_id=nomination.pk)
        if nomination.grant_id:
            close_tasks(by.patient, APPLIED, by=by, now=now, about_id=nomination.grant_id)


def accept(nomination: Nomination, *, by: User, now: datetime) -> ProxyGrant:
    """Accept an invitation: what the patient hid first is hidden from this person, and staff decide (R4.5)."""
    with transaction.atomic():
        hold_patient(nomination.patient)
        grant = inviting.accept(nomination, by=by, now=now)
        carry_over(nomination.patient, before=nomination.pk, proxy_id=by.pk, now=now)
        open_task(
            nomination.patient, APPLIED, now=now, about_id=grant.pk,
            because="The patient nominated somebody, who accepted",
        )  # fmt: skip
    return grant


def let_go_on(nomination: Nomination, *, email: str, by: StaffAccess, now: datetime) -> None:
    """Let the patient invite the person, by an address that is that person's own; then this task is done."""
    with transaction.atomic():
        hold_patient(by.patient)
        nominating.let_go_on(nomination, email=email, by=by, now=now)
        close_tasks(by.patient, NOMINATED, by=by, now=now, about_id=nomination.pk)


def turn_down(nomination: Nomination, *, by: StaffAccess, now: datetime) -> None:
    """End it before anybody is invited; then this task is done."""
    with transaction.atomic():
        hold_patient(by.patient)
        nominating.turn_down(nomination, by=by, now=now)
        close_tasks(by.patient, NOMINATED, by=by, now=now, about_id=nomination.pk)


def nominations_of(patient: Patient) -> list[Nomination]:
    """The nominations of a patient that are not over: drafts, invitations, and what waits for the surgery."""
    shown = (*UNANSWERED, NominationState.ACCEPTED)
    found = Nomination.objects.filter(patient=patient, state__in=shown).select_related("grant")
    return list(found.order_by("-made_at", "id"))

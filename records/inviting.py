"""What comes of an invitation in the record and at the surgery: what was hidden first stays so, and staff find a task."""

from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.staff import StaffAccess
from proxy_access import inviting, nominating
from proxy_access.access import Access, Refusal
from proxy_access.facts import Fact, facts_of
from proxy_access.mailboxes import is_same_mailbox
from proxy_access.models import UNANSWERED, Nomination, NominationState, ProxyGrant
from proxy_access.nominating import OVER, TOO_YOUNG, YOUNGEST, Who
from records.dry_run import DryRun
from records.models import StaffTask
from records.own_hiding import carry_over, hide_from, show_again
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


def begin(who: Who, *, by: Access, now: datetime, today: date) -> Nomination:
    """Begin to invite somebody; what the patient hid from them for an earlier invitation is hidden again (R4.4)."""
    with transaction.atomic():
        hold_patient(by.patient)
        made = nominating.nominate(who, by=by, now=now, today=today)
        earlier = Nomination.objects.filter(patient=by.patient).exclude(pk=made.pk)
        for each in earlier.select_related("grant"):
            if is_same_mailbox(each.email, made.email) or each.name == made.name:
                carry_over(by.patient, before=each.stands_for, proxy_id=made.pk, now=now)
    return made


def agree(
    nomination: Nomination,
    record: RecordAccess,
    *,
    seen: str,
    by: Access,
    now: datetime,
    today: date,
) -> str:
    """Agree to the facts as they are now, if they are as they were `seen`, and get the code to hand over.

    The answer is empty where staff look at it first, who find a task (R4.5).
    """
    with transaction.atomic():
        hold_patient(by.patient)  # nobody hides or shows an entry until this is done
        nomination = Nomination.objects.select_related("patient__surgery").get(pk=nomination.pk)
        facts = facts_here(nomination, record, today=today)
        code = nominating.agree(nomination, facts, seen=seen, by=by, now=now, today=today)
        if not code:
            open_task(
                by.patient, NOMINATED, now=now, about_id=nomination.pk,
                because="Speak to the patient alone before anybody is invited",
            )  # fmt: skip
        return code


def facts_here(nomination: Nomination, record: RecordAccess, *, today: date) -> list[Fact]:
    """The eight facts of a nomination as the record stands, with what the patient hides from the person (R4.4)."""
    return facts_of(nomination, hidden=DryRun(nomination, record, today).hidden)


def hide_first(nomination: Nomination, entry_id: UUID, *, by: RecordAccess, now: datetime) -> None:
    """Hide an entry from somebody who is invited, also where they accept at this moment (R4.4)."""
    with transaction.atomic():
        hide_from(by, [entry_id], proxy_id=_stands_for(nomination, by), now=now)


def show_first(nomination: Nomination, entry_id: UUID, *, by: RecordAccess, now: datetime) -> None:
    """Let somebody who is invited see an entry after all."""
    with transaction.atomic():
        show_again(by, [entry_id], proxy_id=_stands_for(nomination, by), now=now)


def _stands_for(nomination: Nomination, by: RecordAccess) -> UUID:
    """Under which id something is hidden from the person; nobody accepts or takes back until the transaction ends."""
    if nomination.grant_id is None:  # else whoever hides waits for who reads, before all else
        hold_patient(by.patient)
    held = Nomination.objects.select_related("grant").get(pk=nomination.pk, patient=by.patient)
    if held.state in (NominationState.DECLINED, NominationState.CANCELLED):
        raise ValidationError(OVER)
    return held.stands_for


def cancel(nomination: Nomination, *, by: Access, now: datetime) -> None:
    """Take an invitation back; there is no more to decide."""
    with transaction.atomic():
        hold_patient(by.patient)
        held = nominating.cancel(nomination, by=by, now=now)
        close_tasks(by.patient, NOMINATED, by=by, now=now, about_id=held.pk)
        if held.grant_id:  # also where it was accepted a moment ago
            close_tasks(by.patient, APPLIED, by=by, now=now, about_id=held.grant_id)


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

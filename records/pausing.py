"""What comes of a pause at the surgery: what cannot rest on the patient's word is looked at, and asking to be let in again (R5.2)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.signing_in import Confirmed
from accounts.staff import StaffAccess
from audit import log
from nhsuk.wording import instant_words
from proxy_access.access import Access, Refusal, is_paused_by_patient
from proxy_access.models import Pause, ProxyGrant, Whom
from proxy_access.pausing import Wanted, come_back, end_as_staff, pause
from proxy_access.steps import Side, stopped_by
from records.models import StaffTask
from records.queue import close_tasks, hold_patient, open_task
from records.stopping import STOPPED
from records.visibility import RecordAccess
from surgeries.working_days import working_days_after

AGAIN = StaffTask.Kind.ACCESS_AGAIN
ANSWERED_WITHIN = 2
"""Working days in which somebody speaks to a patient who asks to be let in again."""
NOT_CLOSED = "Your surgery does not have to open this. Look at your record, or open it yourself"


def pause_record(wanted: Wanted, *, by: Access, now: datetime) -> Pause:
    """Pause as the patient wants; where somebody acts for them by a law or a court, staff are to find out why (R4.1)."""
    with transaction.atomic():
        made = pause(wanted, by=by, now=now)
        for grant in _by_law(made, now):
            open_task(by.patient, STOPPED, now=now, about_id=grant.pk, because=_because(made))
    return made


def _by_law(made: Pause, now: datetime) -> list[ProxyGrant]:
    """Whose access it closes though it does not rest on the patient's agreement."""
    live = ProxyGrant.objects.live(timezone.localdate(now)).filter(patient=made.patient)
    if made.grant_id:
        live = live.filter(pk=made.grant_id)
    return [grant for grant in live.order_by("pk") if not grant.rests_on_agreement]


def _because(made: Pause) -> str:
    until = f"until {instant_words(timezone.localtime(made.until))}" if made.until else "for now"
    what = "online access" if made.whom == Whom.EVERYONE else "this"
    return f"The patient paused {what} {until}. Find out why, and decide whether it ends"


def open_again(
    whom: Whom,
    *,
    by: Access,
    now: datetime,
    confirmed: Confirmed | None,
    grant: ProxyGrant | None = None,
) -> None:
    """Come back before the time, as `come_back` lets it; there is no more to look at then."""
    with transaction.atomic():
        come_back(whom, by=by, now=now, confirmed=confirmed, grant=grant)
        _looked_at(by, now)


def _looked_at(by: Access | StaffAccess, now: datetime) -> None:
    """End the tasks about those whom the patient neither pauses nor stops any more."""
    open_tasks = StaffTask.objects.filter(patient=by.patient, kind=STOPPED, closed_at=None)
    grants = ProxyGrant.objects.filter(pk__in=open_tasks.values("about_id"))
    for grant in grants:
        is_paused = is_paused_by_patient(grant, on=timezone.localdate(now), at=now)
        if not is_paused and Side.PATIENT not in stopped_by(grant):
            close_tasks(by.patient, STOPPED, by=by, now=now, about_id=grant.pk)


def end_pause_as_staff(
    held: Pause, *, by: StaffAccess, now: datetime, text: str, spoke_alone: bool
) -> None:
    """End a pause as staff, as `end_as_staff` lets them; whoever asked to be let in again has their answer."""
    with transaction.atomic():
        end_as_staff(held, by=by, now=now, text=text, spoke_alone=spoke_alone)
        _looked_at(by, now)
        still = Pause.objects.in_force(now).filter(patient=by.patient, through_surgery=True)
        if not still.exists():
            close_tasks(by.patient, AGAIN, by=by, now=now)


def ask_to_open(*, by: Access, record: RecordAccess | Refusal, now: datetime) -> None:
    """Ask the surgery to open what only they can; asked twice, it is one task.

    Raises ValidationError where the record is open, or the patient can open it themself.
    """
    if not by.is_own_record or record is not Refusal.PAUSED:
        raise ValidationError(NOT_CLOSED)
    with transaction.atomic():
        hold_patient(by.patient)
        open_task(
            by.patient, AGAIN, now=now, because=SPEAK_ALONE,
            due_on=working_days_after(timezone.localdate(now), ANSWERED_WITHIN),
        )  # fmt: skip
        log.record(
            "online access asked for again", at=now, actor_id=by.viewer.pk, patient_id=by.patient.pk
        )  # fmt: skip


SPEAK_ALONE = (
    "Speak to the patient alone before you open anything, and not in front of whoever comes along"
)

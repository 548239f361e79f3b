"""Asking the surgery for a talk without a trace for whoever holds the patient's phone, and what staff do with it (R5.2, R2.5, ADR 39).

No event of it is in the patient's own chain, and none has the patient as who acted: it changes neither what they read of
their activity nor the count on a receipt (R2.3). Who asked is in a row of theirs that only staff read.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess
from audit import log
from audit.row_security import rows_of
from nhsuk.wording import instant_words
from proxy_access.access import Access
from records.models import HelpAnswered, HelpAsked, Reach, StaffTask
from records.queue import close_tasks, hold_patient, open_task
from surgeries.models import Patient
from surgeries.opening import read_by

KIND = StaffTask.Kind.HELP
MOST = 20
"""So many that differ wait at most; nobody is told that there are, or whoever holds the phone could count what waits."""
WHEN = "Enter when a call is safe"
WHAT = "Enter what was done, for colleagues"


def ask_for_help(reach: Reach, when: str, *, by: Access, now: datetime) -> None:
    """Tell the surgery; the same sent twice is told once, and more than `MOST` are answered as any and not kept (R5.2).

    Raises ValidationError for whoever is not the patient, and without a time for a call.
    """
    if not by.is_own_record:
        raise ValidationError("Only the patient can do this")
    words = when.strip() if reach == Reach.CALL_WHEN else ""
    if reach == Reach.CALL_WHEN and not words:
        raise ValidationError({"when": WHEN})
    patient, due = by.patient, read_by(by.patient.surgery, now)
    with transaction.atomic(), rows_of(patient.pk):
        hold_patient(patient)
        waiting = asked_of(patient)
        is_known = any((each.reach, each.when) == (reach, words) for each in waiting)
        if is_known or len(waiting) >= MOST:
            return
        made = HelpAsked(
            patient=patient, by_id=by.viewer.pk, at=now, reach=reach, when=words, read_by=due
        )
        made.full_clean(exclude=["pk"])
        made.save(force_insert=True)
        due = min([due, *(each.read_by for each in waiting)])
        open_task(patient, KIND, now=now, because=_because(due), due_on=timezone.localdate(due))
        _note("help asked for", made, patient, at=now)


def _because(due: datetime) -> str:
    words = instant_words(timezone.localtime(due))
    return f"Read it by {words}. Do not call, text, email, write or leave a message"


def asked_of(patient: Patient) -> list[HelpAsked]:
    """What a patient asked for and nobody answered yet, the newest first; inside their rows."""
    last = HelpAnswered.objects.filter(patient=patient).aggregate(at=Max("at"))["at"]
    asked = HelpAsked.objects.filter(patient=patient)
    return list((asked.filter(at__gt=last) if last else asked).order_by("-at"))


def answers_of(patient: Patient) -> list[HelpAnswered]:
    """What was done for a patient who asked, the newest first; inside their rows."""
    return list(HelpAnswered.objects.filter(patient=patient).order_by("-at"))


def answer_help(text: str, *, by: StaffAccess, now: datetime, seen: Iterable[str]) -> None:
    """Say what was done for the patient; inside their rows. Once more does nothing.

    `seen` are the ids of what staff had before them: raises ValidationError where more came since, and for no words.
    """
    if not text.strip():
        raise ValidationError({"text": WHAT})
    with transaction.atomic():
        hold_patient(by.patient)
        waiting = asked_of(by.patient)
        if not waiting:
            return
        if {str(each.id) for each in waiting} - set(seen):
            raise ValidationError(
                "The patient said more meanwhile. Read it first, then say what was done"
            )
        made = HelpAnswered(
            patient=by.patient, by_id=by.viewer.pk, duty=Duty.DECIDE_ACCESS, at=now, text=text.strip()
        )  # fmt: skip
        made.full_clean(exclude=["pk"])
        made.save(force_insert=True)
        close_tasks(by.patient, KIND, by=by, now=now)
        _note("help answered", made, by.patient, at=now, by=by)


def _note(
    action: str,
    what: HelpAsked | HelpAnswered,
    patient: Patient,
    *,
    at: datetime,
    by: StaffAccess | None = None,
) -> None:
    """Write it down among what concerns no patient: who reads there finds the row by its id."""
    log.record(
        action, at=at, actor_id=by.viewer.pk if by else None, duty=Duty.DECIDE_ACCESS if by else "",
        about=f"help {what.id}", details={"surgery": patient.surgery.ods_code},
    )  # fmt: skip

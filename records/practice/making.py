"""Making a change for many patients that was seen before: one decision for each of them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk
from audit import log
from audit.row_security import rows_of
from records.grants import decide_access, latest_of
from records.models import AccessGrant, ChangePreview, PracticeChange
from records.practice.cohort import Cohort, Member, why_alone
from records.practice.previewing import opened_for, totals_of
from records.practice.proposing import hold, note, note_agreed, note_wanted
from records.practice.two_people import takes_two_to_change
from records.previewing.late import tell_of_late
from surgeries.models import Patient
from surgeries.terms import Level


def propose(
    preview: ChangePreview,
    *,
    reason: str,
    reason_for_patient: str,
    with_flagged: bool,
    by: Desk,
    now: datetime,
) -> PracticeChange | None:
    """Make a change that was counted; None where a second person has to agree first.

    Raises ValidationError where it was not counted lately, or is made already.
    """
    with transaction.atomic():
        held = hold(preview, by=by, now=now)
        held.reason_for_patient, held.with_flagged = reason_for_patient.strip(), with_flagged
        note_wanted(held, by=by, reason=reason)
        if takes_two_to_change(held):
            note("proposed", held, by=by, now=now)
            return None
        return _begin(held, now=now)


def agree(preview: ChangePreview, *, by: Desk, now: datetime) -> PracticeChange:
    """Agree as the second person to a change that somebody else wants; it is then made."""
    with transaction.atomic():
        held = hold(preview, by=by, now=now)
        note_agreed(held, by=by, now=now)
        note("agreed", held, by=by, now=now)
        return _begin(held, now=now)


def _begin(preview: ChangePreview, *, now: datetime) -> PracticeChange:
    cohort = Cohort(**preview.proposed)
    totals = totals_of(preview, with_flagged=preview.with_flagged)
    change = PracticeChange(
        surgery=preview.surgery, cohort=preview.proposed, current_level=cohort.current,
        historical_level=cohort.historical, reason=preview.reason,
        reason_for_patient=preview.reason_for_patient, counted=totals,
        made_by=preview.proposed_by, made_at=now,
    )  # fmt: skip
    change.full_clean()
    change.save(force_insert=True)
    preview.used_at, preview.change = now, change
    preview.save(update_fields=["used_at", "change"])
    log.record(
        "practice change made", at=now, actor_id=change.made_by_id, duty=Duty.DECIDE_ACCESS,
        about=f"change {change.pk}",
        details=totals | {"current": cohort.current, "historical": cohort.historical},
    )  # fmt: skip
    carry_out.enqueue(str(change.pk))
    return change


@task(priority=-5)
def carry_out(change_id: str) -> None:
    """Decide anew for each patient of a change, one transaction each; begun again, it goes on where it was."""
    change = PracticeChange.objects.select_related("made_by", "surgery").get(pk=UUID(change_id))
    found = ChangePreview.objects.select_related("surgery", "asked_by", "agreed_by")
    preview = found.get(change=change)
    left = []
    for patient_id, grant_id, _, flagged, seal, _ in preview.found:
        if flagged and not preview.with_flagged:
            continue
        why = _change_one(change, preview, UUID(patient_id), (grant_id, seal))
        if why == UNDONE:
            return
        if why:
            left.append([patient_id, why])
    PracticeChange.objects.filter(pk=change.pk).update(
        counted=change.counted | {"finished": True, "left": left}
    )


UNDONE = "undone"
DECIDED = "Somebody decided about them after the counting"
RECORD = "Their record changed after the counting"
ALONE = (
    "This has to be decided for them alone: one of you acts for them or is the patient, or their own request waits, or"
    " is or was looked at"
)
GONE = "They are not on the list any more"


def _change_one(
    change: PracticeChange,
    preview: ChangePreview,
    patient_id: UUID,
    counted: tuple[int, str],
) -> str:
    """Give one patient the levels; says why not where what was seen before is not what would happen now."""
    grant_id, seal = counted
    now = timezone.now()
    with transaction.atomic():
        patient = Patient.objects.select_related("surgery").get(pk=patient_id)
        latest = latest_of(patient)  # the patient first, as everybody does
        if PracticeChange.objects.select_for_update().get(pk=change.pk).undone_at:
            return UNDONE
        if AccessGrant.objects.filter(patient=patient, practice_change_id=change.pk).exists():
            return ""
        if not patient.is_registered(timezone.localdate(now)):
            return GONE
        if latest is None or latest.pk != grant_id:
            return DECIDED
        member = Member(patient, latest)
        people = [one for one in (preview.asked_by, change.made_by, preview.agreed_by) if one]
        if why_alone(patient, by=people, opens=Cohort(**change.cohort).raises(latest)):
            return ALONE
        opened = opened_for(preview, member, people, on=timezone.localdate(now))
        if isinstance(opened, str) or opened.seal != seal:
            return RECORD
        decide_access(
            patient, by=change.made_by, now=now, reason=change.reason,
            current=Level(change.current_level), historical=Level(change.historical_level),
            starts_on=latest.starts_on, restricted_sections=latest.restricted_sections,
            reason_for_patient=change.reason_for_patient, practice_change_id=change.pk,
        )  # fmt: skip
        with rows_of(patient_id):
            tell_of_late(patient, now=now)
    return ""

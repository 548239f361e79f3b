"""Making a change for many patients that was seen before: one decision for each of them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk
from audit import log
from audit.row_security import rows_of
from records.grants import decide_access, latest_of
from records.models import AccessGrant, ChangePreview, PracticeChange
from records.practice.cohort import Cohort, Member, opens_full_history, why_alone
from records.practice.previewing import State, opened_for, proposed_settings, totals_of
from records.previewing.late import tell_of_late
from surgeries.changing import change_settings
from surgeries.models import Patient
from surgeries.terms import Level

HOLDS_FOR = timedelta(hours=24)
TOO_OLD = "This was counted more than a day ago. Count again, then decide"


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
        held = _held(preview, by, now)
        if held.proposed_by_id:
            raise ValidationError(
                "Somebody wants this change already. A second person has to agree"
            )
        held.reason, held.reason_for_patient = reason.strip(), reason_for_patient.strip()
        held.with_flagged, held.proposed_by = with_flagged, by.viewer
        if not held.reason:
            raise ValidationError("Enter the reason for the change")
        held.save()
        if needs_second_person(held):
            _note("practice change proposed", f"preview {held.pk}", by=by, now=now)
            return None
        return _begin(held, now=now)


def agree(preview: ChangePreview, *, by: Desk, now: datetime) -> PracticeChange:
    """Agree as the second person to a change that somebody else wants; it is then made."""
    with transaction.atomic():
        held = _held(preview, by, now)
        if not held.proposed_by_id:
            raise ValidationError("Nobody has asked for a second person yet")
        if held.proposed_by_id == by.viewer.pk:
            raise ValidationError(
                "You want this change yourself. Another person has to agree to it"
            )
        _note("practice change agreed", f"preview {held.pk}", by=by, now=now)
        return _begin(held, now=now)


def needs_second_person(preview: ChangePreview) -> bool:
    """Whether the surgery wants two people for what this opens."""
    return preview.surgery.two_people_for_full and opens_full_history(Cohort(**preview.proposed))


def _held(preview: ChangePreview, by: Desk, now: datetime) -> ChangePreview:
    """The preview, held until the transaction ends, if a change can be made from it."""
    held = ChangePreview.objects.select_for_update(of=("self",)).select_related("surgery")
    found = held.get(pk=preview.pk, surgery=by.surgery)
    if found.used_at:
        raise ValidationError("This change was made already")
    if found.state != State.READY:
        raise ValidationError("This is not counted yet")
    if found.asked_at + HOLDS_FOR <= now:
        raise ValidationError(TOO_OLD)
    return found


def save_setting(preview: ChangePreview, *, by: Desk, now: datetime) -> None:
    """Set for the surgery what was counted; raises ValidationError as for levels, and where somebody set it otherwise."""
    with transaction.atomic():
        held = _held(preview, by, now)
        change_settings(
            by.surgery, proposed_settings(held), seen=held.proposed["seen"], by=by.viewer.pk,
            duty=Duty.MANAGE_SETTINGS, now=now,
        )  # fmt: skip
        held.used_at = now
        held.save(update_fields=["used_at"])


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


def _note(action: str, about: str, *, by: Desk, now: datetime) -> None:
    log.record(
        action, at=now, actor_id=by.viewer.pk, duty=Duty.DECIDE_ACCESS, about=about,
        details={"surgery": by.surgery.ods_code},
    )  # fmt: skip


@task(priority=-5)
def carry_out(change_id: str) -> None:
    """Decide anew for each patient of a change, one transaction each; begun again, it goes on where it was."""
    change = PracticeChange.objects.select_related("made_by", "surgery").get(pk=UUID(change_id))
    preview = ChangePreview.objects.select_related("surgery", "asked_by").get(change=change)
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
ALONE = "This has to be decided for them alone: you act for them or are they, or their own request is or was looked at"
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
        if why_alone(member, Cohort(**change.cohort), by=change.made_by):
            return ALONE
        opened = opened_for(preview, member, preview.asked_by)
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

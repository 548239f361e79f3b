"""Deciding without a page to read on, as whoever runs the portal may have to: nothing opens unread unawares (R8.6)."""

from datetime import datetime

from django.core.exceptions import ValidationError

from accounts.models import Duty, User
from audit import log
from audit.row_security import rows_of
from records.grants import all_until, decide_access, latest_of
from records.models import AccessGrant, Decision
from records.previewing.late import is_without_review, tell_of_late
from records.previewing.reveals import newly_revealed
from records.previewing.reviewing import Proposal
from surgeries.models import Patient

READ_FIRST = (
    "This would open {opened} that nobody has read, answer the patient's request, or take two people: staff decide it"
    " on their page. To decide it here nevertheless, say why with --without-review REASON, which is kept on file"
)


def decide_unread(
    patient: Patient, proposal: Proposal, *, by: User, now: datetime, without_review: str = ""
) -> AccessGrant:
    """Decide at once; raises ValidationError where staff would have to read first, unless it is said why not."""
    proposed = AccessGrant(
        patient=patient, decision=Decision.GRANTED, current_level=proposal.current,
        historical_level=proposal.historical, starts_on=proposal.starts_on,
    )  # fmt: skip
    with rows_of(patient.pk):
        latest = latest_of(patient)
        is_unread = not is_without_review(patient, proposed, latest)
        opened = len(newly_revealed(patient, before=latest, after=proposed)) if is_unread else 0
        if is_unread and not without_review.strip():
            entries = "1 entry" if opened == 1 else f"{opened} entries"
            raise ValidationError(READ_FIRST.format(opened=entries))
        because = f" (not read before: {without_review.strip()})" if is_unread else ""
        grant = decide_access(
            patient, by=by, now=now, current=proposal.current, historical=proposal.historical,
            starts_on=proposal.starts_on, reason=proposal.reason and proposal.reason + because,
            read_until=all_until(patient, now=now) if is_unread else None,
        )  # fmt: skip
        tell_of_late(patient, now=now)
        if is_unread:
            log.record(
                "access decided unread", at=now, actor_id=by.pk, patient_id=patient.pk,
                duty=Duty.DECIDE_ACCESS, about=f"grant {grant.pk}", details={"opened": opened},
            )  # fmt: skip
    return grant

"""Asking for a copy, and ending one."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from records.models import Takeaway
from records.takeaway.keeping import State, copies_kept, end, is_fit, note
from records.takeaway.making import make
from records.visibility import RecordAccess
from surgeries.models import Patient

MOST_AT_ONCE = 3


def ask(
    access: RecordAccess,
    *,
    kind: str,
    sections: list[str],
    from_on: date | None,
    to_on: date | None,
    now: datetime,
) -> Takeaway:
    """Have a copy made for a viewer; asking twice for the same while it is made gives the same one.

    Raises ValidationError where they have as many as they may. Must run inside the patient's rows.
    """
    with transaction.atomic():
        # one after the other, or two clicks would make two
        Patient.objects.select_for_update().get(pk=access.patient.pk)
        kept = copies_kept(access, now=now)
        asked = {"kind": kind, "sections": sections, "from_on": from_on, "to_on": to_on}
        for copy in kept:
            is_same = all(getattr(copy, name) == value for name, value in asked.items())
            if is_same and copy.state != State.READY:
                return copy
        if len(kept) >= MOST_AT_ONCE:
            raise ValidationError(
                f"You already have {MOST_AT_ONCE} copies of this record. Delete one, or wait until one is no longer kept"
            )
        copy = Takeaway.objects.create(
            patient=access.patient, viewer_id=access.viewer.pk, asked_at=now, **asked
        )
        note("copy asked for", copy, now=now)
        make.enqueue(str(copy.patient_id), str(copy.id))
    return copy


def fetch(copy: Takeaway, access: RecordAccess, *, now: datetime) -> bool:
    """Note that a copy is fetched; False, and the copy is ended, where it may not be any more."""
    if is_fit(copy, access, now=now):
        Takeaway.objects.filter(patient=access.patient, id=copy.id).update(fetched_at=now)
        note("copy fetched", copy, now=now)
        return True
    if copy.state == State.READY:
        end([copy])
        note("copy ended", copy, now=now, because="no longer as allowed, or over")
    return False


def delete(copy: Takeaway, *, now: datetime) -> None:
    """Delete what a copy holds, because its owner wants it gone; doing so twice does nothing."""
    if copy.state in {State.READY, State.FAILED}:
        end([copy])
        note("copy ended", copy, now=now, because="deleted by its owner")

"""The task that makes a copy: it is given ids only, and decides anew what may be read."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.tasks import task
from django.utils import timezone

from accounts.models import User
from audit.models import Outcome
from audit.row_security import rows_of
from proxy_access.access import Refusal
from records.grants import record_of
from records.models import Takeaway
from records.takeaway.chosen import chosen_in
from records.takeaway.job import Job, Made
from records.takeaway.keeping import KEPT_FOR, PieceWriter, State, basis_of, end, end_over, note
from records.takeaway.record_pdf import make_pdf
from records.takeaway.results_csv import make_results
from records.takeaway.summary import make_summary
from records.visibility import RecordAccess

logger = logging.getLogger(__name__)

MAKERS: dict[str, Callable[[Job], Made]] = {
    Takeaway.Kind.PDF: make_pdf,
    Takeaway.Kind.SUMMARY: make_summary,
    Takeaway.Kind.RESULTS: make_results,
}


class NotAllowed(Exception):
    """The record is not open to who asked, or not as it was when the making began."""


@task(priority=-10)  # e-mails go first
def make(patient_id: str, copy_id: str) -> None:
    """Make a copy that was asked for; whatever goes wrong, it counts as failed and leaves nothing behind.

    A copy that is being made already, by this worker before it died or by another one, is left alone.
    """
    copy = _claim(UUID(patient_id), UUID(copy_id))
    if copy is None:
        return
    try:
        _fill(copy, now=timezone.now())
    except Exception as error:
        # never its words: they may be those of a record
        logger.error("copy %s could not be made: %s", copy.id, type(error).__name__)
        _give_up(copy, because=type(error).__name__, now=timezone.now())


def _claim(patient_id: UUID, copy_id: UUID) -> Takeaway | None:
    with rows_of(patient_id):
        end_over(patient_id, now=timezone.now())
        asked = Takeaway.objects.filter(patient=patient_id, id=copy_id, state=State.ASKED)
        if not asked.update(state=State.MAKING):
            return None
        return Takeaway.objects.get(patient=patient_id, id=copy_id)


def _fill(copy: Takeaway, *, now: datetime) -> None:
    with rows_of(copy.patient_id):
        access = _open_to_owner(copy, now=now)
        basis = basis_of(access)
    file = PieceWriter(copy)
    made = MAKERS[copy.kind](Job(copy, access, chosen_in(copy), file, now))
    file.close()
    _finish(copy, made, file.size, basis, now=timezone.now())


def _finish(copy: Takeaway, made: Made, size: int, basis: str, *, now: datetime) -> None:
    """Let a copy be fetched, unless what decides about it changed while it was made, or it was given up."""
    with rows_of(copy.patient_id):
        if basis_of(_open_to_owner(copy, now=now)) != basis:
            raise NotAllowed
        copy.state, copy.basis, copy.size = State.READY, basis, size
        copy.made_at, copy.ends_at = now, now + KEPT_FOR
        copy.file_name, copy.content_type = made
        ready = {
            name: getattr(copy, name)
            for name in (
                "state",
                "basis",
                "size",
                "made_at",
                "ends_at",
                "file_name",
                "content_type",
            )
        }
        held = Takeaway.objects.filter(patient=copy.patient_id, id=copy.id, state=State.MAKING)
        if not held.update(**ready):
            raise NotAllowed
        note("copy made", copy, now=now)
        if end_at_its_time.get_backend().supports_defer:
            later = end_at_its_time.using(run_after=copy.ends_at)
            later.enqueue(str(copy.patient_id))


@task(priority=-10)
def end_at_its_time(patient_id: str) -> None:
    """Delete what the copies of a patient hold whose hour is over."""
    with rows_of(UUID(patient_id)):
        end_over(UUID(patient_id), now=timezone.now())


def _open_to_owner(copy: Takeaway, *, now: datetime) -> RecordAccess:
    """What who asked may read now; raises NotAllowed where the record does not open to them any more.

    The second factor is asked for wherever a copy is asked for and fetched.
    """
    viewer = User.objects.filter(pk=copy.viewer_id).first()
    if viewer is None:
        raise NotAllowed
    record = record_of(viewer, copy.patient_id, on=timezone.localdate(now), at=now)
    if isinstance(record, Refusal):
        raise NotAllowed
    return record


def _give_up(copy: Takeaway, *, because: str, now: datetime) -> None:
    with rows_of(copy.patient_id):
        end([copy], State.FAILED)
        note("copy not made", copy, now=now, outcome=Outcome.REFUSED, because=because)

"""How much memory a copy takes: that of a long record beside that of a short one."""

import resource
import subprocess
import sys
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from portal.bench.patients import Held
from proxy_access.access import Refusal
from records.grants import record_of
from records.models import Takeaway
from records.takeaway.chosen import Chosen
from records.takeaway.job import Job
from records.takeaway.keeping import PieceWriter
from records.takeaway.record_pdf import can_make_pdf, make_pdf
from surgeries.terms import Section

PER_VOLUME = 40
FEW, MANY = 1, 10
MOST = 1.25


class Thrown(PieceWriter):
    """A file that keeps nothing."""

    def _store(self, length: int) -> None:
        del self._waiting[:length]  # whatever it was


def measure(patients: list[Held]) -> dict[str, Any] | None:
    """The peak of memory, worker and drawing, of one volume and of ten; None where no PDF can be made."""
    if not can_make_pdf():
        return None
    few, many = (peak(patients[-1], volumes) for volumes in (FEW, MANY))
    ratio = round(many / few, 2)
    return {
        "volumes": MANY, "to": FEW, "entries_per_volume": PER_VOLUME, "few_mb": few, "many_mb": many,
        "ratio": ratio, "at_most": MOST, "met": ratio <= MOST,
    }  # fmt: skip


def peak(patient: Held, volumes: int) -> int:
    """Megabytes at the highest, of the worker and of what draws, in processes that do nothing else."""
    ids = [str(patient.patient_id), str(patient.user.pk), str(volumes)]
    done = subprocess.run(
        [sys.executable, "-m", "portal.bench.one_copy", *ids], capture_output=True, check=True
    )
    return int(done.stdout)


def make_one(patient_id: UUID, user_id: UUID, volumes: int) -> int:
    """Make a copy of so many volumes that is kept nowhere, and say what that took at the highest (MB)."""
    now = timezone.now()
    record = record_of(User.objects.get(pk=user_id), patient_id, on=timezone.localdate(now))
    if isinstance(record, Refusal):
        raise SystemExit(f"the record does not open: {record}")
    copy = Takeaway(patient_id=patient_id, viewer_id=user_id, kind=Takeaway.Kind.PDF)
    chosen = Chosen((Section.CONSULTATIONS,))
    make_pdf(
        Job(copy, record, chosen, Thrown(copy), now),
        per_volume=PER_VOLUME,
        most_entries=volumes * PER_VOLUME,
    )
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(each).ru_maxrss for each in who) // 1024


def lines(found: dict[str, Any] | None) -> list[str]:
    """The figure for people."""
    if found is None:
        return ["copy: no libpango here, so no PDF"]
    return [
        f"copy: peak memory of {found['volumes']} volumes / of {found['to']}: {found['ratio']:.2f}"
        f" ({found['many_mb']} MB / {found['few_mb']} MB), at most {found['at_most']:.2f}"
        f" {'met' if found['met'] else 'MISSED'}"
    ]

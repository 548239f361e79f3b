"""What a maker of copies is given: for whom, of what, and where to put it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from audit.row_security import rows_of
from records.models import Takeaway
from records.takeaway.chosen import Chosen
from records.takeaway.keeping import PieceWriter
from records.visibility import RecordAccess


class Made(NamedTuple):
    """What became of it: a neutral name, since whose it is may be nobody's business, and its type."""

    file_name: str
    content_type: str


@dataclass(frozen=True)
class Job:
    """One copy in the making."""

    copy: Takeaway
    access: RecordAccess
    chosen: Chosen
    file: PieceWriter
    now: datetime

    def progress(self, done: int, total: int) -> None:
        """Tell how far it is, to whoever waits."""
        with rows_of(self.copy.patient_id):
            Takeaway.objects.filter(patient=self.copy.patient_id, id=self.copy.id).update(
                done=done, total=total
            )

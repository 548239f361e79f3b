"""Encrypting the content of attachments with the newest key, so that an old one can be thrown away."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from audit.row_security import rows_of
from records.models import Paper
from records.papers.keeping import Unreadable, names_of, read, write
from surgeries.models import Patient


class Rotated(NamedTuple):
    """How many contents were encrypted anew, and how many cannot be read and are as they were."""

    done: int
    unreadable: int


def rotate_papers() -> Rotated:
    """Write every content that is under an older key anew, with the first key and under its name.

    Each content is a transaction of its own. The file under the old key stays until `sweep_documents`: somebody may
    just be opening it. Safe to repeat, and while people use the portal.
    """
    patients = Patient.objects.order_by("pk").values_list("pk", flat=True)
    told = Counter(each for patient_id in patients.iterator() for each in _rotate(patient_id))
    return Rotated(told[True], told[None])


def _rotate(patient_id: UUID) -> Iterator[bool | None]:
    with rows_of(patient_id):
        ids = list(Paper.objects.filter(patient=patient_id).values_list("id", flat=True))
    for paper_id in ids:
        try:
            yield _rotate_one(patient_id, paper_id)
        except Unreadable:
            yield None


def _rotate_one(patient_id: UUID, paper_id: UUID) -> bool:
    with rows_of(patient_id):
        Patient.objects.select_for_update().get(pk=patient_id)  # an extract may just bring the same
        paper = Paper.objects.get(patient=patient_id, id=paper_id)
        content = read(paper)
        name = names_of(patient_id, content)[0]
        if name == paper.name:
            return False
        write(name, content, is_new=True)
        Paper.objects.filter(patient=patient_id, id=paper_id).update(name=name)
    return True


__all__ = ["Rotated", "rotate_papers"]

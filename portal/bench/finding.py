"""How long a search of each kind takes in the longest record."""

import time
from statistics import median
from typing import NamedTuple

from django.utils import timezone

from audit.row_security import rows_of
from portal.bench.patients import Held
from records.finding import Asked, find
from records.grants import open_record
from records.visibility import RecordAccess

AT_MOST = 100
SEARCHES = {
    "common word": "blood",
    "rare word": "penicillin",
    "no such word": "zebra",
    "misspelling": "haemoglobn",
    "rare misspelling": "penicilin",
    "two words, entry and part": "venous haemoglobin",
    "two words that never meet": "penicillin haemoglobin",
    "name of a person": "tomos",
    "month": "march 2021",
}


class Search(NamedTuple):
    """One kind of search: the median in milliseconds, and how many entries were on the page."""

    kind: str
    median: float
    found: int


def measure(patient: Held, rounds: int = 15) -> list[Search]:
    """Each search in turn, round after round, as the patient."""
    patient.user.is_verified = lambda: True  # type: ignore[attr-defined]
    access = open_record(viewer=patient.user, patient_id=patient.patient_id, now=timezone.now())
    if not isinstance(access, RecordAccess):
        raise TypeError(f"the bench's patient is refused: {access}")
    took: dict[str, list[float]] = {kind: [] for kind in SEARCHES}
    found = dict.fromkeys(SEARCHES, 0)
    for _ in range(rounds):
        for kind, words in SEARCHES.items():
            began = time.perf_counter()
            with rows_of(patient.patient_id):
                found[kind] = len(find(access, Asked(words)).hits)
            took[kind].append((time.perf_counter() - began) * 1000)
    return [Search(kind, median(took[kind]), found[kind]) for kind in SEARCHES]


def lines(entries: int, searches: list[Search]) -> list[str]:
    """The same for people."""
    return [
        f"{f'Search in {entries} entries, ms':44}at most {AT_MOST}",
        *(
            f"  {each.kind:42}{each.median:>8.1f} {'met' if each.median <= AT_MOST else 'MISSED'}"
            f" ({each.found} on the page)"
            for each in searches
        ),
    ]

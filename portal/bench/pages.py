"""The pages, each at two sizes of record and as its floor, asked for in turn."""

from statistics import median
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from portal.bench import floor
from portal.bench.patients import Held
from portal.bench.server import Answer, Server, signed_in
from surgeries.terms import Section

WARM_UP = 20
FIFTHS = 5
FLOOR = "floor"


class Asked(NamedTuple):
    """One address of the bench."""

    page: str
    record: str
    path: str
    cookie: str


class Figures(NamedTuple):
    """One address with its answers in the order of asking."""

    asked: Asked
    answers: list[Answer]

    def median(self, what: str) -> float:
        """The median of one of the answers' fields."""
        middle: float = median(getattr(answer, what) for answer in self.answers)
        return middle

    def fifths(self) -> list["Figures"]:
        """The answers in five parts, one after the other."""
        size = max(1, len(self.answers) // FIFTHS)
        starts = range(0, min(len(self.answers), size * FIFTHS), size)
        return [Figures(self.asked, self.answers[start : start + size]) for start in starts]


def addresses(patient: Held) -> dict[str, str]:
    """The two pages of a record: (a) header, medicines and allergies, (b) the 20 newest reports."""
    return {
        "home": reverse("records:home", args=[patient.patient_id]),
        "results": reverse("records:section", args=[patient.patient_id, Section.TEST_RESULTS]),
    }


def plan(server: Server, patients: list[Held]) -> list[Asked]:
    """What to ask for; the floor of a page has the bytes of the shorter record's."""
    asked = []
    cookies = [signed_in(patient) for patient in patients]
    server.find_processes(cookies[0])
    for page, path in addresses(patients[0]).items():
        floor.keep(settings.BENCH_PAGES, page, server.fetch(path, cookies[0]))  # type: ignore[misc]
        asked.append(Asked(page, FLOOR, reverse("bench-floor", args=[page]), cookies[0]))
        for patient, cookie in zip(patients, cookies, strict=True):
            asked.append(Asked(page, str(patient.entries), addresses(patient)[page], cookie))
    return asked


def measure(server: Server, asked: list[Asked], rounds: int) -> list[Figures]:
    """Ask for every address in turn, round after round: what disturbs one disturbs all alike."""
    answers: list[list[Answer]] = [[] for _ in asked]
    for _ in range(WARM_UP + rounds):
        for one, found in zip(asked, answers, strict=True):
            found.append(server.measure(one.path, one.cookie))
    return [Figures(one, found[WARM_UP:]) for one, found in zip(asked, answers, strict=True)]


class Ratio(NamedTuple):
    """How many times one address takes what another does: over all rounds, and in each fifth of them."""

    middle: float
    lowest: float
    highest: float


def ratio(one: Figures, other: Figures, what: str) -> Ratio:
    """The ratio of two medians; its fifths tell how steady it is."""
    fifths = [
        each.median(what) / to.median(what)
        for each, to in zip(one.fifths(), other.fifths(), strict=True)
    ]
    return Ratio(one.median(what) / other.median(what), min(fifths), max(fifths))

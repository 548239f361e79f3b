"""The pages, each at two sizes of record and as its floor, asked for in turn."""

from collections.abc import Collection
from statistics import median
from typing import LiteralString, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.urls import reverse
from psycopg import sql

from portal.bench import floor
from portal.bench.patients import TABLE, Held
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


TITLES = {
    "home": "(a) home: header, medicines, allergies",
    "results": "(b) the newest test reports",
    **{section.value: section.label for section in Section if section is not Section.TEST_RESULTS},
    "consultation": "One consultation",
    "report": "One test report",
    "tests": "Results by test",
    "over-time": "One test over time, with its chart",
    "measurements": "Measurements",
    "timeline": "Everything by date",
    "since": "Since you last looked",
    "find": "The page to search from",
    "copies": "Copies",
    "corrections": "What was said to look wrong",
    "warn-me": "What to be warned of",
}
"""Each type of page of a record, by what its figures stand under."""


def addresses(patient: Held) -> dict[str, str]:
    """A page of each type: (a) header, medicines and allergies, (b) the newest test reports, and the others."""
    whole = [patient.patient_id]
    sections = {
        section.value: reverse("records:section", args=[*whole, section]) for section in Section
    }
    plain = [
        "tests",
        "measurements",
        "timeline",
        "since",
        "find",
        "copies",
        "corrections",
        "warn-me",
    ]
    found = {
        "home": reverse("records:home", args=whole),
        "results": sections.pop(Section.TEST_RESULTS),
        **sections,
        "consultation": reverse("records:entry", args=[*whole, newest(patient, "consultation")]),
        "report": reverse("records:entry", args=[*whole, newest(patient, "report")]),
        "over-time": reverse("records:over-time", args=[*whole, most_measured(patient)]),
        **{name: reverse(f"records:{name}", args=whole) for name in plain},
    }
    return {page: found[page] for page in TITLES}


def newest(patient: Held, kind: str) -> UUID:
    """The newest entry of a kind that has parts and stands behind no page of its own."""
    return one_id(
        "select id from {table} whole where patient_id = %s and kind = %s and root_id is null"
        " and exists (select from {table} part where part.patient_id = whole.patient_id"
        " and part.root_id = whole.id)"
        " and not exists (select from {table} part where part.patient_id = whole.patient_id"
        " and whole.id in (part.root_id, part.id) and part.flagged)"
        " order by effective_on desc nulls last limit 1",
        patient.patient_id,
        kind,
    )


def most_measured(patient: Held) -> UUID:
    """The newest result of the test that was made most often."""
    return one_id(
        "select (array_agg(id order by effective_on desc nulls last))[1] from {table}"
        " where patient_id = %s and kind = 'result' and details ? 'value'"
        " group by title order by count(*) desc, title limit 1",
        patient.patient_id,
    )


def one_id(asked: LiteralString, *values: UUID | str) -> UUID:
    """The id that the owner of the database finds: the bench is nobody's reader."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql.SQL(asked).format(table=TABLE), values)
        found: UUID = cursor.fetchone()[0]
        return found


def plan(server: Server, patients: list[Held], chosen: Collection[str]) -> list[Asked]:
    """What to ask for of the chosen pages; the floor of a page has the bytes of the shorter record's."""
    asked = []
    cookies = [signed_in(patient) for patient in patients]
    each_ones = [addresses(patient) for patient in patients]
    server.find_processes(cookies[0])
    for page in (each for each in TITLES if each in chosen):
        floor.keep(settings.BENCH_PAGES, page, server.fetch(each_ones[0][page], cookies[0]))  # type: ignore[misc]
        asked.append(Asked(page, FLOOR, reverse("bench-floor", args=[page]), cookies[0]))
        for patient, own, cookie in zip(patients, each_ones, cookies, strict=True):
            asked.append(Asked(page, str(patient.entries), own[page], cookie))
    return asked


def measure(
    server: Server, asked: list[Asked], rounds: int, warm_up: int = WARM_UP
) -> list[Figures]:
    """Ask for every address in turn, round after round: what disturbs one disturbs all alike."""
    answers: list[list[Answer]] = [[] for _ in asked]
    for _ in range(warm_up + rounds):
        for one, found in zip(asked, answers, strict=True):
            found.append(server.measure(one.path, one.cookie))
    return [Figures(one, found[warm_up:]) for one, found in zip(asked, answers, strict=True)]


def measure_apart(
    server: Server, asked: list[Asked], rounds: int, warm_up: int = WARM_UP
) -> list[Figures]:
    """The same, one page with its floor after the other.

    With all pages in turn, the code of a floor is asked for as often as that of all pages together: the processor has it at
    hand, and of a page it has to fetch it each time. Here both are at hand.
    """
    of_pages = [
        [one for one in asked if one.page == page] for page in dict.fromkeys(a.page for a in asked)
    ]
    return [found for each in of_pages for found in measure(server, each, rounds, warm_up)]


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

"""The record of each person of the demo, as a GP Connect Structured extract of the evening before today."""

from collections.abc import Callable
from datetime import date

import msgspec

from portal.demo.bundle import bundle_of
from portal.demo.chart import Chart, HiddenEntry
from portal.demo.fhir import Resource
from portal.demo.long_record import write_long_record
from portal.demo.people import PATIENTS
from portal.demo.people_in_record import Team, start_record
from portal.demo.records import everyday, findings, kept_back, long_term, moves, older, young
from portal.demo.roles import Person

LONG_RECORD_ENTRIES = 1_000

WRITERS: dict[str, Callable[[Chart, Team], None]] = {
    "ada": long_term.ada,
    "bilal": moves.bilal,
    "theo": young.theo,
    "zoe": young.zoe,
    "lukasz": moves.lukasz,
    "sian": kept_back.sian,
    "priya": everyday.priya,
    "gwen": lambda chart, team: write_long_record(chart, team, LONG_RECORD_ENTRIES),
    "edith": older.edith,
    "amara": everyday.amara,
    "rowan": kept_back.rowan,
    "kofi": everyday.kofi,
    "niamh": findings.niamh,
    "oliver": findings.oliver,
    "hamid": kept_back.hamid,
    "jean": kept_back.jean,
    "arthur": everyday.arthur,
    "tamsin": everyday.tamsin,
}


def extract_for(person: Person, today: date) -> Resource:
    """The extract of one person, the same every time for the same day."""
    return bundle_of(_chart(person, today))


def hidden_entries(person: Person, today: date) -> list[HiddenEntry]:
    """What staff hide in this record once it is loaded: source, audience and reason (R2.1, R2.2)."""
    return _chart(person, today).hidden


def all_extracts(today: date) -> list[tuple[Person, bytes]]:
    """Every person with the bytes of their extract."""
    return [(person, as_json(extract_for(person, today))) for person in PATIENTS]


def as_json(extract: Resource) -> bytes:
    """An extract as a supplier's answer holds it."""
    return msgspec.json.encode(extract)


def _chart(person: Person, today: date) -> Chart:
    chart = Chart(person, today)
    WRITERS[person.key](chart, start_record(chart))
    return chart

"""Every JSON file of the shared development data, read once, without a database."""

import gzip
from collections import Counter
from functools import cache
from typing import NamedTuple

import msgspec

from records.importing.extract import Extract, UnreadableExtract
from records.importing.formats import read
from tests.conftest import SHARED


class Outcome(NamedTuple):
    """What became of one file: an extract, or why there is none."""

    name: str
    extract: Extract | None
    reason: str
    kinds: Counter


@cache
def outcomes(source):
    """The outcome of each JSON file of a source, packed or not, in order of name."""
    paths = sorted(
        path for path in (SHARED / source).rglob("*") if path.name.endswith((".json", ".json.gz"))
    )
    return [_outcome(path) for path in paths]


def _outcome(path):
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    name = str(path.relative_to(SHARED))
    try:
        return Outcome(name, read(data), "", _kinds(data))
    except UnreadableExtract as error:
        return Outcome(name, None, str(error), Counter())


def _kinds(data):
    entries = msgspec.json.decode(data)["entry"]
    return Counter(each["resource"]["resourceType"] for each in entries)


def totals(source):
    """How many files were read and refused, and how many whole entries each section has."""
    found = outcomes(source)
    sections = Counter(
        entry.section for each in found if each.extract for entry in each.extract.entries
    )
    return {
        "files": len(found),
        "read": sum(each.extract is not None for each in found),
        "sections": dict(sorted(sections.items())),
    }

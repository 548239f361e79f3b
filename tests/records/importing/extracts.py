"""Extracts made by hand, for what comes after a reader."""

from datetime import UTC, date, datetime

from records.importing.extract import (
    Extract,
    ExtractedDocument,
    ExtractedEntry,
    ExtractedPart,
    PartialDate,
    Person,
    SourceKey,
)

RECORDED = datetime(2024, 4, 1, 12, tzinfo=UTC)
EXTRACTED = datetime(2024, 6, 1, 6, tzinfo=UTC)
ADA = Person(nhs_number="9990000018", family_name="TESTWELL", date_of_birth=date(1980, 2, 3))


def key(id_, resource="Observation"):
    return SourceKey(resource, id_)


def entry(id_="e1", **values):
    values = {
        "key": key(id_),
        "section": "consultations",
        "kind": "observation",
        "title": f"Entry {id_}",
        "level_needed": "detailed",
        "source_system": "test",
        "effective": PartialDate(date(2024, 3, 1), None, "day"),
        "recorded_at": RECORDED,
    } | values
    return ExtractedEntry(**values)


def part(id_, **values):
    values = {
        "key": key(id_),
        "kind": "observation",
        "title": f"Part {id_}",
        "level_needed": "detailed",
    } | values
    return ExtractedPart(**values)


def attachment(position=0, **values):
    return ExtractedDocument(position=position, **values)


def extract(*entries, sections=("consultations",), **values):
    values = {"person": ADA, "extracted_at": EXTRACTED} | values
    return Extract(sections=frozenset(sections), entries=entries, **values)

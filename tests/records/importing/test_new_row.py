"""What an extract makes of a row has the columns of the table, and what tells it from another stays as it was."""

import hashlib
from datetime import UTC, date, datetime, time

import msgspec

from records.content import PartialDate
from records.importing.extract import (
    ExtractedDocument,
    ExtractedEntry,
    ExtractedFile,
    ExtractedPart,
    SourceKey,
)
from records.importing.new_row import NewRow
from records.importing.rows import content_of
from records.importing.writing import names_of
from records.models import Entry

PART = ExtractedPart(
    key=SourceKey("Observation", "o1"), kind="result", title="Potassium", level_needed="detailed",
    effective=PartialDate(date(2020, 5, 1), time(9, 5), "time"),
    details={
        "value": {"number": "4.10", "unit": "mmol/l"},
        "codes": [{"system": "s", "code": "c", "display": "Kalium é"}],
    },
    free_text={"comment": "a\nb"}, repeats=SourceKey("Condition", "c1"), withheld=True,
)  # fmt: skip
ENTRY = ExtractedEntry(
    key=SourceKey("DocumentReference", "d1"), section="documents", kind="document",
    title="A letter", level_needed="documents", source_system="gp-connect",
    effective=PartialDate(date(2020, 5, 1), None, "month"),
    recorded_at=datetime(2020, 5, 2, 9, 12, 30, 1000, tzinfo=UTC), origin="transferred",
    details={"b": 1, "a": [{"ref": "Condition/c1"}]}, parts=(PART,),
    documents=(
        ExtractedDocument(0, "Letter", "application/pdf", 12, "https://example.test/b", False, ExtractedFile(b"%PDF-1.4")),
        ExtractedDocument(1, "Absent"),
        ExtractedDocument(2, file=ExtractedFile(problem="too-large")),
    ),
)  # fmt: skip


def test_a_new_row_has_the_columns_of_an_entry_and_no_other():
    assert [field.name for field in msgspec.structs.fields(NewRow)] == names_of(Entry)


def test_what_a_new_row_does_not_say_is_what_an_entry_does_not_say():
    entry = Entry()
    for field in msgspec.structs.fields(NewRow):
        if not field.required:
            held = getattr(entry, field.name)
            expected = held if isinstance(held, str | bool | int | None) else field.default
            assert field.default == expected, field.name


def test_the_digest_of_an_entry_is_that_of_every_version_before():
    """R7.3: another one would make each entry of each record look changed after an upgrade."""
    assert _digest(ENTRY, 0) == "58a12171b86fd497d117bc56ba4a28bb63c66e81c0a3fac55c0ccd9570055a60"
    assert _digest(PART, 3) == "4825fd9a60ca9b06469c87ad7e8c951838bc9d96099367453610baedf4e37c0e"


def _digest(item, position):
    return hashlib.sha256(content_of(item, position)).hexdigest()

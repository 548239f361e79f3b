"""What a reader makes of one extract, whatever its format: no database, no FHIR past this point."""

from datetime import date, datetime
from typing import Any

import msgspec

from records.content import PartialDate

NOT_DONE = "The source says now that it was not done"
NOT_UNDERSTOOD = "The source sends it now so that nobody can tell whether it is true or was done"
"""Why something is taken back that comes again."""

__all__ = [
    "NOT_DONE",
    "NOT_UNDERSTOOD",
    "Extract",
    "ExtractedDocument",
    "ExtractedEntry",
    "ExtractedFile",
    "ExtractedPart",
    "PartialDate",
    "Person",
    "Skipped",
    "SourceKey",
    "UnreadableExtract",
    "Warning",
]


class UnreadableExtract(Exception):
    """The file cannot be read as an extract; the message is one line for the operator."""


class SourceKey(msgspec.Struct, frozen=True, order=True):
    """Where an entry came from: FHIR resource type and the source's id, unique in one extract."""

    resource: str
    id: str

    def __str__(self) -> str:
        return f"{self.resource}/{self.id}"


class Person(msgspec.Struct, frozen=True):
    """The person an extract says it is about, for matching (R3.7); empty where it does not say."""

    nhs_number: str = ""
    family_name: str = ""
    given_names: str = ""
    date_of_birth: date | None = None


class ExtractedPart(msgspec.Struct, frozen=True):
    """Something below an entry with its own words: a result in a report, a consultation item."""

    key: SourceKey
    kind: str
    title: str
    level_needed: str
    effective: PartialDate = PartialDate()
    details: dict[str, Any] = {}
    free_text: dict[str, Any] = {}
    repeats: SourceKey | None = None
    withheld: bool = False


class ExtractedEntry(msgspec.Struct, frozen=True):
    """One entry of the record with its parts in the source's order.

    `details` is coded content, `free_text` what only the full level may read (R1.7). Inside
    `details`, a reference to another entry or part of this extract is written `{"ref": "Type/id"}`;
    the store replaces it by `{"entry": "<uuid>"}` and drops those that point at nothing.
    `unreleased_because` is empty, or why nobody online may ever see the entry (R1.10, R2.4, R6.5):
    source-withheld, diary, draft, not-filed, not-reviewed, access-code, entered-in-error, refuted.
    """

    key: SourceKey
    section: str
    kind: str
    title: str
    level_needed: str
    source_system: str
    effective: PartialDate = PartialDate()
    recorded_at: datetime | None = None
    origin: str = "native"
    details: dict[str, Any] = {}
    free_text: dict[str, Any] = {}
    parts: tuple[ExtractedPart, ...] = ()
    unreleased_because: str = ""
    repeats: SourceKey | None = None
    documents: tuple["ExtractedDocument", ...] = ()


class ExtractedFile(msgspec.Struct, frozen=True):
    """The content of an attachment that came inside the extract, or why it cannot be kept: not-readable, too-large."""

    content: bytes = b""
    problem: str = ""


class ExtractedDocument(msgspec.Struct, frozen=True):
    """An attachment of a document entry: where its content is, if anywhere (R6.9)."""

    position: int
    title: str = ""
    content_type: str = ""
    size: int | None = None
    source_url: str = ""
    withheld: bool = False
    file: ExtractedFile | None = None


class Warning(msgspec.Struct, frozen=True):
    """What the source says about a whole section (R2.6): a code, and its own untrusted words.

    Codes: confidential-items, data-in-transit, not-available.
    """

    section: str
    code: str
    source_text: str = ""


class Skipped(msgspec.Struct, frozen=True):
    """A resource that could not be read, and why: reported, never silent."""

    id: str
    resource: str
    reason: str


class Extract(msgspec.Struct, frozen=True):
    """Everything one extract says about one person.

    `sections` are the sections that the source covered: only in these does the absence of an entry
    mean that it is gone (R7.3). `extracted_at` is when the source made the extract, if it says.
    `still_named` is what the source speaks of but did not send, or sent unreadably: it is not gone.
    `not_shown` counts by reason what is not even kept, such as vaccines that were not given (R6.7).
    `identifiers` are what the source calls its resources whatever their ids, by "Type/id" (R7.3).
    `taken_back` is what it sent so that it may not be shown any more, with the reason by "Type/id": it says that it was
    not done, or nobody can tell whether it is true. What was held of it goes, whatever else the extract covers.
    `source_system` is that of its entries, also where it has none: a record comes in one form (R7.3).
    """

    person: Person
    sections: frozenset[str]
    entries: tuple[ExtractedEntry, ...]
    warnings: tuple[Warning, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    extracted_at: datetime | None = None
    still_named: frozenset[SourceKey] = frozenset()
    not_shown: dict[str, int] = {}
    identifiers: dict[str, str] = {}
    source_system: str = ""
    taken_back: dict[str, str] = {}

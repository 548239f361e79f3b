"""The whole document: an International Patient Summary of what a viewer may read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from nhsuk.wording import partial_date_words
from records.takeaway.ips.composing import About, Listed, composition
from records.takeaway.ips.entries import Entries
from records.takeaway.ips.naming import Names
from records.takeaway.ips.people import organisation, patient
from records.takeaway.ips.pieces import Json, instant
from records.takeaway.ips.terms import IPS, URI, Part
from records.takeaway.squeezing import Squeezed
from records.visibility import RecordAccess

ENCODER = msgspec.json.Encoder(decimal_format="number")
"""Writes a decimal with the digits that the laboratory wrote: 41.0 stays 41.0."""


def summary_of(access: RecordAccess, *, now: datetime) -> dict[str, Any]:
    """The document as one FHIR R4 Bundle; its measured numbers are Decimals, so that no digit is lost.

    Holds each entry that the viewer may read and has opened, once, and nothing else (R1.7, R2.3, R5.5).
    Must run inside the patient's rows. Raises msgspec.ValidationError where content cannot be read: a
    copy that lacks what it should hold is none.
    """
    made = _Document(access, now)
    resources = list(made.resources())
    return made.head() | {"entry": [_entry(each) for each in (*made.first(), *resources)]}


def summary_json(access: RecordAccess, *, now: datetime) -> Iterator[bytes]:
    """The same as JSON in pieces, to be written one after the other.

    Its first resource lists all the others, so that these have to wait: in memory, but squeezed.
    """
    made, waiting = _Document(access, now), Squeezed()
    for each in made.resources():
        waiting.add(b"," + ENCODER.encode(_entry(each)))
    head = ENCODER.encode(made.head())[:-1] + b',"entry":['
    yield head + b",".join(ENCODER.encode(_entry(each)) for each in made.first())
    yield from waiting.taken_out()
    yield b"]}"


def _entry(resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


class _Document:
    """One document in the making: what its first resource says is known when the others are written."""

    def __init__(self, access: RecordAccess, now: datetime) -> None:
        self.access, self.now, self.names = access, now, Names()
        self.identifier = {"system": URI, "value": self.names.new()}
        self.entries = Entries(access, self.names)
        self.listed: dict[Part, list[Listed]] = {}

    def resources(self) -> Iterator[Json]:
        """Those of the entries, in the order of the record."""
        for shown, written in self.entries:
            named = Listed(written.listed, shown.title, partial_date_words(shown.when))
            self.listed.setdefault(written.part, []).append(named)
            yield from written.resources

    def first(self) -> list[Json]:
        """The composition and whom it is about; only once all entries have been gone through."""
        about = About(self.access, self.names, self.identifier, self.entries.sealed, self.now)
        whose = self.access.patient
        return [
            composition(about, self.listed),
            patient(whose, self.names),
            organisation(whose.surgery, self.names),
        ]

    def head(self) -> Json:
        """The bundle without what is in it."""
        return {
            "resourceType": "Bundle",
            "meta": {"profile": [f"{IPS}/Bundle-uv-ips"]},
            "language": "en-GB",
            "identifier": self.identifier,
            "type": "document",
            "timestamp": instant(self.now),
        }

"""A record while it is written: resources, section lists, warnings, and what staff hide."""

import uuid
from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple, TypedDict

from portal.demo.fhir import GPC, IDENTIFIER, NOPAT, Fields, Ref, Resource, filled
from portal.demo.roles import Person
from portal.demo.when import Ago, stamp

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "sampleford.example.test")
UNRECORDED = date.min
"""In place of a recorded date: the source does not say when it was entered (R1.3)."""
NAMELESS = frozenset({"Binary", "List", "Medication", "Specimen"})
"""Kinds to which suppliers give no identifier besides the id."""
PROFILES = {"Condition": "ProblemHeader-Condition"}

When = date | str
"""A clinical date: a day, or as much as is known, such as 2009 or 2011-03."""


class Entered(TypedDict, total=False):
    """When something happened, when and by whom it was entered, and whether it is kept from the patient."""

    on: When
    recorded: date | None
    by: str
    encounter: str
    nopat: bool


class HiddenEntry(NamedTuple):
    """An entry that staff hide: by its source, from whom, and why (R2.1, R2.2)."""

    entry: Ref
    audience: str
    reason: str


class Chart:
    """The record of one person as it grows; `today` is the day on which it is read."""

    def __init__(self, person: Person, today: date) -> None:
        self.person = person
        self.today = today
        self.resources: list[Resource] = []
        self.sections: defaultdict[str, list[Ref]] = defaultdict(list)
        self.warnings: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self.ended_allergies: list[Resource] = []
        self.hidden: list[HiddenEntry] = []
        self.medications: dict[str, Ref] = {}
        self.counts: Counter[str] = Counter()
        self.patient = Ref(f"Patient/{self.new_id('Patient')}")
        self.surgery = Ref(f"Organization/{self.new_id('Organization')}")

    def ago(self, years: int = 0, months: int = 0, days: int = 0) -> date:
        """A day so long before today."""
        return Ago(years, months, days).before(self.today)

    def year(self, ago: int) -> str:
        """A year alone, so many before this one: a date that nobody knew better."""
        return str(self.today.year - ago)

    def month(self, ago: int, month: int) -> str:
        """A month of a year so many before this one."""
        return f"{self.today.year - ago}-{month:02}"

    def new_id(self, kind: str, salt: str = "") -> str:
        """The next id for a kind: the same for the same person and place, whatever the day."""
        self.counts[kind] += 1
        return str(
            uuid.uuid5(NAMESPACE, f"{self.person.nhs_number} {kind} {self.counts[kind]}{salt}")
        )

    def recorded(self, entered: Entered) -> str:
        """When something was entered: the day itself unless another is given."""
        day = entered.get("recorded") or entered.get("on", UNRECORDED)
        if not isinstance(day, date):
            raise ValueError(f"say when {day} was recorded: it is no full date")
        return (
            ""
            if day == UNRECORDED
            else stamp(day, (day.toordinal() * 37 + len(self.resources)) % 540)
        )

    def build(self, kind: str, fields: Fields, *, id: str = "", nopat: bool = False) -> Resource:
        """A resource with its id, profile, label and identifier, in the order suppliers write them."""
        id = id or self.new_id(kind)
        meta: Fields = {"profile": [f"{GPC}CareConnect-GPC-{PROFILES.get(kind, kind)}-1"]}
        if nopat:
            meta["security"] = [NOPAT]
        top = {
            "resourceType": kind,
            "id": id,
            "meta": meta,
            "extension": fields.pop("extension", []),
        }
        named = [] if kind in NAMELESS else [{"system": IDENTIFIER, "value": id.upper()}]
        return filled({**top, "identifier": fields.pop("identifier", named), **fields})

    def put(self, kind: str, fields: Fields, *, id: str = "", nopat: bool = False) -> Ref:
        """Add a resource to the record."""
        resource = self.build(kind, fields, id=id, nopat=nopat)
        self.resources.append(resource)
        return Ref(f"{kind}/{resource['id']}")

    def list_in(self, section: str, entry: Ref) -> Ref:
        """Name a resource in the list of a section."""
        self.sections[section].append(entry)
        return entry

    def warn(self, code: str, text: str, *sections: str) -> None:
        """Let the source warn about whole sections (R2.6)."""
        for section in sections:
            self.warnings[section].append((code, text))

    def hide(self, entry: Ref, reason: str, audience: str = "everyone") -> None:
        """Mark an entry for staff to hide once it is loaded; nothing of this is in the extract."""
        self.hidden.append(HiddenEntry(entry, audience, reason))

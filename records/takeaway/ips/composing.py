"""The composition: the first resource of the document, which says what is in it and what is not."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from nhsuk.wording import instant_words
from records.limits import tells_of_older_part
from records.notices import Facts, notices_of
from records.sections import State, facts_of, sections_with_entries, state_of
from records.takeaway.ips import narrative
from records.takeaway.ips.naming import Names
from records.takeaway.ips.pieces import Json, coded, instant
from records.takeaway.ips.terms import EMPTY_REASON, HEADINGS, IPS, LOINC, Part
from records.visibility import RecordAccess
from surgeries.terms import DATE_FREE_SECTIONS, Section

NOT_ALL = (
    "This is a copy of the part of a GP record that one person could read online on that day."
    " It may not be the whole record. What is not in it may still be true."
)
WHY_EMPTY = {
    State.NO_ACCESS: "This part of the record is not open online to the person who made this copy.",
    State.NOT_AVAILABLE: "There is no information about this part of the record.",
    State.NOTHING_RECORDED: "Nothing is recorded in what is open online of this part of the record."
    " This does not say that there is nothing.",
    State.ENTRIES: "What there is in this part of the record is under other headings of this copy,"
    " or has not been opened yet.",
}
OLDER = "Older entries may not be open online and so not in this copy."


class Listed(NamedTuple):
    """An entry in a section: the names of its resources, its title, and its date in words."""

    names: list[str]
    title: str
    when: str


class About(NamedTuple):
    """What the whole document says of itself."""

    access: RecordAccess
    names: Names
    identifier: Json
    sealed: int
    now: datetime


def composition(about: About, listed: Mapping[Part, list[Listed]]) -> Json:
    """The table of contents, with a narrative for whoever reads it as a text."""
    organisation = about.names.link_to("surgery")
    name = about.access.patient.full_name
    told = [f"Patient summary of {name}, made on {instant_words(about.now)}.", NOT_ALL]
    return {
        "resourceType": "Composition",
        "id": about.names.id_of("composition"),
        "meta": {"profile": [f"{IPS}/Composition-uv-ips"]},
        "language": "en-GB",
        "text": narrative.of_section([*told, *not_opened(about.sealed)]),
        "identifier": about.identifier,
        "status": "final",
        "type": coded(LOINC, "60591-5", "Patient summary Document"),
        "subject": about.names.link_to("patient"),
        "date": instant(about.now),
        "author": [organisation],
        "title": "International Patient Summary",
        "confidentiality": "N",
        "custodian": organisation,
        "section": _sections(about, listed),
    }


def _sections(about: About, listed: Mapping[Part, list[Listed]]) -> list[Json]:
    """The sections, each with how its part of the record stands (R2.6, R6.2)."""
    facts, present = facts_of(about.access.patient), sections_with_entries(about.access)
    states = {
        each: state_of(about.access, each, facts, has_entries=each in present) for each in Section
    }
    return [
        _section(about, facts, part, listed.get(part, []), WHY_EMPTY[states[heading.section]])
        for part, heading in HEADINGS.items()
        if heading.is_always_there or part in listed
    ]


def not_opened(count: int) -> list[str]:
    """That results are left out; nothing where there are none (R5.5)."""
    if count == 1:
        return ["1 result that you have not opened yet is not in this copy."]
    return [f"{count} results that you have not opened yet are not in this copy."] if count else []


def _section(about: About, facts: Facts, part: Part, entries: list[Listed], why_empty: str) -> Json:
    heading = HEADINGS[part]
    told = notices_of(heading.section, facts)
    if tells_of_older_part(about.access) and heading.section not in DATE_FREE_SECTIONS:
        told.append(OLDER)
    if part is Part.RESULTS:
        told += not_opened(about.sealed)
    head = {"title": heading.title, "code": coded(LOINC, heading.code, heading.display)}
    if not entries:
        told = [why_empty, *told]
        # never that there is nothing: an empty list proves no absence
        reason = coded(EMPTY_REASON, "unavailable", "Unavailable")
        return head | {"text": narrative.of_section(told), "emptyReason": reason}
    rows = [(each.title, each.when) for each in entries]
    links = [{"reference": f"urn:uuid:{name}"} for each in entries for name in each.names]
    return head | {"text": narrative.of_section(told, rows), "entry": links}

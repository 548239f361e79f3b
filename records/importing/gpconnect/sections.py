"""What an extract says about whole sections: its warnings, and what it covers (R2.6, R7.3)."""

from datetime import datetime

from records.importing.extract import ExtractedEntry, Warning
from records.importing.gpconnect.bundle import Bundle, Resource
from records.importing.gpconnect.codes import (
    LISTS_THAT_COVER,
    SECTION_OF_LIST,
)
from records.importing.gpconnect.dates import instant
from records.importing.gpconnect.fhir import Misshapen, child, extensions, notes, text
from records.importing.gpconnect.relations import list_code
from records.importing.gpconnect.wording import code_in
from surgeries.terms import Section

NOT_AVAILABLE = "not-available"
SHOWN_WARNINGS = frozenset({"confidential-items", "data-in-transit"})
NOTHING_RECORDED = "no-content-recorded"

_SECTION_OF_SECONDARY = {
    "consultations": Section.CONSULTATIONS,
    "problems": Section.HEALTH_CONDITIONS,
}
"""Secondary lists repeat what primary ones hold, so only their warnings count."""


def read_warnings(bundle: Bundle) -> tuple[Warning, ...]:
    """The warnings of each section, once each, with the words of every list that gives it."""
    words: dict[tuple[str, str], list[str]] = {}
    for each in bundle.of_type("List"):
        section = _section_of(each)
        if section:
            try:
                _note_warnings(each, section, words)
            except Misshapen as error:
                bundle.skip(each.key, str(error))
    return tuple(
        Warning(section, code, "\n".join(dict.fromkeys(told)))
        for (section, code), told in words.items()
    )


def extracted_at(bundle: Bundle) -> datetime | None:
    """When the source made the extract: the bundle's own time, else the latest of its section lists."""
    whole = instant(bundle.body, "meta.lastUpdated")
    lists = [each for each in bundle.of_type("List") if list_code(each) in SECTION_OF_LIST]
    dates = [made for each in lists if (made := instant(each.body, "date"))]
    return whole or max(dates, default=None)


def covered_sections(bundle: Bundle, entries: tuple[ExtractedEntry, ...]) -> frozenset[str]:
    """The sections of which this extract holds everything.

    A source that sends no section lists at all is taken to cover the sections it sends entries of.
    """
    present = {list_code(each) for each in bundle.of_type("List")} & SECTION_OF_LIST.keys()
    if not present:
        return frozenset(entry.section for entry in entries)
    return frozenset(
        str(section) for section, lists in LISTS_THAT_COVER.items() if lists <= present
    )


def _section_of(resource: Resource) -> str:
    code = list_code(resource)
    found = SECTION_OF_LIST.get(code) or _SECTION_OF_SECONDARY.get(code.split("-", 1)[0], "")
    return str(found)


def _note_warnings(
    resource: Resource, section: str, words: dict[tuple[str, str], list[str]]
) -> None:
    found = [text(each, "valueCode") for each in extensions(resource.body, "ListWarningCode")]
    codes = [code for code in found if code in SHOWN_WARNINGS]
    reason = code_in(child(resource.body, "emptyReason"))
    if (reason and reason != NOTHING_RECORDED) or set(found) - SHOWN_WARNINGS - {""}:
        codes.append(NOT_AVAILABLE)
    for code in codes:
        words.setdefault((section, code), []).extend(notes(resource.body))

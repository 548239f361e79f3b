"""What an extract says about whole sections: its warnings, and what it covers (R2.6, R7.3)."""

from datetime import datetime

from records.importing.extract import Warning
from records.importing.fhir.bundle import Bundle, Resource
from records.importing.fhir.dates import instant
from records.importing.fhir.fields import Misshapen, child, extensions, notes, text
from records.importing.fhir.wording import code_in
from records.importing.gpconnect.codes import LISTS_THAT_COVER, SECTION_OF_LIST
from records.importing.gpconnect.relations import list_code
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


def covered_sections(bundle: Bundle) -> frozenset[str]:
    """The sections of which this extract holds everything: only there is what is absent gone (R7.3).

    A source that sends no section list, or says that it could not fill one, covers nothing of it.
    """
    present = {list_code(each) for each in bundle.of_type("List") if _is_whole(each)}
    return frozenset(
        str(section) for section, lists in LISTS_THAT_COVER.items() if lists <= present
    )


def _is_whole(resource: Resource) -> bool:
    """Whether a list holds all there is: it does not when its source says that it is not available."""
    try:
        return code_in(child(resource.body, "emptyReason")) in {"", NOTHING_RECORDED}
    except Misshapen:
        return False


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

"""A document of R4: what its composition says of whole sections, and text where nothing is coded (R2.6, R7.3)."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from records.importing.extract import ExtractedEntry, Warning
from records.importing.fhir.bundle import Resource
from records.importing.fhir.fields import Json, Misshapen, child, children, text
from records.importing.fhir.labels import is_partly_labelled
from records.importing.fhir.narrative import CUT, narrative_of
from records.importing.fhir.wording import code_in, label
from records.importing.r4.absence import NOTHING_KNOWN, says_no_information
from records.importing.r4.labels import is_labelled_section
from records.importing.r4.sections import WHOLE_DOCUMENT, covered_by, section_of
from records.importing.r4.source import Source
from records.importing.r4.uncoded import statement, text_entry
from surgeries.terms import Section

CONFIDENTIAL, IN_TRANSIT, NOT_AVAILABLE = "confidential-items", "data-in-transit", "not-available"
MOST_SECTIONS, DEEPEST = 100, 5
MOST_TEXT = 2_000_000
"""Characters of markup of all sections together."""
TITLE = "Part of a summary"
_NOTHING = re.compile(r"no relevant information available|no information available", re.I)
_WITHHELD = re.compile(r"\bwithheld\b", re.I)
_NEW_HERE = re.compile(r"recently registered", re.I)


@dataclass
class Told:
    """What the sections of a document say beyond their coded entries."""

    entries: list[ExtractedEntry] = field(default_factory=list)
    warnings: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)
    uncovered: set[str] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    room: int = MOST_TEXT
    closed: str = ""

    def name(self, wanted: str) -> str:
        """A name that nothing else in the documents has: a second section of the same code gets a number."""
        self.names[wanted] += 1
        count = self.names[wanted]
        return wanted if count == 1 else f"{wanted}-{count}"

    def warn(self, section: str, code: str, words: list[str]) -> None:
        """Note a warning of a section, with the words of every place that gives it."""
        self.warnings.setdefault((str(section), code), []).extend([] if self.closed else words)

    @property
    def sections(self) -> frozenset[str]:
        """The parts of the record of which the document holds all that there is."""
        return frozenset(self.covered - self.uncovered)

    def as_warnings(self) -> tuple[Warning, ...]:
        """The warnings, each once."""
        return tuple(
            Warning(section, code, "\n".join(dict.fromkeys(words)))
            for (section, code), words in self.warnings.items()
        )


def read_documents(source: Source) -> Told:
    """What all compositions of a bundle say; nothing for one that has none."""
    told = Told(closed=_why_closed(source))
    for composition in source.bundle.of_type("Composition"):
        for position, (section, is_closed) in enumerate(_sections(source, composition)):
            if position >= MOST_SECTIONS:
                source.bundle.skip(composition.key, "it has more sections than can be read")
                break
            try:
                _read_section(source, told, composition, section, is_closed=is_closed)
            except Misshapen as error:
                source.bundle.skip(composition.key, str(error))
    _note_what_is_not_known(source, told)
    return told


def _why_closed(source: Source) -> str:
    """The warning that stands in place of any text, which may tell what is hidden; "" where nothing is (R2.4, R6.5)."""
    if (
        source.withheld
        or source.closed_sections
        or any(map(is_partly_labelled, source.bundle.resources))
    ):
        return CONFIDENTIAL
    return NOT_AVAILABLE if any(map(source.never_shown, source.bundle.resources)) else ""


def _sections(source: Source, composition: Resource) -> Iterator[tuple[Json, bool]]:
    """Each section with whether a label hides it, its own or that of one above it (R2.4)."""
    waiting = [(composition.body, 0, False)]
    while waiting:
        holder, depth, is_above = waiting.pop(0)
        try:
            inner = children(holder, "section")
        except Misshapen as error:
            source.bundle.skip(composition.key, str(error))
            continue
        found = [(each, is_above or is_labelled_section(each)) for each in inner]
        yield from found
        if depth < DEEPEST:
            waiting += [(each, depth + 1, is_closed) for each, is_closed in found]


def _read_section(
    source: Source, told: Told, composition: Resource, section: Json, *, is_closed: bool
) -> None:
    code, title = code_in(child(section, "code")), _title(section)
    about = section_of(code, title)
    if is_closed:
        told.uncovered.add(str(about))
        told.warn(about, CONFIDENTIAL, [])
        return
    lines = _lines(told, section)
    if code == WHOLE_DOCUMENT:
        _warn_of_all(told, lines)
        return
    if any(map(_WITHHELD.search, lines)):
        told.warn(about, CONFIDENTIAL, lines)
    found = [source.bundle.find(each) for each in children(section, "entry")]
    if any(found):
        _note_coverage(told, code, all(found))
        return
    if found:  # everything that it names is missing
        told.uncovered.add(str(about))
    _read_uncoded(source, told, composition, section, about, lines)


def _lines(told: Told, section: Json) -> list[str]:
    """The text of a section, as far as there is room for it."""
    told.room -= len(text(child(section, "text"), "div"))
    return narrative_of(section) if told.room >= 0 else [CUT]


def _note_coverage(told: Told, code: str, is_whole: bool) -> None:
    covered = covered_by(code)
    if covered:
        (told.covered if is_whole else told.uncovered).add(str(covered))


def _read_uncoded(
    source: Source,
    told: Told,
    composition: Resource,
    section: Json,
    about: Section,
    lines: list[str],
) -> None:
    """A section without entries: known to be empty, not available, or told as text only."""
    reason, code = code_in(child(section, "emptyReason")), code_in(child(section, "code"))
    if reason == "nilknown":
        _note_coverage(told, code, is_whole=True)
        _state_nothing_known(source, told, composition, code, about)
    elif reason or _is_nothing(lines):
        told.uncovered.add(str(about))
        told.warn(about, CONFIDENTIAL if reason == "withheld" else NOT_AVAILABLE, lines)
    elif lines:
        told.uncovered.add(str(about))
        if told.closed and not source.is_withheld(composition):
            told.warn(about, told.closed, [])
        elif not _is_above_entries(section):
            title = _title(section) or TITLE
            name = told.name(f"section-{code or sha256(title.encode()).hexdigest()[:20]}")
            told.entries.append(text_entry(source, composition, about, title, name, lines))


def _state_nothing_known(
    source: Source, told: Told, composition: Resource, code: str, about: Section
) -> None:
    if about in NOTHING_KNOWN and covered_by(code) is about:
        name = told.name(f"nothing-known-{about}")
        told.entries.append(statement(source, composition, about, name))


def _is_above_entries(section: Json, depth: int = 0) -> bool:
    """Whether a section below this one names entries: the text above tells of them too, also of those not shown."""
    return any(
        depth >= DEEPEST or children(each, "entry") or _is_above_entries(each, depth + 1)
        for each in children(section, "section")
    )


def _is_nothing(lines: list[str]) -> bool:
    return any(map(_NOTHING.search, lines)) and len(lines) <= 2  # the heads of a table, and this


def _warn_of_all(told: Told, lines: list[str]) -> None:
    withheld = [each for each in lines if _WITHHELD.search(each)]
    is_new = [each for each in lines if _NEW_HERE.search(each)]
    for section in Section:
        if withheld:
            told.warn(section, CONFIDENTIAL, withheld)
        if is_new:
            told.warn(section, IN_TRANSIT, is_new)


def _note_what_is_not_known(source: Source, told: Told) -> None:
    for resource in source.bundle.resources:
        section = _SECTION_OF_KIND.get(resource.kind)
        if section and says_no_information(resource):
            told.uncovered.add(str(section))
            told.warn(section, NOT_AVAILABLE, [])


def _title(section: Json) -> str:
    return text(section, "title") or label(child(section, "code"))


_SECTION_OF_KIND: dict[str, Section] = {
    "AllergyIntolerance": Section.ALLERGIES,
    "MedicationStatement": Section.MEDICINES,
    "MedicationRequest": Section.MEDICINES,
    "Immunization": Section.IMMUNISATIONS,
    "Condition": Section.HEALTH_CONDITIONS,
}

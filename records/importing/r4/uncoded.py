"""What a section of a document says without a coded entry: that nothing is known, or a text (R1.7, R2.6)."""

import msgspec

from records.content import (
    Allergy,
    AllergyText,
    Code,
    Comment,
    CommentText,
    Condition,
    Content,
    Document,
    DocumentText,
    Immunisation,
    Medicine,
    Notes,
    Report,
    ReportText,
)
from records.importing.extract import ExtractedEntry, SourceKey
from records.importing.fhir.bundle import Resource
from records.importing.fhir.reading import Reading
from records.importing.r4.absence import NOTHING_KNOWN
from records.importing.r4.source import Source
from surgeries.terms import Level, Section


def statement(source: Source, composition: Resource, about: Section, name: str) -> ExtractedEntry:
    """That nothing is known, which somebody stated: an entry, not an empty section (R2.6)."""
    is_summary = about in (Section.ALLERGIES, Section.MEDICINES)
    codes = [Code("http://terminology.hl7.org/CodeSystem/list-empty-reason", "nilknown")]
    content, _ = _said(about, [])
    reading = Reading(
        kind=_KINDS[about],
        title=NOTHING_KNOWN[about],
        level=Level.SUMMARY if is_summary else Level.DETAILED,
        details=msgspec.structs.replace(content, codes=codes),
    )
    return source.entry(about, reading, _named(composition, name), composition)


def text_entry(
    source: Source, composition: Resource, about: Section, title: str, name: str, lines: list[str]
) -> ExtractedEntry:
    """A section that is only text: free text, so only at the full level (R1.7)."""
    details, words = _said(about, lines)
    reading = Reading(
        kind=_KINDS[about], title=title, level=Level.FULL, details=details, text=words
    )
    return source.entry(about, reading, _named(composition, name), composition)


def _said(about: Section, lines: list[str]) -> tuple[Content, Content | None]:
    """The content of a text in a section: in the field that the pages of its kind show in full."""
    whole = "\n".join(lines)
    match about:
        case Section.ALLERGIES:
            return Allergy(), AllergyText(notes=lines)
        case Section.MEDICINES:  # has no free text of its own; the level of the entry closes it
            return Medicine(patient_instruction=whole), None
        case Section.IMMUNISATIONS:
            return Immunisation(), Notes(lines)
        case Section.HEALTH_CONDITIONS:
            return Condition(), Notes(lines)
        case Section.TEST_RESULTS:
            return Report(), ReportText(conclusion=whole)
        case Section.DOCUMENTS:
            return Document(), DocumentText(description=whole)
        case _:
            return Comment(), CommentText(whole)


def _named(composition: Resource, name: str) -> Resource:
    """A place in the document that has no resource of its own; it keeps its name from one extract to the next."""
    return Resource(SourceKey("Composition", name), {}, composition.position)


_KINDS: dict[Section, str] = {
    Section.ALLERGIES: "allergy",
    Section.MEDICINES: "medicine",
    Section.IMMUNISATIONS: "immunisation",
    Section.HEALTH_CONDITIONS: "condition",
    Section.TEST_RESULTS: "report",
    Section.CONSULTATIONS: "comment",
    Section.DOCUMENTS: "document",
}

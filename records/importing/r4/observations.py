"""Observations of R4, wherever they stand: results, findings, comments, the codes that steer access."""

from records.content import (
    AccessCode,
    Comment,
    CommentText,
    Observation,
    ObservationText,
    PartialDate,
    ResultGroup,
    Specimen,
)
from records.importing.extract import ExtractedEntry
from records.importing.fhir.access_codes import access_code
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import UNKNOWN, given_date, instant, partial_date
from records.importing.fhir.fields import Json, child, children, joined, notes, text
from records.importing.fhir.measurements import components, flags, measured
from records.importing.fhir.narrative import narrative_of
from records.importing.fhir.reading import Reading, level_of
from records.importing.fhir.terms import COMMENT_NOTE
from records.importing.fhir.wording import Words, has_code, label, words_of
from records.importing.r4.absence import why_absent
from records.importing.r4.ranges import coded_components, ranges
from records.importing.r4.source import Source
from records.importing.r4.statuses import status_of
from surgeries.terms import Level, Section

NO_NAME = "Entry with no name in the record"
NO_RESULT_NAME = "Result with no name in the record"
COMMENT_TITLE = "Comment"
_OF_THE_VALUE = ("component", "interpretation", "referenceRange", "text")
CLINICAL_DATES = ("effectiveDateTime", "effectivePeriod.start", "effectiveInstant")


def read_observation(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """An observation that belongs to no visit and no report: an entry itself."""
    return [source.entry(Section.CONSULTATIONS, observation(source, resource), resource)]


def observation(source: Source, resource: Resource) -> Reading:
    """An observation in a visit or on its own."""
    body = _valid(resource.body)
    if access_code(resource):
        return _access_code(resource)
    if has_code(child(body, "code"), COMMENT_NOTE):
        return comment(source, resource)
    words = words_of(child(body, "code"))
    is_laboratory = any(has_code(each, "laboratory") for each in children(body, "category"))
    return Reading(
        kind="observation",
        title=words.title or NO_NAME,
        level=level_of(words),
        details=_details(source, body, words, is_laboratory=is_laboratory),
        text=_typed(source, body, words, is_laboratory=is_laboratory),
        effective=partial_date(body, *CLINICAL_DATES),
        recorded_at=instant(body, "issued"),
    )


def result(source: Source, resource: Resource, *, is_group: bool) -> Reading:
    """An observation in a report: a result, or the name of a group of results."""
    body = _valid(resource.body)
    if has_code(child(body, "code"), COMMENT_NOTE):
        return comment(source, resource)
    words = words_of(child(body, "code"))
    make = _group if is_group else _result
    return Reading(
        kind="result-group" if is_group else "result",
        title=words.title or NO_RESULT_NAME,
        level=level_of(words),
        details=make(source, body, words),
        text=_typed(source, body, words, is_laboratory=True),
        effective=_result_date(source, body),
    )


def comment(source: Source, resource: Resource) -> Reading:
    """A comment note: nothing but free text, so only at the full level (R1.7)."""
    body = _valid(resource.body)
    typed = [text(body, "valueString"), *notes(body)]
    typed = list(filter(None, typed)) or [text(child(body, "code"), "text")]
    return Reading(
        kind="comment",
        title=COMMENT_TITLE,
        level=Level.FULL,
        details=Comment(source.people.authors(children(body, "performer"))),
        text=CommentText("\n".join(typed)),
        effective=partial_date(body, *CLINICAL_DATES),
        recorded_at=instant(body, "issued"),
    )


def specimens_of(source: Source, references: list[Json]) -> list[Specimen]:
    """What was tested; a specimen that is withheld is left out, one that is only named keeps its name."""
    return [found for each in references if (found := _specimen(source, each))]


def specimen_notes(source: Source, references: list[Json]) -> list[str]:
    """What was typed about the specimens."""
    found = (source.bundle.find(each, "Specimen") for each in references)
    shown = [each for each in found if each and not source.is_withheld(each)]
    return [note for each in shown for note in notes(each.body)]


def _specimen(source: Source, reference: Json) -> Specimen | None:
    resource = source.bundle.find(reference, "Specimen")
    if resource is None:
        named = text(reference, "display")
        return Specimen(kind=named) if named else None
    if source.is_withheld(resource):
        return None
    taken = child(resource.body, "collection")
    amount = child(taken, "quantity")
    return Specimen(
        kind=label(child(resource.body, "type")),
        amount=joined(text(amount, "value"), text(amount, "unit")),
        collected=given_date(taken, "collectedDateTime", "collectedPeriod.start"),
        received=given_date(resource.body, "receivedTime"),
    )


def _valid(body: Json) -> Json:
    """An observation as it may be shown: what is left of a cancelled one is that it was cancelled (R6.6)."""
    if status_of(body, "status") != "cancelled":
        return body
    return {
        name: found
        for name, found in body.items()
        if not name.startswith("value") and name not in _OF_THE_VALUE
    }


def _access_code(resource: Resource) -> Reading:
    return Reading(
        kind="access-code",
        title=words_of(child(resource.body, "code")).title or NO_NAME,
        level=Level.FULL,
        details=AccessCode(access_code(resource)),
        effective=partial_date(resource.body, *CLINICAL_DATES),
        recorded_at=instant(resource.body, "issued"),
    )


def _result(source: Source, body: Json, words: Words) -> Observation:
    return _details(source, body, words, is_laboratory=True)


def _details(source: Source, body: Json, words: Words, *, is_laboratory: bool) -> Observation:
    value = measured(body, is_laboratory)
    return Observation(
        codes=words.codes,
        value=value.value,
        words=value.words,
        absent_because=why_absent(body),
        ranges=ranges(body),
        flags=flags(body),
        components=coded_components(body, is_laboratory),
        status=text(body, "status"),
        body_site=label(child(body, "bodySite")),
        method=label(child(body, "method")),
        specimens=specimens_of(source, _specimens(body)),
        performers=source.people.authors(children(body, "performer")),
    )


def _group(source: Source, body: Json, words: Words) -> ResultGroup:
    return ResultGroup(
        codes=words.codes,
        absent_because=why_absent(body),
        ranges=ranges(body),
        flags=flags(body),
        status=text(body, "status"),
        specimens=specimens_of(source, _specimens(body)),
        performers=source.people.authors(children(body, "performer")),
    )


def _typed(source: Source, body: Json, words: Words, *, is_laboratory: bool) -> ObservationText:
    value = measured(body, is_laboratory)
    told = notes(body) + ([] if words.title else narrative_of(body))
    return ObservationText(
        comment="\n".join(told),
        specimen_notes=specimen_notes(source, _specimens(body)),
        values=([value.typed] if value.typed else []) + components(body, is_laboratory)[1],
    )


def _specimens(body: Json) -> list[Json]:
    named = child(body, "specimen")
    return [named] if named else []


def _result_date(source: Source, body: Json) -> PartialDate:
    """When the specimen was taken, else when it was tested, else issued (R6.6)."""
    taken = (each.collected for each in specimens_of(source, _specimens(body)))
    known = next(filter(None, taken), None) or partial_date(body, *CLINICAL_DATES, "issued")
    return known or UNKNOWN

"""Observations, wherever they stand: results, findings, comments, the codes that steer access."""

from records.content import (
    AccessCode,
    Code,
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
from records.importing.fhir.measurements import (
    components,
    flags,
    measured,
    reference_ranges,
)
from records.importing.fhir.reading import Reading, level_of
from records.importing.fhir.wording import Words, has_code, label, words_of
from records.importing.gpconnect.parties import parties
from records.importing.gpconnect.relations import is_comment
from records.importing.gpconnect.source import Source
from surgeries.terms import Level, Section

NO_NAME = "Entry with no name in the record"
NO_RESULT_NAME = "Result with no name in the record"
COMMENT_TITLE = "Comment"
CLINICAL_DATES = ("effectiveDateTime", "effectivePeriod.start")


def read_observation(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """An observation that belongs to no consultation and no report: an entry itself."""
    return [source.entry(Section.CONSULTATIONS, observation(source, resource), resource)]


def observation(source: Source, resource: Resource) -> Reading:
    """An observation in a consultation or on its own."""
    if access_code(resource):
        return _access_code(resource)
    if is_comment(resource):
        return comment(source, resource)
    words = words_of(child(resource.body, "code"))
    is_laboratory = _is_laboratory(resource.body)
    return Reading(
        kind="observation",
        title=words.title or NO_NAME,
        level=level_of(words),
        details=_details(source, resource.body, words.codes, is_laboratory),
        text=_typed(source, resource.body, is_laboratory),
        effective=partial_date(resource.body, *CLINICAL_DATES),
        recorded_at=instant(resource.body, "issued"),
    )


def result(source: Source, resource: Resource, is_group: bool) -> Reading:
    """An observation in a report: a result, or the name of a group of results."""
    body = resource.body
    if is_comment(resource):
        return comment(source, resource)
    words = words_of(child(body, "code"))
    return Reading(
        kind="result-group" if is_group else "result",
        title=words.title or NO_RESULT_NAME,
        level=level_of(words),
        details=_group(source, body, words)
        if is_group
        else _details(source, body, words.codes, True),
        text=_typed(source, body, is_laboratory=True),
        effective=_result_date(source, body),
    )


def comment(source: Source, resource: Resource) -> Reading:
    """A comment note: nothing but free text, so only at the full level (R1.7)."""
    body = resource.body
    typed = "\n".join(filter(None, (text(child(body, "code"), "text"), text(body, "comment"))))
    typed = "\n".join(filter(None, (typed, text(body, "valueString"))))
    return Reading(
        kind="comment",
        title=COMMENT_TITLE,
        level=Level.FULL,
        details=Comment(parties(source.people, children(body, "performer")).makers),
        text=CommentText(typed),
        effective=partial_date(body, *CLINICAL_DATES),
        recorded_at=instant(body, "issued"),
    )


def specimens_of(source: Source, references: list[Json]) -> list[Resource]:
    """The specimens that are in the bundle and not withheld."""
    found = [source.bundle.find(each, "Specimen") for each in references]
    return [each for each in found if each and not source.is_withheld(each)]


def specimen(resource: Resource) -> Specimen:
    """What was tested and when it was taken."""
    body = resource.body
    amount = child(child(body, "collection"), "quantity")
    return Specimen(
        kind=label(child(body, "type")),
        amount=joined(text(amount, "value"), text(amount, "unit")),
        collected=collected(resource),
        received=given_date(body, "receivedTime"),
    )


def collected(resource: Resource) -> PartialDate | None:
    """When a specimen was taken."""
    taken = child(resource.body, "collection")
    return given_date(taken, "collectedDateTime", "collectedPeriod.start")


def _access_code(resource: Resource) -> Reading:
    code = access_code(resource)
    return Reading(
        kind="access-code",
        title=words_of(child(resource.body, "code")).title or NO_NAME,
        level=Level.FULL,
        details=AccessCode(code),
        effective=partial_date(resource.body, *CLINICAL_DATES),
        recorded_at=instant(resource.body, "issued"),
    )


def _details(source: Source, body: Json, codes: list[Code], is_laboratory: bool) -> Observation:
    value = measured(body, is_laboratory)
    makers, asked_by = parties(source.people, children(body, "performer"))
    return Observation(
        codes=codes,
        value=value.value,
        words=value.words,
        absent_because=label(child(body, "dataAbsentReason")),
        ranges=reference_ranges(body),
        flags=flags(body),
        components=components(body, is_laboratory)[0],
        status=text(body, "status"),
        body_site=label(child(body, "bodySite")),
        method=label(child(body, "method")),
        specimens=[specimen(each) for each in _specimens(source, body)],
        performers=makers,
        asked_by=asked_by,
    )


def _group(source: Source, body: Json, words: Words) -> ResultGroup:
    makers, asked_by = parties(source.people, children(body, "performer"))
    return ResultGroup(
        codes=words.codes,
        absent_because=label(child(body, "dataAbsentReason")),
        ranges=reference_ranges(body),
        flags=flags(body),
        status=text(body, "status"),
        specimens=[specimen(each) for each in _specimens(source, body)],
        performers=makers,
        asked_by=asked_by,
    )


def _typed(source: Source, body: Json, is_laboratory: bool) -> ObservationText:
    value = measured(body, is_laboratory)
    values = [value.typed] if value.typed else []
    return ObservationText(
        comment=text(body, "comment"),
        specimen_notes=[note for each in _specimens(source, body) for note in notes(each.body)],
        values=values + components(body, is_laboratory)[1],
    )


def _specimens(source: Source, body: Json) -> list[Resource]:
    named = child(body, "specimen")
    return specimens_of(source, [named] if named else [])


def _result_date(source: Source, body: Json) -> PartialDate:
    """When the specimen was taken, else when it was tested, else issued (R6.6)."""
    taken = next(filter(None, (collected(each) for each in _specimens(source, body))), None)
    known = taken or partial_date(body, *CLINICAL_DATES, "issued")
    return known or UNKNOWN


def _is_laboratory(body: Json) -> bool:
    return any(has_code(each, "laboratory") for each in children(body, "category"))

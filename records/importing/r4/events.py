"""Procedures, requests and documents of R4."""

from records.content import (
    Diary,
    Document,
    DocumentText,
    Notes,
    PartialDate,
    Procedure,
    Referral,
    ReferralText,
)
from records.importing.extract import ExtractedEntry
from records.importing.fhir.attachments import attachments_of
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import given_date, instant, partial_date
from records.importing.fhir.fields import Json, child, children, notes, text
from records.importing.fhir.narrative import narrative_of
from records.importing.fhir.reading import Reading, level_of
from records.importing.fhir.wording import Words, has_code, label, labels, words_of
from records.importing.r4.absence import named
from records.importing.r4.source import Source
from records.importing.r4.statuses import never_shown
from surgeries.terms import Level, Section

NO_PROCEDURE_NAME = "Procedure with no name in the record"
NO_REFERRAL_NAME = "Referral with no reason in the record"
NO_DOCUMENT_NAME = "Document with no name in the record"
_DONE = (
    "performedDateTime",
    "performedPeriod.start",
    "occurrenceDateTime",
    "occurrencePeriod.start",
)
_TESTS_ASKED_FOR = ("108252007", "363679005", "laboratory", "imaging")


def read_event(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """A procedure or request that belongs to no visit."""
    return [source.entry(Section.CONSULTATIONS, event(source, resource), resource)]


def event(source: Source, resource: Resource) -> Reading:
    """A procedure, a referral, or what somebody else was asked to do."""
    if resource.kind == "Procedure" or never_shown(resource) == "diary":
        return procedure(source, resource)
    categories = children(resource.body, "category")
    is_test = any(has_code(each, *_TESTS_ASKED_FOR) for each in categories)
    return (procedure if is_test else referral)(source, resource)


def procedure(source: Source, resource: Resource) -> Reading:
    """A procedure, or a request for one; a plan is a diary entry, which nobody online sees (R1.10)."""
    body = resource.body
    words = named(child(body, "code"))
    is_diary = never_shown(resource) == "diary"
    dates = _DONE if is_diary else (*_DONE, "authoredOn")
    return Reading(
        kind="diary" if is_diary else "procedure",
        title=words.title or NO_PROCEDURE_NAME,
        level=level_of(words),
        details=Diary(words.codes, text(body, "status"))
        if is_diary
        else _procedure(source, body, words),
        text=Notes(_told(body, words)),
        effective=partial_date(body, *dates),
        recorded_at=instant(body, "authoredOn"),
    )


def referral(source: Source, resource: Resource) -> Reading:
    """A referral: what for is its name."""
    body = resource.body
    words = named(child(body, "code"))
    reasons = [words_of(each) for each in children(body, "reasonCode")]
    typed = [each.title for each in reasons if each.title and not each.coded]
    name = next((each for each in (words, *reasons) if each.title), words)
    return Reading(
        kind="referral",
        title=name.title or NO_REFERRAL_NAME,
        level=level_of(name),
        details=_referral(source, body, words, [each for each in reasons if each.coded]),
        text=ReferralText("", _told(body, words) + typed),
        effective=partial_date(body, "authoredOn", "occurrenceDateTime"),
        recorded_at=instant(body, "authoredOn"),
    )


def _told(body: Json, words: Words) -> list[str]:
    return notes(body) + ([] if words.title else narrative_of(body))


def _procedure(source: Source, body: Json, words: Words) -> Procedure:
    performers = children(body, "performer")
    actors = [child(each, "actor") or each for each in performers]
    return Procedure(words.codes, text(body, "status"), source.people.authors(actors))


def _referral(source: Source, body: Json, words: Words, reasons: list[Words]) -> Referral:
    return Referral(
        codes=[*words.codes, *(code for each in reasons for code in each.codes)],
        priority=text(body, "priority"),
        recipients=source.people.authors(children(body, "performer")),
        specialties=[found for found in [label(child(body, "performerType"))] if found],
        reasons=[each.title for each in reasons],
        requester=source.people.author(child(body, "requester")),
        documents=source.links(children(body, "supportingInfo")),
    )


def read_document(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """One document; a label on its content withholds the attachments only (R2.4)."""
    body = resource.body
    words = words_of(child(body, "type"))
    reading = Reading(
        kind="document",
        title=words.title or next(iter(labels(body, "category")), NO_DOCUMENT_NAME),
        level=Level.DOCUMENTS,
        details=_document(source, body, words),
        text=DocumentText(text(body, "description")),
        effective=_created(body),
        recorded_at=instant(body, "date"),
    )
    documents = attachments_of(source, resource)
    return [source.entry(Section.DOCUMENTS, reading, resource, documents=documents)]


def _document(source: Source, body: Json, words: Words) -> Document:
    created = _created(body)
    return Document(
        codes=words.codes,
        created=created if created.on else None,
        authors=source.people.authors(children(body, "author")),
        custodian=source.people.name(child(body, "custodian")),
        setting=label(child(child(body, "context"), "practiceSetting")),
    )


def _created(body: Json) -> PartialDate:
    """When what is attached was written, else when what it is about happened; never when it was filed."""
    written = (
        given_date(child(each, "attachment"), "creation") for each in children(body, "content")
    )
    return next(filter(None, written), None) or partial_date(body, "context.period.start")

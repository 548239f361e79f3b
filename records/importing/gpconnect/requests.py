"""Referrals, procedures and the surgery's own plans (which nobody online sees, R1.10)."""

from records.content import Author, Code, Diary, Notes, Procedure, Referral, ReferralText
from records.importing.extract import ExtractedEntry
from records.importing.fhir.bundle import Resource
from records.importing.fhir.dates import instant, partial_date
from records.importing.fhir.fields import Json, child, children, notes, text
from records.importing.fhir.reading import Reading, level_of
from records.importing.fhir.wording import Words, label, words_of
from records.importing.gpconnect.release import is_plan_of_surgery
from records.importing.gpconnect.source import Source
from surgeries.terms import Section

NO_REFERRAL_NAME = "Referral with no reason in the record"
NO_PROCEDURE_NAME = "Procedure with no name in the record"
NO_DIARY_NAME = "Diary entry with no name in the record"


def read_request(source: Source, resource: Resource) -> list[ExtractedEntry]:
    """A referral, procedure or diary entry that belongs to no consultation."""
    reading = referral if resource.kind == "ReferralRequest" else procedure
    return [source.entry(Section.CONSULTATIONS, reading(source, resource), resource)]


def referral(source: Source, resource: Resource) -> Reading:
    """A referral: its reason is its name."""
    body = resource.body
    reasons = [words_of(each) for each in children(body, "reasonCode")]
    main = next((each for each in reasons if each.title), Words())
    return Reading(
        kind="referral",
        title=main.title or NO_REFERRAL_NAME,
        level=level_of(main),
        details=_referral(source, body, [each for each in reasons if each.coded]),
        text=ReferralText(
            text(body, "description"),
            notes(body) + [each.title for each in reasons if each.title and not each.coded],
        ),
        effective=partial_date(body, "authoredOn", "occurrenceDateTime"),
        recorded_at=instant(body, "authoredOn"),
    )


def procedure(source: Source, resource: Resource) -> Reading:
    """A procedure, or a request for one; a plan of the surgery is a diary entry."""
    body = resource.body
    words = words_of(child(body, "code"))
    is_diary = is_plan_of_surgery(resource)
    return Reading(
        kind="diary" if is_diary else "procedure",
        title=words.title or (NO_DIARY_NAME if is_diary else NO_PROCEDURE_NAME),
        level=level_of(words),
        details=_diary(body, words.codes) if is_diary else _procedure(source, body, words.codes),
        text=Notes(notes(body)),
        effective=partial_date(
            body,
            "performedDateTime",
            "performedPeriod.start",
            "occurrenceDateTime",
            "occurrencePeriod.start",
            *([] if is_diary else ["authoredOn"]),
        ),
        recorded_at=instant(body, "authoredOn"),
    )


def _referral(source: Source, body: Json, reasons: list[Words]) -> Referral:
    recipients = source.people.authors(children(body, "recipient"))
    documents = children(body, "supportingInfo")
    return Referral(
        codes=[code for each in reasons for code in each.codes],
        priority=text(body, "priority"),
        recipients=recipients,
        specialties=_specialties(source, body),
        reasons=[each.title for each in reasons],
        requester=_requester(source, body),
        documents=source.links(documents),
    )


def _specialties(source: Source, body: Json) -> list[str]:
    """The specialty as coded; some sources name it only through the service referred to."""
    named = [label(child(body, "specialty"))]
    for each in children(body, "recipient"):
        service = source.bundle.find(each)
        if service and service.kind == "HealthcareService":
            named += [label(found) for found in children(service.body, "specialty")]
    return list(dict.fromkeys(words for words in named if words))


def _requester(source: Source, body: Json) -> Author | None:
    return source.people.author(child(child(body, "requester"), "agent"))


def _diary(body: Json, codes: list[Code]) -> Diary:
    return Diary(codes, text(body, "status"))


def _procedure(source: Source, body: Json, codes: list[Code]) -> Procedure:
    named = body.get("performer")
    performers = named if isinstance(named, list) else [child(body, "performer")]
    actors = [child(each, "actor") or each for each in performers if isinstance(each, dict)]
    return Procedure(codes, text(body, "status"), source.people.authors(actors))

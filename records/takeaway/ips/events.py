"""Consultations with what stands in them, referrals, documents, and findings on their own."""

from collections.abc import Iterator
from typing import Any

from nhsuk.wording import partial_date_words
from records.content import Consultation, Document, Referral
from records.entry_pages import ShownTopic, outline
from records.models import Document as Attachment
from records.showing import Shown
from records.takeaway.ips.clinical import procedure, typed_notes
from records.takeaway.ips.measuring import comment, measured_how, observation, reading_words
from records.takeaway.ips.pieces import (
    Json,
    concept,
    date_of,
    labelled,
    named,
    notes,
    only_words,
    people,
    period,
    person,
    plain,
    without_nothing,
)
from records.takeaway.ips.terms import NULL_FLAVOUR, VITAL_SIGNS, Part
from records.takeaway.ips.written import Around, Written, called, only, patient, resource

UNKNOWN_CLASS: Json = {"system": NULL_FLAVOUR, "code": "UNK", "display": "unknown"}
CLASS: Json = {"class": UNKNOWN_CLASS}
PRIORITIES = frozenset({"routine", "urgent", "asap", "stat"})
NOT_HERE = "The document itself is not in this copy"


def write_consultation(around: Around, shown: Shown) -> Written:
    """One consultation: its headings and order are in the narrative, its coded parts stand beside it (R6.3)."""
    content: Consultation = shown.content
    parts = [part for part in shown.parts if not part.is_sealed]
    kinds = [content.encounter_type] if content.encounter_type != shown.title else []
    topics = outline(content, around.linked, parts)
    made = resource(
        around, shown, "Encounter", [*_said(content, shown), *_in_order(topics, shown)],
        status="unknown", type=[called(shown), *only_words(kinds)], subject=patient(around),
        participant=[{"individual": each} for each in people(content.authors)],
        location=[{"location": {"display": place}}] if (place := plain(content.place)) else [],
        period=period(shown.when, content.ended),
        serviceProvider=without_nothing({"display": plain(content.organisation)}),
        **CLASS,
    )  # fmt: skip
    encounter = around.names.link_to(shown.id)
    below = [_part(around, part, encounter) for part in parts]
    resources = [made, *below]
    return Written(Part.ENCOUNTERS, resources, [each["id"] for each in resources])


def _said(content: Consultation, shown: Shown) -> list[str]:
    ended = labelled("Ended", partial_date_words(content.ended)) if content.ended else ""
    return [ended, *(named(each) for each in content.authors), *typed_notes(shown)]


def _in_order(topics: list[ShownTopic], whole: Shown) -> Iterator[str]:
    """Topics, headings and items line by line; what has not been opened is not even named (R5.5)."""
    for topic in topics:
        yield topic.title
        for heading in topic.headings:
            yield heading.title
            for item in heading.items:
                if not item.is_sealed:
                    yield _item(item, whole)


def _item(item: Shown, whole: Shown) -> str:
    if item.page_id != whole.id:
        cancelled = " (cancelled)" if getattr(item.content, "cancelled", False) else ""
        return f"{item.title}, {partial_date_words(item.when)}{cancelled}"
    when = partial_date_words(item.when) if item.dated_beside(whole) else ""
    if item.kind == "comment":
        return "\n".join(filter(None, (when and f"Note of {when}", item.comment)))
    readings = [reading_words(each) for each in item.readings]
    how = measured_how(item.content) if item.kind == "observation" else []
    if item.kind == "referral":
        how = referred_how(item.content)
    typed = [item.comment, *typed_notes(item), getattr(item.words, "description", "")]
    return "\n".join(filter(None, (item.title, when, *readings, *how, *item.typed, *typed)))


def _part(around: Around, part: Shown, encounter: Json) -> Json:
    """What stands in a consultation, by its kind."""
    if part.kind == "referral":
        return referral(around, part, encounter=encounter)
    if part.kind == "procedure":
        return procedure(around, part, encounter=encounter)
    if part.kind == "comment":
        return comment(around, part, encounter=encounter)
    return observation(around, part, encounter=encounter)


def write_referral(around: Around, shown: Shown) -> Written:
    """One referral."""
    return only(Part.ENCOUNTERS, referral(around, shown))


def referral(around: Around, shown: Shown, **fields: Any) -> Json:
    """A referral on its own or in a consultation; whether it still stands is not held."""
    content: Referral = shown.content
    told = [getattr(shown.words, "description", ""), *typed_notes(shown)]
    lines = [*referred_how(content), *told]
    return resource(
        around, shown, "ServiceRequest", lines, status="unknown", intent="order",
        priority=content.priority if content.priority in PRIORITIES else "",
        code=called(shown, content.codes), subject=patient(around),
        authoredOn=date_of(shown.when), requester=person(content.requester),
        performer=people(content.recipients),
        performerType=concept("; ".join(content.specialties)),
        reasonCode=only_words(each for each in content.reasons if each != shown.title),
        note=notes(*told), **fields,
    )  # fmt: skip


def referred_how(content: Referral) -> list[str]:
    """How soon somebody was referred, to whom, and by whom."""
    to = [labelled("To", named(each)) for each in content.recipients]
    to += [labelled("Specialty", each) for each in content.specialties]
    by = labelled("Referred by", named(content.requester))
    return [labelled("Priority", content.priority), *to, by]


def write_document(around: Around, shown: Shown) -> Written:
    """That there is a document; its content stays where it is."""
    content: Document = shown.content
    description = plain(getattr(shown.words, "description", ""))
    lines = [*(named(each) for each in content.authors), content.setting, description, NOT_HERE]
    made = resource(
        around, shown, "DocumentReference", lines, status="current",
        type=called(shown, content.codes), subject=patient(around),
        author=people(content.authors), description=description,
        custodian=without_nothing({"display": plain(content.custodian)}),
        content=[_attachment(each, shown) for each in shown.attachments or (None,)],
        context=without_nothing({"practiceSetting": concept(content.setting)}),
    )  # fmt: skip
    return only(Part.DOCUMENTS, made)


def _attachment(attachment: Attachment | None, shown: Shown) -> Json:
    kind = attachment.content_type if attachment and not attachment.withheld else ""
    known = kind if "/" in kind and not any(letter.isspace() for letter in kind) else ""
    found = {"contentType": plain(known), "title": NOT_HERE, "creation": date_of(shown.when)}
    return {"attachment": without_nothing(found)}


def write_observation(around: Around, shown: Shown) -> Written:
    """One finding on its own; what surely is a vital sign by its code stands with those."""
    codes = {each.code for each in shown.content.codes}
    part = Part.VITAL_SIGNS if codes & VITAL_SIGNS else Part.ENCOUNTERS
    return only(part, observation(around, shown))


def write_comment(around: Around, shown: Shown) -> Written:
    """One comment on its own."""
    return only(Part.ENCOUNTERS, comment(around, shown))

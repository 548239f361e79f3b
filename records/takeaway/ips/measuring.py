"""What was found or measured as observations: value, range and mark as given, never judged (R6.6)."""

from collections.abc import Sequence
from typing import Any

from records.content import (
    Code,
    Flag,
    Measurement,
    Observation,
    Quantity,
    ReferenceRange,
    ResultGroup,
)
from records.showing import Reading, Shown, quantity_words, range_words
from records.takeaway.ips.pieces import (
    Json,
    absent,
    coded,
    concept,
    dated,
    labelled,
    named,
    notes,
    only_words,
    people,
    plain,
    quantity,
    without_nothing,
)
from records.takeaway.ips.terms import COMMENT_NOTE, INTERPRETATION, INTERPRETATIONS, SNOMED
from records.takeaway.ips.written import Around, called, patient, resource

STATUSES = frozenset(
    ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown"]
)


def observation(around: Around, shown: Shown, *, is_result: bool = False, **fields: Any) -> Json:
    """One observation or result; a result without a value says that it has none."""
    content: Observation = shown.content
    inner = components(content)
    own = value_of(content, typed=shown.typed)
    if not own and not inner and (is_result or content.absent_because):
        own = {"dataAbsentReason": absent(content.absent_because)}
    performers = people(content.performers)
    notes_of = [shown.comment, *getattr(shown.words, "specimen_notes", [])]
    notes_of += _beside(content, shown.typed) if "valueQuantity" in own else []
    notes_of += [labelled("Specimen", each.kind) for each in content.specimens[1:]]
    lines = [reading_words(each) for each in shown.readings] + measured_how(content)
    lines += shown.typed + notes_of
    lines += [named(each) for each in content.performers]
    return resource(
        around, shown, "Observation", lines, code=called(shown, content.codes),
        status=content.status if content.status in STATUSES else "unknown",
        subject=patient(around), performer=performers, note=notes(*notes_of),
        interpretation=interpretations(content.flags), referenceRange=ranges(content.ranges),
        bodySite=concept(content.body_site), method=concept(content.method),
        specimen={"display": plain(content.specimens[0].kind)} if _has_specimen(content) else {},
        component=inner, **own, **dated("effectiveDateTime", shown.when), **fields,
    )  # fmt: skip


def measured_how(content: Observation) -> list[str]:
    """Where on the body, and by which method."""
    where = labelled("Where on the body", content.body_site)
    return [where, labelled("How it was measured", content.method)]


def comment(around: Around, shown: Shown, **fields: Any) -> Json:
    """A comment: nothing but what was typed, which is its value."""
    note = Code(SNOMED, COMMENT_NOTE, "Comment note")
    return resource(
        around, shown, "Observation", [shown.comment], status="unknown",
        code=called(shown, [note]), subject=patient(around),
        performer=people(shown.content.performers), valueString=plain(shown.comment),
        **dated("effectiveDateTime", shown.when), **fields,
    )  # fmt: skip


def group(around: Around, shown: Shown, members: Sequence[Json], **fields: Any) -> Json:
    """A heading over results, with what is below it."""
    content: ResultGroup = shown.content
    told = [shown.comment, *shown.typed, *getattr(shown.words, "specimen_notes", [])]
    why = absent(content.absent_because) if content.absent_because else {}
    lines = [reading_words(each) for each in shown.readings] + told
    return resource(
        around, shown, "Observation", lines, code=called(shown, content.codes),
        status=content.status if content.status in STATUSES else "unknown",
        subject=patient(around), performer=people(content.performers), note=notes(*told),
        hasMember=list(members), interpretation=interpretations(content.flags),
        referenceRange=ranges(content.ranges), dataAbsentReason=why,
        **dated("effectiveDateTime", shown.when), **fields,
    )  # fmt: skip


def value_of(given: Measurement, *, typed: Sequence[str] = ()) -> Json:
    """A value as a number with its unit where it surely is one, else in words; empty where there is none."""
    if number := quantity(given.value):
        return {"valueQuantity": number}
    measured = quantity_words(given.value) if given.value else ""
    words = "; ".join(filter(None, (measured, given.words, *typed)))
    return {"valueString": plain(words)} if plain(words) else {}


def _beside(given: Measurement, typed: Sequence[str]) -> list[str]:
    return [given.words, *typed]


def _has_specimen(content: Observation) -> bool:
    return bool(content.specimens and plain(content.specimens[0].kind))


def components(content: Observation) -> list[Json]:
    """The several values under one name, such as the two of a blood pressure."""
    found = []
    is_valued = bool(content.value or content.words)
    own = {(each.system, each.code) for each in content.codes}
    for each in content.components:
        # FHIR has no component of the same code beside a value
        codes = [code for code in each.codes if not (is_valued and (code.system, code.code) in own)]
        value = value_of(each) or {"dataAbsentReason": absent(each.absent_because)}
        named_as = concept(each.title, codes) or {"text": "Value without a name"}
        more = {
            "interpretation": interpretations(each.flags),
            "referenceRange": ranges(each.ranges),
        }
        found.append({"code": named_as} | value | without_nothing(more))
    return found


def interpretations(flags: Sequence[Flag]) -> list[Json]:
    """The laboratory's own marks; one whose code FHIR does not know by its words alone."""
    found = []
    for flag in flags:
        code = coded(INTERPRETATION, flag.code) if flag.code in INTERPRETATIONS else {}
        found.append(code | without_nothing({"text": plain(flag.words or flag.code)}))
    return [each for each in found if each]


def ranges(given: Sequence[ReferenceRange]) -> list[Json]:
    """The laboratory's ranges, each in its words and with its limits where they are plain numbers."""
    found = []
    for each in given:
        if words := plain(range_words(each)):
            low, high = _limit(each.low), _limit(each.high)
            applies = only_words([each.applies_to])
            limits = without_nothing({"low": low, "high": high, "appliesTo": applies})
            found.append(limits | {"text": words})
    return found


def _limit(given: Quantity | None) -> Json | None:
    return quantity(given) if given and not given.comparator else None


def reading_words(given: Reading) -> str:
    """A measured value in one line, as pages have it."""
    told = labelled(given.title, given.value) if given.title else given.value
    limits = f"range {', '.join(given.ranges)}" if given.ranges else ""
    return ", ".join(filter(None, (told, limits, *given.flags)))

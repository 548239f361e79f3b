"""A summary read back through the importer, and what of each entry must be the same (ADR 19, ADR 34).

What an International Patient Summary cannot carry, so that it is not compared: the clock time of a date; when something
was recorded, and its origin (what is read from a document was written elsewhere); of a medicine its type, quantity,
issues, last issue, why it stopped and who prescribed it, which are notes only (the notes on a medicine are never read,
R6.4); why an allergy ended and the significance of a health condition, which are notes; the order and headings of a
consultation, which are narrative; when a report was issued and who asked for it; the content and number of attachments;
whether words that are a value were chosen from codes or typed; a person's role and organisation apart from their name;
links between entries; why a vaccine was given, which is read back as a note (R1.7); marks and comments apart from other notes.
"""

from audit.row_security import rows_of
from records.importing.formats import read
from records.showing import quantity_words, range_words
from records.takeaway.ips.entries import Entries
from records.takeaway.ips.naming import Names
from records.takeaway.ips.pieces import quantity
from tests.records.importing.gpconnect_resources import content, typed

STATUSES = {"active", "completed", "stopped"}


def seen_and_read(access, text):
    """What was visible of each entry, and what is read back of a document, in its order."""
    with rows_of(access.patient.pk):
        seen = [seen_of(shown) for shown, _ in Entries(access, Names())]
    return seen, [read_of(entry) for entry in read(text.encode()).entries]


def seen_of(shown, *, is_part=False):
    """The facts of an entry or part as its reader saw it."""
    parts = [] if is_part else [seen_of(each, is_part=True) for each in told_parts(shown)]
    return facts(
        shown.kind, shown.title, shown.when, shown.content, shown.words, parts,
        "" if is_part else shown.section,
    )  # fmt: skip


def told_parts(shown):
    return [each for each in shown.parts if not each.is_sealed]


def read_of(item, *, is_part=False):
    """The same facts of what was read back."""
    parts = [] if is_part else [read_of(each, is_part=True) for each in item.parts]
    section = "" if is_part else item.section
    words = typed(item) if item.free_text else None
    return facts(item.kind, item.title, item.effective, content(item), words, parts, section)


def facts(kind, title, when, coded, words, parts, section):
    """What must be the same, by kind."""
    found = {"kind": kind, "section": section, "when": day(when), "parts": parts}
    # what the surgery does not name goes by what it is
    found["title"] = "" if kind == "comment" else title.strip()
    return found | OF_KIND.get(kind, nothing)(coded, words)


def nothing(coded, words):
    return {}


def day(when):
    """A date to the day, as precise as it was: there is no clock time in a summary."""
    if when is None or when.on is None:
        return ""
    return str(when.on)[: {"year": 4, "month": 7}.get(when.precision, 10)]


def of_allergy(coded, words):
    return {
        "codes": codes(coded),
        "reactions": [each for one in coded.reactions for each in one.manifestations],
        "criticality": coded.criticality,
        "certainty": coded.certainty,
        "status": coded.status,
        "categories": sorted(coded.categories),
    }


def of_medicine(coded, words):
    return {
        "codes": codes(coded),
        "dose": coded.dose.strip(),
        "instruction": coded.patient_instruction.strip(),
        "status": coded.status if coded.status in STATUSES else "",
    }


def of_issue(coded, words):
    return {
        "dose": coded.dose.strip(),
        "instruction": coded.patient_instruction.strip(),
        "cancelled": coded.cancelled,
        "prescriber": names([coded.prescriber]),
    }


def of_immunisation(coded, words):
    return {
        "codes": codes(coded),
        "batch": coded.batch,
        "expires": day(coded.expires_on),
        "site": coded.site,
        "route": coded.route,
        "dose": coded.dose_number,
        "diseases": coded.diseases,
        "given by": names([coded.given_by]),
        "given at": coded.given_at,
        "manufacturer": coded.manufacturer,
    }


def of_condition(coded, words):
    return {"codes": codes(coded), "status": coded.status, "certainty": coded.certainty}


def of_observation(coded, words):
    """Value, unit, mark and range; whether words were chosen or typed is lost, not the words."""
    told = [coded.words, *getattr(words, "values", [])]
    if coded.value and not is_plain(coded.value):
        told.insert(0, quantity_words(coded.value))
    return {
        "codes": codes(coded),
        "value": number(coded.value) if is_plain(coded.value) else "",
        "words": "" if is_plain(coded.value) else "; ".join(filter(None, told)),
        "ranges": [words for each in coded.ranges if (words := range_words(each))],
        "flags": [each.words or each.code for each in coded.flags],
        "components": [
            (each.title, number(each.value), each.words, [flag.words for flag in each.flags])
            for each in coded.components
        ],
        "status": coded.status or "unknown",
        "site": coded.body_site,
        "method": coded.method,
    }


def is_plain(value):
    """Whether a summary has a value as a number: one that FHIR cannot hold goes by its words."""
    return quantity(value) is not None


def number(value):
    return (value.comparator, value.number, value.unit) if value else ()


def of_group(coded, words):
    return {"codes": codes(coded), "flags": [each.words or each.code for each in coded.flags]}


def of_report(coded, words):
    return {
        "codes": codes(coded),
        "status": coded.status or "unknown",
        "conclusion": getattr(words, "conclusion", "").strip(),
        "specimens": [each.kind for each in coded.specimens if each.kind],
        "performers": names(coded.performers),
    }


def of_comment(coded, words):
    return {"text": getattr(words, "text", "").strip(), "performers": names(coded.performers)}


def of_consultation(coded, words):
    return {
        "authors": names(coded.authors),
        "place": coded.place,
        "organisation": coded.organisation,
    }


def of_referral(coded, words):
    return {
        "priority": coded.priority,
        "recipients": names(coded.recipients),
        "specialties": "; ".join(coded.specialties),
        "requester": names([coded.requester]),
    }


def of_procedure(coded, words):
    return {"codes": codes(coded), "performers": names(coded.performers)}


def of_document(coded, words):
    return {
        "codes": codes(coded),
        "authors": names(coded.authors),
        "custodian": coded.custodian,
        "setting": coded.setting,
        "description": getattr(words, "description", "").strip(),
    }


def codes(coded):
    return [(each.code, each.display) for each in coded.codes]


def names(people):
    """Each in one line: a summary has no place for a role beside a name."""
    told = (
        ", ".join(filter(None, (one.name, one.role, one.organisation))) for one in people if one
    )
    return [each for each in told if each]


OF_KIND = {
    "allergy": of_allergy,
    "medicine": of_medicine,
    "issue": of_issue,
    "immunisation": of_immunisation,
    "condition": of_condition,
    "observation": of_observation,
    "result": of_observation,
    "result-group": of_group,
    "report": of_report,
    "comment": of_comment,
    "consultation": of_consultation,
    "referral": of_referral,
    "procedure": of_procedure,
    "document": of_document,
}


def differences(seen, back):
    """What is not the same, named by kind and title."""
    found = [] if len(seen) == len(back) else [f"{len(seen)} were seen, {len(back)} are read back"]
    for before, after in zip(seen, back, strict=False):
        called = f"{before['kind']} {before['title']}"
        found += [
            f"{called}: {name} was {before.get(name)!r}, is {after.get(name)!r}"
            for name in before.keys() | after.keys()
            if name != "parts" and before.get(name) != after.get(name)
        ]
        found += [f"{called}: {each}" for each in differences(before["parts"], after["parts"])]
    return found

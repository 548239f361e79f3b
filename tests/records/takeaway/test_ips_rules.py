"""The check of summaries can fail: each of these documents is broken in one way, and refused."""

import copy

import pytest

from tests.records.takeaway.ips_made import (
    bundle_of,
    demo_extract,
    load,
    of_type,
    open_all,
    own_access,
    section_of,
)
from tests.records.takeaway.ips_rules import problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound(patient, patient_user):
    """A document with some of everything."""
    load(patient, demo_extract())
    open_all(patient, patient_user)
    return bundle_of(own_access(patient, patient_user))


def first(bundle, kind, field=None):
    return next(each for each in of_type(bundle, kind) if field is None or field in each)


def composition(bundle):
    return bundle["entry"][0]["resource"]


def narrate(resource, inner):
    resource["text"]["div"] = f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'


def drop_section(bundle):
    sections = composition(bundle)["section"]
    sections.remove(section_of(bundle, "48765-2"))


def with_reason_and_entries(bundle):
    reason = {"coding": [{"system": "http://x.test", "code": "unavailable"}]}
    section_of(bundle, "48765-2")["emptyReason"] = reason


def say_none_known(bundle):
    section = section_of(bundle, "48765-2")
    del section["entry"]
    section["emptyReason"] = {"coding": [{"code": "nilknown"}]}


def measured(bundle):
    return first(bundle, "Observation", "valueQuantity")


BREAKERS = {
    "no document": lambda b: b.update(type="collection"),
    "no identifier (bdl-9)": lambda b: b.pop("identifier"),
    "no date (bdl-10)": lambda b: b.pop("timestamp"),
    "a date without its time zone": lambda b: b.update(timestamp="2024-06-03T09:30:00"),
    "the composition is not first (bdl-11)": lambda b: b["entry"].insert(0, b["entry"].pop()),
    "two of one address (bdl-7)": lambda b: b["entry"].append(b["entry"][-1]),
    "an entry without address": lambda b: b["entry"][3].pop("fullUrl"),
    "an id that is another": lambda b: b["entry"][3]["resource"].update(id="other"),
    "a request in a document (bdl-3)": lambda b: b["entry"][3].update(request={"method": "GET"}),
    "a reference to nothing": lambda b: b["entry"].remove(
        next(e for e in b["entry"] if e["resource"]["resourceType"] == "AllergyIntolerance")
    ),
    "a reference to the wrong kind": lambda b: first(b, "Condition").update(
        subject={"reference": b["entry"][2]["fullUrl"]}
    ),
    "a resource that nothing leads to": lambda b: section_of(b, "48765-2")["entry"].pop(),
    "an entry twice in its section": lambda b: section_of(b, "48765-2")["entry"].append(
        section_of(b, "48765-2")["entry"][0]
    ),
    "no section of allergies": drop_section,
    "a section with entries and a reason for none (cmp-2)": with_reason_and_entries,
    "a section that claims there are none": say_none_known,
    "a section inside a section": lambda b: section_of(b, "48765-2").update(
        section=[{"title": "x"}]
    ),
    "a section of the wrong kind": lambda b: section_of(b, "48765-2")["entry"].append(
        section_of(b, "11450-4")["entry"][0]
    ),
    "another kind of document": lambda b: composition(b)["type"]["coding"][0].update(
        code="34133-9"
    ),
    "no author": lambda b: composition(b).pop("author"),
    "no narrative (dom-6)": lambda b: first(b, "Condition").pop("text"),
    "a narrative with a script (txt-1)": lambda b: narrate(
        first(b, "Condition"), "<script>x</script>"
    ),
    "a narrative with a handler (txt-1)": lambda b: narrate(
        first(b, "Condition"), '<p onclick="x">x</p>'
    ),
    "a narrative of nothing (txt-2)": lambda b: narrate(first(b, "Condition"), "<p> </p>"),
    "a narrative that is not XML": lambda b: narrate(first(b, "Condition"), "<p>a & b</p>"),
    "empty words": lambda b: first(b, "Condition")["code"].update(text=" "),
    "an empty list": lambda b: first(b, "Condition").update(note=[]),
    "a null": lambda b: first(b, "Condition").update(onsetDateTime=None),
    "the word None": lambda b: first(b, "Condition")["code"].update(text="None"),
    "what XML forbids": lambda b: first(b, "Condition")["code"].update(text="a\x0bb"),
    "a date that is none": lambda b: first(b, "Condition").update(onsetDateTime="2009-13"),
    "a time without its zone": lambda b: first(b, "Condition").update(
        onsetDateTime="2009-03-02T09:00"
    ),
    "a code with space at its end": lambda b: first(b, "Condition")["code"]["coding"][0].update(
        code="1 "
    ),
    "a system that is no address": lambda b: first(b, "Condition")["code"]["coding"][0].update(
        system="SNOMED"
    ),
    "no patient on an entry": lambda b: first(b, "Condition").pop("subject"),
    "an allergy without status (ait-1)": lambda b: first(b, "AllergyIntolerance").pop(
        "clinicalStatus"
    ),
    "an allergy entered in error (ait-2)": lambda b: first(b, "AllergyIntolerance").update(
        verificationStatus={"coding": [{"code": "entered-in-error"}]}
    ),
    "a reaction without what it was": lambda b: first(b, "AllergyIntolerance").update(
        reaction=[{"severity": "mild"}]
    ),
    "a condition without status (con-3)": lambda b: first(b, "Condition").pop("clinicalStatus"),
    "a current condition that ended (con-4)": lambda b: first(b, "Condition").update(
        abatementDateTime="2020"
    ),
    "a medicine without a date": lambda b: first(b, "MedicationStatement", "effectiveDateTime").pop(
        "effectiveDateTime"
    ),
    "a medicine with two dates": lambda b: first(
        b, "MedicationStatement", "effectiveDateTime"
    ).update(effectivePeriod={"start": "2020"}),
    "a stretch that ends before it starts (per-1)": lambda b: first(b, "Encounter").update(
        period={"start": "2020-02-01", "end": "2020-01-01"}
    ),
    "a vaccine without a date": lambda b: first(b, "Immunization").pop("occurrenceDateTime"),
    "a vaccine of no kind": lambda b: first(b, "Immunization").pop("vaccineCode"),
    "a report of no category": lambda b: first(b, "DiagnosticReport").pop("category"),
    "a result of an unknown status": lambda b: measured(b).update(status="taken"),
    "a value, and why there is none (obs-6)": lambda b: measured(b).update(
        dataAbsentReason={"text": "x"}
    ),
    "two values": lambda b: measured(b).update(valueString="x"),
    "a number in words": lambda b: measured(b)["valueQuantity"].update(value="5"),
    "a unit's code without system (qty-3)": lambda b: measured(b).update(
        valueQuantity={"value": 1, "code": "g"}
    ),
    "a range of nothing (obs-3)": lambda b: measured(b).update(
        referenceRange=[{"age": {"low": 1}}]
    ),
    "an extension without value (ext-1)": lambda b: measured(b).update(
        extension=[{"url": "http://x.test"}]
    ),
    "a consultation of no class": lambda b: first(b, "Encounter").pop("class"),
    "a document with its content": lambda b: first(b, "DocumentReference")["content"][0][
        "attachment"
    ].update(data="AAAA"),
    "the patient's address": lambda b: first(b, "Patient").update(
        address=[{"text": "1 Some Street"}]
    ),
    "no date of birth": lambda b: first(b, "Patient").pop("birthDate"),
    "a wrong NHS number": lambda b: first(b, "Patient")["identifier"][0].update(value="9990000019"),
    "a kind that does not belong there": lambda b: first(b, "Condition").update(
        resourceType="Task"
    ),
    "somebody who attests": lambda b: composition(b).update(attester=[{"mode": "legal"}]),
}


def test_a_sound_document_has_nothing_wrong(sound):
    assert problems(sound) == []


@pytest.mark.parametrize("name", BREAKERS)
def test_a_broken_document_is_refused(sound, name):
    broken = copy.deepcopy(sound)
    BREAKERS[name](broken)
    assert problems(broken) != []


def test_an_id_of_the_database_is_found(sound):
    name = first(sound, "Condition")["id"]
    assert problems(sound, [name]) == [f"an internal id: {name}"]

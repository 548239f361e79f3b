"""Words, levels, what is covered and what is warned of, one truth table each."""

import pytest

from records.importing.fhir.wording import words_of
from surgeries.terms import Section
from tests.records.importing.gpconnect_resources import (
    SNOMED,
    coded,
    extract_of,
    fhir_list,
    observation,
    resource,
    said_anywhere,
)

DESCRIPTION = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-coding-sctdescid"
RECORDED = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DateRecorded-1"
WHEN = "2020-06-01T09:00:00+01:00"


def described(words, code="1", display="Label", **more):
    parts = [{"url": "descriptionDisplay", "valueString": words}]
    extension = [{"url": DESCRIPTION, "extension": parts}]
    return {"system": SNOMED, "code": code, "display": display, "extension": extension, **more}


READ_CODE = {"system": "http://read.info/readv2", "code": "H33..00", "display": "Read label"}
DEGRADED_CODING = {"system": SNOMED, "code": "196411000000103", "display": "Transfer-degraded"}


@pytest.mark.parametrize(
    ("concept", "title", "coded"),
    [
        ({"coding": [described("Chosen")], "text": "Typed"}, "Typed", True),
        ({"coding": [described("Chosen")]}, "Chosen", True),
        (
            {"coding": [{**READ_CODE, "userSelected": True}, described("Chosen")]},
            "Read label",
            True,
        ),
        ({"coding": [READ_CODE, described("Chosen")]}, "Chosen", True),
        (
            {"coding": [READ_CODE, {"system": SNOMED, "code": "1", "display": "Label"}]},
            "Label",
            True,
        ),
        ({"coding": [READ_CODE]}, "Read label", True),
        ({"coding": [DEGRADED_CODING], "text": "Old words"}, "Old words", True),
        ({"coding": [DEGRADED_CODING]}, "", True),
        ({"coding": [{"system": SNOMED, "code": "1"}]}, "", True),
        ({"coding": [{"system": SNOMED, "display": "No code"}]}, "No code", False),
        ({"coding": [{"system": "http://hl7.org/fhir/v3/NullFlavor", "code": "UNK"}]}, "", False),
        ({"text": "Typed"}, "Typed", False),
        ({"text": "null"}, "", False),
        ({"text": "None", "coding": [READ_CODE]}, "Read label", True),
        ({"text": "a\x00b\x07c"}, "abc", False),
        ({}, "", False),
    ],
)
def test_the_words_of_a_concept(concept, title, coded):
    """R6.3"""
    words = words_of(concept)
    assert (words.title, words.coded) == (title, coded)


def test_a_very_long_title_is_cut_and_kept_whole_among_the_codes():
    words = words_of({"text": "x" * 3000})
    assert len(words.title) == 1000
    assert words.codes[0].display == "x" * 3000


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("AllergyIntolerance", "Allergy or reaction with no name in the record"),
        ("MedicationStatement", "Medicine with no name in the record"),
        ("Immunization", "Vaccination with no name in the record"),
        ("Condition", "Health condition with no name in the record"),
        ("DiagnosticReport", "Test report"),
        ("Observation", "Entry with no name in the record"),
        ("ReferralRequest", "Referral with no reason in the record"),
        ("ProcedureRequest", "Procedure with no name in the record"),
        ("Procedure", "Procedure with no name in the record"),
        ("DocumentReference", "Document with no name in the record"),
    ],
)
def test_what_has_no_name_is_called_so_in_plain_words(kind, title):
    """R6.3: never a code, and never the word null."""
    (entry,) = extract_of(
        resource(kind, code={"coding": [{"code": "123", "display": None}]})
    ).entries
    assert entry.title == title


TYPED = {"text": "Only typed"}


@pytest.mark.parametrize(
    ("kind", "body", "level"),
    [
        ("AllergyIntolerance", {"code": TYPED}, "summary"),
        ("MedicationStatement", {"medicationCodeableConcept": TYPED}, "summary"),
        ("Condition", {"code": coded()}, "detailed"),
        ("Condition", {"code": TYPED}, "full"),
        ("Observation", {"code": coded()}, "detailed"),
        ("Observation", {"code": TYPED}, "full"),
        ("Observation", {"code": coded("37331000000100", "Comment note")}, "full"),
        ("Immunization", {"vaccineCode": coded()}, "detailed"),
        ("Immunization", {"vaccineCode": TYPED}, "full"),
        ("ReferralRequest", {"reasonCode": [coded()]}, "detailed"),
        ("ReferralRequest", {"reasonCode": [TYPED]}, "full"),
        ("ProcedureRequest", {"code": coded()}, "detailed"),
        ("ProcedureRequest", {"code": TYPED}, "full"),
        ("DiagnosticReport", {"code": coded()}, "detailed"),
        ("DocumentReference", {"type": TYPED}, "documents"),
    ],
)
def test_the_level_that_an_entry_needs(kind, body, level):
    """R1.6, R1.7"""
    (entry,) = extract_of(resource(kind, **body)).entries
    assert entry.level_needed == level


SECRET = "Typed by hand"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("AllergyIntolerance", {"note": [{"text": SECRET}]}),
        ("AllergyIntolerance", {"reaction": [{"description": SECRET, "note": [{"text": SECRET}]}]}),
        ("Condition", {"note": [{"text": SECRET}]}),
        ("Immunization", {"note": [{"text": SECRET}]}),
        ("Observation", {"comment": SECRET}),
        ("Observation", {"valueString": SECRET}),
        ("Observation", {"valueCodeableConcept": {"text": SECRET}}),
        ("Observation", {"component": [{"code": TYPED, "valueString": SECRET}]}),
        ("Observation", {"component": [{"code": coded(), "valueString": SECRET}]}),
        ("Observation", {"specimen": {"reference": "Specimen/s"}}),
        ("DiagnosticReport", {"conclusion": SECRET}),
        ("DiagnosticReport", {"specimen": [{"reference": "Specimen/s"}]}),
        ("ReferralRequest", {"description": SECRET, "note": [{"text": SECRET}]}),
        ("ProcedureRequest", {"note": [{"text": SECRET}]}),
        ("DocumentReference", {"description": SECRET}),
    ],
)
def test_what_was_typed_stays_apart_from_what_was_coded(kind, body):
    """R1.7"""
    specimen = resource("Specimen", "s", note=[{"text": SECRET}])
    (entry,) = extract_of(resource(kind, **{"code": coded(), **body}), specimen).entries
    assert SECRET not in said_anywhere(entry)
    assert SECRET in str(entry.free_text)


@pytest.mark.parametrize("kind", ["MedicationStatement", "MedicationRequest"])
def test_notes_of_prescribers_are_kept_at_no_level(kind):
    """R6.4"""
    (entry,) = extract_of(resource(kind, intent="plan", note=[{"text": SECRET}])).entries
    assert SECRET not in f"{said_anywhere(entry)} {entry.free_text}"


PRIMARY = {
    "886921000000105": Section.ALLERGIES,
    "933361000000108": Section.MEDICINES,
    "1102181000000102": Section.IMMUNISATIONS,
    "717711000000103": Section.HEALTH_CONDITIONS,
    "887191000000108": Section.TEST_RESULTS,
}
ALL_OF_CONSULTATIONS = ("1149501000000101", "826501000000100", "792931000000107")


@pytest.mark.parametrize(
    ("codes", "covered"),
    [
        *(((code,), {section}) for code, section in PRIMARY.items()),
        (("1103671000000101",), set()),
        (("792931000000107",), set()),
        (("1149501000000101",), {Section.DOCUMENTS}),
        (ALL_OF_CONSULTATIONS, {Section.CONSULTATIONS, Section.DOCUMENTS}),
        ((*PRIMARY, *ALL_OF_CONSULTATIONS), set(Section)),
        ((), set()),
    ],
)
def test_which_sections_an_extract_covers(codes, covered):
    """R7.3: an observation that came along with the problems does not stand for all of them."""
    extract = extract_of(*(fhir_list(code, code) for code in codes), observation())
    assert extract.sections == {str(section) for section in covered}


WARNING = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-ListWarningCode-1"


def empty_because(code):
    return {"emptyReason": {"coding": [{"code": code}]}}


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, []),
        (empty_because("no-content-recorded"), []),
        (empty_because("unavailable"), ["not-available"]),
        (empty_because("withheld"), ["not-available"]),
        (empty_because("notasked"), ["not-available"]),
        (
            {"extension": [{"url": WARNING, "valueCode": "confidential-items"}]},
            ["confidential-items"],
        ),
        ({"extension": [{"url": WARNING, "valueCode": "data-in-transit"}]}, ["data-in-transit"]),
        ({"extension": [{"url": WARNING, "valueCode": "something-new"}]}, ["not-available"]),
    ],
)
def test_what_a_section_list_says_of_its_section(body, codes):
    """R2.6"""
    warnings = extract_of(fhir_list("l", "933361000000108", **body)).warnings
    assert [(warning.section, warning.code) for warning in warnings] == [
        (Section.MEDICINES, code) for code in codes
    ]


def test_the_same_warning_on_several_lists_of_a_section_is_given_once():
    """R2.6"""
    said = {"extension": [{"url": WARNING, "valueCode": "confidential-items"}]}
    lists = [
        fhir_list("1", "1149501000000101", note=[{"text": "One"}], **said),
        fhir_list("2", "826501000000100", note=[{"text": "Two"}], **said),
        fhir_list("3", "consultations-medications-contained", note=[{"text": "One"}], **said),
    ]
    (warning,) = extract_of(*lists).warnings
    assert (warning.section, warning.source_text) == (Section.CONSULTATIONS, "One\nTwo")

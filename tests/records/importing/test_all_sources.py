"""Every JSON file of the shared development data: read, or refused with a reason that names what it is."""

import json
import re
from collections import Counter

import pytest

from tests.conftest import SHARED
from tests.records.importing.sources import outcomes, totals

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared test extracts are not beside this checkout"
)

TOTALS = {
    "carebundle-r4": (60, 60, {
        "allergies": 11, "consultations": 60, "health-conditions": 101, "medicines": 82, "test-results": 300,
    }),
    "gp2gp-translated": (7, 7, {
        "allergies": 11, "consultations": 145, "documents": 1, "health-conditions": 25, "immunisations": 9,
        "medicines": 90, "test-results": 20,
    }),
    "gpc-spec-examples": (29, 6, {
        "allergies": 4, "consultations": 3, "documents": 1, "health-conditions": 1, "immunisations": 4, "medicines": 6,
    }),
    "gpc-structured-gp2gp": (40, 29, {
        "allergies": 62, "consultations": 451, "documents": 55, "health-conditions": 72, "immunisations": 24,
        "medicines": 207, "test-results": 25,
    }),
    "immunisation-r4": (17, 0, {}),
    "ips-au": (3, 3, {"allergies": 5, "consultations": 6, "health-conditions": 3, "medicines": 4}),
    "lab-results-edifact": (3, 0, {}),
    "nhs-app-messages-r4": (12, 0, {}),
    "pds-r4": (38, 0, {}),
    "prescriptions-r4": (4, 0, {}),
    "pysynthea-ips-lifetime": (13, 13, {
        "allergies": 24, "consultations": 1345, "documents": 1345, "health-conditions": 1303, "immunisations": 694,
        "medicines": 205, "test-results": 1234,
    }),
    "scr-r4": (7, 2, {"allergies": 2, "consultations": 26, "health-conditions": 7, "medicines": 5}),
    "synthea-r4": (90, 90, {
        "allergies": 57, "consultations": 2361, "health-conditions": 651, "immunisations": 1140, "medicines": 561,
        "test-results": 830,
    }),
    "synthea-stu3": (70, 70, {
        "allergies": 35, "consultations": 2116, "health-conditions": 324, "immunisations": 595, "medicines": 280,
        "test-results": 143,
    }),
    "terminology": (3, 0, {}),
}  # fmt: skip
"""Of each source: the JSON files, those that are read, and the entries of each section."""


def test_no_source_is_left_out():
    """A folder that is new has to be given its totals here."""
    held = {
        path.relative_to(SHARED).parts[0]
        for path in SHARED.rglob("*")
        if path.name.endswith((".json", ".json.gz"))
    }
    assert held == TOTALS.keys()


@pytest.mark.parametrize("source", TOTALS)
def test_what_becomes_of_every_file_of_a_source(source):
    """Files, those that are read, and whole entries by section."""
    files, read, sections = TOTALS[source]
    assert totals(source) == {"files": files, "read": read, "sections": sections}


REASONS = {
    "gpc-spec-examples": {
        "the request for a record (Parameters)": 6,
        "is about another patient than the file": 3,
        "appointments (Appointment)": 4,
        "free appointments (Slot)": 1,
        "an organisation (Organization)": 2,
        "who works at a surgery (Practitioner)": 2,
        "who a patient is": 3,
        "a place (Location)": 1,
        "a patient and nothing of their record": 1,
    },
    "gpc-structured-gp2gp": {
        "the content of one document (Binary)": 4,
        "The source sent an error, not a record": 4,
        "names no patient": 2,
        "one document without the record": 1,
    },
    "immunisation-r4": {"a part of a record on its own (Immunization), not a record": 17},
    "lab-results-edifact": {"a message between systems, such as a laboratory's report": 3},
    "nhs-app-messages-r4": {"a message of the NHS App (CommunicationRequest)": 6, "(Task)": 6},
    "pds-r4": {"who a patient is": 33, "(Coverage)": 2, "(RelatedPerson)": 3},
    "prescriptions-r4": {
        "such as for prescriptions": 2,
        "The bundle is empty": 1,
        "The source sent an error": 1,
    },
    "scr-r4": {
        "the text of a summary without the rest of it (Composition)": 3,
        "a search that says where documents are": 1,
        "names no patient": 1,
    },
    "terminology": {"JSON but not a FHIR resource": 3},
}


@pytest.mark.parametrize("source", REASONS)
def test_a_refusal_names_what_the_file_is_and_what_to_do(source):
    refused = [each.reason for each in outcomes(source) if each.extract is None]
    for words, count in REASONS[source].items():
        assert sum(words in reason for reason in refused) == count, words
    assert sum(REASONS[source].values()) == len(refused)
    told_what_to_do = re.compile(r"\b(send|ask|check|comes with|load|error|nothing)\b")
    assert all(told_what_to_do.search(reason) for reason in refused)


def test_the_shared_number_is_in_every_record_of_two_sets_and_never_valid():
    """README A.3: twelve people, one number; nothing but `--nhs-number` or a table of numbers loads them."""
    found = [
        each
        for each in outcomes("gpc-structured-gp2gp")
        if re.search(r"full-record/tc[47]", each.name)
    ]
    assert {each.extract.person.nhs_number for each in found} == {"1234567890"}
    assert len({each.extract.person.family_name for each in found}) > 5


R4 = ["carebundle-r4", "ips-au", "pysynthea-ips-lifetime", "scr-r4", "synthea-r4"]
ONE_TO_ONE = {
    "AllergyIntolerance": "allergies",
    "Condition": "health-conditions",
    "DiagnosticReport": "test-results",
    "DocumentReference": "documents",
    "Immunization": "immunisations",
}


@pytest.mark.parametrize("source", R4)
def test_every_clinical_resource_of_r4_is_kept_exactly_once(source):
    """README C, D, I: counted without the reader, nothing is lost and nothing is doubled."""
    kept = ("Observation", "Procedure", "MedicationRequest", "MedicationStatement", *ONE_TO_ONE)
    for each in outcomes(source):
        if each.extract is None:
            continue
        rows = [row for entry in each.extract.entries for row in (entry, *entry.parts)]
        keys = Counter(str(row.key) for row in rows)
        assert set(keys.values()) == {1}, each.name
        found = Counter(row.key.resource for row in rows)
        for kind in kept:
            assert found[kind] == each.kinds[kind], (each.name, kind)


@pytest.mark.parametrize("source", ["synthea-r4", "pysynthea-ips-lifetime"])
def test_claims_are_reported_and_left_out(source):
    """README I: by kind and number, not one by one."""
    for each in outcomes(source):
        told = {skipped.resource: skipped for skipped in each.extract.skipped}
        assert len(told) == len(each.extract.skipped)
        for kind in ("Claim", "ExplanationOfBenefit"):
            if each.kinds[kind]:
                assert told[kind].id == f"all {each.kinds[kind]}"
                assert "payment" in told[kind].reason


def test_names_in_other_letters_are_kept():
    """README I"""
    names = "".join(each.extract.person.given_names for each in outcomes("pysynthea-ips-lifetime"))
    assert not names.isascii()


def test_no_markup_of_a_narrative_is_kept():
    """README D, R7.7"""
    for source in ("scr-r4", "ips-au", "pysynthea-ips-lifetime"):
        for each in outcomes(source)[:5]:
            if each.extract:
                told = json.dumps([[e.title, e.details, e.free_text] for e in each.extract.entries])
                assert not re.search(r"</?(div|table|td|p|h\d|br)\b", told), each.name


def test_a_summary_care_record_reads_as_text_with_its_warnings():
    """README D: tables, several date formats, withheld information, coded entries beside them."""
    found = {each.name.rsplit("/")[-1]: each.extract for each in outcomes("scr-r4")}
    withheld = found["additional_information_gp_summary_1.json"]
    assert "confidential-items" in {each.code for each in withheld.warnings}
    whole = found["GetScrBundle.json"]
    assert "data-in-transit" in {each.code for each in whole.warnings}
    assert any("Toxic reaction to wasp sting" in str(each.free_text) for each in whole.entries)
    assert any("Co-codamol 8mg/500mg" in str(each.details) for each in whole.entries)
    assert sum(each.key.resource == "Condition" for each in whole.entries) == 5


def test_the_statements_of_an_australian_summary_are_entries():
    """README C"""
    extract = next(each for each in outcomes("ips-au") if "noknownx" in each.name).extract
    assert {each.section: each.title for each in extract.entries} == {
        "allergies": "No known allergy",
        "medicines": "No known current medicines",
        "health-conditions": "No current problems or disability",
    }
    assert extract.sections == {"allergies", "medicines", "health-conditions"}

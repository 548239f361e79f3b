"""The reader is chosen by what is in a file; what is no record is refused by what it is."""

import json
from contextlib import suppress

import pytest

from records.importing.extract import UnreadableExtract
from records.importing.formats import read
from records.importing.versions import Version, version_of
from tests.records.importing.gpconnect_resources import fixture
from tests.records.importing.r4_resources import (
    NOPAT,
    as_bytes,
    bundle,
    coded,
    patient,
    resource,
    word,
)


@pytest.mark.parametrize(
    ("resources", "more", "version"),
    [
        ([resource("Condition", clinicalStatus="active")], {}, Version.STU3),
        ([resource("Condition", clinicalStatus=word("active"))], {}, Version.R4),
        ([resource("AllergyIntolerance", assertedDate="2020")], {}, Version.STU3),
        ([resource("AllergyIntolerance", recordedDate="2020")], {}, Version.R4),
        ([resource("Immunization", notGiven=False)], {}, Version.STU3),
        ([resource("Immunization", occurrenceString="2020")], {}, Version.R4),
        ([resource("ReferralRequest")], {}, Version.STU3),
        ([resource("ServiceRequest")], {}, Version.R4),
        ([resource("Observation", comment="x")], {}, Version.STU3),
        ([resource("Observation", hasMember=[])], {}, Version.R4),
        ([resource("Composition")], {}, Version.R4),
        ([resource("Procedure", encounter={})], {}, Version.R4),
        ([resource("MedicationRequest", context={})], {}, Version.STU3),
        ([resource("Patient", meta={"profile": ["https://x/UKCore-Patient"]})], {}, Version.R4),
        ([resource("Patient")], {"meta": {"profile": ["https://x/STU3/y"]}}, Version.STU3),
        ([resource("Observation")], {}, Version.STU3),
        ([resource("Observation")], {"type": "transaction"}, Version.R4),
        ([resource("Observation", context={})], {"type": "transaction"}, Version.STU3),
    ],
)
def test_the_version_is_told_by_the_shapes_and_else_by_the_kind_of_bundle(resources, more, version):
    """README B, C, I"""
    assert version_of(bundle(*resources, **more)) is version


def test_a_bundle_of_two_versions_is_refused():
    """Half of it read by the wrong rules would lose a status, and an allergy with it."""
    mixed = [resource("Condition", clinicalStatus="active"), resource("ServiceRequest")]
    with pytest.raises(UnreadableExtract, match="STU3 and of R4"):
        read(as_bytes(patient(), *mixed))


def test_each_version_goes_to_its_reader():
    assert read(fixture("quirks.json")).source_system == "gp-connect"
    assert read(as_bytes(patient(), resource("ServiceRequest"))).source_system == "fhir-r4"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"UNA:+.? 'UNB+UNOC:3+1'", "pathology message"),
        (b"UNH+1+MEDRPT:0:1:RT:NHS003'", "pathology message"),
        (b'<Bundle xmlns="http://hl7.org/fhir">', "XML: ask the source for the same as FHIR JSON"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "XML"),
        (b"<!DOCTYPE html><p>Error</p>", "a web page"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"NHS_NUMBER,NAME\n9,x", "a text or a table"),
        (b"Name:\n  value: x", "a text or a table"),
        (b'{"resourceType": "Bundle", "entry": [', "not complete JSON"),
        (b"[]", "not a FHIR resource"),
        (b"{}", "not a FHIR resource"),
        (b'{"resourceType": 7}', "not a FHIR resource"),
        (b'{"resourceType": "Bundle", "entry": {}}', "not a list"),
        (b'{"resourceType": "Bundle", "type": "searchset", "entry": []}', "empty"),
        (b'{"resourceType": "Consent"}', "import_proxy"),
        (b'{"resourceType": "QuestionnaireResponse"}', "import_proxy"),
        (b'{"resourceType": "Patient"}', "who a patient is"),
        (b'{"resourceType": "Whatever"}', "Whatever"),
        (as_bytes(resource("Appointment"), resource("Location")), "appointments"),
        (as_bytes(resource("Consent"), resource("Patient")), "import_proxy"),
        (as_bytes(resource("MessageHeader"), resource("Observation")), "a message between systems"),
        (as_bytes(patient(), type="searchset"), "who a patient is"),
        (as_bytes(patient(), resource("Organization")), "nothing of their record"),
        (as_bytes(resource("Bundle", entry=[])), "a search"),
        (
            as_bytes(patient(), resource("DocumentReference"), type="searchset"),
            "where documents are",
        ),
        (as_bytes(resource("Condition")), "names no patient"),
    ],
)
def test_what_is_no_record_is_refused_by_what_it_is(data, said):
    with pytest.raises(UnreadableExtract, match=said) as refusal:
        read(data)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "nested",
    [
        b"[" * 50_000,
        b'{"resourceType": "Bundle", "entry": ' + b'[{"x": ' * 50_000,
        json.dumps({"resourceType": "Bundle"}).encode()[:-1]
        + b', "a": '
        + b"[" * 900
        + b"]" * 900
        + b"}",
    ],
)
def test_json_that_is_nested_without_end_is_refused(nested):
    with pytest.raises(UnreadableExtract):
        read(nested)


@pytest.mark.parametrize("depth", [300, 600, 900, 2_000, 20_000])
@pytest.mark.parametrize("place", ["entry", "code", "extension", "contained"])
def test_however_deep_a_resource_is_it_is_read_or_refused(depth, place):
    """Nothing but a refusal comes out, and no crash: the deepest that JSON can be is not the deepest to walk."""
    deep = b'{"x": [' * depth + b'{"reference": "a"}' + b"]}" * depth
    labelled = resource("List", "l", meta=NOPAT, **{place: ["HERE"]})
    whole = as_bytes(patient(), labelled, resource("Condition", code=coded()))
    with suppress(UnreadableExtract):
        assert read(whole.replace(b'["HERE"]', b"[" + deep + b"]")).entries


def test_what_only_walking_finds_too_deep_is_refused_in_a_line():
    """A label reaches whatever a list names, however deep: deeper than can be walked is no list."""
    deep = b'{"x": [' * 4_000 + b'{"reference": "a"}' + b"]}" * 4_000
    whole = as_bytes(patient(), resource("List", "l", meta=NOPAT, entry=["HERE"]))
    with pytest.raises(UnreadableExtract, match="nested too deeply"):
        read(whole.replace(b'"HERE"', deep))


def test_the_limit_holds_before_anything_is_looked_at():
    with pytest.raises(UnreadableExtract, match="64 MB"):
        read(b'{"resourceType": "Bundle", "x": "' + b"a" * 100_000_000 + b'"}')

"""Whatever stands in whichever place of a bundle of R4, it is read, reported or refused, and nothing crashes."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.importing.extract import Extract, UnreadableExtract
from records.importing.formats import read
from tests.records.importing.r4_resources import (
    bundle,
    coded,
    observation,
    patient,
    ref,
    resource,
    section,
    word,
)
from tests.records.importing.test_gpconnect_robustness import JUNK, places, with_junk

QUANTITY = {"value": 4.5, "unit": "mmol/L", "comparator": "<"}
WHOLE = bundle(
    resource("Composition", "c", date="2024", section=[
        section("48765-2", "Allergies", "AllergyIntolerance/a"),
        section("10160-0", empty="nilknown"), section("x", "Advice", text="<p>Rest</p>"),
    ]),
    patient(),
    resource("AllergyIntolerance", "a", code=coded(), clinicalStatus=word("active"), recordedDate="2020",
             reaction=[{"manifestation": [coded()], "severity": "mild", "description": "x"}], note=[{"text": "x"}]),
    resource("Encounter", "e", type=[coded()], period={"start": "2020"}, participant=[{"individual": ref("Practitioner/p")}],
             location=[{"location": ref("Location/l")}], reasonCode=[coded()], length=QUANTITY),
    resource("Practitioner", "p", name=[{"text": "Dr Who"}]),
    resource("Condition", "co", code=coded(), encounter=ref("Encounter/e"), evidence=[{"detail": [ref("Observation/o")]}]),
    observation("o", encounter=ref("Encounter/e"), valueQuantity=QUANTITY, interpretation=[coded()],
                referenceRange=[{"low": QUANTITY, "high": QUANTITY, "text": "x"}],
                component=[{"code": coded(), "valueQuantity": QUANTITY}], specimen={"display": "Blood"}),
    resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/g")], issued="2020", basedOn=[ref("ServiceRequest/s")]),
    observation("g", hasMember=[ref("Observation/m")]), observation("m", dataAbsentReason=word("unknown")),
    resource("ServiceRequest", "s", code=coded(), intent="order", reasonCode=[coded()], performer=[ref("Practitioner/p")]),
    resource("Procedure", "pr", code=coded(), performer=[{"actor": ref("Practitioner/p")}], encounter=ref("Encounter/e")),
    resource("MedicationStatement", "ms", derivedFrom=[ref("MedicationRequest/mr")], contained=[resource("Medication", "m")],
             medicationReference=ref("#m"), dosage=[{"doseAndRate": [{"doseQuantity": QUANTITY}]}], statusReason=[coded()]),
    resource("MedicationRequest", "mr", intent="order", medicationCodeableConcept=coded(),
             dispenseRequest={"quantity": QUANTITY, "expectedSupplyDuration": QUANTITY}, requester=ref("Practitioner/p")),
    resource("Immunization", "i", status="completed", vaccineCode=coded(), protocolApplied=[{"doseNumberPositiveInt": 1}],
             performer=[{"actor": ref("Practitioner/p")}], reasonCode=[coded()]),
    resource("DocumentReference", "d", type=coded(), content=[{"attachment": {"url": "x", "creation": "2020"}}],
             context={"encounter": [ref("Encounter/e")], "practiceSetting": coded()}),
    type="document", timestamp="2024-01-01T00:00:00Z",
)  # fmt: skip
PLACES = [path for path in places(WHOLE) if path]


def test_the_bundle_itself_is_read_whole():
    extract = read(json.dumps(WHOLE).encode())
    assert extract.skipped == ()
    assert len({entry.section for entry in extract.entries}) == 7


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(PLACES), junk=JUNK)
def test_whatever_stands_in_whichever_place_nothing_crashes(path, junk):
    try:
        extract = read(json.dumps(with_junk(WHOLE, path, junk)).encode())
    except UnreadableExtract as refusal:
        said = str(refusal)
        assert said
        assert "\n" not in said
        return
    assert isinstance(extract, Extract)
    json.dumps([entry.details for entry in extract.entries])


@pytest.mark.parametrize("cut", range(50, 6_000, 97))
def test_a_truncated_bundle_of_r4_is_always_refused(cut):
    """R7.4"""
    with pytest.raises(UnreadableExtract):
        read(json.dumps(WHOLE).encode()[:cut])


def test_ten_thousand_panels_in_panels_end():
    deep = [observation(f"o{n}", hasMember=[ref(f"Observation/o{n + 1}")]) for n in range(10_000)]
    report = resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/o0")])
    extract = read(json.dumps(bundle(patient(), report, *deep)).encode())
    assert sum(len(entry.parts) for entry in extract.entries) == 10_000

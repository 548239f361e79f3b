"""What R4 says that must not be shown as if it were so: negations, options, other subjects, doses half understood."""

import pytest

from tests.records.importing.gpconnect_resources import content, typed
from tests.records.importing.r4_resources import coded, extract_of, observation, ref, resource

SOMETHING = {"url": "https://x.test/not", "valueBoolean": True}


@pytest.mark.parametrize("kind", ["MedicationRequest", "ServiceRequest"])
def test_what_must_not_be_done_is_never_shown_as_a_request_for_it(kind):
    """R6.5: `doNotPerform` turns the sense round."""
    extract = extract_of(resource(kind, intent="order", code=coded(), doNotPerform=True))
    assert extract.entries == ()
    assert [(each.id, "not done" in each.reason) for each in extract.skipped] == [("1", True)]
    (entry,) = extract_of(resource(kind, intent="order", code=coded(), doNotPerform=False)).entries
    assert entry.unreleased_because == ""


@pytest.mark.parametrize(
    "kind", ["AllergyIntolerance", "Condition", "Encounter", "MedicationStatement", "Observation"]
)
def test_what_has_an_extension_that_changes_its_meaning_is_reported_and_not_shown(kind):
    """FHIR: who does not know a modifierExtension must not read what has it."""
    odd = resource(kind, code=coded(), type=[coded()], modifierExtension=[SOMETHING])
    extract = extract_of(odd, observation("good"))
    assert [each.key.id for each in extract.entries] == ["good"]
    assert [each.id for each in extract.skipped] == ["1"]
    assert "modifierExtension" in extract.skipped[0].reason


def test_a_result_that_may_mean_the_opposite_stands_in_no_report():
    report = resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/o")])
    extract = extract_of(report, observation(modifierExtension=[SOMETHING]))
    assert [len(each.parts) for each in extract.entries] == [0]


@pytest.mark.parametrize("kind", ["MedicationRequest", "ServiceRequest"])
@pytest.mark.parametrize("intent", ["option", "proposal", "Option"])
def test_an_option_is_no_order(kind, intent):
    """R1.10"""
    (entry,) = extract_of(resource(kind, intent=intent, code=coded())).entries
    assert entry.unreleased_because == "draft"


@pytest.mark.parametrize(
    ("reasons", "title", "level"),
    [
        ([{"coding": [{"code": "1"}]}, {"text": "SECRET"}], "SECRET", "full"),
        ([{"text": ""}, coded(display="Knee pain")], "Knee pain", "detailed"),
        ([coded(display="Knee pain"), {"text": "SECRET"}], "Knee pain", "detailed"),
    ],
)
def test_a_referral_needs_the_level_of_the_reason_that_names_it(reasons, title, level):
    """R1.7"""
    (entry,) = extract_of(resource("ServiceRequest", intent="order", reasonCode=reasons)).entries
    assert (entry.title, entry.level_needed) == (title, level)
    assert "SECRET" not in str(entry.details)


def test_a_typed_reason_for_a_vaccine_is_free_text():
    """R1.7"""
    (entry,) = extract_of(
        resource(
            "Immunization",
            vaccineCode=coded(),
            reasonCode=[{"text": "SECRET"}, coded(display="Travel")],
        )
    ).entries
    assert (content(entry).reasons, typed(entry).notes) == (["Travel"], ["SECRET"])


def test_a_typed_kind_of_visit_is_free_text():
    """R1.7"""
    (entry,) = extract_of(resource("Encounter", type=[{"text": "SECRET"}, coded()])).entries
    assert (entry.title, entry.level_needed) == ("Asthma", "detailed")
    assert "SECRET" not in str(entry.details)
    assert "SECRET" in str(entry.free_text)

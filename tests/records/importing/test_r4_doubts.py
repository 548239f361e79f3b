"""What R4 says that must not be shown as if it were so: negations, options, other subjects, doses half understood."""

import pytest

from records.importing.extract import UnreadableExtract
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


@pytest.mark.parametrize(
    ("types", "title", "level"),
    [
        ([{"text": "SECRET"}, coded()], "SECRET", "full"),
        ([coded(), {"text": "SECRET"}], "Asthma", "detailed"),
        ([coded()], "Asthma", "detailed"),
        ([], "Consultation", "detailed"),
    ],
)
def test_a_typed_kind_of_visit_is_free_text(types, title, level):
    """R1.7: where it is the name, all of the visit needs the full level."""
    visit = resource("Encounter", type=types, period={"start": "2020"})
    (entry,) = extract_of(visit).entries
    assert (entry.title, entry.level_needed) == (title, level)
    assert "SECRET" not in str(entry.details)
    assert ("SECRET" in str(entry.free_text)) == (len(types) == 2 and level == "detailed")


MADE_UP = {"name": [{"family": "Madeup"}], "birthDate": "1984-02-29"}
OTHERS = [
    ref("RelatedPerson/m"), ref("Group/g"), ref("someone-else"), ref("urn:oid:1.2.3"), ref("#other"), ref("#nobody"),
    ref("#gone"), ref("#m"), ref(7), "Patient/p",
]  # fmt: skip


@pytest.mark.parametrize("subject", OTHERS)
def test_what_is_not_about_the_patient_of_the_file_refuses_it(subject):
    """R3.7: a mother's heart rate, a group's vaccine, or what does not say whose it is."""
    inside = [
        resource("Patient", "other", name=[{"family": "Other"}], birthDate="1984-02-29"),
        resource("Patient", "nobody"),
        resource("RelatedPerson", "m", **MADE_UP),
    ]
    with pytest.raises(UnreadableExtract, match="another patient than the file"):
        extract_of(observation(subject=subject, contained=inside), resource("RelatedPerson", "m"))


@pytest.mark.parametrize("subject", [ref("Patient/p"), ref("p"), ref("#same"), {"display": "Q"}])
def test_what_is_about_the_patient_of_the_file_is_read(subject):
    inside = [resource("Patient", "same", **MADE_UP)]
    assert len(extract_of(observation(subject=subject, contained=inside)).entries) == 1


def test_what_was_measured_on_somebody_else_is_reported_and_not_shown():
    """R3.7: an unborn child's heart rate stands in the mother's record with a focus."""
    extract = extract_of(observation(subject=ref("Patient/p"), focus=[ref("RelatedPerson/m")]))
    assert extract.entries == ()
    assert ["focus" in each.reason for each in extract.skipped] == [True]


def test_what_stands_inside_a_report_is_not_another_of_the_same_id():
    """R6.6: a weight of the bundle is no result because a result inside the report has its id."""
    inner = [
        observation("1", valueString="x"),
        resource("Specimen", "2", type=coded(display="Blood")),
    ]
    report = resource("DiagnosticReport", "r", code=coded(), contained=inner)
    report |= {"result": [ref("#1")], "specimen": [ref("#2")]}
    urine = resource("Specimen", "2", type=coded(display="Urine"))
    extract = extract_of(report, observation("1", code=coded(display="Weight")), urine)
    assert {each.key.id: len(each.parts) for each in extract.entries} == {"r": 0, "1": 0}
    assert "Urine" not in str(extract.entries)
    assert [(each.id, "Observation" in each.reason) for each in extract.skipped] == [("r", True)]


@pytest.mark.parametrize("more", [{"status": "cancelled"}, {"modifierExtension": [SOMETHING]}])
def test_what_was_written_in_a_visit_that_is_left_out_stands_alone(more):
    """R6.7: a visit that was cancelled takes nothing with it."""
    visit = resource("Encounter", "e", type=[coded()], **more)
    extract = extract_of(visit, observation(encounter=ref("Encounter/e")))
    assert [each.key.id for each in extract.entries] == ["o"]


@pytest.mark.parametrize("value", ["valueString", "component"])
@pytest.mark.parametrize("in_report", [False, True])
def test_a_cancelled_result_shows_no_value(value, in_report):
    """R6.6"""
    told = {"valueString": "SECRET", "component": [{"code": coded(), "valueString": "SECRET"}]}
    report = resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/o")])
    cancelled = observation(status="cancelled", category=[], **{value: told[value]})
    extract = extract_of(cancelled, *([report] if in_report else []))
    assert "SECRET" not in str(extract)
    assert "cancelled" in str(extract)
    assert "SECRET" in str(extract_of(observation(**{value: told[value]})))

"""The International Patient Summary of a record: one that other systems accept, and nothing but what is known."""

import json

import pytest
from fhir.resources.R4B.bundle import Bundle

from audit.row_security import rows_of
from portal.demo.people import PATIENTS
from records.takeaway.ips import summary_of
from surgeries.terms import Section
from tests.cast import make_entry
from tests.clock import NOW
from tests.records.takeaway.ips_made import (
    bundle_of,
    demo_extract,
    held_ids,
    load,
    of_type,
    open_all,
    own_access,
    section_of,
    text_of,
    told,
    visible,
)
from tests.records.takeaway.ips_rules import problems
from tests.records.views.record import (
    cover,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    notice,
)

pytestmark = pytest.mark.django_db


def accepted(access):
    """The document, once two validators have nothing against it."""
    text = text_of(access)
    Bundle.model_validate_json(text)
    bundle = json.loads(text)
    assert problems(bundle, held_ids(access.patient)) == []
    return bundle


@pytest.fixture
def access(patient, patient_user):
    return own_access(patient, patient_user)


@pytest.mark.parametrize("person", PATIENTS, ids=lambda person: person.key)
def test_the_summary_of_everyone_in_the_demo_is_accepted(person, access):
    """Everything open, every result opened."""
    load(access.patient, demo_extract(person.key))
    open_all(access.patient, access.viewer)
    bundle = accepted(access)
    assert told(bundle) == visible(access)


def test_an_empty_record_says_that_nothing_is_known_and_never_that_there_is_nothing(access):
    """R6.2: an empty list of allergies is no "no known allergies"."""
    bundle = accepted(access)
    assert len(bundle["entry"]) == 3
    for section in bundle["entry"][0]["resource"]["section"]:
        assert section["emptyReason"]["coding"][0]["code"] == "unavailable"
    assert "There is no information about this part" in section_of(bundle, "48765-2")["text"]["div"]


def test_a_part_of_the_record_with_nothing_in_it_says_so(access):
    """R2.6: nothing recorded, no information and no access are three things."""
    cover(access.patient, Section.ALLERGIES)
    own = own_access(access.patient, access.viewer, "summary", "summary")
    bundle = accepted(own)
    assert "Nothing is recorded in what is open" in section_of(bundle, "48765-2")["text"]["div"]
    assert "There is no information" in section_of(bundle, "10160-0")["text"]["div"]
    assert "is not open online" in section_of(bundle, "11450-4")["text"]["div"]


def test_a_warning_of_the_source_is_told_in_neutral_words(access):
    """R2.6."""
    notice(access.patient, Section.ALLERGIES, "data-in-transit")
    text = section_of(accepted(access), "48765-2")["text"]["div"]
    assert "has not yet fully arrived" in text
    assert "SOURCE WORDS" not in text


def test_a_proxy_gets_their_sections_only_and_is_not_told_why(patient, proxy_grant, proxy_user):
    """R4.3, R4.11."""
    load(patient, demo_extract())
    scopes = frozenset({Section.MEDICINES, Section.TEST_RESULTS})
    access = own_access(patient, proxy_user, "detailed", "none", grant=proxy_grant, scopes=scopes)
    open_all(patient, proxy_user)
    bundle = accepted(access)
    assert told(bundle) == visible(access)
    assert {kind for kind, _, _ in told(bundle)} == {"medicine", "report"}
    assert "Older entries" not in json.dumps(bundle)


def test_the_document_says_who_it_is_about_and_who_wrote_it(access):
    """R4.11, R7.5: no address, no phone, no internal number."""
    access.patient.surgery.address, access.patient.surgery.phone = "1 Some Street", "01632 960000"
    bundle = accepted(access)
    composition, patient, surgery = (each["resource"] for each in bundle["entry"])
    assert patient["birthDate"] == "1980-02-03"
    assert "gender" not in patient
    assert surgery["identifier"][0]["value"] == "Z99001"
    assert composition["author"] == [composition["custodian"]]
    assert "Some Street" not in json.dumps(bundle)
    assert "960000" not in json.dumps(bundle)


def test_two_copies_share_no_name(access):
    make_allergy(access.patient)
    one, other = bundle_of(access), bundle_of(access)
    names = [{each["fullUrl"] for each in bundle["entry"]} for bundle in (one, other)]
    assert not names[0] & names[1]
    assert one["identifier"] != other["identifier"]


def test_both_ways_to_write_it_say_the_same(access):
    load(access.patient, demo_extract())
    with rows_of(access.patient.pk):
        whole = summary_of(access, now=NOW)
    kinds = [each["resource"]["resourceType"] for each in whole["entry"]]
    assert kinds == [each["resource"]["resourceType"] for each in bundle_of(access)["entry"]]
    assert problems(whole) == []


def test_words_that_nobody_can_trust_stay_words(access):
    """R7.7: markup is escaped, what XML forbids is dropped, and the coded words keep the rest."""
    title = 'Nut <script>alert("1")</script> & "☃" \x0b]]> &nbsp;'
    make_allergy(
        access.patient, title=title, details={"status": "active", "certainty": "confirmed"}
    )
    bundle = accepted(access)
    (allergy,) = of_type(bundle, "AllergyIntolerance")
    assert allergy["code"]["text"] == title.replace("\x0b", "")
    assert "&lt;script&gt;" in allergy["text"]["div"]
    assert "<script" not in allergy["text"]["div"]


def test_numbers_keep_their_digits_and_marks_their_words(access):
    """R6.6: as the laboratory wrote them, and no mark where it gave none."""
    report = make_report(access.patient, details={"categories": ["Laboratory"], "status": "final"})
    make_part(
        report, "p1", 1, details={
            "value": {"number": "41.00", "unit": "mmol/L", "comparator": "<"}, "status": "final",
            "ranges": [{"low": {"number": "3.80", "unit": "mmol/L"}}],
        },
    )  # fmt: skip
    text = text_of(access)
    assert '"value":41.00,"comparator":"<"' in text
    assert '"value":3.80' in text
    (result,) = of_type(accepted(access), "Observation")
    assert result["meta"]["profile"][0].endswith("laboratory-pathology-uv-ips")
    assert "interpretation" not in result
    assert result["performer"][0]["extension"][0]["valueCode"] == "unknown"


def test_panels_hold_their_results_and_blood_pressures_their_two_values(access):
    report = make_report(access.patient)
    panel = make_part(report, "g", 1, kind="result-group", title="Liver function")
    make_part(report, "p", 2, title="ALT", details={"group": {"entry": str(panel.id)}})
    make_entry(
        access.patient, "bp", title="Blood pressure", details={
            "codes": [{"system": "http://snomed.info/sct", "code": "75367002"}],
            "components": [
                {"title": "Systolic", "value": {"number": "120", "unit": "mm[Hg]"}},
                {"title": "Diastolic", "value": {"number": "80", "unit": "mm[Hg]"}},
            ],
        },
    )  # fmt: skip
    bundle = accepted(access)
    observations = {each["code"]["text"]: each for each in of_type(bundle, "Observation")}
    (made,) = of_type(bundle, "DiagnosticReport")
    group, alt = observations["Liver function"], observations["ALT"]
    assert made["result"] == [{"reference": f"urn:uuid:{group['id']}"}]
    assert group["hasMember"] == [{"reference": f"urn:uuid:{alt['id']}"}]
    assert alt["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    values = [
        each["valueQuantity"]["value"] for each in observations["Blood pressure"]["component"]
    ]
    assert values == [120, 80]
    assert len(section_of(bundle, "8716-3")["entry"]) == 1


def test_what_is_not_known_is_said_to_be_unknown(access):
    """R6.7: no day is made up, and no status."""
    make_allergy(access.patient, details={})
    make_medicine(access.patient, details={"status": ""})
    make_entry(
        access.patient, "i", section="immunisations", kind="immunisation", title="Flu vaccine"
    )
    bundle = accepted(access)
    assert "coding" not in of_type(bundle, "AllergyIntolerance")[0]["clinicalStatus"]
    (medicine,) = of_type(bundle, "MedicationStatement")
    assert (medicine["status"], "effectiveDateTime" in medicine) == ("unknown", False)
    assert of_type(bundle, "Immunization")[0]["occurrenceString"] == "Unknown date"


def test_an_end_of_an_allergy_is_told_with_its_reason_only(access):
    """R6.5."""
    ended = {"status": "resolved", "ended_on": {"on": "2020-01-01", "precision": "year"}}
    make_allergy(access.patient, "a1", title="Eggs", details=ended)
    make_allergy(access.patient, "a2", title="Nuts", details=ended | {"reason_ended": "Tested"})
    eggs, nuts = sorted(
        of_type(accepted(access), "AllergyIntolerance"), key=lambda each: each["code"]["text"]
    )
    assert "2020" not in json.dumps(eggs)
    assert nuts["extension"][0]["valueDateTime"] == "2020"
    assert "Tested" in json.dumps(nuts)


def test_a_document_is_named_and_its_content_stays_where_it_is(access):
    make_entry(
        access.patient, "d", section="documents", kind="document", title="Letter",
        level_needed="documents", free_text={"description": "From the eye clinic"},
    )  # fmt: skip
    (made,) = of_type(accepted(access), "DocumentReference")
    assert made["content"][0]["attachment"]["title"] == "The document itself is not in this copy"
    assert made["description"] == "From the eye clinic"
    below = own_access(access.patient, access.viewer, "documents", "documents")
    assert "eye clinic" not in text_of(below)

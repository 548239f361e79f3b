"""What the source wants hidden and what is never shown, as truth tables (R2.4, R1.10, R6.5)."""

import pytest

from tests.records.importing.gpconnect_resources import (
    ACT_CODE,
    NOPAT,
    PROBLEM,
    coded,
    consultation,
    extract_of,
    fhir_list,
    observation,
    one,
    resource,
)

SHOWN, WITHHELD = "", "source-withheld"


def ref(kind, id):
    return {"reference": f"{kind}/{id}"}


def record(labelled):
    """A small record of which one resource is labelled; an encounter without a list belongs to it."""
    resources = [
        *consultation(
            "Observation/finding", "AllergyIntolerance/allergy", "MedicationRequest/plan"
        ),
        resource("Encounter", "e"),
        observation("finding"),
        observation("in-encounter", context=ref("Encounter", "e")),
        observation("alone"),
        observation("behind"),
        resource(
            "Condition",
            "condition",
            code=coded(),
            extension=[{"url": PROBLEM, "valueReference": ref("Observation", "behind")}],
        ),
        resource("AllergyIntolerance", "allergy", code=coded()),
        resource("Medication", "drug", code=coded("1", "Aspirin")),
        resource(
            "MedicationStatement",
            "statement",
            basedOn=[ref("MedicationRequest", "plan")],
            medicationReference=ref("Medication", "drug"),
        ),
        resource("MedicationRequest", "plan", intent="plan"),
        resource(
            "MedicationRequest",
            "issue",
            intent="order",
            basedOn=[ref("MedicationRequest", "plan")],
        ),
        resource("DiagnosticReport", "report", code=coded(), result=[ref("Observation", "result")]),
        observation("result"),
    ]
    return [{**each, "meta": NOPAT} if each["id"] == labelled else each for each in resources]


ENTRIES = ("c", "in-encounter", "alone", "condition", "allergy", "statement", "report", "behind")
PARTS = ("finding", "issue", "result")


@pytest.mark.parametrize(
    ("labelled", "hidden"),
    [
        ("nothing", set()),
        ("finding", {"finding"}),
        ("alone", {"alone"}),
        ("allergy", {"allergy"}),
        ("condition", {"condition", "behind"}),
        ("behind", {"behind"}),
        ("statement", {"statement"}),
        ("plan", {"statement"}),
        ("drug", {"statement"}),
        ("issue", {"issue"}),
        ("report", {"report"}),
        ("result", {"result"}),
        ("c", {"c", "finding", "allergy", "statement", "in-encounter"}),
        ("e", {"c", "finding", "allergy", "statement", "in-encounter"}),
        ("c-topic", {"finding", "allergy", "statement"}),
        ("c-heading", {"finding", "allergy", "statement"}),
    ],
)
def test_a_label_hides_its_entry_its_part_or_what_is_in_its_consultation(labelled, hidden):
    """R2.4"""
    extract = extract_of(*record(labelled))
    withheld = {id for id in ENTRIES if one(extract, id).unreleased_because == WITHHELD}
    withheld |= {id for id in PARTS if one(extract, id).withheld}
    assert withheld == hidden


@pytest.mark.parametrize(
    ("security", "reason"),
    [
        ([{"system": ACT_CODE, "code": "NOPAT"}], WITHHELD),
        (
            [{"system": ACT_CODE, "code": "NOSCRUB"}, {"system": ACT_CODE, "code": "NOPAT"}],
            WITHHELD,
        ),
        ([{"code": "NOPAT"}], WITHHELD),
        ("NOPAT", WITHHELD),
        ([{"system": "https://somewhere.example", "code": "NOPAT"}], WITHHELD),
        ([{"system": ACT_CODE, "code": "nopat"}], WITHHELD),
        ([{"display": "NoPat"}], WITHHELD),
        ([{"system": ACT_CODE, "code": "NOSCRUB"}], SHOWN),
        ([{"system": ACT_CODE, "code": "R"}], SHOWN),
        ([], SHOWN),
    ],
)
def test_only_nopat_means_hide_and_a_label_that_cannot_be_read_hides_too(security, reason):
    """R2.4"""
    extract = extract_of(observation(meta={"security": security}))
    assert one(extract, "o").unreleased_because == reason


def test_a_hidden_heading_leaves_neither_its_title_nor_its_notes():
    """R2.3"""
    lists = consultation("Observation/o")
    lists[2] |= {"meta": NOPAT, "title": "Domestic abuse", "note": [{"text": "Do not tell"}]}
    entry = one(extract_of(*lists, observation()), "c")
    assert "Domestic" not in str(entry.details)
    assert entry.free_text == {}


def test_a_hidden_topic_leaves_neither_its_title_nor_its_problem():
    """R2.3"""
    lists = consultation("Observation/o")
    lists[1] |= {"meta": NOPAT}
    entry = one(extract_of(*lists, observation()), "c")
    assert "Asthma" not in str(entry.details)


def test_a_label_on_a_list_reaches_the_ended_allergies_inside_it():
    inside = [resource("AllergyIntolerance", "15", code=coded())]
    ended = fhir_list("ended", "1103671000000101", "#15", contained=inside, meta=NOPAT)
    assert one(extract_of(ended), "15").unreleased_because == WITHHELD


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("ProcedureRequest", {"intent": "plan"}, "diary"),
        ("ProcedureRequest", {"intent": "order"}, ""),
        ("ProcedureRequest", {"intent": "order", "status": "draft"}, "draft"),
        ("ReferralRequest", {"status": "draft"}, "draft"),
        ("ReferralRequest", {"status": "unknown"}, ""),
        ("MedicationRequest", {"intent": "plan", "status": "draft"}, "draft"),
        ("MedicationRequest", {"intent": "plan", "status": "entered-in-error"}, "entered-in-error"),
        ("MedicationStatement", {"status": "entered-in-error"}, "entered-in-error"),
        ("MedicationStatement", {"status": "completed"}, ""),
        ("DiagnosticReport", {"status": "registered"}, "not-filed"),
        ("DiagnosticReport", {"status": "partial"}, "not-filed"),
        ("DiagnosticReport", {"status": "preliminary"}, ""),
        ("DiagnosticReport", {"status": "unknown"}, ""),
        ("Observation", {"status": "registered"}, "not-filed"),
        ("Observation", {"status": "preliminary"}, ""),
        ("Observation", {"status": "entered-in-error"}, "entered-in-error"),
        ("AllergyIntolerance", {"verificationStatus": "refuted"}, "refuted"),
        ("AllergyIntolerance", {"verificationStatus": "entered-in-error"}, "entered-in-error"),
        ("AllergyIntolerance", {"verificationStatus": "unconfirmed"}, ""),
        ("Condition", {"verificationStatus": "entered-in-error"}, "entered-in-error"),
        ("Immunization", {"status": "entered-in-error"}, "entered-in-error"),
        ("DocumentReference", {"status": "superseded"}, "not-reviewed"),
        ("DocumentReference", {"status": "current", "docStatus": "preliminary"}, "not-reviewed"),
        ("DocumentReference", {"status": "current", "docStatus": "final"}, ""),
        ("Observation", {"code": coded("1290331000000103", "Declined")}, "access-code"),
        ("Observation", {"code": coded("1364731000000104", "Review")}, "access-code"),
        ("Observation", {"valueCodeableConcept": coded("1364751000000106", "No")}, "access-code"),
        ("Observation", {"meta": NOPAT, "code": coded("1364731000000104")}, "access-code"),
        ("Observation", {"meta": NOPAT, "status": "registered"}, WITHHELD),
        ("Observation", {"status": None}, ""),
    ],
)
def test_what_is_never_shown_is_kept_with_the_reason(kind, body, reason):
    """R1.10, R1.11, R6.5"""
    body = {"code": coded(), **body}
    (entry,) = extract_of(resource(kind, **body)).entries
    assert entry.unreleased_because == reason


def test_a_vaccine_that_was_not_given_is_counted_and_left_out():
    """R6.7"""
    extract = extract_of(resource("Immunization", notGiven=True, meta=NOPAT))
    assert (extract.entries, extract.not_shown) == ((), {"not-given": 1})


@pytest.mark.parametrize(
    "item",
    [
        resource("Observation", "x", status="registered", code=coded()),
        resource("Observation", "x", code=coded("1364731000000104", "Enhanced review indicated")),
        resource("ProcedureRequest", "x", intent="plan", code=coded()),
        resource("ReferralRequest", "x", status="draft"),
    ],
    ids=["result not filed", "access code", "diary", "draft"],
)
def test_what_is_never_shown_is_no_part_of_what_is(item):
    """R1.10"""
    extract = extract_of(
        *consultation(f"{item['resourceType']}/x", "Observation/o"), item, observation()
    )
    assert [part.key.id for part in one(extract, "c").parts] == ["o"]
    assert one(extract, "x").unreleased_because


def test_a_result_that_is_not_filed_is_lifted_out_of_its_report():
    """R1.10"""
    named = [ref("Observation", "filed"), ref("Observation", "registered")]
    extract = extract_of(
        resource("DiagnosticReport", "r", code=coded(), status="final", result=named),
        observation("filed"),
        observation("registered", status="registered"),
    )
    assert [part.key.id for part in one(extract, "r").parts] == ["filed"]
    assert one(extract, "registered").unreleased_because == "not-filed"


@pytest.mark.parametrize(
    ("labels", "withheld"),
    [
        ([{"coding": [{"system": ACT_CODE, "code": "NOPAT"}]}], True),
        ([{"coding": [{"system": ACT_CODE, "code": "R"}]}], False),
        ([], False),
    ],
)
def test_a_label_on_the_content_of_a_document_withholds_only_that(labels, withheld):
    """R2.4"""
    attachment = {"attachment": {"url": "https://gp.example/Binary/1"}}
    letter = resource(
        "DocumentReference", status="current", securityLabel=labels, content=[attachment]
    )
    (entry,) = extract_of(letter).entries
    assert entry.unreleased_because == ""
    assert [each.withheld for each in entry.documents] == [withheld]


def test_a_withheld_heading_of_a_report_hides_what_stands_below_it():
    """R2.4: the results would otherwise stand below the heading before it."""
    related = [{"type": "has-member", "target": ref("Observation", "inside")}]
    report = resource(
        "DiagnosticReport", "r", code=coded(),
        result=[ref("Observation", "heading"), ref("Observation", "outside")],
    )  # fmt: skip
    heading = {**observation("heading", related=related), "meta": NOPAT}
    extract = extract_of(report, heading, observation("inside"), observation("outside"))
    hidden = {part.key.id for part in one(extract, "r").parts if part.withheld}
    assert {"heading", "inside"} <= hidden


@pytest.mark.parametrize("is_first", [True, False])
def test_a_label_on_one_of_two_with_the_same_id_hides_the_one_that_is_kept(is_first):
    """R2.4: nobody can tell which of them holds."""
    versions = [observation(meta=NOPAT), observation()]
    entry = one(extract_of(*versions if is_first else versions[::-1]), "o")
    assert entry.unreleased_because == "source-withheld"

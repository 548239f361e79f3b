"""What the reader of FHIR R4 makes of each kind of resource: words, dates, levels, statuses, references, labels."""

import json
from datetime import UTC, datetime

import pytest

from records.importing.extract import PartialDate, UnreadableExtract
from records.importing.r4 import read
from tests.records.importing.gpconnect_resources import content, one, typed
from tests.records.importing.r4_resources import (
    NOPAT,
    SNOMED,
    as_bytes,
    coded,
    extract_of,
    observation,
    patient,
    ref,
    resource,
    word,
)

AT = "2024-03-01T09:30:00+00:00"
INSTANT = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "body", "dated"),
    [
        ("AllergyIntolerance", {"code": coded()}, "recordedDate"),
        ("Condition", {"code": coded()}, "recordedDate"),
        ("MedicationRequest", {"intent": "order"}, "authoredOn"),
        ("MedicationStatement", {}, "dateAsserted"),
        ("Observation", {"code": coded()}, "issued"),
        ("Immunization", {"status": "completed", "vaccineCode": coded()}, "recorded"),
        ("DiagnosticReport", {"code": coded()}, "issued"),
        ("DocumentReference", {"type": coded()}, "date"),
        ("ServiceRequest", {"intent": "order", "code": coded()}, "authoredOn"),
        ("Encounter", {"type": [coded()]}, None),
        ("Procedure", {"code": coded()}, None),
    ],
)
def test_when_something_was_recorded_is_what_the_source_says_or_unknown(kind, body, dated):
    """R1.3, R7.6: never the clinical date, nor when the bundle was made."""
    clinical = {
        "onsetDateTime": AT,
        "effectiveDateTime": AT,
        "performedDateTime": AT,
        "occurrenceDateTime": AT,
    }
    meta = {"lastUpdated": AT}
    (entry,) = extract_of(resource(kind, **body, **clinical, meta=meta), timestamp=AT).entries
    assert entry.recorded_at is None
    if dated:
        (entry,) = extract_of(resource(kind, **{**body, dated: AT})).entries
        assert entry.recorded_at == INSTANT


@pytest.mark.parametrize(
    ("kind", "body", "section", "level"),
    [
        ("AllergyIntolerance", {"code": coded()}, "allergies", "summary"),
        ("AllergyIntolerance", {"code": {"text": "typed"}}, "allergies", "summary"),
        ("MedicationRequest", {"medicationCodeableConcept": coded()}, "medicines", "summary"),
        (
            "MedicationStatement",
            {"medicationCodeableConcept": {"text": "t"}},
            "medicines",
            "summary",
        ),
        ("Immunization", {"vaccineCode": coded()}, "immunisations", "detailed"),
        ("Immunization", {"vaccineCode": {"text": "typed"}}, "immunisations", "full"),
        ("Condition", {"code": coded()}, "health-conditions", "detailed"),
        ("Condition", {"code": {"text": "typed"}}, "health-conditions", "full"),
        ("DiagnosticReport", {"code": coded()}, "test-results", "detailed"),
        ("Encounter", {"type": [coded()]}, "consultations", "detailed"),
        ("Observation", {"code": coded()}, "consultations", "detailed"),
        ("Observation", {"code": {"text": "typed"}}, "consultations", "full"),
        (
            "Observation",
            {"code": coded("37331000000100"), "valueString": "x"},
            "consultations",
            "full",
        ),
        ("Procedure", {"code": coded()}, "consultations", "detailed"),
        ("ServiceRequest", {"code": coded(), "intent": "order"}, "consultations", "detailed"),
        ("DocumentReference", {"type": coded()}, "documents", "documents"),
    ],
)
def test_section_and_level_are_those_of_gp_connect(kind, body, section, level):
    """R1.6, R1.7: free text only at the full level."""
    (entry,) = extract_of(resource(kind, **body)).entries
    assert (entry.section, entry.level_needed) == (section, level)


@pytest.mark.parametrize("place", ["note", "reaction"])
def test_what_was_typed_is_kept_apart_from_what_is_coded(place):
    """R1.7"""
    typed_words = {"note": [{"text": "SECRET"}], "reaction": [{"description": "SECRET"}]}[place]
    (entry,) = extract_of(
        resource("AllergyIntolerance", code=coded(), **{place: typed_words})
    ).entries
    assert "SECRET" not in str(entry.details)
    assert "SECRET" in str(entry.free_text)


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        (
            "AllergyIntolerance",
            {"verificationStatus": word("entered-in-error")},
            "entered-in-error",
        ),
        ("AllergyIntolerance", {"verificationStatus": word("refuted")}, "refuted"),
        ("Condition", {"verificationStatus": word("refuted")}, "refuted"),
        ("Condition", {"verificationStatus": word("entered-in-error")}, "entered-in-error"),
        ("Observation", {"status": "entered-in-error"}, "entered-in-error"),
        ("Observation", {"status": "registered"}, "not-filed"),
        ("DiagnosticReport", {"status": "partial"}, "not-filed"),
        ("DocumentReference", {"docStatus": "preliminary"}, "not-reviewed"),
        ("DocumentReference", {"status": "superseded"}, "not-reviewed"),
        ("MedicationRequest", {"status": "draft"}, "draft"),
        ("ServiceRequest", {"intent": "plan", "code": coded()}, "diary"),
        ("Encounter", {"status": "planned", "type": [coded()]}, "diary"),
        ("Observation", {"code": coded("1364731000000104", "Enhanced review")}, "access-code"),
        ("Observation", {"status": "preliminary"}, ""),
        ("Condition", {"verificationStatus": word("confirmed")}, ""),
        ("Condition", {"verificationStatus": word("provisional")}, ""),
    ],
)
def test_what_a_status_of_r4_keeps_from_everybody(kind, body, reason):
    """R1.10, R6.5"""
    (entry,) = extract_of(resource(kind, **body)).entries
    assert entry.unreleased_because == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"coding": [{"system": SNOMED, "code": "723511001"}, {"code": "refuted"}]}, "refuted"),
        ({"coding": [{"code": "x"}, {"code": "entered-in-error"}]}, "entered-in-error"),
        ({"coding": [{"code": "723511001", "display": "Refuted"}]}, "refuted"),
        ({"text": "Refuted"}, "refuted"),
        ({"text": "Entered in error"}, "entered-in-error"),
        (word("REFUTED"), "refuted"),
        ("Refuted", "refuted"),
        ({"coding": [{"code": "confirmed"}, {"code": "refuted"}]}, "refuted"),
    ],
)
@pytest.mark.parametrize("kind", ["AllergyIntolerance", "Condition"])
def test_a_status_is_found_in_every_coding_and_in_words(kind, status, reason):
    """R6.5: an allergy that was refuted is not one, however that is written."""
    (entry,) = extract_of(resource(kind, code=coded(), verificationStatus=status)).entries
    assert entry.unreleased_because == reason


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("AllergyIntolerance", {"verificationStatus": {"coding": {"code": "refuted"}}}),
        ("AllergyIntolerance", {"verificationStatus": {"text": "disproved"}}),
        ("Condition", {"verificationStatus": ["refuted"]}),
        ("Observation", {"status": ["entered-in-error"]}),
        ("Observation", {"status": "void"}),
        ("DocumentReference", {"docStatus": {"x": 1, "coding": "entered-in-error"}}),
    ],
)
def test_what_has_a_status_that_cannot_be_read_is_reported_and_not_shown(kind, status):
    """R6.5: it may be the one that hides."""
    extract = extract_of(resource(kind, code=coded(), **status), observation("good"))
    assert [each.key.id for each in extract.entries] == ["good"]
    assert [
        (each.id, next(iter(status)) in each.reason or "coding" in each.reason)
        for each in extract.skipped
    ] == [("1", True)]


def test_a_result_whose_status_cannot_be_read_is_reported_beside_its_report():
    """R6.5"""
    report = resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/o")])
    extract = extract_of(report, observation(status="void"))
    assert [len(each.parts) for each in extract.entries] == [0]
    assert [each.id for each in extract.skipped] == ["o"]


@pytest.mark.parametrize(
    ("kind", "body", "counted"),
    [
        ("Immunization", {"status": "not-done"}, {"not-given": 1}),
        ("Procedure", {"status": "not-done"}, {"not-done": 1}),
        ("Encounter", {"status": "cancelled", "type": [coded()]}, {"not-done": 1}),
        ("Immunization", {"status": "completed"}, {}),
    ],
)
def test_what_was_not_done_is_counted_and_left_out(kind, body, counted):
    """R6.7: nobody reads as done what was not."""
    extract = extract_of(resource(kind, vaccineCode=coded(), code=coded(), **body))
    assert extract.not_shown == counted
    assert len(extract.entries) == (0 if counted else 1)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("active", "active"), ("relapse", "active"), ("recurrence", "active"),
        ("inactive", "inactive"), ("remission", "inactive"), ("resolved", "inactive"),
        ("nonsense", ""),
    ],
)  # fmt: skip
def test_a_status_of_a_condition_is_active_past_or_not_known(status, told):
    """R6.8, README C: a concept in R4."""
    (entry,) = extract_of(resource("Condition", code=coded(), clinicalStatus=word(status))).entries
    assert content(entry).status == told


@pytest.mark.parametrize(
    ("certainty", "told"),
    [("provisional", "provisional"), ("differential", "differential"), ("confirmed", "")],
)
def test_a_diagnosis_that_is_not_certain_says_so(certainty, told):
    (entry,) = extract_of(
        resource("Condition", code=coded(), verificationStatus=word(certainty))
    ).entries
    assert content(entry).certainty == told


@pytest.mark.parametrize(
    ("kind", "status", "told", "why"),
    [
        ("MedicationRequest", "active", "active", ""),
        ("MedicationRequest", "completed", "completed", ""),
        ("MedicationRequest", "stopped", "stopped", ""),
        ("MedicationRequest", "cancelled", "stopped", "The prescription was cancelled"),
        ("MedicationRequest", "on-hold", "stopped", "On hold"),
        ("MedicationStatement", "not-taken", "stopped", "Not being taken"),
        ("MedicationStatement", "unknown", "", ""),
    ],
)
def test_a_medicine_that_is_over_does_not_look_current(kind, status, told, why):
    """R6.4"""
    (entry,) = extract_of(resource(kind, status=status, medicationCodeableConcept=coded())).entries
    assert (content(entry).status, content(entry).reason_stopped) == (told, why)


def test_why_a_medicine_was_stopped_is_told_in_the_words_of_the_source():
    request = resource("MedicationRequest", status="stopped", statusReason={"text": "Rash"})
    statement = resource(
        "MedicationStatement", "2", status="stopped", statusReason=[{"text": "Rash"}]
    )
    entries = extract_of(request, statement).entries
    assert [content(each).reason_stopped for each in entries] == ["Rash", "Rash"]


@pytest.mark.parametrize("style", ["urn", "relative", "absolute", "other id", "no id", "address"])
def test_a_reference_is_found_however_it_is_written(style):
    """README C: urn:uuid, some relative; an address can disagree with the id."""
    uuid = "3f76e819-1f30-405d-b1ef-66c878b401c2"
    written = {
        "urn": f"urn:uuid:{uuid}", "relative": f"Medication/{uuid}", "other id": f"urn:uuid:{uuid}",
        "absolute": f"https://fhir.example.test/Medication/{uuid}", "no id": f"urn:uuid:{uuid}",
        "address": f"Medication/{uuid}",
    }[style]  # fmt: skip
    medicine = {"resourceType": "Medication", "code": coded(display="Aspirin 75mg tablets")}
    address = f"https://fhir.example.test/Medication/{uuid}"
    if style not in ("other id", "no id"):
        medicine["id"] = uuid
    if style == "other id":
        medicine["id"] = "another"
    if style == "address":
        medicine["id"] = "another"
    if style in ("other id", "no id"):
        address = f"urn:uuid:{uuid}"
    request = resource("MedicationRequest", medicationReference=ref(written))
    entries = [{"resource": patient()}, {"resource": request}]
    entries.append({"fullUrl": address, "resource": medicine})
    data = as_bytes().replace(b'"entry": []', b'"entry": ' + json.dumps(entries).encode())
    (entry,) = read(data).entries
    assert entry.title == "Aspirin 75mg tablets"


def test_resources_without_an_id_go_by_their_address():
    """Two prescriptions of the same on the same day are two."""
    same = {"resourceType": "MedicationRequest", "medicationCodeableConcept": coded()}
    extract = extract_of(*({**same, "id": each} for each in ("a", "b")), urls=True)
    assert [each.key.id for each in extract.entries] == ["a", "b"]


def test_a_medicine_inside_its_statement_gives_the_name():
    """README C: contained Medication."""
    inner = resource("Medication", "m", code=coded(display="Insulin"))
    statement = resource("MedicationStatement", contained=[inner], medicationReference=ref("#m"))
    assert extract_of(statement).entries[0].title == "Insulin"


def test_a_statement_has_its_issues_below_it():
    named = {"medicationCodeableConcept": coded(display="Aspirin")}
    extract = extract_of(
        resource("MedicationStatement", "s", derivedFrom=[ref("MedicationRequest/i")], **named),
        resource("MedicationRequest", "i", intent="order", status="cancelled", **named),
        resource("MedicationRequest", "plan", intent="plan", **named),
        resource(
            "MedicationRequest",
            "j",
            intent="order",
            basedOn=[ref("MedicationRequest/plan")],
            **named,
        ),
    )
    assert {each.key.id: [part.key.id for part in each.parts] for each in extract.entries} == {
        "s": ["i"],
        "plan": ["j"],
    }
    assert content(one(extract, "i")).cancelled


@pytest.mark.parametrize(
    ("written", "precision"),
    [
        ("2009", "year"),
        ("2009-03", "month"),
        ("2009-03-04", "day"),
        ("2009-03-04T10:20:00Z", "time"),
    ],
)
def test_dates_of_r4_are_as_precise_as_written(written, precision):
    """R6.7"""
    (entry,) = extract_of(resource("Condition", code=coded(), onsetDateTime=written)).entries
    assert entry.effective.precision == precision


def test_a_date_that_is_said_to_be_absent_is_unknown():
    """README C: data-absent-reason."""
    absent = {"extension": [{"url": "http://x/data-absent-reason", "valueCode": "unknown"}]}
    (entry,) = extract_of(resource("Condition", code=coded(), _onsetDateTime=absent)).entries
    assert entry.effective == PartialDate()


def test_why_a_value_is_absent_is_told_in_words():
    """README C: data-absent-reason."""
    reason = {"coding": [{"code": "not-performed"}]}
    (entry,) = extract_of(observation(dataAbsentReason=reason)).entries
    assert content(entry).absent_because == "Not done"


def test_codings_without_words_leave_the_name_to_the_narrative():
    """README C: codings without display; a code is no name (R6.3)."""
    body = {"code": coded(display=""), "text": {"div": "<div><b>Asthma</b>, mild</div>"}}
    (entry,) = extract_of(resource("Condition", **body)).entries
    assert entry.title == "Health condition with no name in the record"
    assert typed(entry).notes == ["Asthma, mild"]


def test_narrative_is_left_where_there_are_coded_words():
    body = {"code": coded(), "text": {"div": "<div>SECRET</div>"}}
    assert "SECRET" not in str(extract_of(resource("Condition", **body)))


def test_results_stand_below_their_report_in_their_groups():
    panel = observation("g", hasMember=[ref("Observation/a"), ref("Observation/b")])
    report = resource(
        "DiagnosticReport", "r", code=coded(), result=[ref("Observation/g"), ref("Observation/c")]
    )
    extract = extract_of(report, panel, *(observation(each, valueString="x") for each in "abc"))
    assert [part.key.id for part in one(extract, "r").parts] == ["g", "a", "b", "c"]
    assert [part.kind for part in one(extract, "r").parts] == ["result-group"] + ["result"] * 3
    assert content(one(extract, "a")).group.ref == "Observation/g"
    assert content(one(extract, "c")).group is None


def test_groups_in_a_circle_end():
    circle = [
        observation("a", hasMember=[ref("Observation/b")]),
        observation("b", hasMember=[ref("Observation/a")]),
    ]
    report = resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/a")])
    assert [part.key.id for part in one(extract_of(report, *circle), "r").parts] == ["a", "b"]


def test_marks_ranges_and_the_digits_of_a_value_are_as_given():
    """R6.6, README A.9: several marks; a range that is written twice is said once."""
    body = b'{"resourceType": "Observation", "id": "o", "code": {"text": "x", "coding": [{"code": "1"}]},'
    body += b'"valueQuantity": {"value": 41.0, "unit": "mmol/L", "comparator": "<"},'
    body += (
        b'"interpretation": [{"coding": [{"code": "H", "display": "High"}]}, {"text": "Check"}],'
    )
    body += b'"referenceRange": [{"low": {"value": 4}, "high": {"value": 5.5}, "text": "4 - 5.5"}]}'
    data = as_bytes(patient(), observation("z")).replace(
        b'{"resource": {"resourceType": "Observation"',
        b'{"resource": ' + body + b'}, {"resource": {"resourceType": "Observation"',
    )
    found = content(one(read(data), "o"))
    assert (found.value.number, found.value.comparator) == ("41.0", "<")
    assert [each.words for each in found.flags] == ["High", "Check"]
    (told,) = found.ranges
    assert (told.text, told.low.number, told.high.number) == ("", "4", "5.5")


def test_a_range_whose_words_say_more_than_its_limits_keeps_the_words():
    text = "4 - 5.5 when fasting"
    given = [{"low": {"value": 4}, "high": {"value": 5.5}, "text": text}]
    (entry,) = extract_of(observation(referenceRange=given, valueString="x")).entries
    (told,) = content(entry).ranges
    assert (told.text, told.low, told.high) == (text, None, None)


def test_what_was_written_in_a_visit_stands_in_it_and_the_rest_is_named():
    within = {"encounter": ref("Encounter/e")}
    extract = extract_of(
        resource(
            "Encounter",
            "e",
            type=[coded(display="Review")],
            reasonCode=[coded()],
            period={"start": AT},
        ),
        observation("o", **within),
        resource("Procedure", "pr", code=coded(), **within),
        resource("Condition", "c", code=coded(), **within),
        observation("alone"),
    )
    visit = one(extract, "e")
    assert visit.title == "Review"
    assert [part.key.id for part in visit.parts] == ["o", "pr"]
    (topic,) = content(visit).topics
    assert topic.title == "Asthma"
    assert [each.ref for each in topic.headings[0].items] == [
        "Observation/o",
        "Procedure/pr",
        "Condition/c",
    ]
    assert {each.key.id for each in extract.entries} == {"e", "c", "alone"}


def test_an_encounter_that_only_says_who_wrote_is_no_visit():
    """README D: a Summary Care Record has one for each author."""
    author = resource("Encounter", "e", status="finished", participant=[{"individual": ref("x")}])
    extract = extract_of(author, observation("o", encounter=ref("Encounter/e")))
    assert [each.key.id for each in extract.entries] == ["o"]


@pytest.mark.parametrize(
    ("labelled", "withheld"),
    [
        ("Observation/a", {"a"}),
        ("DiagnosticReport/r", {"r", "a", "b", "g"}),
        ("Observation/g", {"g", "b"}),
        ("Encounter/e", {"e", "o", "c"}),
        ("Condition/c", {"c", "behind"}),
        ("List/l", {"l", "alone"}),
    ],
)
def test_a_label_hides_what_carries_it_and_what_stands_in_it(labelled, withheld):
    """R2.4: as in GP Connect, whichever system the label is from."""
    resources = [
        resource("DiagnosticReport", "r", code=coded(), result=[ref("Observation/a"), ref("Observation/g")]),
        observation("a", valueString="x"),
        observation("g", hasMember=[ref("Observation/b")]),
        observation("b", valueString="x"),
        resource("Encounter", "e", type=[coded()]),
        observation("o", encounter=ref("Encounter/e")),
        resource("Condition", "c", code=coded(), encounter=ref("Encounter/e"), evidence=[{"detail": [ref("Observation/behind")]}]),
        observation("behind"),
        resource("List", "l", entry=[{"item": ref("Observation/alone")}]),
        observation("alone"),
    ]  # fmt: skip
    for each in resources:
        if f"{each['resourceType']}/{each['id']}" == labelled:
            each["meta"] = NOPAT
    extract = extract_of(*resources)
    hidden = {
        each.key.id for each in extract.entries if each.unreleased_because == "source-withheld"
    }
    hidden |= {part.key.id for each in extract.entries for part in each.parts if part.withheld}
    if labelled == "Encounter/e":
        withheld = withheld | {"behind"}  # with the condition that was concluded from it
    assert hidden == withheld - {"l"}


def test_a_label_on_a_contained_medicine_hides_the_prescription():
    inner = resource("Medication", "m", code=coded(), meta=NOPAT)
    request = resource("MedicationRequest", contained=[inner], medicationReference=ref("#m"))
    assert extract_of(request).entries[0].unreleased_because == "source-withheld"


def test_other_labels_do_not_hide():
    """R2.4: HTEST, NOSCRUB."""
    meta = {"security": [{"code": "HTEST", "display": "test health data"}]}
    assert extract_of(observation(meta=meta)).entries[0].unreleased_because == ""


def test_a_label_on_the_content_of_a_document_withholds_the_attachment_only():
    """R2.4"""
    label = [{"coding": [{"code": "NOPAT"}]}]
    content_ = [{"attachment": {"url": "https://x.test/Binary/1", "creation": "2020-01-02"}}]
    document = resource("DocumentReference", type=coded(), securityLabel=label, content=content_)
    (entry,) = extract_of(document).entries
    assert entry.unreleased_because == ""
    assert [each.withheld for each in entry.documents] == [True]
    assert str(entry.effective.on) == "2020-01-02"


@pytest.mark.parametrize(
    "subject",
    [
        ref("Patient/other"),
        ref("urn:uuid:other"),
        ref("#q"),
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9991000011"}},
    ],
)
def test_what_is_about_somebody_else_refuses_the_file(subject):
    """R3.7, R7.2"""
    number = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9991000011"}]
    inner = [resource("Patient", "q", identifier=number)]
    with pytest.raises(UnreadableExtract, match="another patient"):
        extract_of(observation(subject=subject, contained=inner))


def test_a_broken_resource_is_reported_and_the_rest_is_read():
    extract = extract_of(observation("bad", code="Asthma"), observation("good"))
    assert [each.key.id for each in extract.entries] == ["good"]
    assert [(each.id, each.reason) for each in extract.skipped] == [
        ("bad", "code is not an object")
    ]


def test_claims_and_payments_are_counted_and_left_out():
    """README I"""
    claims = [resource("Claim", str(each)) for each in range(3)]
    extract = extract_of(*claims, resource("CarePlan"), observation())
    assert len(extract.entries) == 1
    assert [(each.id, each.resource) for each in extract.skipped] == [
        ("all 1", "CarePlan"),
        ("all 3", "Claim"),
    ]


@pytest.mark.parametrize(
    ("dosage", "dose"),
    [
        ({"text": "One daily", "doseAndRate": [{"doseQuantity": {"value": 9}}]}, "One daily"),
        ({"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}], "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}}, "2 tablet, 3 times every day"),
        ({"timing": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}}, "asNeededBoolean": True}, "once every 6 hours, as needed"),
        ({"timing": {"code": {"text": "At night"}}, "route": {"text": "By mouth"}}, "By mouth, At night"),
        ({"doseAndRate": [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}}], "asNeededCodeableConcept": {"text": "pain"}}, "1 to 2, as needed for pain"),
        ({"asNeededBoolean": False, "sequence": 1}, ""),
        ({"timing": {"repeat": {"frequency": 3}}}, ""),
    ],
)  # fmt: skip
def test_a_dose_is_as_written_or_what_its_fields_say(dosage, dose):
    """R6.4: nothing is worked out."""
    (entry,) = extract_of(resource("MedicationRequest", dosageInstruction=[dosage])).entries
    assert content(entry).dose == dose


@pytest.mark.parametrize(
    "more",
    [
        {"periodMax": 6}, {"frequencyMax": 2}, {"dayOfWeek": ["mon"]}, {"when": ["HS"]}, {"count": 3},
        {"boundsDuration": {"value": 3, "unit": "days"}}, {"boundsPeriod": {"start": "2020"}}, {"offset": 30},
    ],
)  # fmt: skip
def test_no_frequency_is_told_where_the_source_says_more_of_it(more):
    """R6.4: one dose a week must not read as one a day."""
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", **more}
    dose = [{"doseQuantity": {"value": 2, "unit": "tablet"}}]
    dosage = {"doseAndRate": dose, "timing": {"repeat": repeat}}
    (entry,) = extract_of(resource("MedicationRequest", dosageInstruction=[dosage])).entries
    assert content(entry).dose == "2 tablet"


@pytest.mark.parametrize("place", ["dosage", "timing", "dose"])
def test_no_frequency_is_told_where_the_dose_has_a_limit_that_is_not_told(place):
    """R6.4"""
    dose = {"doseQuantity": {"value": 2, "unit": "tablet"}}
    timing = {"repeat": {"frequency": 1, "period": 4, "periodUnit": "h"}}
    dosage = {"doseAndRate": [dose], "timing": timing}
    where = {"dosage": dosage, "timing": timing, "dose": dose}[place]
    where |= {"maxDosePerPeriod": {"numerator": {"value": 8}}}
    (entry,) = extract_of(resource("MedicationRequest", dosageInstruction=[dosage])).entries
    assert content(entry).dose == "2 tablet"


def test_a_document_inside_a_bundle_keeps_its_content():
    inside = [{"attachment": {"contentType": "text/plain", "data": "QQ=="}}]
    extract = extract_of(resource("DocumentReference", type=coded(), content=inside))
    (found,) = extract.entries[0].documents
    assert (found.file.content, found.content_type) == (b"A", "text/plain")
    assert extract.skipped == ()


def test_a_content_apart_is_found_by_its_address_and_one_that_nobody_names_is_reported():
    named = resource("Binary", "b1", contentType="text/plain", data="QQ==")
    alone = resource("Binary", "b2", contentType="text/plain", data="Qg==")
    content = [{"attachment": {"url": "Binary/b1"}}]
    extract = extract_of(
        resource("DocumentReference", "d", type=coded(), content=content), named, alone
    )
    (found,) = extract.entries[0].documents
    assert found.file.content == b"A"
    assert [(each.id, each.resource) for each in extract.skipped] == [("b2", "Binary")]


@pytest.mark.parametrize(
    ("category", "coded_as"), [("laboratory", "words"), ("vital-signs", "typed")]
)
def test_a_text_is_the_result_of_a_laboratory_and_elsewhere_typed(category, coded_as):
    """R1.7: what was typed needs the full level."""
    (entry,) = extract_of(observation(category=[word(category)], valueString="Negative")).entries
    told = {"words": content(entry).words, "typed": "".join(typed(entry).values)}
    assert told == {"words": "", "typed": "", coded_as: "Negative"}


def test_a_label_on_anything_inside_a_resource_hides_the_resource():
    """R2.4"""
    inner = resource("Specimen", "s", meta=NOPAT)
    (entry,) = extract_of(observation(contained=[inner])).entries
    assert entry.unreleased_because == "source-withheld"

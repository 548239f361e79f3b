"""Quirks 1 to 10 of real GP Connect extracts, on one made-up record; the numbers are those
of the list of quirks in the README of the development data, part A."""

from datetime import date, datetime, time

import msgspec
import pytest

from records.content import PartialDate, Quantity
from records.importing.extract import SourceKey
from records.importing.gpconnect import read
from tests.records.importing.gpconnect_resources import (
    as_bytes,
    content,
    fixture,
    observation,
    one,
    patient,
    quirky_record,
    said_anywhere,
    typed,
)


@pytest.fixture
def record():
    return quirky_record()


def test_the_person_is_read_by_the_name_they_go_by(record):
    """R3.7: a former name never matches."""
    assert record.person.nhs_number == "9991000003"
    assert (record.person.family_name, record.person.given_names) == ("Madeup", "Quilla Rose")
    assert record.person.date_of_birth == date(1984, 2, 29)


def test_quirk_1_references_are_relative_and_lists_have_no_id(record):
    assert {entry.key for entry in record.entries} >= {SourceKey("List", "cons1")}
    assert record.extracted_at == datetime.fromisoformat("2021-06-02T08:00:00+01:00")


@pytest.mark.parametrize(
    "reference",
    [
        "Observation/o",
        "https://gp.example/STU3/Observation/o",
        "https://gp.example/STU3/Observation/o/_history/2",
        "urn:uuid:0d4b2f63-0000-4000-8000-000000000001",
    ],
)
def test_quirk_1_a_reference_may_be_written_in_several_ways(reference):
    listed = [{"item": {"reference": reference}}]
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": patient()},
            {
                "fullUrl": "urn:uuid:0d4b2f63-0000-4000-8000-000000000001",
                "resource": observation(),
            },
            {
                "resource": {
                    "resourceType": "List",
                    "code": {"coding": [{"code": "325851000000107"}]},
                    "entry": listed,
                }
            },
        ],
    }
    (entry,) = read(msgspec.json.encode(bundle)).entries
    assert [part.key.id for part in entry.parts] == ["o"]
    assert entry.key.id.startswith("content-")


def test_quirk_2_a_dangling_reference_drops_nothing(record):
    allergy = one(record, "allergy1")
    assert content(allergy).recorder is None
    assert record.skipped == ()


def test_quirk_3_a_number_that_is_not_an_nhs_number_is_handed_on_as_it_is():
    system = "https://fhir.nhs.uk/Id/nhs-number"
    nameless = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": system, "value": "Test Harness"}],
    }
    person = read(as_bytes(nameless)).person
    assert (person.nhs_number, person.family_name, person.date_of_birth) == (
        "Test Harness",
        "",
        None,
    )


def test_quirk_4_the_same_bytes_give_the_same_extract():
    assert read(fixture("quirks.json")) == read(fixture("quirks.json"))


def test_quirk_5_section_lists_carry_warnings_and_two_may_share_one_note(record):
    """R2.6"""
    told = {(warning.section, warning.code) for warning in record.warnings}
    assert told == {
        ("allergies", "confidential-items"),
        ("medicines", "data-in-transit"),
        ("immunisations", "data-in-transit"),
        ("immunisations", "confidential-items"),
    }
    assert all(
        "may be missing" in w.source_text or "excluded" in w.source_text for w in record.warnings
    )


def test_quirk_6_nopat_hides_an_entry_a_part_or_the_content_of_a_document(record):
    """R2.4"""
    assert one(record, "hidden1").unreleased_because == "source-withheld"
    assert one(record, "alone1").unreleased_because == ""
    assert one(record, "issue2").withheld
    assert one(record, "filing1").withheld
    assert one(record, "doc3").unreleased_because == "source-withheld"
    assert one(record, "doc2").unreleased_because == ""
    assert [each.withheld for each in one(record, "doc2").documents] == [True]


def test_quirk_7_a_consultation_keeps_the_order_of_its_source(record):
    """R6.3"""
    outline = content(one(record, "cons1")).topics
    assert [topic.title for topic in outline] == ["", ""]
    assert outline[0].problem.ref == "Condition/cond1"
    history, examination = outline[0].headings
    assert (history.title, examination.title) == ("History", "Examination")
    assert [link.ref for link in history.items] == ["Observation/behind1", "Observation/comment1"]
    assert [link.ref for link in examination.items] == [
        "Observation/bp1",
        "MedicationRequest/issue1",
        "AllergyIntolerance/allergy1",
        "DocumentReference/doc1",
        "DiagnosticReport/report1",
        "ReferralRequest/referral1",
        "Observation/answer1",
        "ProcedureRequest/diary1",
    ]
    assert [link.ref for link in outline[1].headings[0].items] == ["Observation/vague1"]


def test_quirk_7_an_item_that_is_an_entry_elsewhere_is_stored_once(record):
    keys = [entry.key for entry in record.entries]
    keys += [part.key for entry in record.entries for part in entry.parts]
    assert len(keys) == len(set(keys))
    assert [part.key.id for part in one(record, "cons1").parts] == [
        "behind1",
        "comment1",
        "bp1",
        "referral1",
        "answer1",
        "vague1",
    ]


def test_quirk_7_what_a_source_writes_instead_of_an_item_is_free_text(record):
    said = ["Test request items are not supported by the provider system"]
    assert typed(one(record, "cons1")).notes == said


def test_quirk_8_comment_notes_and_comments_are_free_text(record):
    """R1.7"""
    comment = one(record, "comment1")
    assert (comment.kind, comment.title, comment.level_needed) == ("comment", "Comment", "full")
    assert typed(comment).text == "Feels tired, <b>worried</b> about work"
    behind = one(record, "behind1")
    assert behind.level_needed == "detailed"
    assert typed(behind).comment == "Long\nmulti-line\nwords"
    assert "multi-line" not in said_anywhere(behind)


def test_quirk_9_a_report_has_its_groups_results_and_comments_below_it(record):
    report = one(record, "report1")
    assert [(part.kind, part.key.id) for part in report.parts] == [
        ("result-group", "group1"),
        ("result", "result1"),
        ("result", "result2"),
        ("result", "result3"),
        ("comment", "filing1"),
    ]
    assert typed(report).conclusion == "Second opinion wanted"
    assert typed(report).specimen_notes == ["Haemolysed"]
    assert content(report).requested == ["FBC - Full blood count"]


def test_quirk_9_values_ranges_and_flags_are_as_given(record):
    """R6.6"""
    low = content(one(record, "result1"))
    assert low.value == Quantity("41.0", "g/L")
    assert low.ranges[0].low == Quantity("115.0", "g/L")
    assert low.ranges[0].high is None
    assert [flag.words for flag in low.flags] == ["LO - Below low reference limit"]
    below = content(one(record, "result2"))
    assert below.value == Quantity("0.30", "", "<")
    assert below.ranges[0].text == "less than 3.8 to 5"
    assert below.flags == []
    assert content(one(record, "result3")).words == "Negative"


def test_quirk_9_a_result_is_dated_by_its_specimen_else_its_test_else_its_issue(record):
    """R6.6"""
    assert one(record, "report1").effective == PartialDate(date(2020, 3, 2), None, "day")
    assert one(record, "result1").effective.on == date(2020, 3, 2)
    assert one(record, "result2").effective.on == date(2020, 3, 1)
    assert one(record, "result3").effective.on == date(2020, 3, 5)


def test_quirk_10_dates_are_as_precise_as_they_were_written(record):
    """R6.7"""
    assert one(record, "alone1").effective == PartialDate(date(2009, 1, 1), None, "year")
    assert one(record, "imm1").effective == PartialDate(date(2019, 6, 1), None, "month")
    assert one(record, "cons1").effective == PartialDate(date(2020, 3, 2), time(10, 15), "time")
    assert one(record, "hidden1").effective == PartialDate()
    assert one(record, "allergy1").effective == PartialDate()
    assert one(record, "cond1").effective == PartialDate()

"""Quirks 11 to 21 of real GP Connect extracts, on one made-up record; the numbers are those
of the list of quirks in the README of the development data, part A."""

from datetime import date, datetime, timedelta, timezone

import msgspec
import pytest

from records.content import CONTENT_BY_KIND, FREE_TEXT_BY_KIND, PartialDate
from records.importing.extract import SourceKey, UnreadableExtract
from records.importing.gpconnect import read
from tests.records.importing.gpconnect_resources import (
    content,
    extract_of,
    fixture,
    observation,
    one,
    quirky_record,
    said_anywhere,
    typed,
)


@pytest.fixture
def record():
    return quirky_record()


def test_quirk_11_titles_are_the_words_the_clinician_chose(record):
    """R6.3"""
    assert one(record, "15").title == "Chocolate allergy"
    assert one(record, "alone1").title == "FH: Asthma"
    assert one(record, "bp1").title == "O/E - BP reading"
    assert one(record, "cond1").title == "Womb lining"


def test_quirk_11_what_nobody_coded_needs_the_full_level(record):
    """R1.7"""
    assert one(record, "cond2").level_needed == "full"
    assert one(record, "vague1").level_needed == "full"


def test_quirk_12_a_degraded_code_is_never_a_title(record):
    """R6.3, R1.4"""
    allergy = one(record, "allergy1")
    assert (allergy.title, allergy.origin) == ("H/O: penicillin allergy", "transferred")
    assert one(record, "alone1").origin == "native"


def test_quirk_13_an_ended_allergy_inside_its_list_is_an_entry(record):
    """R6.5"""
    ended = one(record, "15")
    assert (ended.kind, ended.level_needed) == ("allergy", "summary")
    assert content(ended).ended_on == PartialDate(date(2016, 7, 1), None, "month")
    assert content(ended).reason_ended == "Cured"
    assert content(ended).reactions == []
    assert typed(ended).reactions == ["Sneezing all day"]
    active = content(one(record, "allergy1"))
    assert active.reactions[0].manifestations == ["Severe dry skin"]
    assert (active.certainty, active.status) == ("unconfirmed", "active")


def test_quirk_14_a_medicine_is_its_statement_plan_and_issues(record):
    """R6.4"""
    medicine = one(record, "ms1")
    told = content(medicine)
    assert medicine.level_needed == "summary"
    assert (told.prescription_type, told.status) == ("repeat", "stopped")
    assert (told.dose, told.patient_instruction) == ("As directed", "Take at night")
    assert (told.quantity, told.days_supply) == ("28 capsule(s)", "28 days")
    assert (told.issues_made, told.issues_allowed) == (2, 6)
    assert told.reason_stopped == "Patient no longer requires these"
    assert told.stopped_on.on == date(2020, 3, 2)
    assert told.last_issued_on.on == date(2020, 2, 25)
    assert told.prescribed_elsewhere
    assert [(part.kind, part.key.id) for part in medicine.parts] == [
        ("issue", "issue1"),
        ("issue", "issue2"),
    ]
    assert content(medicine.parts[0]).prescriber.name == "Dr Ada Pretend"


def test_quirk_14_a_plan_that_no_statement_names_is_a_medicine(record):
    plan = one(record, "plan2")
    assert (plan.kind, content(plan).prescription_type) == ("medicine", "acute")


def test_quirk_14_notes_for_prescribers_and_pharmacies_are_not_read(record):
    """R6.4"""
    assert b"watch this one" not in msgspec.json.encode(record)
    assert b"not for patients" not in msgspec.json.encode(record)


def test_quirk_15_a_vaccine_is_named_by_its_procedure(record):
    """R6.7"""
    vaccine = one(record, "imm1")
    told = content(vaccine)
    assert vaccine.title == "First hep A vaccination"
    assert vaccine.recorded_at == datetime(2019, 6, 28, 10, tzinfo=timezone(timedelta(hours=1)))
    assert (told.batch, told.expires_on.on) == ("past2003", date(2003, 1, 17))
    assert (told.product, told.site, told.dose_number) == ("", "Right upper arm", "1")
    assert told.diseases == ["Viral hepatitis, type A"]
    assert told.given_by.role == "General Medical Practitioner"
    assert record.not_shown == {"not-given": 1}


def test_quirk_16_a_problem_says_what_is_behind_it_and_what_belongs_to_it(record):
    """R6.8"""
    told = content(one(record, "cond1"))
    assert (told.significance, told.status) == ("major", "active")
    assert told.behind.ref == "Observation/behind1"
    assert [link.ref for link in told.related] == ["List/cons1", "MedicationStatement/ms1"]
    assert (told.related_problems[0].problem.ref, told.related_problems[0].relation) == (
        "Condition/cond2",
        "parent",
    )
    assert one(record, "behind1").repeats == SourceKey("Condition", "cond1")
    past = content(one(record, "cond2"))
    assert (past.significance, past.status) == ("minor", "inactive")
    assert past.ended_on == PartialDate(date(2012, 1, 1), None, "year")


def test_quirk_17_a_document_keeps_its_description_apart(record):
    """R7.7, R6.9"""
    letter = one(record, "doc1")
    assert (letter.title, letter.level_needed) == ("Third meningitis C vaccination", "documents")
    assert "complaint" not in said_anywhere(letter)
    assert typed(letter).description == "Formal complaint about hospital care RE: self"
    first, second = letter.documents
    assert (first.source_url, first.size) == ("https://provider.example/Binary/1", 12412)
    assert second.source_url == ""
    assert second.title.startswith("File size 18551238 bytes")


def test_quirk_18_a_referral_is_named_by_its_reason(record):
    referral = one(record, "referral1")
    told = content(referral)
    assert referral.title == "2 week rule referral - colorectal"
    assert (told.priority, told.specialties) == ("urgent", ["Colorectal surgery"])
    assert told.recipients[0].organisation == "Invented Clinic"
    assert typed(referral).description == "Change in bowel habit"
    assert typed(referral).notes == ["Mode:Written"]


def test_quirk_19_a_diary_entry_is_kept_and_never_shown(record):
    """R1.10"""
    diary = one(record, "diary1")
    assert (diary.kind, diary.unreleased_because) == ("diary", "diary")
    assert one(record, "access1").unreleased_because == "access-code"
    assert one(record, "access1").details == {"code": "1364731000000104"}


def test_quirk_20_an_error_instead_of_a_record_is_quoted():
    with pytest.raises(UnreadableExtract, match=r"PATIENT_NOT_FOUND.*patient ID: 9991000003"):
        read(fixture("patient_not_found.json"))


def test_quirk_20_a_resource_that_comes_twice_is_kept_once():
    record = read(fixture("duplicates.json"))
    first, without_id = record.entries
    assert (first.key.id, first.title) == ("twice", "Allergy to peanuts")
    assert without_id.key.id.startswith("content-")
    (skipped,) = record.skipped
    assert (skipped.resource, skipped.id) == ("AllergyIntolerance", "twice")
    assert skipped.reason == "another resource in the file has the same id"


def test_quirk_20_an_empty_consultation_list_and_none_at_all_are_both_fine():
    assert extract_of().entries == ()
    assert read(fixture("duplicates.json")).sections == frozenset({"documents"})


def test_quirk_21_a_long_record_is_read_in_the_order_of_its_source():
    record = extract_of(*(observation(f"o{number}") for number in range(3000)))
    assert [entry.key.id for entry in record.entries] == [f"o{number}" for number in range(3000)]


def test_what_is_stored_can_be_read_back_by_kind(record):
    for row in [*record.entries, *(part for entry in record.entries for part in entry.parts)]:
        assert isinstance(content(row), CONTENT_BY_KIND[row.kind])
        if row.free_text:
            assert isinstance(typed(row), FREE_TEXT_BY_KIND[row.kind])

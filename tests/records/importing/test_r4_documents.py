"""Documents of R4: what a composition says of whole sections, statements that there is nothing, and text alone."""

from datetime import UTC, datetime
from time import perf_counter

import pytest

from records.importing.extract import UnreadableExtract
from records.importing.fhir.narrative import CUT
from records.importing.r4 import read
from tests.records.importing.gpconnect_resources import content, typed
from tests.records.importing.r4_resources import (
    NOPAT,
    as_bytes,
    coded,
    document,
    observation,
    patient,
    resource,
    section,
    word,
)

ALLERGIES, MEDICINES, PROBLEMS = "48765-2", "10160-0", "11450-4"
SCR = "https://fhir.nhs.uk/x"


@pytest.mark.parametrize(
    ("kind", "field", "code", "shown"),
    [
        ("AllergyIntolerance", "code", "716186003", "allergies"),
        ("AllergyIntolerance", "code", "no-known-allergies", "allergies"),
        ("Condition", "code", "160245001", "health-conditions"),
        ("MedicationStatement", "medicationCodeableConcept", "787481004", "medicines"),
    ],
)
@pytest.mark.parametrize("display", ["None that we know", ""])
def test_no_known_is_a_statement_and_no_empty_section(kind, field, code, shown, display):
    """README C, R2.6: an entry with its own words; where a coding has none, with ours."""
    body = resource(kind, "x", **{field: coded(code, display)})
    lists = {"allergies": ALLERGIES, "health-conditions": PROBLEMS, "medicines": MEDICINES}
    extract = document(section(lists[shown], "A part", f"{kind}/x"), resources=[body])
    (entry,) = extract.entries
    assert (entry.section, entry.unreleased_because) == (shown, "")
    assert entry.title == (display or entry.title)
    assert entry.title.startswith("No") or display
    assert extract.sections == {shown}


@pytest.mark.parametrize(
    ("kind", "field", "code", "told"),
    [
        ("AllergyIntolerance", "code", "no-allergy-info", "allergies"),
        ("MedicationStatement", "medicationCodeableConcept", "no-medication-info", "medicines"),
        ("Condition", "code", "no-problem-info", "health-conditions"),
        ("Immunization", "vaccineCode", "no-immunization-info", "immunisations"),
    ],
)
def test_no_information_is_not_that_there_is_nothing(kind, field, code, told):
    """R2.6: no entry, and a section that is not available instead of one with nothing recorded."""
    body = resource(kind, "x", **{field: coded(code, "No information")})
    extract = document(section(ALLERGIES, "Allergies", f"{kind}/x"), resources=[body])
    assert extract.entries == ()
    assert [(each.section, each.code) for each in extract.warnings] == [(told, "not-available")]
    assert told not in extract.sections


@pytest.mark.parametrize(
    ("code", "about", "title", "level"),
    [
        (ALLERGIES, "allergies", "No known allergies or adverse reactions", "summary"),
        (MEDICINES, "medicines", "No known medicines", "summary"),
        (PROBLEMS, "health-conditions", "No known health conditions", "detailed"),
    ],
)
def test_a_section_with_nothing_known_says_so_as_an_entry(code, about, title, level):
    """README C, R2.6: `nilknown` is somebody's statement, at the level of its section."""
    extract = document(section(code, empty="nilknown", text="No known thing"))
    (entry,) = extract.entries
    assert (entry.section, entry.title, entry.level_needed) == (about, title, level)
    assert entry.recorded_at is None
    assert extract.sections == {about}


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("unavailable", "not-available"),
        ("notasked", "not-available"),
        ("closed", "not-available"),
        ("withheld", "confidential-items"),
    ],
)
def test_why_a_section_is_empty_is_kept_as_its_warning(reason, code):
    """README C, R2.6: never an entry, never "nothing recorded"."""
    extract = document(section(ALLERGIES, empty=reason, text="Ask <b>them</b>"))
    assert extract.entries == ()
    assert [(each.section, each.code, each.source_text) for each in extract.warnings] == [
        ("allergies", code, "Ask them")
    ]
    assert extract.sections == frozenset()


@pytest.mark.parametrize(
    ("code", "title", "about", "kind"),
    [
        ("AllergiesHeader", "Allergies", "allergies", "allergy"),
        ("DiscRepeatMedsHeader", "Discontinued", "medicines", "medicine"),
        ("DiagnosesHeader", "Diagnoses", "health-conditions", "condition"),
        ("ResultsHeader", "Results", "test-results", "report"),
        ("AdviceHeader", "Advice", "consultations", "comment"),
        ("x", "Vaccinations", "immunisations", "immunisation"),
        ("x", "Letters", "documents", "document"),
    ],
)
def test_text_stands_in_only_where_nothing_is_coded(code, title, about, kind):
    """README D, R1.7: one entry of the section, whole, as plain text, at the full level only."""
    table = (
        "<table><tr><td>12-May-2020</td><td>Wasp &amp; bee<script>x()</script></td></tr></table>"
    )
    extract = document(section(code, title, text=table, system=SCR))
    (entry,) = extract.entries
    assert (entry.section, entry.kind, entry.title) == (about, kind, title)
    assert entry.level_needed == "full"
    assert "12-May-2020, Wasp & bee" in str((entry.details, entry.free_text))
    assert (
        extract.sections == frozenset()
    )  # lower levels read "not available", not "nothing recorded"


def test_a_document_is_a_form_of_its_own():
    """R7.3: refused over a record, and a record over it."""
    extract = document(section("x", "Advice", text="Rest"), resources=[observation()])
    assert extract.source_system == "fhir-r4-document"
    assert {each.source_system for each in extract.entries} == {"fhir-r4-document"}
    assert read(as_bytes(patient(), observation())).source_system == "fhir-r4"


@pytest.mark.parametrize(
    ("code", "kind"), [("30954-2", "DiagnosticReport"), ("46240-8", "Encounter")]
)
def test_relevant_results_and_visits_are_not_all_of_them(code, kind):
    """R7.3: what a summary leaves out is not gone."""
    one = resource(kind, "x", code=coded(), type=[coded()])
    assert document(section(code, "Some", f"{kind}/x"), resources=[one]).sections == frozenset()


def test_text_is_left_where_a_section_has_coded_entries():
    coded_one = resource("Condition", "x", code=coded())
    extract = document(section(PROBLEMS, "P", "Condition/x", text="SECRET"), resources=[coded_one])
    assert "SECRET" not in str(extract)
    assert extract.sections == {"health-conditions"}


def test_the_text_above_coded_entries_is_left():
    """R6.5, R7.3: it repeats them; what it says besides makes its part of the record not all told."""
    one = resource("Condition", "x", code=coded())
    inner = {"title": "Between", "section": [section(PROBLEMS, "List", "Condition/x")]}
    extract = document(
        {**section("9", "Problems", text="SECRET"), "section": [inner]}, resources=[one]
    )
    assert "SECRET" not in str(extract)
    assert extract.sections == frozenset()


@pytest.mark.parametrize(
    ("hidden", "warned"),
    [
        ({"meta": NOPAT}, "confidential-items"),
        ({"securityLabel": [{"coding": [{"code": "NOPAT"}]}]}, "confidential-items"),
        ({"verificationStatus": word("refuted")}, "not-available"),
        ({"verificationStatus": word("entered-in-error")}, "not-available"),
        ({"verificationStatus": {"coding": "refuted"}}, "not-available"),
    ],
)
def test_where_anything_is_hidden_no_text_of_a_section_is_shown(hidden, warned):
    """R2.4, R6.5: a text tells what its coded entries must not."""
    one = resource("AllergyIntolerance", "x", code=coded(), **hidden)
    parts = [
        section("AllergiesHeader", "Allergies", text="SECRET"),
        section("x", "Problems", text="SECRET", empty="unavailable"),
        section("Title", "Summary", text="SECRET was withheld"),
    ]
    extract = document(*parts, resources=[one])
    assert "SECRET" not in str((extract.entries, extract.warnings))
    assert ("allergies", warned) in {(each.section, each.code) for each in extract.warnings}


def test_text_stands_in_where_every_entry_of_a_section_is_missing():
    """README A.2: a dangling reference loses nothing, and what is not all there covers nothing."""
    extract = document(section(PROBLEMS, "P", "urn:uuid:gone", text="Asthma"))
    assert [each.title for each in extract.entries] == ["P"]
    assert extract.sections == frozenset()


def test_a_section_of_which_all_entries_are_missing_is_covered_by_no_other():
    """R7.3"""
    one = resource("Condition", "x", code=coded())
    parts = [section(PROBLEMS, "P", "Condition/x"), section("11348-0", "Past", "Condition/gone")]
    assert document(*parts, resources=[one]).sections == frozenset()


def test_a_section_with_one_missing_entry_covers_nothing():
    """R7.3: what is not sent is not gone."""
    one = resource("Condition", "x", code=coded())
    extract = document(section(PROBLEMS, "P", "Condition/x", "Condition/gone"), resources=[one])
    assert extract.sections == frozenset()


def test_no_relevant_information_is_not_kept_as_an_entry():
    """README D"""
    table = "<table><tr><th>Date</th><th>What</th></tr><tr><td>No relevant information available</td></tr></table>"
    extract = document(section("RepeatMedsHeader", "Repeat", text=table, system=SCR))
    assert extract.entries == ()
    assert [each.code for each in extract.warnings] == ["not-available"]


def test_what_a_summary_says_of_itself_is_a_warning_of_every_section():
    """README D, R2.6: withheld entries, a patient who is new to the surgery."""
    told = "<p>Created today</p><p>One or more entries have been deliberately withheld.</p>"
    told += "<p>This patient had recently registered with the GP Practice.</p>"
    extract = document(section("Title", "General Practice Summary", text=told, system=SCR))
    assert extract.entries == ()
    assert {each.code for each in extract.warnings} == {"confidential-items", "data-in-transit"}
    assert len({each.section for each in extract.warnings}) == 7


def test_sections_inside_sections_are_read():
    inner = section("AdviceHeader", "Advice", text="Rest", system=SCR)
    extract = document({"title": "Outer", "section": [inner]})
    assert [typed(each).text for each in extract.entries] == ["Rest"]


def test_the_text_of_a_medicine_section_is_kept_with_its_line_ends():
    extract = document(
        section("RepeatMedsHeader", "Repeat", text="<p>One</p><p>Two</p>", system=SCR)
    )
    assert content(extract.entries[0]).patient_instruction == "One\nTwo"


def test_a_label_on_a_document_hides_all_of_it():
    """R2.4"""
    composition = resource("Composition", "c", meta=NOPAT, section=[section("x", "Y", text="Z")])
    extract = read(as_bytes(composition, patient(), observation(), type="document"))
    assert {each.unreleased_because for each in extract.entries} == {"source-withheld"}
    assert len(extract.entries) == 2


@pytest.mark.parametrize(
    "status", ["preliminary", "entered-in-error", "Entered-in-error", "odd", ["final"]]
)
def test_a_document_that_is_a_draft_or_an_error_is_refused(status):
    """R6.5, R7.2"""
    composition = resource("Composition", "c", status=status)
    with pytest.raises(UnreadableExtract, match=r"not a finished one .*: ask the source"):
        read(as_bytes(composition, patient(), observation(), type="document"))


def test_a_document_that_is_final_is_read():
    composition = resource("Composition", "c", status="final")
    assert read(as_bytes(composition, patient(), observation(), type="document")).entries


def test_a_document_is_a_copy_of_what_was_written_elsewhere():
    """R1.4, R1.5: historical, whatever its dates; a bundle without one is native."""
    assert document(resources=[observation()]).entries[0].origin == "transferred"
    assert read(as_bytes(patient(), observation())).entries[0].origin == "native"


@pytest.mark.parametrize(
    ("more", "made"),
    [
        (
            {"timestamp": "2025-08-01T10:15:00.0000000+10:00"},
            datetime(2025, 8, 1, 0, 15, tzinfo=UTC),
        ),
        ({}, datetime(2025, 5, 13, 23, tzinfo=UTC)),
    ],
)
def test_when_a_document_was_made_is_the_bundles_own_time_first(more, made):
    """README C: the dates can disagree."""
    composition = resource("Composition", "c", date="2025-05-14")
    assert read(as_bytes(composition, patient(), type="document", **more)).extracted_at == made


def test_the_same_document_reads_the_same_twice():
    """R7.3: texts and statements keep their names."""
    parts = [section("AdviceHeader", "Advice", text="Rest"), section(ALLERGIES, empty="nilknown")]
    assert document(*parts) == document(*parts)
    names = [str(each.key) for each in document(*parts).entries]
    assert names == ["Composition/section-AdviceHeader", "Composition/nothing-known-allergies"]


def test_two_sections_of_one_code_are_two_entries():
    """One that overwrote the other would lose its words."""
    extract = document(
        section("x", "Vaccinations", text="A"), section("x", "Vaccinations", text="B")
    )
    assert [each.key.id for each in extract.entries] == ["section-x", "section-x-2"]


def test_the_text_of_a_whole_document_has_a_bound_that_it_names():
    """48 MB of text in a hundred sections do not hold up the loading of others."""
    parts = [section(str(each), "Advice", text="<p>a</p>" * 60_000) for each in range(100)]
    began = perf_counter()
    extract = document(*parts)
    assert perf_counter() - began < 15
    assert typed(extract.entries[-1]).text == CUT


def test_a_part_of_the_record_that_is_text_in_one_place_is_covered_by_no_other():
    """R7.3, R2.6: what stands in the text is not gone, nor is nothing recorded."""
    coded_one = resource("Condition", "x", code=coded())
    parts = [
        section(PROBLEMS, "P", "Condition/x"),
        section("ProblemsHeader", "Issues", text="Gout"),
    ]
    assert document(*parts, resources=[coded_one]).sections == frozenset()

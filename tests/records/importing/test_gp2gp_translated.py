"""Records as a GP system receives them after a GP2GP transfer: part B of the list of quirks, and that no point of it is untried."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from records.importing.extract import Person
from tests.conftest import SHARED
from tests.records.importing.gpconnect_resources import (
    coded,
    consultation,
    content,
    extract_of,
    observation,
    one,
    resource,
)
from tests.records.importing.sources import outcomes

HERE = Path(__file__).parent
needs_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared test extracts are not beside this checkout"
)
TRANSLATED = [{"system": "https://PSSAdaptor/B1", "value": "x"}]


def rows(extract):
    return [row for entry in extract.entries for row in (entry, *entry.parts)]


def test_every_numbered_point_of_part_a_has_a_test_of_its_name():
    written = "".join(path.read_text() for path in HERE.glob("test_gpconnect*quirks.py"))
    assert {int(n) for n in re.findall(r"def test_quirk_(\d+)_", written)} == set(range(1, 22))


@pytest.mark.parametrize("part", ["B", "C", "D", "I"])
def test_every_lettered_part_for_an_importer_is_named_in_a_test(part):
    written = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    assert re.search(rf"README (?:[A-Z], )*{part}\b", written)


def test_a_topic_that_only_software_named_has_no_name():
    """README B: "UnspecifiedCondtions" (sic) is nobody's word."""
    lists = consultation("Observation/o")
    lists[1]["title"] = "UnspecifiedCondtions"
    (topic,) = content(one(extract_of(*lists, observation()), "c")).topics
    assert topic.title == ""
    assert [heading.title for heading in topic.headings] == ["History"]


def test_what_was_translated_is_transferred_whatever_its_date():
    """README B, R1.4"""
    extract = extract_of(observation(identifier=TRANSLATED, issued="2026-01-01T10:00:00Z"))
    assert extract.entries[0].origin == "transferred"


def test_codes_of_other_systems_are_kept_as_they_are():
    """README B: OIDs."""
    system = "urn:oid:2.16.840.1.113883.2.1.6.9"
    code = {"coding": [{"system": system, "code": "C10..", "display": "Diabetes"}]}
    (entry,) = extract_of(observation(code=code)).entries
    assert content(entry).codes[0].system == system
    assert entry.title == "Diabetes"


def test_a_pressure_that_was_rebuilt_from_notes_keeps_its_words():
    """README B: nothing is made of "Absent"; the words stay, at the full level."""
    note = "Systolic Measurement Absent: Unknown"
    (entry,) = extract_of(
        observation(code=coded("75367002", "Blood pressure"), comment=note)
    ).entries
    assert (content(entry).value, content(entry).components) == (None, [])
    assert entry.free_text["comment"] == note


def test_without_lists_and_warnings_no_section_counts_as_empty():
    """README B, R2.6: its gaps are silent, so that what is absent is not known, not "nothing recorded"."""
    extract = extract_of(*consultation("Observation/o"), observation())
    assert extract.sections == frozenset()


@needs_data
def test_every_translated_record_is_whole_and_names_nobody():
    """README B: only id, meta and identifier of a patient; "Test Harness" for a number; 72 references to nothing."""
    for each in outcomes("gp2gp-translated"):
        extract = each.extract
        assert extract.person == Person(nhs_number=extract.person.nhs_number)
        assert extract.person.nhs_number in ("Test Harness", "5514443532")
        assert (extract.skipped, extract.warnings, extract.sections) == ((), (), frozenset())
        assert {entry.origin for entry in extract.entries} == {"transferred"}
        kept = Counter(row.key.resource for row in rows(extract))
        for kind in (
            "Observation",
            "Condition",
            "AllergyIntolerance",
            "Immunization",
            "MedicationStatement",
        ):
            assert kept[kind] == each.kinds[kind], (each.name, kind)


@needs_data
def test_no_word_of_a_translator_is_a_title():
    """README B: degraded codes, which are more than in the originals, and topics without a name."""
    for each in outcomes("gp2gp-translated"):
        titles = [row.title for row in rows(each.extract)]
        assert not [title for title in titles if "ransfer-degraded" in title or "no name" in title]
        told = json.dumps([row.details for row in rows(each.extract)])
        assert "UnspecifiedCondtions" not in told


def test_a_degraded_allergy_goes_by_its_own_words():
    """README A.12, B"""
    code = coded("196461000000101", "Transfer-degraded drug allergy", text="Allergic to nuts")
    (entry,) = extract_of(resource("AllergyIntolerance", code=code)).entries
    assert (entry.title, entry.origin) == ("Allergic to nuts", "transferred")

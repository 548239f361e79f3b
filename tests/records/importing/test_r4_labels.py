"""How far a label of R4 reaches beyond what carries it (R2.4)."""

import pytest

from tests.records.importing.r4_resources import (
    NOPAT,
    coded,
    document,
    extract_of,
    observation,
    ref,
    resource,
    section,
)


def withheld(extract):
    """The ids of what is withheld, entries and parts."""
    found = {
        each.key.id for each in extract.entries if each.unreleased_because == "source-withheld"
    }
    return found | {part.key.id for each in extract.entries for part in each.parts if part.withheld}


def test_a_label_on_a_visit_reaches_what_it_names_and_the_visits_that_are_part_of_it():
    visit = resource("Encounter", "e", type=[coded()], meta=NOPAT)
    visit |= {
        "diagnosis": [{"condition": ref("Condition/found")}],
        "reasonReference": [ref("Condition/why")],
    }
    extract = extract_of(
        visit,
        resource("Condition", "found", code=coded()),
        resource("Condition", "why", code=coded()),
        resource("Condition", "other", code=coded()),
        resource("Encounter", "part", type=[coded()], partOf=ref("Encounter/e")),
        observation("o", encounter=ref("Encounter/part")),
    )
    assert withheld(extract) == {"e", "found", "why", "part", "o"}


def test_a_label_on_a_referral_reaches_what_was_sent_with_it():
    extract = extract_of(
        resource(
            "ServiceRequest",
            "s",
            intent="order",
            code=coded(),
            meta=NOPAT,
            supportingInfo=[ref("DocumentReference/d")],
        ),
        resource("DocumentReference", "d", type=coded()),
        resource("DocumentReference", "other", type=coded()),
    )
    assert withheld(extract) == {"s", "d"}


@pytest.mark.parametrize("meta", [NOPAT, {"security": "NOPAT"}])
def test_a_label_on_a_bundle_hides_all_of_it(meta):
    assert withheld(
        extract_of(observation(), resource("Condition", "c", code=coded()), meta=meta)
    ) == {"o", "c"}


@pytest.mark.parametrize("inside", [False, True])
def test_a_label_on_a_section_hides_what_it_names_and_its_words(inside):
    """R7.3: what it leaves out is not gone."""
    one = section("11450-4", "Problems", "Condition/x", text="SECRET")
    parts = [one, section("48765-2", "Allergies", text="SECRET", empty="nilknown")]
    told = [{"title": "Outer", "section": parts, "meta": NOPAT}]
    if not inside:
        told = [{**each, "meta": NOPAT} for each in parts]
    extract = document(
        *told,
        section("9", "Advice", text="SECRET"),
        resources=[resource("Condition", "x", code=coded())],
    )
    assert {each.key.id for each in extract.entries} == withheld(extract) == {"x"}
    assert "SECRET" not in str((extract.entries, extract.warnings))
    assert {each.code for each in extract.warnings} == {"confidential-items"}
    assert extract.sections == frozenset()

"""How far a label of R4 reaches beyond what carries it (R2.4)."""

import pytest

from records.importing.fhir import decoding
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


@pytest.mark.parametrize("inside", [False, True])
def test_it_does_so_in_a_long_file_whose_entries_are_taken_apart_again_and_again(
    inside, monkeypatch
):
    """What a label hides must not depend on which object a section was read into."""
    monkeypatch.setattr(decoding, "LONG", 0)
    monkeypatch.setattr(decoding, "TAKEN_APART", 1)
    one = section("11450-4", "Problems", "Condition/x", text="SECRET")
    none = section("48765-2", "Allergies", text="SECRET", empty="nilknown")
    told = [{"title": "Outer", "section": [one, none], "meta": NOPAT}]
    extract = document(
        *told if inside else [each | {"meta": NOPAT} for each in (one, none)],
        resources=[resource("Condition", "x", code=coded())],
    )
    assert {each.key.id for each in extract.entries} == withheld(extract) == {"x"}
    assert {each.code for each in extract.warnings} == {"confidential-items"}
    assert extract.sections == frozenset()


@pytest.mark.parametrize(
    "misshapen",
    [
        lambda one: one,
        lambda one: [[one]],
        lambda one: [one | {"meta": {}}, [one]],
        lambda one: [{"title": "Outer", "section": one}],
        lambda one: {"section": [one]},
    ],
)
def test_a_label_on_what_is_no_list_of_sections_is_not_lost(misshapen):
    """R2.4: one that cannot be read as that of a section may be the one that hides all."""
    one = section("11450-4", "Problems", "Condition/x", text="SECRET") | {"meta": NOPAT}
    composition = resource("Composition", "k", section=misshapen(one), status="final")
    extract = extract_of(composition, resource("Condition", "x", code=coded()), type="document")
    assert {each.key.id for each in extract.entries} == withheld(extract) == {"x"}
    assert "SECRET" not in str((extract.entries, extract.warnings))


@pytest.mark.parametrize("is_first", [True, False])
def test_a_label_on_one_of_two_with_the_same_id_hides_the_one_that_is_kept(is_first):
    """R2.4: nobody can tell which of them holds, as in an answer with older versions."""
    versions = [
        resource("Encounter", "e", type=[coded()], meta=NOPAT),
        resource("Encounter", "e", type=[coded()]),
    ]
    extract = extract_of(
        *versions if is_first else versions[::-1],
        observation("o", encounter=ref("Encounter/e")),
        observation("other"),
    )
    assert withheld(extract) == {"e", "o"}


LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"}


@pytest.mark.parametrize(
    ("kind", "labelled"),
    [
        ("DocumentReference", {"type": coded(), "securityLabel": [{"coding": [LABEL]}]}),
        ("Composition", {"section": [section("1", "Part") | {"meta": NOPAT}]}),
    ],
)
def test_a_label_on_a_part_of_one_that_is_left_out_hides_all_of_the_other(kind, labelled):
    """R2.4: its part cannot be found in the other one."""
    extract = extract_of(
        resource(kind, "d", type=coded()), resource(kind, "d", **labelled), observation("o")
    )
    assert withheld(extract) == {"o" if kind == "Composition" else "d"}


INLINE = {
    "url": "http://hl7.org/fhir/uv/security-label-ds4p/inline-sec-label",
    "valueCoding": LABEL,
}


@pytest.mark.parametrize(
    ("inside", "is_hidden"),
    [
        ({"contained": [{"resourceType": "Practitioner", "meta": NOPAT}]}, True),
        ({"contained": [{"resourceType": "List", "contained": [{"meta": NOPAT}]}]}, True),
        ({"contained": [{"resourceType": "Practitioner", "meta": {"security": "x"}}]}, True),
        ({"contained": [{"resourceType": "Practitioner", "meta": {"security": []}}]}, False),
        ({"note": [{"text": "Said in confidence", "extension": [INLINE]}]}, True),
        ({"code": coded(extension=[INLINE])}, True),
        ({"extension": [{"url": "u", "valueCode": "nopat"}]}, True),
        ({"extension": [{"url": "u", "valueCodeableConcept": {"coding": [LABEL]}}]}, True),
        ({"extension": [{"url": "u", "valueString": "NOPAT"}]}, False),
        ({"extension": [{"url": "u", "valueCoding": LABEL | {"code": "R"}}]}, False),
    ],
)
def test_a_label_anywhere_inside_an_entry_hides_it(inside, is_hidden):
    """R2.4: an entry is shown as a whole or not at all; other labels do not mean hide."""
    extract = extract_of(
        resource("Condition", "c", **({"code": coded()} | inside)),
        resource("Condition", "other", code=coded()),
        resource("Encounter", "e", type=[coded()]),
    )
    assert withheld(extract) == ({"c"} if is_hidden else set())


@pytest.mark.parametrize("more", [{"meta": NOPAT}, {"reason": [{"coding": [LABEL]}]}])
def test_a_label_on_what_tells_whence_something_came_hides_that(more):
    """R2.4: a Provenance is about its targets, in whatever version and by whatever name."""
    targets = [ref("Condition/c"), ref("Observation/o/_history/2")]
    extract = extract_of(
        resource("Condition", "c", code=coded()),
        observation("o"),
        resource("Condition", "other", code=coded()),
        resource("Provenance", "p", target=targets, **more),
    )
    assert withheld(extract) == {"c", "o"}
    assert withheld(extract_of(
        resource("Condition", "c", code=coded()), resource("Encounter", "e", type=[coded()]),
        resource("Provenance", "p", target=targets),
    )) == set()  # fmt: skip


def test_a_label_in_a_consent_hides_what_that_is_about():
    data = [{"meaning": "instance", "reference": ref("Condition/c")}]
    inner = {"securityLabel": [LABEL], "data": data}
    extract = extract_of(
        resource("Condition", "c", code=coded()),
        resource("Condition", "other", code=coded()),
        resource("Encounter", "e", type=[coded()]),
        resource("Consent", "n", provision={"type": "permit", "provision": [inner]}),
    )
    assert withheld(extract) == {"c"}


def test_a_content_is_as_secret_as_what_it_names_for_that():
    """A Binary has no labels of its own for what is in it: `securityContext` says whose count."""
    content = {"attachment": {"url": "Binary/b", "contentType": "text/plain"}}
    extract = extract_of(
        resource("Condition", "c", code=coded(), meta=NOPAT),
        resource("DocumentReference", "d", type=coded(), content=[content]),
        resource("Binary", "b", data="QQ==", securityContext=ref("Condition/c")),
        resource("Encounter", "e", type=[coded()]),
    )
    assert withheld(extract) == {"c"}
    (letter,) = [each for each in extract.entries if each.key.id == "d"]
    assert [each.withheld for each in letter.documents] == [True]


def test_a_label_on_the_content_of_a_document_hides_the_content_alone():
    """R2.4: the entry may show."""
    extract = extract_of(
        resource("DocumentReference", "d", type=coded(), securityLabel=[{"coding": [LABEL]}]),
        resource("Encounter", "e", type=[coded()]),
    )
    assert withheld(extract) == set()


def test_a_label_inside_a_section_hides_what_that_names():
    sections = [section("1", "One", "Condition/c"), section("2", "Two", "Condition/other")]
    sections[0]["extension"] = [INLINE]
    extract = document(
        *sections,
        resources=[resource("Condition", id, code=coded()) for id in ("c", "other")],
    )
    assert "c" in withheld(extract)
    assert "other" not in withheld(extract)

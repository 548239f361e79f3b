"""Names that could tell of what is hidden: of topics and groups of results; and words that mislead."""

import pytest

from records.importing.fhir.fields import clean
from tests.records.importing.gpconnect_resources import (
    NOPAT,
    coded,
    consultation,
    content,
    extract_of,
    fhir_list,
    observation,
    one,
    resource,
)

HEADER = (
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-RelatedProblemHeader-1"
)


def ref(kind, id):
    return {"reference": f"{kind}/{id}"}


def about(reference):
    """A consultation of which the topic names a problem."""
    lists = consultation("Observation/o")
    target = {"url": "target", "valueReference": reference}
    lists[1]["extension"] = [{"url": HEADER, "extension": [target]}]
    return [*lists, observation()]


@pytest.mark.parametrize(
    ("reference", "link"),
    [
        (ref("Condition", "here"), "Condition/here"),
        (ref("Condition", "absent"), "Condition/absent"),
        ({"reference": "absent"}, "Condition/absent"),
        ({"display": "Domestic abuse"}, None),
    ],
)
def test_topic_that_names_a_problem_has_no_other_name(reference, link):
    """R2.3"""
    extract = extract_of(*about(reference), resource("Condition", "here", code=coded()))
    (topic,) = content(one(extract, "c")).topics
    assert (topic.title, topic.problem and topic.problem.ref) == ("", link)


def test_topic_that_names_no_problem_keeps_its_name():
    (topic,) = content(one(extract_of(*consultation("Observation/o"), observation()), "c")).topics
    assert (topic.title, topic.problem) == ("Asthma review", None)


def members(*names):
    return [{"type": "has-member", "target": ref("Observation", name)} for name in names]


def report(*observations, named=("group", "outside")):
    result = [ref("Observation", name) for name in named]
    return extract_of(resource("DiagnosticReport", "r", code=coded(), result=result), *observations)


@pytest.mark.parametrize("named", [("group", "outside"), ("outside", "a", "group")])
def test_result_says_which_group_it_is_in(named):
    """R2.3: its place alone would put it below a heading that is not its own."""
    extract = report(
        observation("group", related=members("a", "b")), observation("a"),
        observation("b", valueString="1", related=[{"target": ref("Observation", "remark")}]),
        observation("remark", code=coded("37331000000100", "Comment note")), observation("outside"),
        named=named,
    )  # fmt: skip
    groups = {part.key.id: content(part).group for part in one(extract, "r").parts}
    assert {id for id, link in groups.items() if link} == {"a", "b", "remark"}
    assert {link.ref for link in groups.values() if link} == {"Observation/group"}


def test_group_inside_a_group_says_so_and_hides_with_it():
    """R2.4"""
    extract = report(
        {**observation("group", related=members("inner")), "meta": NOPAT},
        observation("inner", related=members("a")), observation("a", valueString="1"),
        named=("a", "group"),
    )  # fmt: skip
    parts = {part.key.id: part for part in one(extract, "r").parts}
    assert content(parts["inner"]).group.ref == "Observation/group"
    assert all(part.withheld for part in parts.values())


@pytest.mark.parametrize(
    ("reason", "covered"),
    [(None, True), ("no-content-recorded", True), ("unavailable", False), ("withheld", False)],
)
def test_list_that_its_source_could_not_fill_covers_nothing(reason, covered):
    """R7.3: otherwise all allergies would be gone."""
    empty = {"emptyReason": coded(reason)} if reason else {}
    lists = fhir_list("l", "886921000000105", **empty)
    assert ("allergies" in extract_of(lists).sections) is covered


def test_extract_without_section_lists_covers_nothing():
    """R7.3, R2.3: it adds and updates; nor does a withheld letter tell that documents were sent."""
    letter = resource("DocumentReference", "d", meta=NOPAT)
    assert extract_of(observation(), letter).sections == frozenset()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("\u202e5.21\u202c mmol", "5.21 mmol"),
        ("\u2066a\u2069\u200e\u200f\u061c", "a"),
        ("\u200b", ""),
        ("\u200b \ufeff\u2060", ""),
        ("a\u200db", "a\u200db"),
    ],
)
def test_words_cannot_be_turned_around_or_be_unseen(words, expected):
    """R7.7"""
    assert clean(words) == expected

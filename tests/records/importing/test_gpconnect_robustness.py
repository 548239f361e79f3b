"""Broken files are refused in one line; broken resources are reported; nothing is lost or hangs."""

import json
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.importing.extract import Extract, UnreadableExtract
from records.importing.fhir.decoding import LARGEST
from records.importing.gpconnect import read
from tests.records.importing.gpconnect_resources import (
    as_bytes,
    coded,
    consultation,
    extract_of,
    fhir_list,
    fixture,
    observation,
    one,
    patient,
    resource,
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not complete JSON"),
        (b"<html>", "not complete JSON"),
        (fixture("quirks.json")[:20000], "not complete JSON"),
        (b"\xff\xfe{}", "not complete JSON"),
        (b'{"a": "\\ud800"}', "not complete JSON"),
        (b"[" * 100_000, "not complete JSON"),
        (b"[]", "not a FHIR resource"),
        (b"12", "not a FHIR resource"),
        (b"{}", "not a FHIR Bundle but something without a type"),
        (b'{"resourceType": "Patient"}', "not a FHIR Bundle but Patient"),
        (b'{"resourceType": ["x"]}', "not a FHIR Bundle but"),
        (b'{"resourceType": "OperationOutcome"}', "it gives no reason"),
        (b'{"resourceType": "OperationOutcome", "issue": [{"code": 1}, 2]}', "sent an error"),
        (b'{"resourceType": "Bundle"}', "names no patient"),
        (b'{"resourceType": "Bundle", "entry": {}}', "not a list"),
        (as_bytes(observation()), "names no patient"),
        (as_bytes(patient(), {**patient(), "id": "q"}), "names 2 patients"),
        (as_bytes(patient(name="Madeup")), "patient in the file cannot be read: name"),
    ],
)
def test_a_file_that_is_no_record_is_refused_in_one_line(data, said):
    with pytest.raises(UnreadableExtract, match=said) as refusal:
        read(data)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(UnreadableExtract, match="larger than 64 MB"):
        read(b" " * (LARGEST + 1))


def test_a_byte_order_mark_is_no_reason_to_refuse():
    assert read(b"\xef\xbb\xbf" + as_bytes(patient())).entries == ()


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("Observation", {"code": "Asthma"}, "code is not an object"),
        ("Condition", {"note": "words"}, "note is not a list of objects"),
        ("AllergyIntolerance", {"category": [1]}, "category is not a list of texts"),
        ("Observation", {"comment": {"text": "words"}}, "comment is not text"),
        ("Immunization", {"note": 1}, "note is not a list of objects"),
        ("DocumentReference", {"content": [None]}, "content is not a list of objects"),
        ("MedicationStatement", {"dosage": {}}, "dosage is not a list of objects"),
        ("DiagnosticReport", {"conclusion": True}, "conclusion is not text"),
        ("ReferralRequest", {"reasonCode": {}}, "reasonCode is not a list of objects"),
    ],
)
def test_a_resource_that_cannot_be_read_is_reported_and_the_rest_is_read(kind, body, reason):
    broken = resource(kind, "broken", **{"code": coded(), **body})
    extract = extract_of(broken, observation("fine"))
    assert [entry.key.id for entry in extract.entries] == ["fine"]
    (skipped,) = extract.skipped
    assert (skipped.resource, skipped.id, skipped.reason) == (kind, "broken", reason)


def test_a_part_that_cannot_be_read_is_reported_and_its_entry_is_kept():
    broken = observation("broken", code=7)
    extract = extract_of(
        *consultation("Observation/broken", "Observation/o"), observation(), broken
    )
    assert [part.key.id for part in one(extract, "c").parts] == ["o"]
    assert [skipped.id for skipped in extract.skipped] == ["broken"]


def test_with_an_entry_that_cannot_be_read_its_parts_are_reported_too():
    report = resource(
        "DiagnosticReport", "r", conclusion=[], result=[{"reference": "Observation/o"}]
    )
    extract = extract_of(report, observation())
    assert extract.entries == ()
    assert {skipped.id for skipped in extract.skipped} == {"r", "o"}


def test_items_of_a_consultation_list_that_cannot_be_read_stand_alone():
    lists = consultation("Observation/o")
    lists[0]["entry"] = "broken"
    extract = extract_of(*lists, observation())
    assert [entry.key.id for entry in extract.entries] == ["o"]
    assert [skipped.id for skipped in extract.skipped] == ["c"]


def test_a_heading_that_cannot_be_read_does_not_take_its_consultation_along():
    lists = consultation("Observation/o")
    lists[2]["entry"] = "broken"
    extract = extract_of(*lists, observation())
    assert {entry.key.id for entry in extract.entries} == {"c", "o"}
    assert [skipped.id for skipped in extract.skipped] == ["c-heading"]


@pytest.mark.parametrize("entry", [None, 7, {}, {"resource": None}, {"resource": {"id": "1"}}])
def test_an_entry_without_a_resource_is_reported_by_its_place(entry):
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient()}, entry]}
    (skipped,) = read(json.dumps(bundle).encode()).skipped
    assert (skipped.id, skipped.reason) == ("entry 2", "holds no resource with a type")


@pytest.mark.parametrize("kind", ["Appointment", "Task", "Communication", "Flag"])
def test_what_is_no_part_of_a_record_is_reported_and_not_stored(kind):
    """R1.10"""
    extract = extract_of(resource(kind))
    assert extract.entries == ()
    assert [skipped.resource for skipped in extract.skipped] == [kind]


def test_a_message_of_the_source_inside_a_bundle_is_reported_in_its_words():
    extract = extract_of(resource("OperationOutcome", issue=[{"diagnostics": "Try later"}]))
    assert extract.skipped[0].reason == "the source says: Try later"


def related(id, *targets):
    return observation(
        id, related=[{"target": {"reference": f"Observation/{target}"}} for target in targets]
    )


def test_results_in_a_circle_end():
    report = resource(
        "DiagnosticReport", "r", code=coded(), result=[{"reference": "Observation/a"}]
    )
    circle = [related("a", "b", "a"), related("b", "c"), related("c", "a")]
    parts = one(extract_of(report, *circle), "r").parts
    assert [part.key.id for part in parts] == ["a", "b", "c"]


@pytest.mark.parametrize("shape", ["one in the other", "all in one"])
def test_thousands_of_results_in_groups_are_read_in_time(shape):
    """Each is looked at a few times, not each with each."""
    count = 3_000
    if shape == "one in the other":
        results = [related(f"o{n}", f"o{n + 1}") for n in range(count)]
    else:
        results = [related("o0", *(f"o{n}" for n in range(1, count)))]
        results += [observation(f"o{n}", valueString="x") for n in range(1, count)]
    report = resource(
        "DiagnosticReport", "r", code=coded(), result=[{"reference": "Observation/o0"}]
    )
    began = perf_counter()
    assert len(one(extract_of(report, *results), "r").parts) == count
    assert perf_counter() - began < 5


def test_what_two_reports_share_is_stored_once_and_named_in_both():
    named = [{"reference": "Observation/o"}]
    reports = [resource("DiagnosticReport", id, code=coded(), result=named) for id in ("r", "s")]
    extract = extract_of(*reports, observation())
    assert [part.key.id for part in one(extract, "r").parts] == ["o"]
    assert one(extract, "s").parts == ()
    assert one(extract, "s").details["also"] == [{"ref": "Observation/o"}]


def test_an_item_in_two_consultations_is_stored_in_the_first_and_named_in_both():
    lists = [*consultation("Observation/o"), *consultation("Observation/o", id="d")]
    extract = extract_of(*lists, observation())
    assert [part.key.id for part in one(extract, "c").parts] == ["o"]
    assert one(extract, "d").parts == ()
    assert "Observation/o" in str(one(extract, "d").details)


def test_lists_in_a_circle_end():
    lists = [
        fhir_list("c", "325851000000107", "List/t", "List/c"),
        fhir_list("t", "25851000000105", "List/h", "List/t"),
        fhir_list("h", "24781000000107", "List/t", "List/c", "Observation/o"),
    ]
    extract = extract_of(*lists, observation())
    assert [part.key.id for part in one(extract, "c").parts] == ["o"]


@pytest.mark.parametrize("levels", [1_500, 10_000])
def test_lists_that_are_nested_without_end_are_reported(levels):
    deep = [fhir_list(f"h{n}", "24781000000107", f"List/h{n + 1}") for n in range(levels)]
    extract = extract_of(fhir_list("c", "325851000000107", "List/h0"), *deep)
    assert [entry.key.id for entry in extract.entries] == ["c"]
    assert extract.skipped[0].reason == "lists are nested too deeply"


def test_an_issue_whose_plan_is_missing_goes_below_the_statement_that_names_the_plan():
    based = [{"reference": "MedicationRequest/gone"}]
    extract = extract_of(
        resource("MedicationStatement", "s", basedOn=based),
        resource("MedicationRequest", "issue", intent="order", basedOn=based),
        resource("MedicationRequest", "orphan", intent="order"),
    )
    assert [part.key.id for part in one(extract, "s").parts] == ["issue"]
    assert one(extract, "orphan").kind == "medicine"


def test_a_contained_allergy_whose_id_is_taken_keeps_its_own_place():
    inside = resource("AllergyIntolerance", "1", code=coded(), identifier=[{"value": "own"}])
    ended = fhir_list("l", "1103671000000101", "#1", contained=[inside])
    other = resource("AllergyIntolerance", "1", code=coded("2", "Other"))
    assert {entry.key.id for entry in extract_of(ended, other).entries} == {"1", "own"}


BUNDLE = json.loads(fixture("quirks.json"))
JUNK = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        "",
        "x",
        "2020-99",
        [],
        {},
        [None],
        ["x"],
        {"reference": 1},
        "\u0000",
        1e300,
    ]
)


def places(found, path=()):
    """The path to every value in some JSON."""
    yield path
    inner = (
        found.items()
        if isinstance(found, dict)
        else enumerate(found)
        if isinstance(found, list)
        else ()
    )
    for name, value in inner:
        yield from places(value, (*path, name))


PLACES = [path for path in places(BUNDLE) if path]


def with_junk(found, path, junk):
    """A copy of some JSON with something else in one place."""
    if not path:
        return junk
    copy = dict(found) if isinstance(found, dict) else list(found)
    copy[path[0]] = with_junk(copy[path[0]], path[1:], junk)
    return copy


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places=st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=4))
def test_a_record_with_anything_anywhere_is_read_or_refused(places):
    """Whatever stands in a file, the reader neither crashes nor loses a resource in silence."""
    bundle = BUNDLE
    for path, junk in places:
        try:
            bundle = with_junk(bundle, path, junk)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    try:
        extract = read(json.dumps(bundle).encode())
    except UnreadableExtract:
        return
    assert isinstance(extract, Extract)
    keys = [entry.key for entry in extract.entries]
    keys += [part.key for entry in extract.entries for part in entry.parts]
    assert len(keys) == len(set(keys))


@settings(max_examples=50, deadline=None)
@given(cut=st.integers(0, len(fixture("quirks.json")) - 3))
def test_a_truncated_file_is_always_refused(cut):
    """R7.4"""
    with pytest.raises(UnreadableExtract):
        read(fixture("quirks.json")[:cut])


R4 = [
    {"type": "document"},
    {"type": "transaction"},
    {"extra": resource("Composition", "c")},
    {"extra": resource("AllergyIntolerance", "a", clinicalStatus={"coding": []})},
    {"extra": resource("Immunization", "i", occurrenceDateTime="2020-01-01")},
]


@pytest.mark.parametrize("form", R4)
def test_another_form_of_record_is_refused_whole(form):
    """R7.2: half of a record is worse than none."""
    extra = [form["extra"]] if "extra" in form else []
    bundle = json.loads(as_bytes(patient(), *extra)) | {"type": form.get("type", "collection")}
    with pytest.raises(UnreadableExtract, match="not a GP Connect"):
        read(json.dumps(bundle).encode())


NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


@pytest.mark.parametrize(
    ("about", "is_refused"),
    [
        ({"reference": "Patient/someone-else"}, True),
        ({"identifier": {"system": NUMBER, "value": "9990000026"}}, True),
        ({"identifier": {"system": "urn:other", "value": "9990000026"}}, False),
        ({"display": "Ada"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("field", ["subject", "patient"])
def test_nothing_about_another_person_is_read(field, about, is_refused):
    """R3.7"""
    data = as_bytes(patient(), resource("AllergyIntolerance", "a", code=coded(), **{field: about}))
    if is_refused:
        with pytest.raises(UnreadableExtract, match="another patient"):
            read(data)
    else:
        assert one(read(data), "a")


def test_two_patients_under_one_id_are_refused():
    """R3.7"""
    with pytest.raises(UnreadableExtract, match="two different patients"):
        read(as_bytes(patient(), patient(birthDate="1901-01-01")))


def test_vaccine_of_which_it_is_not_clear_that_it_was_given_is_not_shown():
    """R6.7"""
    extract = extract_of(resource("Immunization", "i", notGiven="true"))
    assert extract.entries == ()
    assert [each.id for each in extract.skipped] == ["i"]


def test_what_a_list_names_or_cannot_be_read_is_not_gone():
    """R7.3"""
    lists = fhir_list("l", "886921000000105", "AllergyIntolerance/absent")
    broken = resource("AllergyIntolerance", "broken", note="words")
    named = {key.id for key in extract_of(lists, broken).still_named}
    assert {"absent", "broken"} <= named

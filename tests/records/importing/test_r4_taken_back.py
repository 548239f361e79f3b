"""What a source sends again so that nobody may be shown it: what was held of it goes, and stays in the history (R6.5, R7.3)."""

import pytest

from audit.row_security import rows_of
from records.importing.load import Loading, load_bytes
from records.models import Entry
from tests.cast import make_patient
from tests.clock import NOW
from tests.records.importing.gpconnect_resources import coded
from tests.records.importing.r4_resources import as_bytes, patient, resource, word

pytestmark = pytest.mark.django_db
NOT_DONE, NOT_UNDERSTOOD = "not done", "nobody can tell"


@pytest.fixture
def quilla(surgery):
    return make_patient(
        surgery, "9991000003", family_name="Madeup", given_names="Quilla", date_of_birth="1984-02-29"
    )  # fmt: skip


def item(kind, id="a", **more):
    names = {"Immunization": "vaccineCode"} | dict.fromkeys(
        ["MedicationRequest", "MedicationStatement"], "medicationCodeableConcept"
    )
    told = {"status": "active", "intent": "order"} if kind == "MedicationRequest" else {}
    return resource(kind, id, **({names.get(kind, "code"): coded()} | told | more))


def loaded(quilla, *resources):
    """A collection of these: it covers no section, so that what is absent is not gone."""
    content = as_bytes(patient(), *resources, type="transaction")
    told = load_bytes(content, "a", Loading(quilla.surgery), now=NOW)
    assert told.outcome in ("loaded", "unchanged"), told.reason
    with rows_of(quilla.pk):
        rows = Entry.objects.of(quilla)
        return {f"{row.source_type}/{row.source_id}": row.withdrawn_because for row in rows}


@pytest.mark.parametrize(
    ("kind", "again", "because"),
    [
        ("MedicationRequest", {"status": "gone astray"}, NOT_UNDERSTOOD),
        ("MedicationRequest", {"status": 7.5}, NOT_UNDERSTOOD),
        ("MedicationRequest", {"doNotPerform": True}, NOT_UNDERSTOOD),
        ("MedicationRequest", {"doNotPerform": False}, ""),
        ("AllergyIntolerance", {"verificationStatus": word("perhaps")}, NOT_UNDERSTOOD),
        ("AllergyIntolerance", {"verificationStatus": word("confirmed")}, ""),
        ("Condition", {"verificationStatus": {"coding": "x"}}, NOT_UNDERSTOOD),
        ("Condition", {"modifierExtension": [{"url": "u"}]}, NOT_UNDERSTOOD),
        ("Immunization", {"status": "not-done"}, NOT_DONE),
        ("Procedure", {"status": "not-done"}, NOT_DONE),
        ("Condition", {"code": "x"}, ""),  # a fault of its shape says nothing of whether it is true
        ("Condition", None, ""),  # not sent: a collection says nothing of it
    ],
)
def test_what_comes_again_so_that_it_may_not_be_shown_is_withdrawn(quilla, kind, again, because):
    """R6.5, R6.7: what nobody can understand now cannot go on being shown as it was."""
    first, other = item(kind), item("Condition", "other")
    assert loaded(quilla, first, other) == {f"{kind}/a": "", "Condition/other": ""}
    found = loaded(quilla, *([] if again is None else [item(kind, **again)]), other)
    assert found["Condition/other"] == ""
    assert because in found[f"{kind}/a"]
    assert bool(found[f"{kind}/a"]) == bool(because)


def test_one_that_can_be_understood_again_is_the_same_entry(quilla):
    loaded(quilla, item("Condition"))
    with rows_of(quilla.pk):
        before = Entry.objects.get()
    assert loaded(quilla, item("Condition", verificationStatus=word("?")))["Condition/a"]
    assert loaded(quilla, item("Condition")) == {"Condition/a": ""}
    with rows_of(quilla.pk):
        assert Entry.objects.get().id == before.id


def test_what_goes_by_another_id_now_is_found_by_its_identifier(quilla):
    named = {"identifier": [{"system": "s", "value": "1"}]}
    loaded(quilla, item("Condition", "a", **named))
    found = loaded(quilla, item("Condition", "b", verificationStatus=word("?"), **named))
    assert NOT_UNDERSTOOD in found["Condition/a"]


def test_an_id_that_was_given_to_something_else_takes_nothing_back(quilla):
    named = [{"identifier": [{"system": "s", "value": value}]} for value in "12"]
    loaded(quilla, item("Condition", **named[0]))
    again = item("Condition", verificationStatus=word("?"), **named[1])
    assert loaded(quilla, again) == {"Condition/a": ""}


@pytest.mark.parametrize("first", ["ab", "a"])
def test_an_identifier_that_several_bear_takes_back_only_what_has_the_id(quilla, first):
    """A laboratory gives all results of one request its number: one of them speaks for itself only (R7.3)."""
    named = {"identifier": [{"system": "s", "value": "1"}], "status": "final", "valueString": "7"}
    held = [item("Observation", id, **named) for id in first]
    loaded(quilla, *held, item("Observation", "c", status="final", valueString="7"))
    doubted = named | {"focus": [{"display": "somebody"}]}
    others = [item("Observation", id, **named | {"valueString": id}) for id in "de" if first == "a"]
    found = loaded(quilla, item("Observation", "b", **doubted), *others)
    assert found["Observation/a"] == found["Observation/c"] == ""
    assert bool(found.get("Observation/b")) == (first == "ab")


def test_a_result_that_may_not_be_true_any_more_leaves_its_report(quilla):
    def report(**more):
        result = resource("Observation", "o", code=coded(), valueString="7", **more)
        names = [{"reference": "Observation/o"}]
        return resource("DiagnosticReport", "r", code=coded(), status="final", result=names), result

    loaded(quilla, *report(status="final"))
    found = loaded(quilla, *report(status="final", modifierExtension=[{"url": "u"}]))
    assert found["DiagnosticReport/r"] == ""
    assert NOT_UNDERSTOOD in found["Observation/o"]


def test_parts_go_with_their_entry(quilla):
    def report(**more):
        result = resource("Observation", "o", code=coded(), status="final", valueString="7")
        names = [{"reference": "Observation/o"}]
        return resource("DiagnosticReport", "r", code=coded(), result=names, **more), result

    loaded(quilla, *report(status="final"))
    found = loaded(quilla, report(status="final", modifierExtension=[{"url": "u"}])[0])
    assert set(map(bool, found.values())) == {True}


@pytest.mark.parametrize("sent_again", [True, False])
def test_what_was_found_in_a_visit_that_is_cancelled_now_stands_alone_if_it_is_sent(
    quilla, sent_again
):
    """It was not done in that visit, and is true all the same; what is not sent goes with the visit."""
    found_there = resource(
        "Observation", "o", code=coded(), status="final", encounter={"reference": "Encounter/e"}
    )
    loaded(quilla, resource("Encounter", "e", type=[coded()], status="finished"), found_there)
    with rows_of(quilla.pk):
        assert Entry.objects.get(source_id="o").root_id
    cancelled = resource("Encounter", "e", type=[coded()], status="cancelled")
    found = loaded(quilla, cancelled, *([found_there] if sent_again else []))
    assert NOT_DONE in found["Encounter/e"]
    assert bool(found["Observation/o"]) != sent_again
    with rows_of(quilla.pk):
        assert bool(Entry.objects.get(source_id="o").root_id) != sent_again

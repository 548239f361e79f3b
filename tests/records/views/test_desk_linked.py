"""Before staff hide an entry they are told what else says it."""

import pytest

from tests.cast import make_entry, sign_in
from tests.clock import NOW
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db

WORDS = "These entries say something of the same and stay visible unless you hide them too"


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff)


def make_problem(patient, source_id="problem", **values):
    values = {"section": "health-conditions", "kind": "condition", "title": "Low mood"} | values
    return make_entry(patient, source_id, **values)


@pytest.fixture
def problem(patient):
    return make_problem(patient)


def observed(patient, source_id="observed", **values):
    return make_entry(patient, source_id, **{"title": "Seen in clinic"} | values)


def behind(entry):
    return {"behind": {"entry": str(entry.id)}}


def named_beside(client, entry):
    """The entries that the page for hiding an entry lists, by their addresses."""
    page = client.get(f"/surgery/patients/{entry.patient_id}/entries/{entry.id}/hide").text
    _, found, after = page.partition(WORDS)
    return after.partition("<form")[0] if found else ""


def is_beside(client, other, entry):
    return f"/entries/{other.id}/" in named_beside(client, entry)


def test_an_entry_that_stands_alone_has_none_beside_it(at_desk, patient, problem):
    assert not named_beside(at_desk, observed(patient))


def test_a_link_counts_in_both_directions(at_desk, patient):
    """R2.5"""
    allergy = make_entry(
        patient, "a", section="allergies", kind="allergy", level_needed="summary", title="Latex"
    )
    problem = make_problem(patient, details=behind(allergy))
    assert is_beside(at_desk, allergy, problem)
    assert is_beside(at_desk, problem, allergy)
    assert "Latex</a> (Allergies" in named_beside(at_desk, problem)


def test_what_repeats_an_entry_is_hidden_with_it_but_not_the_other_way(at_desk, patient, problem):
    """R2.3"""
    repeats = observed(patient, repeats_id=problem.id)
    assert not is_beside(at_desk, repeats, problem)
    assert is_beside(at_desk, problem, repeats)


def test_what_a_consultation_refers_to_stays_and_is_named(at_desk, patient, problem):
    seen = observed(patient)
    items = {"topics": [{"headings": [{"items": [{"entry": str(seen.id)}]}]}]}
    consultation = make_entry(
        patient, "c", kind="consultation", title="Consultation", details=items
    )
    assert is_beside(at_desk, seen, consultation)
    assert is_beside(at_desk, consultation, seen)


def test_parts_count_as_their_entry(at_desk, patient):
    report = make_entry(patient, "r", section="test-results", kind="report", title="Blood count")
    result = make_entry(
        patient, "p", section="test-results", kind="result", root_id=report.id, title="Iron"
    )
    problem = make_problem(patient, details=behind(result))
    assert is_beside(at_desk, report, problem)
    assert is_beside(at_desk, problem, report)
    assert not is_beside(at_desk, result, problem)


@pytest.mark.parametrize(
    "values",
    [
        {"withdrawn_at": NOW, "withdrawn_because": "not in the extract"},
        {"released": False, "unreleased_because": "draft"},
    ],
)
def test_what_is_not_online_is_left_out(at_desk, patient, problem, values):
    assert not is_beside(at_desk, observed(patient, details=behind(problem), **values), problem)


def test_only_what_everyone_is_kept_from_is_hidden_already(at_desk, patient, problem):
    other = make_problem(patient, "other", details=behind(problem))
    hide_from(patient, other, "proxies")
    assert is_beside(at_desk, other, problem)
    hide_from(patient, other)
    assert not is_beside(at_desk, other, problem)


def test_other_patients_have_nothing_to_do_with_it(at_desk, patient, other_patient, problem):
    """R8.1"""
    observed(other_patient, details=behind(problem))
    assert not named_beside(at_desk, problem)

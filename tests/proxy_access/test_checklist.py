"""What has to be answered before somebody may act for a patient, by legal basis (R4.1, R4.3, R4.5)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from proxy_access.checklist import Answer, asks_child, items_for, order_ends_on, problems
from proxy_access.models import LegalBasis
from surgeries.models import Patient, Surgery
from tests.clock import TODAY

ASKED = {
    "consent": {"alone", "understood"},
    "parental-responsibility": {"responsibility", "wishes", "apart"},
    "health-and-welfare-lasting-power-of-attorney": {
        "document", "registered", "welfare", "capacity",
    },
    "court-appointed-personal-welfare-deputy": {"document", "registered", "welfare", "capacity"},
    "best-interest": {"capacity", "factors"},
}  # fmt: skip
OF_ALL = {"match", "other", "necessary", "relevant", "safe", "coercion"}
EACH = [(basis, item.key) for basis in LegalBasis for item in items_for(basis)]


def all_well(basis):
    """Answers with which nothing speaks against it."""
    return {
        item.key: Answer(
            item.key != "coercion", "Looked at", TODAY if item.key == "capacity" else None
        )
        for item in items_for(basis)
    }


@pytest.mark.parametrize("basis", LegalBasis)
def test_each_basis_asks_its_own_questions(basis):
    assert {item.key for item in items_for(basis)} == ASKED[basis] | OF_ALL
    assert problems(basis, all_well(basis), today=TODAY) == {}


@pytest.mark.parametrize("basis", LegalBasis)
def test_no_two_fields_of_a_form_are_called_the_same(basis):
    """Whoever hears them one by one has to know which question they belong to."""
    items = items_for(basis, of_child=True)
    called = [words for item in items for words in (item.question, item.words, item.day) if words]
    assert len(set(called)) == len(called)


@pytest.mark.parametrize(("basis", "key"), EACH)
def test_without_each_answer_it_cannot_be_granted(basis, key):
    answers = all_well(basis)
    del answers[key]
    assert list(problems(basis, answers, today=TODAY)) == [key]


@pytest.mark.parametrize(("basis", "key"), EACH)
def test_each_wrong_answer_speaks_against_it(basis, key):
    """R4.3, R4.5: yes and words for each, and no sign of coercion."""
    answers = all_well(basis)
    turned = answers | {key: replace(answers[key], is_yes=not answers[key].is_yes)}
    assert list(problems(basis, turned, today=TODAY)) == [key]
    silent = answers | {key: replace(answers[key], words="  ")}
    assert list(problems(basis, silent, today=TODAY)) == ([] if key == "coercion" else [key])


@pytest.mark.parametrize(
    ("days", "is_well"), [(None, False), (-1, False), (0, True), (92, True), (93, False)]
)
@pytest.mark.parametrize("basis", [basis for basis in LegalBasis if "capacity" in ASKED[basis]])
def test_the_patient_lacks_capacity_now(basis, days, is_well):
    """R4.1"""
    found_on = None if days is None else TODAY - timedelta(days=days)
    answers = all_well(basis)
    answers["capacity"] = replace(answers["capacity"], on=found_on)
    assert ("capacity" not in problems(basis, answers, today=TODAY)) is is_well


def test_a_dated_document_is_known_by_its_day():
    answers = all_well(LegalBasis.DEPUTY)
    assert order_ends_on(answers) is None
    answers["document"] = replace(answers["document"], on=TODAY)
    assert order_ends_on(answers) == TODAY
    assert order_ends_on(all_well(LegalBasis.CONSENT)) is None
    assert answers["document"].kept() == {
        "is_yes": True, "words": "Looked at", "on": "2024-06-03"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("basis", "age", "asks"),
    [
        (LegalBasis.PARENTAL_RESPONSIBILITY, 10, False),
        (LegalBasis.PARENTAL_RESPONSIBILITY, 11, True),
        (LegalBasis.PARENTAL_RESPONSIBILITY, 15, True),
        (LegalBasis.BEST_INTEREST, 15, False),
    ],
)
def test_a_child_of_the_review_age_is_asked_alone(basis, age, asks):
    """R4.7, R4.12: the surgery's own age."""
    child = Patient(date_of_birth=date(2024 - age, 6, 3), surgery=Surgery(proxy_review_age=11))
    assert asks_child(basis, child, on=TODAY) is asks
    if asks:
        answers = all_well(basis)
        assert list(problems(basis, answers, today=TODAY, of_child=True)) == ["asked"]
        answers["asked"] = Answer(True, "Alone, on the phone")
        assert problems(basis, answers, today=TODAY, of_child=True) == {}

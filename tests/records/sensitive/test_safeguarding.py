"""What stands at the head of pages on which something is decided about a patient."""

from datetime import date

import pytest

from accounts.staff import Desk, StaffAccess
from audit.row_security import rows_of
from records.models import Entry, KnownWord
from records.sensitive.safeguarding import safeguarding_flags
from tests.cast import make_entry
from tests.clock import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def access(staff, surgery, patient):
    return StaffAccess(Desk(staff, surgery, frozenset()), patient, "")


def titles(access):
    with rows_of(access.patient.pk):
        return [flag.title for flag in safeguarding_flags(access)]


@pytest.mark.parametrize(
    "values",
    [
        {"title": "Child protection plan"},
        {"title": "Code", "details": {"codes": [{"code": "417430008", "display": "x"}]}},
        {"title": "Note", "free_text": {"comment": "Discussed at MARAC"}},
        {
            "title": "Access",
            "kind": "access-code",
            "details": {"code": "1364731000000104"},
            "released": False,
            "unreleased_because": "access-code",
        },
        {
            "title": "Withheld safeguarding letter",
            "released": False,
            "unreleased_because": "source-withheld",
        },
    ],
)
def test_what_speaks_of_safety_is_found(access, patient, values):
    make_entry(patient, **values)
    make_entry(patient, "other", title="Depression")
    assert titles(access) == [values["title"]]


def test_a_part_leads_to_its_entry_and_what_is_gone_counts_no_more(access, patient):
    root = make_entry(patient, title="Consultation")
    make_entry(patient, "part", root_id=root.id, title="Domestic abuse")
    make_entry(patient, "gone", title="MARAC", withdrawn_at=NOW, withdrawn_because="gone")
    assert titles(access) == ["Consultation"]


def test_the_newest_comes_first(access, patient):
    make_entry(patient, "a", title="MARAC old", effective_on=date(2001, 1, 1))
    make_entry(patient, "b", title="MARAC new", effective_on=date(2021, 1, 1))
    assert titles(access) == ["MARAC new", "MARAC old"]


def test_words_that_are_in_the_index_are_found_by_it(access, patient):
    made = make_entry(patient, title="MARAC", search_words=["marac"])
    make_entry(patient, "other", title="Other", search_words=["other"])
    with rows_of(patient.pk):
        KnownWord.objects.create(patient=patient, word="marac", entries=[made.id])
        assert Entry.objects.of(patient).filter(search_words=None).count() == 0
    assert titles(access) == ["MARAC"]


def test_it_costs_the_same_however_long_the_record_is(access, patient, django_assert_num_queries):
    for count in (1, 10):
        for number in range(count):
            make_entry(patient, f"{count}-{number}", title="MARAC")
        with rows_of(patient.pk), django_assert_num_queries(3):
            safeguarding_flags(access)

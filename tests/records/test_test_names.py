"""The name by which results of one test are found together."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from audit.row_security import rows_of
from records.models import Entry
from records.test_names import LONGEST
from records.test_names import test_name as name_of_test
from tests.cast import make_entry

LONG = "serum " * 60


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Haemoglobin", "HAEMOGLOBIN", True),
        ("Serum  sodium ", "serum sodium", True),
        ("Serum\u00a0sodium", "serum sodium", True),
        ("Serum sodium", "Serum potassium", False),
        ("\u00c9", "\u00e9", True),
        (LONG + "a", LONG.upper() + "A", True),
        (LONG + "a", LONG + "b", False),
        ("", "  ", True),
    ],
)
def test_names_are_the_same_without_regard_to_case_and_spaces(one, other, same):
    assert (name_of_test("result", one) == name_of_test("result", other)) is same


@pytest.mark.parametrize("kind", ["report", "condition", "result-group", "comment"])
def test_only_what_is_measured_has_a_name_of_a_test(kind):
    assert name_of_test(kind, "Haemoglobin") is None


def test_no_name_is_too_long_for_its_column():
    assert all(
        len(name_of_test("result", "x" * length)) <= LONGEST for length in (200, 201, 90_000)
    )


def names_of(patient):
    with rows_of(patient.pk):
        return dict(Entry.objects.of(patient).values_list("source_id", "test_name"))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_rows_from_before_get_the_name_that_the_importer_gives(patient):
    for number, title in enumerate(["Serum  Sodium", LONG, ""]):
        make_entry(patient, f"r{number}", kind="result", title=title, test_name=None)
    make_entry(patient, "c", kind="condition", title="Asthma")
    migration = import_module("records.migrations.0010_the_name_of_a_test")
    with connections["owner"].schema_editor(atomic=False) as editor:
        migration.name_tests(apps, editor)
    assert names_of(patient) == {
        "r0": "serum sodium", "r1": name_of_test("result", LONG), "r2": "", "c": None
    }  # fmt: skip


@pytest.mark.django_db
def test_rows_that_an_older_version_loads_meanwhile_get_theirs_at_the_next_start(patient):
    make_entry(patient, "r", kind="result", title="Sodium", test_name=None, search_words=["sodium"])
    call_command("index_words", verbosity=0)
    assert names_of(patient) == {"r": "sodium"}

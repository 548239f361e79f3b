"""What the migrations do to rows that are there already."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connections

from audit.row_security import rows_of
from records.flags import is_flagged
from records.models import Entry
from tests.cast import make_entry

SOME_DETAILS = [
    {},
    {"flags": []},
    {"flags": [{"code": "H", "words": "High"}]},
    {"flags": [{"code": "N", "words": "Normal"}]},
    {"flags": [{"words": "Normal"}]},
    {"flags": [{"code": "N", "words": "High"}]},
    {"flags": [{"words": " Within Reference Range "}]},
    {"flags": [{}]},
    {"flags": [{"words": "Outside reference range"}]},
    {"flags": [{"code": "N"}, {"code": "LL"}]},
    {"components": [{"title": "Systolic", "flags": [{"code": "HH"}]}, {"title": "Diastolic"}]},
    {"components": [{"title": "Systolic", "flags": [{"code": "N"}]}]},
]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_rows_from_before_are_marked_as_the_importer_marks_new_ones(patient):
    for number, details in enumerate(SOME_DETAILS):
        make_entry(patient, f"r{number}", details=details)
    migration = import_module("records.migrations.0006_find_in_a_record")
    with connections["owner"].schema_editor(atomic=False) as editor:
        migration.mark_flagged(apps, editor)
    with rows_of(patient.pk):
        marked = dict(Entry.objects.of(patient).values_list("source_id", "flagged"))
    assert marked == {f"r{number}": is_flagged(each) for number, each in enumerate(SOME_DETAILS)}

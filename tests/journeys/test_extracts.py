"""Somebody else's extract was loaded into a record, and staff take it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Duty
from audit.row_security import rows_of
from records.importing.earlier import Came
from records.importing.store import store
from records.models import Entry
from tests.cast import make_staff
from tests.records.importing.extracts import entry, extract

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_staff_take_back_what_was_loaded_into_the_wrong_record(visit, surgery, patient):
    """Given a wrong extract upon a right one, when it is taken back with a reason, then the record is as before."""
    now = timezone.now()
    for minutes, name, title in (
        (9, "right.json", "Right words"),
        (1, "wrong.json", "Wrong words"),
    ):
        store(
            extract(entry(title=title)), patient, by=None, now=now - timedelta(minutes=minutes),
            came=Came(name),
        )  # fmt: skip
    visitor = visit(make_staff(surgery, "manager@example.test", Duty.MANAGE_SETTINGS))
    visitor.goto(f"/surgery/patients/{patient.pk}/")
    visitor.follow("All extracts: where each came from, what it changed, and taking one back")
    visitor.follow("Take this extract back: it was loaded into the wrong record")
    visitor.press("Continue")
    assert visitor.reads("Say why the extract is taken back")
    visitor.fill("Why is this extract taken back?", "Of another patient")
    visitor.press("Continue")
    assert visitor.reads("what it added is withdrawn")
    visitor.press("Take this extract back")
    assert visitor.reads("The extract is taken back")
    with rows_of(patient.pk):
        assert Entry.objects.of(patient).get().title == "Right words"

"""One id for another thing: some sources number what they send, from 1 in each extract (R2.3, R7.3)."""

from datetime import timedelta

import pytest

from records.importing.undoing import undo
from tests.records.importing.extracts import entry, key, part
from tests.records.importing.test_one_identifier import LATER, held, hidden, load
from tests.records.views.record import hide_from

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sections", [[], ["consultations"]])
def test_what_was_hidden_stays_so_though_its_id_is_given_to_something_else(patient, sections):
    """R2.3, R7.3: it is not written over, so that it is known when it comes again; what has its id is hidden as it was."""
    load(patient, entry("1", title="Sodium", recorded_at=None), sections=sections, **{"1": "X"})
    hide_from(patient, held(patient)["1"])
    before, other = held(patient)["1"].id, entry("1", title="Potassium", recorded_at=None)
    load(patient, other, now=LATER, sections=sections, **{"1": "Y"})
    rows = held(patient)
    assert (rows["1"].title, rows["1"].recorded_from) == ("Potassium", "unknown")
    again = [entry("1", title="Glucose"), entry("2", title="Sodium", free_text={"note": "x"})]
    load(patient, *again, now=LATER + timedelta(days=1), sections=sections, **{"1": "Z", "2": "X"})
    rows = held(patient)
    assert (rows["2"].id, rows["2"].withdrawn_at) == (before, None)
    assert ("2", "everyone", False) in hidden(patient)
    assert {one.title for one in rows.values()} == {"Sodium", "Potassium", "Glucose"}


def test_what_was_hidden_in_an_extract_that_was_taken_back_hides_nothing_else(patient, staff):
    """ADR 35: it may be another patient's, whose source numbers what it sends as well."""
    loaded = load(patient, entry("1", title="Sodium"), **{"1": "X"}).loaded
    hide_from(patient, held(patient)["1"])
    undo(patient, loaded.id, because="Her sister's", by=staff, now=LATER)
    later = LATER + timedelta(days=1)
    load(patient, entry("1", title="Potassium"), now=later, **{"1": "Y"})
    assert ("1", "everyone", False) not in hidden(patient)
    load(patient, entry("2", title="Sodium"), now=later + timedelta(days=1), **{"2": "X"})
    assert ("2", "everyone", False) in hidden(patient)


def test_a_part_whose_id_is_given_to_something_else_stays_beside_it(patient):
    """R7.3"""

    def report(id_, *parts):
        return entry(id_, key=key(id_, "DiagnosticReport"), kind="report", parts=parts)

    load(patient, report("r", part("1", title="Sodium")), **{"1": "X"})
    load(patient, report("s", part("1", title="Potassium")), now=LATER, **{"1": "Y"})
    rows = held(patient)
    assert {one.title: one.root_id for one in rows.values() if one.root_id} == {
        "Sodium": rows["r"].id, "Potassium": rows["s"].id,
    }  # fmt: skip


def test_what_stands_under_the_id_of_what_is_withheld_is_kept_back_with_it(patient):
    """R2.4"""
    load(patient, entry("1", title="Sodium", unreleased_because="source-withheld"), **{"1": "X"})
    load(patient, entry("1", title="Potassium"), now=LATER, **{"1": "Y"})
    assert [one.released for one in held(patient).values()] == [False, False]

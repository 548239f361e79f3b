"""Keeping an extract: add, update, withdraw, or nothing at all."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import DatabaseError

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.importing import store as storing
from records.importing.earlier import OlderExtract
from records.importing.extract import PartialDate, Warning
from records.importing.store import store
from records.models import Document, Entry, ImportedExtract, Redaction, SectionNotice
from tests.clock import NOW
from tests.records.importing.extracts import (
    EXTRACTED,
    RECORDED,
    attachment,
    entry,
    extract,
    key,
    part,
)

pytestmark = pytest.mark.django_db

BEFORE, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)


def load(patient, *entries, now=NOW, **values):
    return store(extract(*entries, **values), patient, by=None, now=now)


def changes(stored, section="consultations"):
    return {change: number for change, number in stored.sections[section].items() if number}


@pytest.fixture
def rows(patient):
    """What is held, by source id, always asked anew."""

    def ask():
        with rows_of(patient.pk):
            return {row.source_id: row for row in Entry.objects.of(patient)}

    return ask


def test_new_entries_are_added_with_their_parts(patient, rows):
    stored = load(patient, entry(parts=(part("p1"), part("p2", level_needed="full"))))
    assert (stored.outcome, changes(stored)) == ("loaded", {"added": 1})
    held = rows()
    assert held["p2"].root_id == held["p1"].root_id == held["e1"].id
    assert [held[id_].position for id_ in ("p1", "p2")] == [1, 2]
    assert held["p2"].recorded_at == RECORDED


def test_same_extract_twice_changes_nothing(patient, rows):
    """R7.3"""
    load(patient, entry())
    before = rows()["e1"].changed_at
    stored = load(patient, entry())
    assert (stored.outcome, changes(stored)) == ("unchanged", {"unchanged": 1})
    assert rows()["e1"].changed_at == before
    with rows_of(patient.pk):
        assert ImportedExtract.objects.count() == 1
        assert AuditEvent.objects.filter(action="record loaded").count() == 2


def test_changed_entry_is_updated_and_keeps_its_id(patient, rows):
    """R7.3"""
    load(patient, entry(), entry("e2"))
    before = rows()["e1"].id
    stored = load(patient, entry(title="Other words"), entry("e2"))
    assert changes(stored) == {"updated": 1, "unchanged": 1}
    assert (rows()["e1"].id, rows()["e1"].title) == (before, "Other words")


def test_change_in_a_part_is_an_update_of_its_entry(patient):
    load(patient, entry(parts=(part("p1"),)))
    stored = load(patient, entry(parts=(part("p1", title="Other words"),)))
    assert changes(stored) == {"updated": 1}


def test_entry_that_is_gone_is_withdrawn_with_when_and_why(patient, rows):
    """R7.3"""
    load(patient, entry(parts=(part("p1"),)), entry("e2"), now=BEFORE)
    stored = load(patient, entry("e2"))
    assert changes(stored) == {"withdrawn": 1, "unchanged": 1}
    for id_ in ("e1", "p1"):
        assert (rows()[id_].withdrawn_at, rows()[id_].withdrawn_because) == (NOW, storing.GONE)


def test_withdrawn_entry_that_comes_back_is_the_same_entry(patient, rows):
    """R7.3"""
    load(patient, entry(), entry("e2"), now=BEFORE)
    before = rows()["e1"].id
    load(patient, entry("e2"))
    load(patient, entry(), entry("e2"), now=LATER)
    assert (rows()["e1"].id, rows()["e1"].withdrawn_at) == (before, None)


def test_section_that_the_extract_does_not_cover_loses_nothing(patient, rows):
    """R7.3"""
    load(patient, entry())
    load(patient, entry("m1", section="medicines", kind="medicine"), sections=["medicines"])
    assert rows()["e1"].withdrawn_at is None


def test_hiding_survives_the_next_extract(patient, rows):
    """R7.3"""
    load(patient, entry())
    with rows_of(patient.pk):
        Redaction.objects.create(
            patient=patient, entry_id=rows()["e1"].id, audience="everyone", reason="x",
            hidden_by_id=patient.pk, hidden_at=NOW,
        )  # fmt: skip
    load(patient, entry(title="Other words"))
    with rows_of(patient.pk):
        assert Redaction.objects.get(undone_at=None).entry_id == rows()["e1"].id


def test_same_content_under_a_new_id_is_the_same_entry(patient, rows):
    """R7.3, R1.3: it does not become current because its id changed."""
    load(patient, entry("old", title="Same", recorded_at=None))
    before = rows()["old"]
    stored = load(patient, entry("new", title="Same", recorded_at=None))
    assert changes(stored) == {"updated": 1}
    assert list(rows()) == ["new"]
    assert (rows()["new"].id, rows()["new"].recorded_at) == (before.id, None)


@pytest.mark.parametrize("second", [False, True])
def test_undated_entry_is_dated_by_the_extract_only_in_a_record_already_held(patient, rows, second):
    """R1.3"""
    if second:
        load(patient, entry("e0"))
    load(patient, *[entry("e0")] * second, entry(recorded_at=None))
    expected = (EXTRACTED, "extract") if second else (None, "unknown")
    assert (rows()["e1"].recorded_at, rows()["e1"].recorded_from) == expected


def test_date_that_an_entry_had_from_its_first_extract_stays(patient, rows):
    """R1.3"""
    load(patient, entry("e0"))
    load(patient, entry("e0"), entry(recorded_at=None))
    load(patient, entry("e0"), entry(recorded_at=None, title="Other words"),
         extracted_at=NOW)  # fmt: skip
    assert rows()["e1"].recorded_at == EXTRACTED


def test_undated_entry_of_a_section_new_to_the_record_stays_undated(patient, rows):
    """R1.3: the first load of a section would otherwise open all its history."""
    load(patient, entry("m1", section="medicines", kind="medicine"), sections=["medicines"])
    load(patient, entry(recorded_at=None))
    assert rows()["e1"].recorded_at is None


def test_links_become_ids_and_dangling_ones_are_left_out(patient, rows):
    details = {
        "behind": {"ref": "Condition/none"},
        "related": [{"ref": "Observation/e2"}, {"ref": "Condition/none"}],
        "topics": [{"problem": {"ref": "Observation/e2"}, "title": "T"}],
    }
    load(patient, entry(details=details), entry("e2"))
    link = {"entry": str(rows()["e2"].id)}
    assert rows()["e1"].details == {"related": [link], "topics": [{"problem": link, "title": "T"}]}


def test_what_repeats_an_entry_points_at_it(patient, rows):
    load(patient, entry("e1", repeats=key("c1", "Condition")),
         entry("c1", key=key("c1", "Condition")))  # fmt: skip
    assert rows()["e1"].repeats_id == rows()["c1"].id


def test_what_the_source_withholds_is_kept_unreleased(patient, rows):
    """R2.4"""
    stored = load(
        patient,
        entry("e1", unreleased_because="source-withheld", parts=(part("p1"),)),
        entry("e2", parts=(part("p2", withheld=True), part("p3"))),
    )
    assert changes(stored) == {"added": 2, "withheld": 1}
    reasons = {id_: row.unreleased_because for id_, row in rows().items()}
    assert reasons == {
        "e1": "source-withheld", "p1": "source-withheld", "e2": "", "p2": "source-withheld", "p3": "",
    }  # fmt: skip


def test_what_is_never_shown_is_counted_apart(patient, rows):
    """R1.10"""
    stored = load(patient, entry("d1", kind="diary", unreleased_because="diary"),
                  not_shown={"not-given": 2})  # fmt: skip
    assert changes(stored) == {}
    assert stored.not_shown == {"diary": 1, "not-given": 2}
    assert not rows()["d1"].released


def test_entry_that_is_released_later_is_updated(patient, rows):
    load(patient, entry(unreleased_because="not-filed"))
    load(patient, entry())
    assert rows()["e1"].released


def test_warnings_end_when_they_are_no_longer_given(patient):
    """R2.6"""
    load(patient, warnings=(Warning("consultations", "data-in-transit", "words"),), now=BEFORE)
    load(patient, entry())
    with rows_of(patient.pk):
        assert SectionNotice.objects.get().ended_at == NOW
    load(patient, warnings=(Warning("consultations", "data-in-transit", "words"),), now=LATER)
    with rows_of(patient.pk):
        assert SectionNotice.objects.get().ended_at is None


def test_attachments_are_replaced(patient):
    document = {"section": "documents", "kind": "document"}
    load(patient, entry(documents=(attachment(0, title="a"), attachment(1)), **document),
         sections=["documents"], now=BEFORE)  # fmt: skip
    load(patient, entry(documents=(attachment(0, title="b", withheld=True),), **document),
         sections=["documents"])  # fmt: skip
    with rows_of(patient.pk):
        held = Document.objects.order_by("position").values_list(
            "title", "withheld", "withdrawn_at"
        )
        assert list(held) == [("b", True, None), ("", False, NOW)]


def test_extract_is_stored_whole_or_not_at_all(patient, rows, monkeypatch):
    """R7.4: a failure at the very end leaves the record as it was."""
    load(patient, entry())

    def fail(extract, patient, *, now):
        raise DatabaseError("power cut")

    monkeypatch.setattr(storing, "keep_notices", fail)
    with pytest.raises(DatabaseError):
        load(patient, entry("e2"))
    assert list(rows()) == ["e1"]
    assert rows()["e1"].withdrawn_at is None


def test_partial_date_keeps_its_precision(patient, rows):
    """R6.7"""
    load(patient, entry(effective=PartialDate(None, None, "unknown")))
    assert (rows()["e1"].effective_on, rows()["e1"].effective_precision) == (None, "unknown")


def test_number_of_queries_does_not_grow_with_the_extract(patient, django_assert_max_num_queries):
    many = [entry(f"e{number}", parts=(part(f"p{number}"),)) for number in range(300)]
    with django_assert_max_num_queries(27):
        load(patient, *many)


def test_part_is_never_below_the_level_of_its_entry(patient, rows):
    """R1.6"""
    load(
        patient,
        entry(level_needed="documents", parts=(part("p1"), part("p2", level_needed="full"))),
    )
    assert [rows()[id_].level_needed for id_ in ("e1", "p1", "p2")] == [
        "documents",
        "documents",
        "full",
    ]


def test_parts_of_what_repeats_an_entry_are_hidden_with_it(patient, rows):
    """R2.3"""
    load(patient, entry("e1", repeats=key("c1"), parts=(part("p1"),)), entry("c1"))
    assert rows()["p1"].repeats_id == rows()["e1"].repeats_id == rows()["c1"].id


SEEDS = """
import sys, msgspec
from records.importing.extract import Extract, Person
from records.importing.earlier import digest_of
sections = frozenset(["a", "b", "c", "d", "e", "f", "g"])
sys.stdout.write(digest_of(Extract(Person(), sections, ())))
"""


def test_digest_of_an_extract_is_the_same_in_every_process():
    """R7.3: sets have another order in each; the same file must still be the same."""
    start = "import django; django.setup();"
    digests = {
        subprocess.run(
            [sys.executable, "-c", start + SEEDS], capture_output=True, check=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "DJANGO_SETTINGS_MODULE": "portal.settings"},
        ).stdout
        for seed in (1, 2, 3)
    }  # fmt: skip
    assert len(digests) == 1


def test_what_the_source_still_names_is_not_withdrawn(patient, rows):
    """R7.3: an allergy that could not be read this time has not ended."""
    load(patient, entry("e1", parts=(part("p1"),)), entry("e2"), now=BEFORE)
    stored = load(patient, entry("e3"), still_named=frozenset({key("e1")}))
    assert changes(stored) == {"added": 1, "withdrawn": 1}
    assert [rows()[id_].withdrawn_at for id_ in ("e1", "p1", "e2")] == [None, None, NOW]


@pytest.mark.parametrize(
    ("made", "is_refused"),
    [(EXTRACTED - timedelta(seconds=1), True), (EXTRACTED, False), (NOW, False), (None, False)],
)
def test_older_extract_than_the_one_held_is_refused(patient, rows, made, is_refused):
    """R7.3: it would take the record back in time."""
    load(patient, entry(), now=BEFORE)
    if is_refused:
        with pytest.raises(OlderExtract, match="made before"):
            load(patient, entry(title="Old words"), extracted_at=made)
    else:
        load(patient, entry(title="New words"), extracted_at=made)
    assert (rows()["e1"].title == "Entry e1") is is_refused


def test_recording_in_the_future_is_not_believed(patient, rows):
    """R1.3: it would make an old entry current for ever."""
    load(patient, entry("e1", recorded_at=NOW + timedelta(days=2)), entry("e2", recorded_at=NOW))
    assert [rows()[id_].recorded_at for id_ in ("e1", "e2")] == [None, NOW]
    assert rows()["e1"].recorded_from == "unknown"

"""Extracts with anything wrong anywhere are read or refused in words, stored whole or not at all, and never for somebody else.

A quick portion here; `PORTAL_MUTATED=5000` tries so many of each.
"""

import json
import os
import random
import resource
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit.row_security import rows_of
from records.importing.extract import Extract, UnreadableExtract
from records.importing.gpconnect import read
from records.importing.load import Loading, load_bytes
from records.models import Document, Entry, ImportedExtract
from surgeries.models import Patient
from tests.cast import make_patient
from tests.clock import NOW
from tests.records.importing.gpconnect_resources import fixture
from tests.records.importing.mutating import mutated

MANY = int(os.environ.get("PORTAL_MUTATED", "0"))
READS, STORES = MANY or 200, MANY or 25
FIRST = int(os.environ.get("PORTAL_MUTATED_FROM", "0"))
BUNDLE = json.loads(fixture("quirks.json"))
MEGABYTES = 1024


@settings(
    max_examples=READS, deadline=None, database=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(dice=st.integers(0, 2**63).map(random.Random))
@example(dice=random.Random(0))
def test_whatever_is_wrong_with_a_file_it_is_read_or_refused_in_words(dice):
    try:
        extract = read(mutated(BUNDLE, dice))
    except UnreadableExtract as error:
        extract = error
    if isinstance(extract, UnreadableExtract):
        assert 0 < len(str(extract)) < 500
        return
    assert isinstance(extract, Extract)
    keys = [str(one.key) for entry in extract.entries for one in (entry, *entry.parts)]
    assert len(keys) == len(set(keys))


@pytest.fixture
def quilla(surgery):
    """Whom the good extract is about."""
    return make_patient(
        surgery,
        "9991000003",
        family_name="Madeup",
        given_names="Quilla",
        date_of_birth=date(1984, 2, 29),
    )


def rows(patient):
    """Every row of a record, in few words."""
    with rows_of(patient.pk):
        return [
            sorted(map(repr, model.objects.filter(patient=patient).values_list()))
            for model in (Entry, Document, ImportedExtract)
        ]


def expected_rows(data):
    """How many rows a file makes, by the reader; None where it cannot be read."""
    try:
        extract = read(data)
    except UnreadableExtract:
        return None
    return sum(1 + len(entry.parts) for entry in extract.entries)


def check_stored(quilla, data, before, others):
    """Load one file and look at every record: all of it is there or nothing, and nobody else's is touched."""
    loaded = load_bytes(data, "mutated.json", Loading(quilla.surgery), now=NOW + timedelta(days=1))
    assert "database did not take it" not in loaded.reason
    after = rows(quilla)
    if loaded.outcome == "refused":
        assert 0 < len(loaded.reason) < 500
        assert after == before
    else:
        assert loaded.patient == {"nhs_number": quilla.nhs_number, "created": False}
        with rows_of(quilla.pk):
            last = ImportedExtract.objects.standing().last()
            touched = Entry.objects.of(quilla).filter(changed_at__gt=NOW).count()
            assert Entry.objects.of(quilla).filter(id__in=last.added).count() == len(last.added)
        if not before[0]:
            assert len(after[0]) == touched == expected_rows(data)
    for other in others:
        assert rows(other) == [[], [], []]
    return loaded.outcome


@pytest.mark.django_db
def test_whatever_is_wrong_with_a_file_it_is_stored_whole_or_not_at_all(
    quilla, patient, other_patient, capsys
):
    """R7.2, R7.4: on a record that is empty and on one that is held, in turn."""
    outcomes = {"loaded": 0, "unchanged": 0, "refused": 0}
    good = json.dumps(BUNDLE).encode()
    people, began = set(Patient.objects.values_list("pk", flat=True)), memory()
    for seed in range(FIRST, FIRST + STORES):
        data = mutated(BUNDLE, random.Random(seed))
        with transaction.atomic():
            if seed % 2:
                load_bytes(good, "good.json", Loading(quilla.surgery), now=NOW)
            try:
                outcomes[check_stored(quilla, data, rows(quilla), [patient, other_patient])] += 1
            except BaseException as error:
                error.add_note(f"mutated extract of seed {seed}")
                raise
            transaction.set_rollback(True)
    assert set(Patient.objects.values_list("pk", flat=True)) == people
    grown = memory() - began
    if MANY:
        with capsys.disabled():
            print(f"\n{outcomes}, {grown} MB more at the most")  # noqa: T201
    assert grown < 400
    assert outcomes["loaded"] > 0


def memory():
    """The most that this process ever took, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTES

"""An import that is killed with -9 at any moment is done or was never begun, and the next one succeeds (R7.4).

Here a few kills; `bin/kill_imports` does a hundred and says what it found.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.importing.gpconnect.codes import LISTS_THAT_COVER
from records.models import Document, Entry, ExtractChange, ImportedExtract, KnownWord, SectionNotice
from surgeries.models import Patient
from surgeries.terms import Section
from tests.cast import make_patient
from tests.records.importing.gpconnect_resources import as_bytes, coded, fhir_list, observation
from tests.records.importing.gpconnect_resources import patient as person

KILLS = int(os.environ.get("PORTAL_KILLS", "5"))
ENTRIES = int(os.environ.get("PORTAL_KILLED_ENTRIES", "60"))
KEPT = (Entry, Document, SectionNotice, ImportedExtract, ExtractChange, KnownWord, AuditEvent)


@pytest.fixture
def victim(transactional_db, surgery):
    return make_patient(
        surgery,
        "9991000003",
        family_name="Madeup",
        given_names="Quilla",
        date_of_birth=date(1984, 2, 29),
    )


@pytest.fixture
def killer():
    """The process that forks imports and kills them, on the database of this test."""
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.records.importing.killed"], env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[3],
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


def imported(killer, path, kill_after=0):
    """Have a file imported, killed after some milliseconds or not at all; how that ended, and after how long."""
    killer.stdin.write(f"{kill_after} {path}\n")
    killer.stdin.flush()
    how, took = killer.stdout.readline().split()
    return how, int(took)


def write_version(folder, version):
    """An extract in which every entry says the version; one is new in each and one is gone."""
    things = [
        observation(
            f"o{number}", code=coded() | {"text": f"Thing {number} of {version}"}, issued="2024-01-01T09:00:00Z",
            effectiveDateTime="2024-01-01", comment=f"Said in {version}",
        )
        for number in range(version, version + ENTRIES)
    ]  # fmt: skip
    made = f"2024-02-01T00:00:00.{version:06}Z"
    lists = [
        fhir_list(f"l{code}", code, *[f"Observation/{each['id']}" for each in things], date=made)
        for code in LISTS_THAT_COVER[Section.CONSULTATIONS]
    ]
    path = folder / f"{version}.json"
    path.write_bytes(as_bytes(person(), *lists, *things))
    return path


def everything(patient):
    """All rows about a patient, once nobody is at work on them: what a killed process began is over by then."""
    with transaction.atomic(), rows_of(patient.pk):
        Patient.objects.select_for_update().get(pk=patient.pk)
        return {
            model.__name__: sorted(repr(row) for row in _of(model, patient).values())
            for model in KEPT
        }


def _of(model, patient):
    known = {"patient_id": patient.pk} if model is AuditEvent else {"patient": patient}
    return model._default_manager.filter(**known)


def check_version(patient, version):
    """The record is that of one version, whole: entries, history and log."""
    with rows_of(patient.pk):
        live = Entry.objects.of(patient).filter(withdrawn_at=None).values_list("title", flat=True)
        expected = {f"Thing {number} of {version}" for number in range(version, version + ENTRIES)}
        assert sorted(live) == sorted(expected)
        assert Entry.objects.of(patient).exclude(withdrawn_at=None).count() == version - 1
        assert ImportedExtract.objects.filter(patient=patient).count() == version
        assert AuditEvent.objects.filter(action="record loaded").count() == version
        last = ImportedExtract.objects.standing().last()
        assert ExtractChange.objects.filter(extract_id=last.id).count() == (
            ENTRIES if version > 1 else 0
        )
        assert len(last.added) == (1 if version > 1 else ENTRIES)


def test_an_import_that_is_killed_is_done_or_was_never_begun(victim, killer, tmp_path, capsys):
    """R7.4"""
    dice = random.Random(int(os.environ.get("PORTAL_KILLS_SEED", "1")))
    assert imported(killer, write_version(tmp_path, 1))[0] == "ended-0"
    how, took = imported(killer, write_version(tmp_path, 2))
    assert how == "ended-0"
    version, ends, longest, killed = 2, Counter(), took, 0
    while killed < KILLS:
        path, before = write_version(tmp_path, version + 1), everything(victim)
        how, _ = imported(killer, path, kill_after=dice.uniform(1, longest))
        is_after = everything(victim) != before
        ends[f"{how}, {'after' if is_after else 'before'}"] += 1
        killed += how == "killed"
        if not is_after:
            how, took = imported(killer, path)
            assert how == "ended-0"
            longest = took
        version += 1
        check_version(victim, version)
    with capsys.disabled():
        if KILLS > 5:
            print(f"\n{json.dumps(ends | {'an import took ms': longest})}")  # noqa: T201
    assert killed == KILLS

"""The patients of the bench: made once, by the importer, and kept while the code that makes them stays."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connections
from django.utils import timezone
from psycopg import sql

from accounts.appointing import appoint_staff
from accounts.identity import Evidence
from accounts.models import AuthenticatorApp, Duty, OnlineRegistration, User
from audit.row_security import rows_of
from portal.database_roles import maintenance_connection
from portal.demo.long_record import long_record
from portal.demo.people import PATIENTS
from records.grants import decide_access
from records.importing.extract import Extract
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import Entry, Visit
from records.online import open_online_account
from surgeries.models import Patient, Surgery
from surgeries.registration import add_patient, add_surgery
from surgeries.terms import DATE_FREE_SECTIONS, Level

ODS_CODE = "Z99009"
TABLE = sql.Identifier(Entry._meta.db_table)
RESOURCES_PER_ENTRY = 4.13  # a report or a visit has its parts
CURRENT_FOR = timedelta(days=2 * 365)
LOADING = timedelta(minutes=10)
"""Before this is over, what was loaded would be new to whoever looks: the first visit is put at its end."""
COLUMNS = [field.column for field in Entry._meta.concrete_fields if field.column]


@dataclass(frozen=True)
class Held:
    """A patient of the bench, and how long the record is: whole entries, and rows with their parts."""

    patient_id: UUID
    user: User
    entries: int
    rows: int


def prepare() -> list[Held]:
    """The patients, the shortest record first; made where this database has none."""
    if not is_made():
        drop_databases()
        call_command("migrate", verbosity=0)
        make(timezone.now())
    registrations = OnlineRegistration.objects.select_related("user")
    return sorted((held(one) for one in registrations), key=lambda one: one.rows)


def is_made() -> bool:
    """Whether this very code made everybody already."""
    try:
        return OnlineRegistration.objects.count() == len(settings.BENCH_SIZES)  # type: ignore[misc]
    except (OperationalError, ProgrammingError):  # no such database, or no tables in it
        return False


def drop_databases() -> None:
    """Drop what earlier code made, and what was left half made."""
    connections.close_all()
    with maintenance_connection(connections["owner"].settings_dict) as connection:
        names = connection.execute(
            "select datname from pg_database where starts_with(datname, %s)",
            [settings.BENCH_PREFIX],  # type: ignore[misc]
        ).fetchall()
        for (name,) in names:
            drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            connection.execute(drop)


def make(now: datetime) -> None:
    """Make the surgery, and a patient with an account for each size."""
    surgery = add_surgery(
        ods_code=ODS_CODE, name="Bench Surgery", go_live_on=date(2020, 1, 1), by=None, now=now
    )
    by = appoint_staff(
        email="bench@example.test",
        name="Bench",
        surgery=surgery,
        duties=list(Duty),
        by=None,
        now=now,
    )
    smallest = settings.BENCH_SIZES[0]  # type: ignore[misc]
    extract = extract_of(int(smallest * RESOURCES_PER_ENTRY))
    for place, size in enumerate(settings.BENCH_SIZES):  # type: ignore[misc]
        patient = add_bench_patient(place, surgery, now)
        store(extract, patient, by=None, now=now)
        multiply(patient, size)
        open_account(patient, f"patient{place}@example.test", by, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("vacuum analyze")


def extract_of(resources: int) -> Extract:
    """The extract of a record with about so many rows."""
    return read(json.dumps(long_record(timezone.localdate(), resources)).encode())


def add_bench_patient(place: int, surgery: Surgery, now: datetime) -> Patient:
    """A patient under one of the demo's NHS numbers."""
    patient = Patient(
        surgery=surgery, nhs_number=PATIENTS[place].nhs_number, family_name="Benchley",
        given_names="Ada", date_of_birth=date(1950, 1, 1), registered_on=date(2000, 1, 1),
    )  # fmt: skip
    return add_patient(patient, by=None, now=now)


def open_account(patient: Patient, email: str, by: User, now: datetime) -> None:
    """An account with everything open since two years ago, and all but free text before (R1.7)."""
    online = open_online_account(
        patient,
        email=email,
        evidence=[Evidence.PASSPORT, Evidence.COUNCIL_TAX_BILL],
        by=by,
        now=now,
    )
    decide_access(
        patient, by=by, now=now, current=Level.FULL, historical=Level.DETAILED,
        starts_on=timezone.localdate(now) - CURRENT_FOR, reason="For the bench",
    )  # fmt: skip
    AuthenticatorApp.objects.create(user=online.user, name="bench", confirmed=True)
    with rows_of(patient.pk):
        Visit.objects.create(patient=patient, viewer_id=online.user.pk, began_at=now + LOADING)


def multiply(patient: Patient, size: int) -> None:
    """Lengthen a record by copies of all that grows with the years, each up to a month older.

    The importer would take minutes for what the owner of the database copies in seconds.
    """
    grows: dict[str, Any] = {"patient": patient.pk, "fixed": sorted(DATE_FREE_SECTIONS)}
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "select count(*) filter (where root_id is null),"
                " count(*) filter (where root_id is null and section != all(%(fixed)s))"
                " from {} where patient_id = %(patient)s"
            ).format(TABLE),
            grows,
        )
        entries, growing = cursor.fetchone()
        copies = round((size - entries) / growing)
        cursor.execute(copying(), grows | {"copies": copies})
        cursor.execute(LEAD_TO_COPIES, grows)


LEAD_TO_COPIES = sql.SQL(
    "update records_knownword known set entries = found.entries"
    " from (select word, array_agg(distinct coalesce(root_id, id)) as entries"
    " from {}, unnest(search_words || search_text) word where patient_id = %(patient)s group by word) found"
    " where known.patient_id = %(patient)s and known.word = found.word"
).format(TABLE)


def copying() -> sql.Composed:
    """The statement that copies rows under new ids, which follow from the old one and the copy's number."""
    another = {
        "id": "md5(id::text || copy)::uuid",
        "root_id": "md5(root_id::text || copy)::uuid",
        "repeats_id": "md5(repeats_id::text || copy)::uuid",
        "source_id": "source_id || '-' || copy",
        "effective_on": "effective_on - copy %% 30",
        "recorded_at": "recorded_at - make_interval(days => copy %% 30)",
    }
    values = [sql.SQL(another[c]) if c in another else sql.Identifier(c) for c in COLUMNS]
    return sql.SQL(
        "insert into {table} ({columns}) select {values}"
        " from {table}, generate_series(1, %(copies)s) as copy"
        " where patient_id = %(patient)s and section != all(%(fixed)s)"
    ).format(
        table=TABLE,
        columns=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
        values=sql.SQL(", ").join(values),
    )


def held(registration: OnlineRegistration) -> Held:
    """What there is of a patient now."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "select count(*) filter (where root_id is null), count(*)"
                " from {} where patient_id = %s"
            ).format(TABLE),
            [registration.patient_id],
        )
        entries, rows = cursor.fetchone()
    return Held(registration.patient_id, registration.user, entries, rows)

"""How fast the importer stores rows, beside PostgreSQL's own COPY of the very same rows."""

import os
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import psycopg
from django.db import connections
from django.utils import timezone
from psycopg import sql

from portal.bench.patients import ODS_CODE, TABLE, add_bench_patient, extract_of
from portal.bench.server import cpu
from records.importing.store import store
from records.models import Document, Entry, ImportedExtract, SectionNotice
from surgeries.models import Patient, Surgery

PLACE = 10
COPY = sql.Identifier("bench_copy")
LOADED = (Entry, Document, ImportedExtract, SectionNotice)


class Took(NamedTuple):
    """Seconds: by the clock, and of processor in this process and in PostgreSQL's."""

    wall: float
    cpu: float


class Speed(NamedTuple):
    """The rows that were written, and the medians of what that took."""

    rows: int
    took: Took

    @property
    def per_second(self) -> float:
        """Rows a second by the clock."""
        return self.rows / self.took.wall


def measure(rows: int, rounds: int) -> tuple[Speed, Speed]:
    """The importer's speed on a new record of about so many rows, already read, and that of COPY."""
    patient, extract, owner = newcomer(), extract_of(rows), owners_connection()
    stored, copied = [], []
    for _ in range(rounds):
        empty(owner, patient)
        stored.append(
            timed(lambda: store(extract, patient, by=None, now=timezone.now()), "default")
        )
        copied.append(timed(partial(copy, owner, content_of(owner, patient)), "owner"))
    count = content_of(owner, patient).count(b"\n")
    empty(owner, patient)
    return Speed(count, medians(stored)), Speed(count, medians(copied))


def timed(act: Callable[[], Any], alias: str) -> Took:
    """What one act took, with the work that its connection's server process did."""
    connections[alias].ensure_connection()
    database = connections[alias].connection.info.backend_pid
    began, used = time.perf_counter(), cpu(os.getpid()) + cpu(database)
    act()
    return Took(time.perf_counter() - began, cpu(os.getpid()) + cpu(database) - used)


def medians(took: list[Took]) -> Took:
    """The middle of several tries."""
    return Took(median(one.wall for one in took), median(one.cpu for one in took))


def newcomer() -> Patient:
    """The patient whose record is stored and taken away again."""
    known = Patient.objects.filter(online_registrations=None).first()
    surgery = Surgery.objects.get(ods_code=ODS_CODE)
    return known or add_bench_patient(PLACE, surgery, timezone.now())


def owners_connection() -> psycopg.Connection[Any]:
    """The owner's connection, which row-level security does not bind."""
    connections["owner"].ensure_connection()
    connection: psycopg.Connection[Any] = connections["owner"].connection
    return connection


def empty(owner: psycopg.Connection[Any], patient: Patient) -> None:
    """Take the patient's record away, and make a table like that of the entries, with its indexes."""
    for model in LOADED:
        table = sql.Identifier(model._meta.db_table)
        owner.execute(sql.SQL("delete from {} where patient_id = %s").format(table), [patient.pk])
    owner.execute(sql.SQL("drop table if exists {}").format(COPY))
    owner.execute(sql.SQL("create table {} (like {} including all)").format(COPY, TABLE))


def content_of(owner: psycopg.Connection[Any], patient: Patient) -> bytes:
    """The patient's rows, as COPY writes them."""
    rows = sql.SQL("copy (select * from {} where patient_id = {}) to stdout")
    with owner.cursor().copy(rows.format(TABLE, sql.Literal(patient.pk))) as found:
        return b"".join(found)


def copy(owner: psycopg.Connection[Any], content: bytes) -> None:
    """Write the rows by COPY, in a transaction of its own."""
    with owner.cursor().copy(sql.SQL("copy {} from stdin").format(COPY)) as target:
        target.write(content)

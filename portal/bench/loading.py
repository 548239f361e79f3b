"""How fast the importer stores rows, beside PostgreSQL's own COPY of the very same rows."""

import os
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import psycopg
from django.db import connections
from django.db.models import Model
from django.utils import timezone
from psycopg import sql

from portal.bench.patients import ODS_CODE, TABLE, add_bench_patient, extract_of
from portal.bench.server import cpu
from records.importing.store import store
from records.models import (
    Document,
    Entry,
    ExtractChange,
    ImportedExtract,
    KnownWord,
    SectionNotice,
)
from surgeries.models import Patient, Surgery

PLACE = 10
BARE = sql.Identifier("bench_copy")
LOADED = (Entry, KnownWord, Document, ImportedExtract, ExtractChange, SectionNotice)
"""All that loading keeps of a record."""
LEAST = 0.25


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


class Speeds(NamedTuple):
    """The importer, and COPY of the very same rows: of all into the same tables, and of the entries alone into a bare one.

    The same tables have parts by patient and ask for the patient of each row; with the entries the importer writes the words
    to search by, which are rows too. The bare table has the columns and indexes of the entries, and nothing else.
    """

    stored: Speed
    same: Speed
    bare: Speed

    def compared(self, copied: Speed) -> dict[str, Any]:
        """The importer beside one of the copies: how much of its speed it has, by the clock and by processor."""
        stored = self.stored.took
        wall, work = copied.took.wall / stored.wall, copied.took.cpu / stored.cpu
        return {
            "rows": copied.rows,
            "rows_per_second": round(copied.rows / stored.wall),
            "copy_rows_per_second": round(copied.per_second),
            "wall_ratio": round(1 / wall, 1), "cpu_ratio": round(1 / work, 1),
            "part_of_copy": round(wall, 2), "part_of_copy_by_cpu": round(work, 2),
            "met": wall >= LEAST,
        }  # fmt: skip


def measure(rows: int, rounds: int) -> Speeds:
    """The importer's speed on a new record of about so many entries, already read, and that of COPY, in turn."""
    patient, extract, owner = newcomer(), extract_of(rows), owners_connection()
    stored, same, bare = [], [], []
    for _ in range(rounds):
        empty(owner, patient)
        stored.append(
            timed(lambda: store(extract, patient, by=None, now=timezone.now()), "default")
        )
        contents = {model: content_of(owner, model, patient) for model in LOADED}
        empty(owner, patient)
        entries = [(BARE, contents[Entry])]
        everything = [(table_of(model), content) for model, content in contents.items()]
        bare.append(timed(partial(copy, owner, entries), "owner"))
        same.append(timed(partial(copy, owner, everything), "owner"))
    empty(owner, patient)
    whole = sum(content.count(b"\n") for content in contents.values())
    return Speeds(
        Speed(whole, medians(stored)),
        Speed(whole, medians(same)),
        Speed(contents[Entry].count(b"\n"), medians(bare)),
    )


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


def table_of(model: type[Model]) -> sql.Identifier:
    """The table of a model."""
    return sql.Identifier(model._meta.db_table)


def empty(owner: psycopg.Connection[Any], patient: Patient) -> None:
    """Take the patient's record away, and make a table like that of the entries, with its indexes."""
    for model in LOADED:
        table = table_of(model)
        owner.execute(sql.SQL("delete from {} where patient_id = %s").format(table), [patient.pk])
    owner.execute(sql.SQL("drop table if exists {}").format(BARE))
    owner.execute(sql.SQL("create table {} (like {} including all)").format(BARE, TABLE))


def content_of(owner: psycopg.Connection[Any], model: type[Model], patient: Patient) -> bytes:
    """The patient's rows of one table, as COPY writes them."""
    rows = sql.SQL("copy (select * from {} where patient_id = {}) to stdout")
    asked = rows.format(table_of(model), sql.Literal(patient.pk))
    with owner.cursor().copy(asked) as found:
        return b"".join(found)


def copy(owner: psycopg.Connection[Any], contents: list[tuple[sql.Identifier, bytes]]) -> None:
    """Write rows into tables by COPY, in one transaction."""
    with owner.transaction():
        for table, content in contents:
            with owner.cursor().copy(sql.SQL("copy {} from stdin").format(table)) as target:
                target.write(content)

"""Writing many rows at once: as JSON, which the database unpacks by the table's own columns.

A statement with a placeholder for each value of each row takes longer to put together than to carry out, and more
memory than the record.
"""

from collections.abc import Iterable
from functools import cache
from itertools import batched
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Model
from psycopg.types.json import Json

from records.importing.new_row import AnyRow, NewRow
from records.models import Entry

BATCH = 500
"""Rows of one statement: less than a megabyte."""
KEY = ("patient_id", "id")


def names_of(model: type[Model]) -> list[str]:
    """The columns of a model; in ours each is called as its attribute is."""
    return [field.attname for field in model._meta.concrete_fields]


UPDATED = [name for name in names_of(Entry) if name not in KEY]


def write_rows(rows: Iterable[AnyRow]) -> None:
    """Add rows of a record, or let those that are there say what these say; inside the patient's rows."""
    write(Entry, KEY, (row if isinstance(row, NewRow) else values_of(row) for row in rows))


def values_of(row: Model) -> dict[str, Any]:
    """All columns of a row, by name."""
    return {name: getattr(row, name) for name in names_of(type(row))}


def write(
    model: type[Model], key: tuple[str, ...], values: Iterable[dict[str, Any] | NewRow]
) -> None:
    """Add rows of a model with all their values, or write over those of the same key; in the caller's transaction."""
    for batch in batched(values, BATCH):
        content: Any = Json(batch, msgspec.json.encode)
        with connection.cursor() as cursor:
            cursor.execute(_statement(model, key), [content])


@cache
def _statement(model: type[Model], key: tuple[str, ...]) -> str:
    table, names = model._meta.db_table, names_of(model)
    updated = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f"""
        insert into {table} ({", ".join(names)})
        select {", ".join(names)} from json_populate_recordset(null::{table}, %s)
        on conflict ({", ".join(key)}) do update set {updated}
    """  # noqa: S608 - the names of our own tables and columns


__all__ = ["KEY", "UPDATED", "values_of", "write", "write_rows"]

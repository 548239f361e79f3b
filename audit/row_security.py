"""The patient whose rows this transaction may touch: row-level security compares with it (ADR 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus

SET = "select set_config('app.patient_id', %s, true)"


@contextmanager
def rows_of(patient_id: UUID | None) -> Iterator[None]:
    """Open one patient's rows for the length of a transaction; outside it, and for None, there are none.

    Raises TypeError for what is no id: the setting is written into a statement as it is.
    """
    if not isinstance(patient_id, UUID | None):
        raise TypeError("Rows are opened by the id of their patient")
    is_inner = connection.in_atomic_block
    value = str(patient_id or "")
    with transaction.atomic():
        before = _exchange(value) if is_inner else _begin(value)
        yield
        if is_inner:  # the setting would last to the end of the outer transaction
            _set(before)


def _begin(value: str) -> str:
    """Begin the transaction with its setting, in one trip to the database: the driver would make two."""
    if connection.connection.isolation_level is not None:
        return _set(value)  # the driver's own beginning tells of it
    driver = connection.connection.pgconn
    with connection.wrap_database_errors:
        result = driver.exec_(f"begin; set local app.patient_id = '{value}'".encode())
        if driver.status != ConnStatus.OK:  # what was lost on the way has no code to tell it by
            raise OperationalError(driver.get_error_message())
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
    return ""


def _set(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(SET, [value])
    return ""


def _exchange(value: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting('app.patient_id', true), '')")
        before: str = cursor.fetchone()[0]
    _set(value)
    return before

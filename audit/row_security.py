"""The patient whose rows this transaction may touch: row-level security compares with it (ADR 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

SET = "select set_config('app.patient_id', %s, true)"


@contextmanager
def rows_of(patient_id: UUID | None) -> Iterator[None]:
    """Open one patient's rows for the length of a transaction; outside it, and for None, there are none."""
    is_inner = connection.in_atomic_block
    value = str(patient_id or "")
    with transaction.atomic():
        before = _exchange(value) if is_inner else _set(value)
        yield
        if is_inner:  # the setting would last to the end of the outer transaction
            _set(before)


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

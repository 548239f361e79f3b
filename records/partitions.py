"""A model whose table is spread over hash partitions by patient (ADR 5)."""

from typing import Any

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import migrations
from django.db.models import Index, Model

BY_PATIENT = " PARTITION BY HASH (patient_id)"


class CreateModelByPatient(migrations.CreateModel):
    """Django's CreateModel, so that names and later migrations stay Django's, with partitions below it."""

    def __init__(self, *args: Any, partitions: int = 16, **kwargs: Any) -> None:
        self.partitions = partitions
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Keep the number of partitions."""
        name, args, kwargs = super().deconstruct()
        return name, list(args), {**kwargs, "partitions": self.partitions}

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        """Make the table, then its partitions, which nobody but the owner may touch directly.

        Row-level security is checked on the table that a query names: a right on a partition would be a
        way around it.
        """
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = plain + BY_PATIENT
        try:
            super().database_forwards(app_label, schema_editor, *states)
        finally:
            schema_editor.sql_create_table = plain
        table = states[1].apps.get_model(app_label, self.name)._meta.db_table
        for number in range(self.partitions):
            part = f"{table}_{number:02}"
            schema_editor.execute(
                f"create table {part} partition of {table}"
                f" for values with (modulus {self.partitions}, remainder {number})",
                params=None,
            )
            schema_editor.execute(f"revoke all on {part} from portal_app", params=None)


class AddIndexByPatient(NotInTransactionMixin, migrations.AddIndex):
    """Django's AddIndex for such a table, while it is written to: each partition by itself, concurrently."""

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        """Make the index of the whole empty, then that of each partition, and join them.

        What an interrupted run left goes first, so that the migration can simply run again.
        """
        self._ensure_not_in_transaction(schema_editor)
        schema_editor.execute(f"drop index if exists {self.index.name}", params=None)
        model = states[1].apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        schema_editor.execute(
            _create(self.index, model, schema_editor).replace(" ON ", " ON ONLY ", 1), params=None
        )
        for part in _partitions_of(table, schema_editor):
            own = f"{self.index.name}_{part[-2:]}"
            sql = _create(self.index, model, schema_editor)
            sql = sql.replace(f'"{self.index.name}"', f'"{own}"', 1).replace(table, part)
            schema_editor.execute(f"drop index concurrently if exists {own}", params=None)
            schema_editor.execute(
                sql.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1), params=None
            )
            schema_editor.execute(
                f"alter index {self.index.name} attach partition {own}", params=None
            )


def _create(index: Index, model: type[Model], schema_editor: Any) -> str:
    return str(index.create_sql(model, schema_editor))


def _partitions_of(table: str, schema_editor: Any) -> list[str]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass order by 1",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]

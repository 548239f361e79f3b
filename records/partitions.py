"""A model whose table is spread over hash partitions by patient (ADR 5)."""

from typing import Any

from django.db import migrations

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

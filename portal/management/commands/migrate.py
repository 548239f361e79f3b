"""Migrate as the owner of the database, after making the role that the application signs in as."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from portal.database_roles import make_database, prepare


class Command(migrate.Command):
    """Django's migrate, on the owner's connection unless another is named (ADR 4)."""

    def add_arguments(self, parser: Any) -> None:
        """Take Django's own arguments, with another default database."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database and its roles, then migrate."""
        connection = connections[options["database"]]
        make_database(connection.settings_dict)
        prepare(connection)
        # migrations of libraries write through the default connection, which would wait for this one for ever
        application, connections["default"] = connections["default"], connection
        try:
            super().handle(*args, **options)
        finally:
            connections["default"] = application

"""Stop the embedded PostgreSQL of this checkout."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import databases, embedded_database


class Command(BaseCommand):
    """Stops the embedded database, if it is running."""

    help = "Stop the embedded PostgreSQL of this checkout."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Stop it, and say what happened."""
        stopped = embedded_database.stop(databases.embedded_folder(settings.BASE_DIR))
        self.stdout.write("The database has stopped." if stopped else "No database was running.")

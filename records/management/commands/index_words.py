"""The words of records that were loaded before there was a search."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from records.importing.words import index_record
from surgeries.models import Patient


class Command(BaseCommand):
    """Finds the words of rows that have none yet; after an interruption it goes on where it was."""

    help = "Make records searchable that were loaded by an earlier version; says how many rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to do it all again."""
        parser.add_argument("--again", action="store_true", help="also rows that have words")

    def handle(self, *args: Any, **options: Any) -> None:
        """One patient after the other, as nobody may touch the rows of several at once (ADR 4)."""
        patients = rows = 0
        for patient in Patient.objects.order_by("pk"):
            if done := index_record(patient, again=options["again"]):
                patients, rows = patients + 1, rows + done
                if options["verbosity"] > 1:
                    self.stdout.write(f"{patient.pk}: {done} rows")
        if rows or options["verbosity"]:
            self.stdout.write(f"{rows} rows of {patients} records can be searched now")

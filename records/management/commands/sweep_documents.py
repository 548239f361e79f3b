"""Files of attachments that no row names, and rows whose file is gone."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from records.papers.sweeping import missing, orphans, sweep


class Command(BaseCommand):
    """Says how many there are of both, and deletes the former where asked to."""

    help = (
        "Find files of attachments that belong to nothing, older than a day: what an import left that did not end,"
        " or rotate_encryption. Says how many, and deletes them with --delete. Ends with 1 where an attachment's"
        " own file is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to delete."""
        parser.add_argument("--delete", action="store_true", help="delete them; otherwise only say")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find, delete, and name what is missing."""
        now = timezone.now()
        found, gone = orphans(now=now), missing()
        if options["delete"]:
            self.stdout.write(f"{sweep(found, now=now)} files that belong to nothing deleted")
        else:
            self.stdout.write(
                f"{len(found)} files that belong to nothing found; --delete deletes them"
            )
        for name in gone:
            self.stdout.write(f"missing: {name}")
        if gone:
            self.stdout.write(
                f"{len(gone)} attachments cannot be opened: bring the files back from the backup,"
                " or load the newest extracts of the records again"
            )
            sys.exit(1)

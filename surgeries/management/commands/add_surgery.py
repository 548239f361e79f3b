"""Add a surgery without a browser."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from surgeries.management.arguments import day, refusals_in_one_line
from surgeries.registration import add_surgery


class Command(BaseCommand):
    """Adds one surgery."""

    help = "Add a surgery."

    def add_arguments(self, parser: CommandParser) -> None:
        """The code, the name, and the day on which the surgery went live or will."""
        parser.add_argument(
            "ods_code", metavar="ODS", help="the surgery's ODS code, such as A81001"
        )
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--go-live", type=day, metavar="DATE",
            help="the first day of online records (R1.2); without it, no entry is current yet",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Add it."""
        with refusals_in_one_line():
            surgery = add_surgery(
                ods_code=options["ods_code"].strip(), name=options["name"].strip(),
                go_live_on=options["go_live"], by=None, now=timezone.now(),
            )  # fmt: skip
        self.stdout.write(f"Added {surgery}.")

"""Let a supplier's system send extracts."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from records.supplier.keys import UnfitKeys
from records.supplier.registering import end_supplier, keep_supplier
from surgeries.management.arguments import refusals_in_one_line, surgery_of

LONGEST_NAME = 120


class Command(BaseCommand):
    """Registers a system with its public keys, changes it, or ends it."""

    help = (
        "Let a supplier's system send extracts for some surgeries, by the public keys it signs with. The same name"
        " again replaces keys and surgeries; --end takes the right away at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The system's name, its keys, and for whom it may send."""
        parser.add_argument("name", metavar="NAME", help="such as the system's own name")
        parser.add_argument("--keys", type=Path, metavar="FILE", help="its JWK Set of public keys")
        parser.add_argument("--surgery", nargs="+", action="extend", default=[], metavar="ODS")
        parser.add_argument(
            "--may-add-patients", action="store_true",
            help="it may put people on the list of these surgeries",
        )  # fmt: skip
        parser.add_argument("--end", action="store_true", help="it may no longer send")

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep it, and print the id that its assertions must name."""
        now = timezone.now()
        if options["end"]:
            if not end_supplier(options["name"], now=now):
                raise CommandError(f"There is no system {options['name']} that may send")
            self.stdout.write("Ended. Its tokens are good for nothing from now on.")
            return
        if len(options["name"]) > LONGEST_NAME:
            raise CommandError(f"A name may have {LONGEST_NAME} characters", returncode=2)
        if not options["keys"] or not options["surgery"]:
            raise CommandError("--keys and --surgery are needed", returncode=2)
        with refusals_in_one_line():
            surgeries = [surgery_of(code) for code in options["surgery"]]
        try:
            keys = json.loads(options["keys"].read_text(encoding="utf-8"))
            supplier = keep_supplier(
                options["name"], keys, surgeries, options["may_add_patients"], now=now
            )
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(f"{options['keys']} is not JSON that can be read") from error
        except UnfitKeys as error:
            raise CommandError(f"The keys were not taken: {error}") from error
        self.stdout.write(f"{supplier.name} may send. Its assertions name it as iss and sub:")
        self.stdout.write(str(supplier.pk))

"""Load the list of all GP practices in England."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from surgeries.models import SurgeryStatus
from surgeries.ods.load import Loaded, load_list

MANY = 50


class Command(BaseCommand):
    """Loads `epraccur.csv` of the Organisation Data Service."""

    help = (
        "Load GP practices from epraccur.csv of the Organisation Data Service. Nothing is deleted."
        " Of surgeries that use the portal only the status is changed. Ends with 0 when all lines were"
        " read, 1 when some were skipped, 2 when the command was not understood."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and report."""
        file = options["file"]
        loaded = load_list(lines_of(file), by=None, now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(as_json(file, loaded)))
        else:
            self.report(loaded)
        if loaded.skipped:
            sys.exit(1)

    def report(self, loaded: Loaded) -> None:
        """What changed, what was left out, and each line that was skipped."""
        said = f"{loaded.added} added, {loaded.changed} changed, {loaded.unchanged} unchanged"
        statuses = ", ".join(
            f"{loaded.statuses[status]} {status}"
            for status in SurgeryStatus
            if status in loaded.statuses
        )
        self.stdout.write(f"{len(loaded.surgeries)} GP practices: {said} ({statuses or 'none'}).")
        if loaded.other_sites:
            settings = ", ".join(
                f"setting {one}: {number}" for one, number in sorted_settings(loaded)
            )
            self.stdout.write(
                f"{loaded.other_sites.total()} lines left out: not GP practices, which have prescribing"
                f" setting 4 ({settings})."
            )
        if loaded.kept:
            self.stdout.write(
                f"{loaded.kept} use this portal and keep their own name, address or phone, which"
                " differ from the list."
            )
        if loaded.not_listed:
            self.stdout.write(
                f"{loaded.not_listed} known here are not in the list: left as they are."
            )
        for number, why in loaded.skipped[:MANY]:
            self.stdout.write(f"  skipped line {number}: {why}")
        if len(loaded.skipped) > MANY:
            self.stdout.write(f"  and {len(loaded.skipped) - MANY} more; --json names all")


def lines_of(file: Path) -> list[bytes]:
    """The lines of a file; CommandError with exit code 2 for what is no list."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}", returncode=2) from None
    if content.startswith(b"PK"):
        raise CommandError(f"{file} is a zip file: unpack it first", returncode=2)
    if not content.strip():
        raise CommandError(f"{file} is empty", returncode=2)
    return content.split(b"\n")


def sorted_settings(loaded: Loaded) -> list[tuple[str, int]]:
    """The other prescribing settings with their counts, in the order of their numbers."""
    return sorted(loaded.other_sites.items(), key=lambda one: int(one[0]))


def as_json(file: Path, loaded: Loaded) -> dict[str, Any]:
    """The whole report."""
    skipped = [{"line": number, "reason": why} for number, why in loaded.skipped]
    return {"file": file.name} | loaded.counts() | {"skipped": skipped}

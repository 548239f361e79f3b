"""Check that the log is still what was written."""

import json
import sys
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from audit.verify import Checked, check, check_all


class Command(BaseCommand):
    """Walks every chain, or one patient's."""

    help = "Walk every chain of the log. Ends with 1, and the first broken link, if one is broken."

    def add_arguments(self, parser: Any) -> None:
        """All chains, or one."""
        parser.add_argument("--patient", metavar="NHS_NUMBER")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what was found."""
        checked = (
            [check(id_) for id_ in ids_of(options["patient"])]
            if options["patient"]
            else check_all()
        )
        broken = [one for one in checked if one.broken_at is not None]
        if options["json"]:
            self.stdout.write(json.dumps(as_json(checked, broken), default=str))
        else:
            self.report(checked, broken)
        if broken:
            sys.exit(1)

    def report(self, checked: list[Checked], broken: list[Checked]) -> None:
        """One line for each broken chain, or one for all."""
        for one in broken:
            self.stdout.write(
                f"Broken: chain {one.patient_id or 'of no patient'}, event {one.broken_at}"
            )
        if not broken:
            events = sum(one.events for one in checked)
            self.stdout.write(f"All is as it was written: {events} events in {len(checked)} chains")


def ids_of(nhs_number: str) -> list[UUID]:
    """The ids under which a person was on surgeries' lists."""
    patients = apps.get_model("surgeries.Patient").objects
    found = list(
        patients.filter(nhs_number=nhs_number.replace(" ", "")).values_list("pk", flat=True)
    )
    if not found:
        raise CommandError(f"No patient has the NHS number {nhs_number}")
    return found


def as_json(checked: list[Checked], broken: list[Checked]) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "chains": len(checked),
        "events": sum(one.events for one in checked),
        "broken": [asdict(one) for one in broken],
    }

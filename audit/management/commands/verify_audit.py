"""Check that the log is still what was written."""

import json
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.anchored import Found, check_anchors
from audit.verify import NO_PATIENT, Checked, check, check_all

FRESH_HOURS = 48


class Command(BaseCommand):
    """Walks every chain, or one patient's."""

    help = (
        "Walk every chain of the log, and look for each anchored end on its chain. Ends with 1, and what is broken and"
        " from where, if something is."
    )

    def add_arguments(self, parser: Any) -> None:
        """All chains, or one."""
        parser.add_argument("--patient", metavar="NHS_NUMBER")
        parser.add_argument(
            "--anchored", action="store_true",
            help="end with 1 also where the newest anchor is older than 48 hours, or there is none",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what was found."""
        only = set(ids_of(options["patient"])) if options["patient"] else None
        checked = [check(id_) for id_ in sorted(only)] if only else check_all()
        anchors = check_anchors(checked, only=only)
        broken = [one for one in checked if one.broken_at is not None]
        stale = options["anchored"] and is_stale(anchors.newest, now=timezone.now())
        if options["json"]:
            said = as_json(checked, broken, anchors) | {"stale": stale}
            self.stdout.write(json.dumps(said, default=str))
        else:
            self.report(checked, broken, anchors, stale=stale)
        if broken or anchors.faults or stale:
            sys.exit(1)

    def report(
        self, checked: list[Checked], broken: list[Checked], anchors: Found, *, stale: bool
    ) -> None:
        """One line for each broken chain and for each anchor that does not fit, or one for all."""
        for one in broken:
            self.stdout.write(f"Broken: {named(one.patient_id)}, event {one.broken_at}")
        for fault in anchors.faults:
            whose = (
                f"{named(None if fault.chain == NO_PATIENT else fault.chain)}: "
                if fault.chain
                else ""
            )
            self.stdout.write(f"Broken: anchor {fault.anchor}: {whose}{fault.what}")
        if not broken and not anchors.faults:
            events = sum(one.events for one in checked)
            self.stdout.write(f"All is as it was written: {events} events in {len(checked)} chains")
        newest = f", the newest of {anchors.newest:%Y-%m-%d %H:%M} UTC" if anchors.newest else ""
        self.stdout.write(f"{anchors.anchors} anchors{newest}")
        if stale:
            self.stdout.write(
                f"There is no anchor of the last {FRESH_HOURS} hours: run anchor_audit each day"
            )


def named(patient_id: UUID | None) -> str:
    """A chain, in words."""
    return f"chain {patient_id or 'of no patient'}"


def is_stale(newest: datetime | None, *, now: datetime) -> bool:
    """Whether the newest anchor is older than it should be."""
    return newest is None or now - newest > timedelta(hours=FRESH_HOURS)


def ids_of(nhs_number: str) -> list[UUID]:
    """The ids under which a person was on surgeries' lists."""
    patients = apps.get_model("surgeries.Patient").objects
    found = list(
        patients.filter(nhs_number=nhs_number.replace(" ", "")).values_list("pk", flat=True)
    )
    if not found:
        raise CommandError(f"No patient has the NHS number {nhs_number}")
    return found


def as_json(checked: list[Checked], broken: list[Checked], anchors: Found) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "chains": len(checked),
        "events": sum(one.events for one in checked),
        "broken": [asdict(one) for one in broken],
        "anchors": anchors.anchors,
        "newest_anchor": anchors.newest,
        "anchor_faults": [fault._asdict() for fault in anchors.faults],
    }

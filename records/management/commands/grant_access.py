"""Decide how much of a record is open, as the staff page does."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Duty
from records.management.choosing import staff_member
from records.management.commands.show_record import patient_of
from records.previewing.reviewing import Proposal
from records.previewing.unread import decide_unread
from surgeries.terms import Level


class Command(BaseCommand):
    """Grants access on behalf of a member of staff who has that duty."""

    help = (
        "Decide the levels of access to a record; the decision is that of the member of staff named. What would open"
        " entries that nobody has read is refused, since staff read these on their page first."
    )

    def add_arguments(self, parser: Any) -> None:
        """Whose record, how much, and who decides why."""
        parser.add_argument("nhs_number")
        parser.add_argument("--current", required=True, choices=Level.values)
        parser.add_argument("--historical", required=True, choices=Level.values)
        parser.add_argument(
            "--from", dest="starts_on", type=date.fromisoformat, metavar="YYYY-MM-DD"
        )
        parser.add_argument("--by", required=True, metavar="EMAIL")
        parser.add_argument("--reason", required=True)
        parser.add_argument(
            "--without-review", default="", metavar="REASON",
            help="open what nobody has read, and why; kept on file",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the decision, or say why it cannot be."""
        patient = patient_of(options["nhs_number"])
        by = staff_member(options["by"], patient.surgery, duty=Duty.DECIDE_ACCESS)
        proposal = Proposal(
            Level(options["current"]), Level(options["historical"]), options["starts_on"],
            reason=options["reason"].strip(),
        )  # fmt: skip
        try:
            grant = decide_unread(
                patient, proposal, by=by, now=timezone.now(),
                without_review=options["without_review"],
            )  # fmt: skip
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(
            f"Decided: current {grant.current_level}, historical {grant.historical_level}"
        )

"""Take back an extract that was loaded into the wrong record."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Duty
from records.importing.undoing import undo
from records.management.choosing import add_patient_arguments, chosen_patient, staff_member
from records.models import ImportedExtract
from surgeries.management.arguments import refusals_in_one_line


class Command(BaseCommand):
    """Takes back one extract on behalf of a member of staff who has that duty."""

    help = (
        "Take back the extract that was loaded last: what it added is withdrawn, what it changed is as it was before."
        " What is hidden stays hidden. `import_history` tells the ids."
    )

    def add_arguments(self, parser: Any) -> None:
        """Whose record, which extract, and who says why."""
        add_patient_arguments(parser)
        parser.add_argument("--extract", required=True, type=UUID, metavar="UUID")
        parser.add_argument("--by", required=True, metavar="STAFF_EMAIL",
                            help="somebody with the duty manage-settings at the surgery")  # fmt: skip
        parser.add_argument("--reason", required=True)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it back, or say why it cannot be."""
        patient = chosen_patient(options)
        by = staff_member(options["by"], patient.surgery, duty=Duty.MANAGE_SETTINGS)
        try:
            with refusals_in_one_line():
                undone = undo(
                    patient,
                    options["extract"],
                    because=options["reason"],
                    by=by,
                    now=timezone.now(),
                )
        except ImportedExtract.DoesNotExist:
            raise CommandError("No such extract was loaded for this patient") from None
        if options["json"]:
            self.stdout.write(json.dumps({"extract": str(options["extract"])} | undone._asdict()))
            return
        self.stdout.write(
            f"Taken back: {undone.withdrawn} rows withdrawn, {undone.restored} as before,"
            f" {undone.hidden_again} hidden again,"
            f" {undone.copies_ended} copies ended. Meanwhile the record was read {undone.times_read} times:"
            " the patient's activity page at the desk says by whom."
        )

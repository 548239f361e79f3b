"""Put a person on a surgery's list without a browser."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from surgeries.management.arguments import bare_number, day, refusals_in_one_line, surgery_of
from surgeries.models import Patient
from surgeries.registration import add_patient


class Command(BaseCommand):
    """Adds one patient to one surgery's list."""

    help = "Put a person on a surgery's list."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who they are, and where they register."""
        parser.add_argument("nhs_number", metavar="NHS_NUMBER", type=bare_number)
        parser.add_argument("--surgery", required=True, metavar="ODS")
        parser.add_argument("--family-name", required=True)
        parser.add_argument("--given-names", required=True)
        parser.add_argument("--date-of-birth", required=True, type=day, metavar="YYYY-MM-DD")
        parser.add_argument("--registered-on", type=day, metavar="DATE", help="today, if not given")
        parser.add_argument(
            "--moved", action="store_true",
            help="the person comes from another surgery here: their registration there ends (R1.5)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the patient."""
        now = timezone.now()
        patient = Patient(
            surgery=surgery_of(options["surgery"]),
            nhs_number=options["nhs_number"],
            family_name=options["family_name"].strip(),
            given_names=options["given_names"].strip(),
            date_of_birth=options["date_of_birth"],
            registered_on=options["registered_on"] or timezone.localdate(now),
        )
        with refusals_in_one_line():
            add_patient(patient, by=None, now=now, moved=options["moved"])
        self.stdout.write(f"Added the patient to the list of {patient.surgery}.")

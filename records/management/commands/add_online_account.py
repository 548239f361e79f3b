"""Make a patient's online account without a browser, after staff checked who they are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.identity import Evidence
from accounts.models import IdentityCheck, User
from accounts.set_up import has_second_factor, set_up_link
from records.online import open_online_account
from surgeries.management.arguments import bare_number, refusals_in_one_line
from surgeries.models import Patient


class Command(BaseCommand):
    """Makes one patient's account, and prints the link on which they set it up."""

    help = "Make a patient's account after staff saw their documents; prints a one-time link."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose account, for which patient, and who saw what."""
        parser.add_argument("email", metavar="EMAIL", help="the patient's own e-mail address")
        parser.add_argument("--nhs-number", required=True, type=bare_number, metavar="N")
        parser.add_argument("--checked-by", required=True, metavar="STAFF_EMAIL")
        parser.add_argument(
            "--method", required=True, choices=[IdentityCheck.Method.DOCUMENTS.value]
        )
        parser.add_argument("--evidence", required=True, action="append", choices=Evidence.values,
                            metavar="KIND", help=f"twice or more: {', '.join(Evidence.values)}")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account, and print the link where it has no second factor yet."""
        patient, by = patient_of(options["nhs_number"]), checker(options["checked_by"])
        with refusals_in_one_line():
            registration = open_online_account(
                patient,
                email=options["email"],
                evidence=options["evidence"],
                by=by,
                now=timezone.now(),
            )
        if has_second_factor(registration.user):
            self.stdout.write("Added. This person has an account and signs in as before.")
            return
        self.stdout.write(
            "Added. Give this link to them and nobody else; it works once, for 3 days:"
        )
        self.stdout.write(set_up_link(registration.user))


def patient_of(nhs_number: str) -> Patient:
    """The patient who is on a list with this number today."""
    patient = (
        Patient.objects.select_related("surgery")
        .filter(nhs_number=nhs_number, left_on=None)
        .first()
    )
    if patient is None:
        raise CommandError(
            "No patient with this NHS number is on a surgery's list: use add_patient"
        )
    return patient


def checker(email: str) -> User:
    """The member of staff who saw the documents."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise CommandError("There is no account with the address after --checked-by")
    return user

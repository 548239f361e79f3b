"""Give someone duties at a surgery without a browser."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.appointing import appoint_staff
from accounts.models import Duty
from accounts.set_up import has_second_factor, set_up_link
from surgeries.management.arguments import refusals_in_one_line, surgery_of


class Command(BaseCommand):
    """Adds a member of staff, or duties to one, and prints the link for a new account."""

    help = "Give someone duties at a surgery; prints a one-time link to set their password and app."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, where, and which duties."""
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--surgery", required=True, metavar="ODS")
        parser.add_argument("--duty", required=True, nargs="+", choices=Duty.values, metavar="DUTY",
                            action="extend", help=f"one or more of {', '.join(Duty.values)}")  # fmt: skip
        parser.add_argument("--name", default="", help="the name that colleagues and patients see")

    def handle(self, *args: Any, **options: Any) -> None:
        """Give the duties, and print the link where the account has no second factor yet."""
        with refusals_in_one_line():
            user = appoint_staff(
                email=options["email"], name=options["name"], surgery=surgery_of(options["surgery"]),
                duties=options["duty"], by=None, now=timezone.now(),
            )  # fmt: skip
        if has_second_factor(user):
            self.stdout.write("Added. This person has an account and signs in as before.")
            return
        self.stdout.write(
            "Added. Give this link to them and nobody else; it works once, for 3 days:"
        )
        self.stdout.write(set_up_link(user))

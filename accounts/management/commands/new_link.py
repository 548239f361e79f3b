"""A new way in for somebody who lost theirs and whom no desk may help: a member of staff."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.set_up import set_up_link
from audit import log


class Command(BaseCommand):
    """Prints a one-time link to set up an account again."""

    help = "Print a one-time link on which the owner of an account sets up anew how they sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose account."""
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link, and put on file that it was made."""
        email = options["email"].strip().lower()
        with transaction.atomic():
            user = User.objects.filter(email=email, is_active=True).first()
            if user is None:
                raise CommandError("There is no open account with this email address.")
            about = f"user {user.pk}"
            log.record("set-up link made", at=timezone.now(), actor_id=None, about=about)
        self.stdout.write("Give this link to them and nobody else; it works once, for 3 days:")
        self.stdout.write(set_up_link(user))

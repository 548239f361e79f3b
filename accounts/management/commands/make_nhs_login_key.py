"""Makes a key with which the portal proves to NHS login that it is itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.nhs_login_keys import make_key


class Command(BaseCommand):
    """Makes a key; the server finds it without a restart."""

    help = (
        "Make a new private key for NHS login in the folder NHS_LOGIN_KEYS, and print where it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether it signs at once."""
        parser.add_argument(
            "--later",
            action="store_true",
            help="only publish the key; it signs once its file is renamed, without “later-”",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say where it is."""
        self.stdout.write(str(make_key(now=timezone.now(), later=options["later"])))

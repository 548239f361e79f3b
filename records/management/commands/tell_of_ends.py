"""Telling both sides that somebody's access to a record ends soon."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from records.telling_of_ends import tell_of_ends


class Command(BaseCommand):
    """Sends neutral e-mails, once each; nothing depends on it."""

    help = "Tell patients and those who act for them, 30 and 7 days before, that it ends; may run daily or oftener."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say of how many grants somebody was told."""
        self.stdout.write(f"{tell_of_ends(now=timezone.now())} told")

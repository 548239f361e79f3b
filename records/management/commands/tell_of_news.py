"""Telling people that there is something new in a record, or with their access."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from records.telling_of_news import tell_of_news


class Command(BaseCommand):
    """Sends neutral e-mails, at most one a day to each; nothing depends on it."""

    help = "Tell people who want it that there is something new, once a day at most and not at night; for every hour."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were told."""
        self.stdout.write(f"{tell_of_news(now=timezone.now())} told")

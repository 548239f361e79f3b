"""Go on with extracts that were received and not loaded."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from records.supplier.loading import drop_orphans, load_all_waiting


class Command(BaseCommand):
    """Loads what waits; the worker does so by itself unless it died in between."""

    help = "Load extracts that suppliers sent and that still wait, and take away files nobody waits for."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, sweep, and say how many."""
        now = timezone.now()
        self.stdout.write(f"{load_all_waiting(now=now)} waited and were loaded or refused.")
        self.stdout.write(f"{drop_orphans(now=now)} files that nobody waits for were taken away.")

"""Go on with extracts that were received and not loaded."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from records.supplier.loading import drop_orphans, load_all_waiting


class Command(BaseCommand):
    """Loads what waits; the worker does so by itself unless it died in between."""

    help = "Load extracts that suppliers sent and that still wait, and take away files nobody waits for."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, sweep, and say how many."""
        ended, left = load_all_waiting(timezone.now)
        self.stdout.write(f"{ended} waited and were loaded or refused.")
        dropped = drop_orphans(now=timezone.now())
        self.stdout.write(f"{dropped} files that nobody waits for were taken away.")
        if left:
            raise CommandError(f"{left} could not be loaded now and go on waiting: see the log")

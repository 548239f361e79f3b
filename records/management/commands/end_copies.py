"""Copies of records whose hour is over."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit.row_security import rows_of
from records.takeaway.keeping import end_over
from surgeries.models import Patient


class Command(BaseCommand):
    """Deletes what such copies hold, for every patient."""

    help = "Delete copies of records whose hour is over; says how many."

    def handle(self, *args: Any, **options: Any) -> None:
        """One patient after the other, as nobody may touch the rows of several at once (ADR 4)."""
        now, count = timezone.now(), 0
        for patient_id in Patient.objects.values_list("pk", flat=True).iterator():
            with rows_of(patient_id):
                count += end_over(patient_id, now=now)
        self.stdout.write(f"{count} copies ended")

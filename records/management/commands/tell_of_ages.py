"""Telling families of the ages that come, and bringing the reviews into the queues."""

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from proxy_access.age_telling import tell_of_ages
from records.age_tasks import note_ages, opens_to_proxy
from surgeries.models import Surgery


class Command(BaseCommand):
    """Tells each person once at each time; nobody's access depends on whether it runs (R4.7)."""

    help = "Tell families 90, 30 and 7 days before an age changes something; can run every day; says how many were told."

    def handle(self, *args: Any, **options: Any) -> None:
        """One surgery after the other; what was told by then stays told if a later one fails."""
        now, told = timezone.now(), 0
        today = timezone.localdate(now)
        for surgery in Surgery.objects.filter(uses_portal=True).order_by("ods_code"):
            with transaction.atomic():
                note_ages(surgery, now=now)
            told += tell_of_ages(surgery, opens=partial(opens_to_proxy, on=today), now=now)
        self.stdout.write(f"{told} people told")

"""Bringing into the queues what nobody used for a year."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from records.dormant_proxies import note_dormant_proxies
from records.waiting import note_dormant
from surgeries.models import Surgery


class Command(BaseCommand):
    """For every surgery; each does the same by itself when its queue is opened."""

    help = "Bring online access and proxy access that nobody used for a year into the surgeries' queues."

    def handle(self, *args: Any, **options: Any) -> None:
        """One surgery after the other, each in a transaction of its own."""
        now = timezone.now()
        for surgery in Surgery.objects.filter(uses_portal=True).iterator():
            with transaction.atomic():
                note_dormant(surgery, now=now)
                note_dormant_proxies(surgery, now=now)

"""Load the made-up surgery."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from portal.demo.loading import load
from portal.demo.roles import SURGERY
from surgeries.models import Surgery


class Command(BaseCommand):
    """Makes the demo surgery, once."""

    help = "Load a made-up surgery with patients, staff and a proxy. Does nothing if it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load all of it or nothing."""
        if Surgery.objects.filter(ods_code=SURGERY.ods_code).exists():
            return
        self.stdout.write("Making the demo surgery and its made-up patients (once) ...")
        with transaction.atomic():
            load(timezone.now())

"""Everything before the server starts: tables, static files, the demo."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from portal.demo import stand_in
from portal.demo.signing_in import accounts, is_demo


class Command(BaseCommand):
    """Brings database and files up to date, and says how to sign in."""

    help = "Migrate, collect static files, load the demo where this is one, and say how to sign in."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what is needed and no more, so that a second start is quick."""
        call_command("migrate", verbosity=0)
        call_command("index_words", verbosity=0, stdout=self.stdout)
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0)
        if is_demo():
            call_command("load_demo")
            stand_in.prepare(timezone.now())
            self.tell()
        self.stdout.write(f"\nThe portal is at {settings.PORTAL_URL}  (Ctrl+C stops it)")
        self.stdout.flush()

    def tell(self) -> None:
        """Who can sign in to the demo."""
        people = accounts()
        self.stdout.write("\nThis is a demo: everybody in it is made up. Sign in as one of")
        for one in people:
            self.stdout.write(f"  {one.email:24} {one.name:20} {one.what_for}")
        self.stdout.write(
            f"\nThe password of each is {people[0].password}"
            f"\nThe 6-digit codes are at {settings.PORTAL_URL}/demo"
        )

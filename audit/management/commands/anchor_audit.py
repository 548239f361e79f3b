"""Anchoring the log outside the database."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import log
from audit.anchored import ANCHORED
from audit.anchors import Anchor, add_anchor, anchor_file
from audit.posting import NotPosted, post_anchor


class Command(BaseCommand):
    """Seals what all chains end with, keeps it in the file, and posts the seal where that is configured."""

    help = (
        "Seal the ends of all chains of the log with the host's key, add them to PORTAL_ANCHOR_FILE, and post the seal"
        " to PORTAL_ANCHOR_URL if there is one. For every day. Ends with 1 where the file was not written or the"
        " address did not take it; then the file has it all the same."
    )

    def add_arguments(self, parser: Any) -> None:
        """How to answer."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Anchor, note it in the log, post it."""
        now = timezone.now()
        try:
            anchor = add_anchor(now=now)
        except OSError as error:
            raise CommandError(f"Not anchored: {anchor_file()}: {error.strerror}") from None
        told = {"anchor": anchor.number, "chains": anchor.chains, "seal": anchor.seal}
        log.record(ANCHORED, at=now, actor_id=None, details=told)
        self.report(anchor, is_json=options["json"])
        if settings.PORTAL_ANCHOR_URL:
            self.post(anchor)

    def report(self, anchor: Anchor, *, is_json: bool) -> None:
        """What was anchored."""
        said = f"Anchor {anchor.number}: {anchor.chains} chains, {len(anchor.heads)} of them moved"
        self.stdout.write(json.dumps(anchor.outline) if is_json else said)

    def post(self, anchor: Anchor) -> None:
        """Tell the address outside."""
        try:
            post_anchor(anchor, settings.PORTAL_ANCHOR_URL)
        except NotPosted as error:
            raise CommandError(
                f"Anchor {anchor.number} is in the file, but PORTAL_ANCHOR_URL did not take it: {error}."
                " The next one stands for it too"
            ) from None

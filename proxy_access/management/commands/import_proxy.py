"""Take in grants that another system tells of as FHIR."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from proxy_access.files import FileTaken, take_file
from proxy_access.told_case import Taking
from surgeries.management.arguments import bare_number, day
from surgeries.terms import Section


class Command(BaseCommand):
    """Takes in files with Consents, or with applications, of the Validated Relationships API."""

    help = (
        "Take in who acts for whom from files of the Validated Relationships API (FHIR R4). What takes access away holds"
        " at once; what gives some waits for the surgery's decision, or is confirmed by a member of its staff. Ends with"
        " 0 when all were taken in, 1 when some were refused, 2 when the command was not understood."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The files, and what a Consent cannot say."""
        add = parser.add_argument
        add("files", nargs="+", type=Path, metavar="FILE")
        add("--scopes", required=True, nargs="+", action="extend", choices=Section.values, metavar="SECTION",
            help=f"what may be seen, as little as is needed: one or more of {', '.join(Section.values)}")  # fmt: skip
        add("--patient", type=bare_number, default="", metavar="NHS_NUMBER",
            help="whom the file is about, where it gives no family name and date of birth; one file")  # fmt: skip
        add("--proxy-email", metavar="EMAIL", help="whose account acts, where the file does not say it surely; one file")  # fmt: skip
        add("--ends-on", type=day, metavar="DATE", help="the latest day on which it ends")
        add("--open-ended-because", default="", metavar="TEXT", help="why there is no end date")
        add("--confirmed-by", metavar="EMAIL", help="who of the patient's surgery decided it")
        add("--reason", default="", metavar="TEXT", help="why they decided it; kept for colleagues")
        add("--lacks-capacity", default="", metavar="TEXT",
            help="the finding that the patient lacks capacity now, where the basis rests on it")  # fmt: skip
        add("--dry-run", action="store_true", help="say what would change, and change nothing")
        add("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in each file by itself, whole or not at all, and report."""
        how = self.how(options)
        taken = [
            take_file(path, how, dry_run=options["dry_run"], now=timezone.now())
            for path in options["files"]
        ]
        if options["json"]:
            totals = Counter(one.outcome for one in taken)
            told = {"files": [one.as_json() for one in taken], "totals": dict(totals)}
            self.stdout.write(json.dumps(told))
        else:
            for one in taken:
                self.report(one)
        if any(one.outcome == "refused" for one in taken):
            sys.exit(1)

    def how(self, options: dict[str, Any]) -> Taking:
        """What the options say; raises CommandError with exit code 2 where they make no sense."""
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"{path} is not a file", returncode=2)
        if len(options["files"]) > 1 and (options["patient"] or options["proxy_email"]):
            raise CommandError(
                "--patient and --proxy-email take one file: they say whom that one is about", returncode=2
            )  # fmt: skip
        return Taking(
            scopes=tuple(options["scopes"]), patient=options["patient"],
            proxy=self.user(options["proxy_email"]), ends_on=options["ends_on"],
            open_ended_because=options["open_ended_because"],
            confirmed_by=self.user(options["confirmed_by"]), reason=options["reason"],
            lacks_capacity=options["lacks_capacity"],
        )  # fmt: skip

    def user(self, email: str | None) -> User | None:
        """The account that an option names."""
        if not email:
            return None
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody has an account with {email}", returncode=2)
        return user

    def report(self, one: FileTaken) -> None:
        """One line for the file, and one for each grant in it."""
        self.stdout.write(f"{one.file}: {one.outcome}{f': {one.reason}' if one.reason else ''}")
        for grant in one.grants:
            words = (
                f"{grant['source_id']}: {grant['outcome']}, {grant['status']} ({grant['reason']})"
            )
            self.stdout.write(f"  {words}")

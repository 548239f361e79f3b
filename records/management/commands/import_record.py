"""Load extracts of GP records."""

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from accounts.models import Duty
from records.importing.counting import nothing
from records.importing.differences import in_lines
from records.importing.files import files_in
from records.importing.load import Loaded, Loading, load_file
from records.importing.numbers import UnreadableNumbers, numbers_in
from records.management.choosing import staff_member
from surgeries.models import Surgery


class Command(BaseCommand):
    """Loads files or folders of extracts for one surgery, each in the form that its content shows."""

    help = (
        "Load extracts (files, folders, .gz) of patients of one surgery. Ends with 0 when all were"
        " loaded, 1 when some were refused, 2 when the command was not understood."
    )

    def add_arguments(self, parser: Any) -> None:
        """The files, the surgery, and how to load."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--surgery", required=True, metavar="ODS")
        parser.add_argument(
            "--nhs-number",
            default="",
            help="whose record it is, if the file's own number is not valid",
        )
        parser.add_argument(
            "--numbers",
            type=Path,
            metavar="CSV",
            help="whose records they are: a table of file and NHS number for those whose own is not valid",
        )
        parser.add_argument(
            "--add-patients", action="store_true", help="put people on the surgery's list"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would change, entry by entry, and change nothing",
        )
        parser.add_argument(
            "--by",
            default="",
            metavar="STAFF_EMAIL",
            help="who of the surgery's staff has it loaded",
        )
        parser.add_argument(
            "--force-older", default="", metavar="REASON",
            help="load an extract that is older than the one held, and why; takes --by with manage-settings",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load each file by itself, and report."""
        how = self.how(options)
        files = list(files_in(options["paths"]))
        if how.nhs_number and len(files) > 1:
            raise CommandError(
                "--nhs-number takes one file: it says whose that one is", returncode=2
            )
        shown = tqdm(files, unit="file", disable=len(files) < 2 or not sys.stderr.isatty())
        numbers = self.numbers(options)
        loaded = [
            load_file(file, self.whose(how, file, numbers), now=timezone.now()) for file in shown
        ]
        if options["json"]:
            self.stdout.write(
                json.dumps({"files": [one.as_json() for one in loaded], "totals": totals(loaded)})
            )
        else:
            self.report(loaded)
        if any(one.outcome == "refused" for one in loaded):
            sys.exit(1)

    def how(self, options: dict[str, Any]) -> Loading:
        """What the options ask for; raises CommandError with exit code 2 where they make no sense."""
        surgery = Surgery.objects.filter(ods_code=options["surgery"].upper()).first()
        if surgery is None:
            raise CommandError(
                f"There is no surgery {options['surgery']}: add it with add_surgery", returncode=2
            )
        for path in options["paths"]:
            if not path.exists():
                raise CommandError(f"{path} does not exist", returncode=2)
        older, by = options["force_older"].strip(), None
        if older and not options["by"]:
            raise CommandError("--force-older takes --by: say who decides it", returncode=2)
        if options["by"]:
            duty = Duty.MANAGE_SETTINGS if older else None
            by = staff_member(options["by"], surgery, duty=duty).pk
        number = options["nhs_number"].replace(" ", "").replace("-", "")
        return Loading(surgery, number, options["add_patients"], options["dry_run"], by, older)

    def numbers(self, options: dict[str, Any]) -> dict[Path, str]:
        """The numbers that a table names; raises CommandError with exit code 2 where it cannot be used."""
        try:
            return numbers_in(options["numbers"]) if options["numbers"] else {}
        except UnreadableNumbers as error:
            raise CommandError(str(error), returncode=2) from error

    def whose(self, how: Loading, file: Path, numbers: dict[Path, str]) -> Loading:
        """How one file is loaded: for the patient that the table names, if it does."""
        number = numbers.get(file.resolve(), "")
        return replace(how, nhs_number=number) if number else how

    def report(self, loaded: list[Loaded]) -> None:
        """One line for each file, and one below it for each resource that was skipped."""
        for one in loaded:
            told = one.reason if one.outcome == "refused" else summary(one)
            self.stdout.write(f"{one.file}: {one.outcome}: {told}")
            if one.changes is not None and one.outcome == "loaded":
                for line in in_lines(one.changes, unchanged_in(one)):
                    self.stdout.write(line)
            for skipped in one.skipped:
                words = f"{skipped['resource']} {skipped['id']}: {skipped['reason']}"
                self.stdout.write("  skipped " + " ".join(words.split()))  # ids may hold line ends


def summary(one: Loaded) -> str:
    """What changed, section by section, in a line."""
    sections = []
    for section, counts in one.counts["sections"].items():
        told = ", ".join(f"{number} {change}" for change, number in counts.items() if number)
        if told:
            sections.append(f"{section}: {told}")
    hidden = ", ".join(f"{number} {why}" for why, number in one.counts["not_shown"].items())
    return (
        "; ".join([*sections, f"not shown: {hidden}"] if hidden else sections) or "nothing recorded"
    )


def unchanged_in(one: Loaded) -> dict[str, int]:
    """How many entries of each section stay as they are."""
    return {section: counts["unchanged"] for section, counts in one.counts["sections"].items()}


def totals(loaded: list[Loaded]) -> dict[str, Any]:
    """The sums over all files."""
    sections = nothing()["sections"]
    not_shown: Counter[str] = Counter()
    for one in loaded:
        not_shown.update(one.counts["not_shown"])
        for section, counts in one.counts["sections"].items():
            for change, number in counts.items():
                sections[section][change] += number
    outcomes = Counter(one.outcome for one in loaded)
    return {
        "files": len(loaded),
        **{outcome: outcomes[outcome] for outcome in ("loaded", "unchanged", "refused")},
        "sections": sections,
        "not_shown": dict(not_shown),
        "skipped": sum(len(one.skipped) for one in loaded),
    }

"""Tell which extracts were loaded into a record, and what each changed."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import log
from audit.row_security import rows_of
from records.importing.telling import COUNTED, Told, as_json, extracts_of, tell_extracts
from records.management.choosing import add_patient_arguments, chosen_patient


class Command(BaseCommand):
    """Prints the history of one record's extracts."""

    help = (
        "Every extract that was loaded for a patient, the newest first: when it was made and loaded, from which file,"
        " by whom, what it changed, and whether it was taken back. Ids and counts, no words of the record."
    )

    def add_arguments(self, parser: Any) -> None:
        """Whose record."""
        add_patient_arguments(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each extract."""
        patient = chosen_patient(options)
        with rows_of(patient.pk):
            log.record("loads told", at=timezone.now(), actor_id=None, patient_id=patient.pk)
            told = tell_extracts(patient, extracts_of(patient))
            objects = [as_json(one) for one in told] if options["json"] else []
        if options["json"]:
            self.stdout.write(json.dumps({"patient": str(patient.pk), "extracts": objects}))
            return
        for one in told:
            for line in lines_of(one):
                self.stdout.write(line)
        if not told:
            self.stdout.write("None was loaded.")


def lines_of(told: Told) -> Iterator[str]:
    """One extract for people."""
    one = told.extract
    by = f", by {told.loaded_by}" if told.loaded_by else ""
    yield f"{one.id} loaded {instant(one.loaded_at)} from {one.file_name or 'no file named'}{by}"
    if one.extracted_at:
        yield f"  made {instant(one.extracted_at)}"
    if one.forced_because:
        yield f"  loaded although older: {' '.join(one.forced_because.split())}"
    for counts in told.sections:
        numbers = (f"{getattr(counts, name)} {name}" for name in COUNTED if getattr(counts, name))
        yield f"  {counts.section}: {', '.join(numbers)}"
    if one.undone_at:
        by = f" by {told.undone_by}" if told.undone_by else ""
        yield f"  taken back {instant(one.undone_at)}{by}: {' '.join(one.undone_because.split())}"
    elif not one.keeps_changes:
        yield "  cannot be taken back: what it changed was not kept then"


def instant(at: Any) -> str:
    """A moment in London, to the second."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"

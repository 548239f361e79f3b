"""Checking a receipt that a patient brings."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.receipts import NoReceipt, read_receipt
from audit.row_security import rows_of
from records.own_activity.checking import Checked, check_against
from surgeries.models import Patient

MOST_BYTES = 20_000


class Command(BaseCommand):
    """Says whether the log still begins with it, and where it breaks."""

    help = (
        "Check a receipt that a patient took of their log. Ends with 1 where it is none, or where the log does not"
        " begin with it any more, and says from which event on."
    )

    def add_arguments(self, parser: Any) -> None:
        """The file."""
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Open it, walk the log, and say what was found."""
        try:
            receipt = read_receipt(text_of(Path(options["file"])))
        except NoReceipt as error:
            raise CommandError(str(error)) from None
        patient = Patient.objects.filter(pk=receipt.patient_id).first()
        if patient is None:
            raise CommandError(f"There is no patient with the id {receipt.patient_id} here")
        with rows_of(patient.pk):
            found = check_against(patient, receipt)
        self.stdout.write(said(found))
        if not found.is_right:
            sys.exit(1)


def text_of(path: Path) -> str:
    """What is in the file; raises CommandError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: this is not a receipt, which is text") from None


def said(found: Checked) -> str:
    """What was found, in a line."""
    receipt = found.receipt
    chain = f"The log of patient {receipt.patient_id}"
    given = f"what was given on {receipt.made_at:%Y-%m-%d %H:%M} UTC ({receipt.sequence} events)"
    place = f"from event {found.broken_at} on" if found.broken_at else "somewhere before its end"
    if not found.fits:
        return f"Broken: {chain} does not begin with {given} any more, {place}"
    if not found.is_whole:
        return f"Broken: {chain} begins with {given}, and is broken later, {place}"
    return f"{chain} still begins with {given}: its patient could see {receipt.shown} events then, {found.shown_now} now"

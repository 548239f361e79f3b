"""Prescriptions that were taken back: said by their status, the day in a note of fixed form."""

import re

from records.content import PartialDate
from records.importing.fhir.dates import given_date
from records.importing.fhir.fields import Json, notes, text

TAKEN_BACK = frozenset({"stopped", "cancelled"})
_NOTE = re.compile(r"Cancellation Reason:.*\bCancellation Date: *(\d{4}-\d\d-\d\d)", re.S)
"""What one system writes by itself; the other notes are the prescriber's and are not read (R6.4)."""


def is_cancelled(order: Json) -> bool:
    """Whether an order was taken back; of a plan the same words say that a course was stopped."""
    return text(order, "intent") == "order" and text(order, "status") in TAKEN_BACK


def cancelled_on(order: Json) -> PartialDate | None:
    """The day on which an order was taken back, if it was and the source says."""
    written = (_NOTE.fullmatch(words) for words in notes(order)) if is_cancelled(order) else ()
    found = next(filter(None, written), None)
    return given_date({"day": found[1]}, "day") if found else None

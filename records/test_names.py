"""By which name the results of one test are found: the title of a row without regard to case and spaces."""

import hashlib

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

HAS_VALUE = "records_entry.details ?| array['value', 'components']"
OUTSIDE_REPORTS = "records_entry.section <> 'test-results'"
"""What was measured outside reports, in SQL without values: the text of the index and of whoever looks into it."""
MEASURED = ("result", "observation")
"""The kinds of rows that are of a test or measurement."""
LONGEST = 200
KEPT, DIGEST = 150, 40


def name_of(title: str) -> str:
    """A name without regard to case and spaces."""
    return " ".join(title.lower().split())


def test_name(kind: str, title: str) -> str | None:
    """`Entry.test_name`: equal for rows of the same name, whatever its length; None where nothing was measured.

    An index cannot hold any length: of a long name the end stands as a digest.
    """
    if kind not in MEASURED:
        return None
    name = name_of(title)
    if len(name) <= LONGEST:
        return name
    return f"{name[:KEPT]} {hashlib.sha256(name.encode()).hexdigest()[:DIGEST]}"


def measured_outside_reports() -> Q:
    """The condition of the index `entry_measured_outside`: what the laboratory marked out there was measured too."""
    told = f"{OUTSIDE_REPORTS} and (records_entry.flagged or {HAS_VALUE})"
    return Q(test_name__isnull=False) & Q(RawSQL(told, (), BooleanField()))  # noqa: S611

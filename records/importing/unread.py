"""What comes with an extract was in no review that was made before it (R1.5)."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce

from records.models import AccessGrant, Entry
from surgeries.models import Patient

A_MOMENT = timedelta(microseconds=1)


def last_read(patient: Patient) -> datetime | None:
    """Until when anything of a record can have been read before it opened; None where nothing was decided."""
    grants = AccessGrant.objects.filter(patient=patient)
    last: datetime | None = grants.aggregate(last=Max(Coalesce("read_until", "decided_at")))["last"]
    return last


def after(last: datetime | None, now: datetime) -> datetime:
    """When an extract comes, later than whatever was read: loading may have begun before somebody decided."""
    return now if last is None or now > last else last + A_MOMENT


def was_read(known: Entry, last: datetime | None) -> bool:
    """Whether a row that the source took back was here when somebody last decided."""
    if last is None or known.withdrawn_at is None:
        return False
    return (known.readable_since or known.added_at) <= last < known.withdrawn_at

"""What comes with an extract was in no review that was made before it (R1.5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import Coalesce

from records.importing.new_row import AnyRow
from records.models import AccessGrant, Decision, Entry, ImportedExtract
from records.previewing.reviewing import closed_by
from surgeries.models import Patient
from surgeries.terms import Level

A_MOMENT = timedelta(microseconds=1)


def last_read(patient: Patient) -> datetime | None:
    """Until when anything of a record can have been read before it opened; None where nothing was decided."""
    grants = AccessGrant.objects.filter(patient=patient)
    last: datetime | None = grants.aggregate(last=Max(Coalesce("read_until", "decided_at")))["last"]
    return last


def last_moved(patient: Patient) -> datetime | None:
    """When a record was read, loaded or put right last: what comes next comes after it, so that all have an order."""
    extracts = ImportedExtract.objects.filter(patient=patient)
    known = [*extracts.aggregate(Max("loaded_at"), Max("undone_at")).values(), last_read(patient)]
    return max((at for at in known if at), default=None)


def after(last: datetime | None, now: datetime) -> datetime:
    """When an extract comes, later than whatever was before: loading may have begun before somebody decided, or another loaded."""
    return now if last is None or now > last else last + A_MOMENT


class Reading:
    """What of a record was read by the decision that holds, or that held before its patient declined."""

    def __init__(self, patient: Patient) -> None:
        decisions = AccessGrant.objects.of(patient).exclude(decision=Decision.DECLINED)
        grant = decisions.first()  # whoever declines reads nothing, and starts again as it was
        self._until = grant.reads_until if grant else None
        self._level = Level(grant.historical_level) if grant else Level.NONE
        self._closed = closed_by(patient, grant)

    def had(self, known: Entry) -> bool:
        """Whether a row that the source took back was here when others were read."""
        if self._until is None or known.withdrawn_at is None:
            return False
        return known.held_since <= self._until < known.withdrawn_at

    def opens_by(self, known: Entry, row: AnyRow) -> bool:
        """Whether the source moves a row to a level and section that are open, from where it was not read."""
        return self._is_open(row) and not self._is_open(known)

    def _is_open(self, row: AnyRow) -> bool:
        is_above = Level(row.level_needed).is_above(self._level)
        return not is_above and row.section not in self._closed


def keep_with_entries(rows: Sequence[AnyRow], held: Mapping[UUID, AnyRow]) -> None:
    """Let no part count as read that stands in an entry which was not: its page would lead nowhere."""
    entries: dict[UUID, AnyRow] = {**held, **{row.id: row for row in rows}}
    for row in rows:
        root = entries.get(row.root_id) if row.root_id else None
        if root and root.held_since > row.held_since:
            row.readable_since = root.held_since

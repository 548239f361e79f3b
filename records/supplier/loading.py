"""Loading what a supplier sent: the worker's task, and the command that goes on where one died."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from records.importing.load import Loaded, Loading, load_bytes
from records.models import ImportedExtract, ReceivedExtract
from records.supplier import spool

logger = logging.getLogger("portal.importing")

State = ReceivedExtract.State
LOST = "it was lost before it was loaded: send it again, with a new Idempotency-Key"
LEFT_ALONE_FOR = timedelta(hours=1)
"""How old a file without a row has to be to be taken away: a younger one may still be on its way."""


class NotNow(Exception):
    """The database or a store did not answer: the extract goes on waiting."""


@task(priority=-5)  # e-mails first; copies, which take longest, last
def load_received(received_id: str) -> None:
    """Load one extract that was received, unless it was already."""
    load_one(UUID(received_id), now=timezone.now())


def load_one(id_: UUID, *, now: datetime) -> None:
    """Load it and write down how that ended, in one transaction: whoever dies in between leaves it waiting.

    One that another process is loading is left to that one.
    """
    with transaction.atomic():
        waiting = ReceivedExtract.objects.select_for_update(skip_locked=True, of=("self",))
        found = waiting.select_related("supplier", "surgery").filter(pk=id_, state=State.WAITING)
        received = found.first()
        if received is None:
            return
        loaded = _load(received, now)
        if loaded.may_pass:
            raise NotNow
        received.state, received.reason, received.ended_at = loaded.outcome, loaded.reason, now
        received.counts = loaded.counts | {"skipped": len(loaded.skipped)}
        received.save(update_fields=["state", "reason", "counts", "ended_at"])
        transaction.on_commit(lambda: spool.drop(id_))


def _load(received: ReceivedExtract, now: datetime) -> Loaded:
    supplier, name = received.supplier, str(received.id)
    if supplier.ended_at or not supplier.surgeries.filter(pk=received.surgery_id).exists():
        return Loaded(name, State.REFUSED, "this system may no longer send for that surgery")
    how = Loading(
        received.surgery, add_patients=supplier.may_add_patients, by=supplier.pk,
        channel=ImportedExtract.Channel.SUPPLIER, received_at=received.received_at,
    )  # fmt: skip
    try:
        return load_bytes(spool.read_back(received.id, received.digest), name, how, now=now)
    except spool.Lost:
        return Loaded(name, State.REFUSED, LOST)
    except spool.NotReadable as error:
        raise NotNow from error


def load_all_waiting(clock: Callable[[], datetime]) -> tuple[int, int]:
    """Load whatever still waits, in the order in which it came: how many ended, and how many go on waiting.

    One that cannot be loaded now stops none of those behind it.
    """
    waiting = ReceivedExtract.objects.filter(state=State.WAITING).order_by("received_at", "id")
    ids, left = list(waiting.values_list("id", flat=True)), 0
    for id_ in ids:
        try:
            load_one(id_, now=clock())
        except Exception as error:
            # never its words: they may be those of a record
            logger.error("extract %s goes on waiting: %s", id_, type(error).__name__)
            left += 1
    return len(ids) - left, left


def drop_orphans(*, now: datetime) -> int:
    """Take away files that no row names, which a process left that died in between; say how many."""
    old = (now - LEFT_ALONE_FOR).timestamp()
    lying = {id_ for id_, changed in spool.kept_ids() if changed < old}
    waiting = ReceivedExtract.objects.filter(id__in=lying, state=State.WAITING)
    orphans = lying - set(waiting.values_list("id", flat=True))
    for id_ in orphans:
        spool.drop(id_)
    return len(orphans)

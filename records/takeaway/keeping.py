"""A copy in the database: encrypted pieces, for an hour, and for nobody but who asked for it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.db.models import Max, Q, QuerySet

from accounts.models.fields import box
from audit import log
from audit.kept import Kept, columns_of, made, named
from audit.models import Outcome
from audit.row_security import rows_of
from records.holding import still_open
from records.models import (
    AccessGrant,
    Entry,
    ImportedExtract,
    Redaction,
    ResultWish,
    Takeaway,
    TakeawayPiece,
    Wish,
)
from records.visibility import RecordAccess

State = Takeaway.State
KEPT_FOR = timedelta(hours=1)
LONGEST_MAKING = timedelta(hours=3)
PIECE = 700 * 1024
"""Bytes before encryption; a third more with it, and so below a megabyte."""


def basis_of(access: RecordAccess) -> str:
    """Everything that decides what this viewer may read, as a digest: where it changed, a copy is not as allowed now.

    Opening one more result is no part of it: that takes nothing from anybody. Nor is what is hidden from others,
    or could not be seen anyway: a copy that ends before its hour would tell of it (R2.3).
    """
    patient = access.patient
    wishes = _of(ResultWish, patient.pk)
    if not access.is_own_record:  # the others close nothing to a proxy
        wishes = wishes.filter(wish=Wish.HOLD)
    levels, grant = access.levels, access.access.grant
    facts = [
        levels.current, levels.historical, levels.starts_at and levels.starts_at.timestamp(),
        sorted(access.scopes), sorted(access.restricted), grant and grant.pk,
        AccessGrant.objects.of(patient).values_list("pk", flat=True).first(),
        sorted(map(str, _hidden_from(access))),
        sorted(wishes.values_list("category", "wish")),
        _of(ImportedExtract, patient.pk).count(),
        [str(last) for last in _last_change(patient.pk).values()],
    ]  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _last_change(patient_id: UUID) -> dict[str, datetime | None]:
    """When an extract was last loaded, and when one was last taken back."""
    extracts = _of(ImportedExtract, patient_id)
    found: dict[str, datetime | None] = extracts.aggregate(Max("loaded_at"), Max("undone_at"))
    return found


def _hidden_from(access: RecordAccess) -> QuerySet[Entry, UUID]:
    live = _of(Redaction, access.patient.pk).filter(undone_at=None)
    named = list(live.values_list("entry_id", flat=True).distinct())
    near = Q(id__in=named) | Q(root_id__in=named) | Q(repeats_id__in=named)
    return Entry.objects.hidden_from(access).filter(near).values_list("id", flat=True)


def _of[M: models.Model](model: type[M], patient_id: UUID) -> QuerySet[M]:
    found: QuerySet[M] = model._default_manager.filter(patient=patient_id)
    return found


class PieceWriter:
    """A file that can only be written to, and becomes encrypted pieces in the database.

    Each piece is a transaction of its own: the memory that a copy takes does not grow with it.
    """

    def __init__(self, copy: Takeaway) -> None:
        self.patient_id, self.copy_id = copy.patient_id, copy.id
        self.size = self.count = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes; whole pieces are stored at once."""
        self._waiting += data
        self.size += len(data)
        while len(self._waiting) >= PIECE:
            self._store(PIECE)
        return len(data)

    def flush(self) -> None:
        """Nothing: a piece is stored when it is whole."""

    def close(self) -> None:
        """Store the rest."""
        if self._waiting:
            self._store(len(self._waiting))

    def _store(self, length: int) -> None:
        content = box().encrypt(bytes(self._waiting[:length]))
        del self._waiting[:length]
        with rows_of(self.patient_id):
            TakeawayPiece.objects.create(
                patient_id=self.patient_id, takeaway_id=self.copy_id, number=self.count, content=content
            )  # fmt: skip
        self.count += 1


def pieces_of(copy: Takeaway) -> Iterator[bytes]:
    """What a copy holds, piece by piece; it breaks off where the copy is ended meanwhile."""
    number = 0
    while content := _piece(copy.patient_id, copy.id, number):
        yield box().decrypt(content)
        number += 1


def sent_to(
    access: RecordAccess, copy: Takeaway, *, clock: Callable[[], datetime]
) -> Iterator[bytes]:
    """The same for whoever fetches it; it breaks off where they lose their access, or a part of it, meanwhile (R4.8).

    So it does where the record is closed to all, and when the last day of a grant is over while it is sent (R5.2, R4.6).
    """
    pieces = pieces_of(copy)
    while content := _while_held(access, pieces, clock()):
        yield content


def _while_held(access: RecordAccess, pieces: Iterator[bytes], now: datetime) -> bytes | None:
    with transaction.atomic():
        content = next(pieces, None)
        # asked after it was read: what closes a record leaves the grant as it is, and waits for nobody
        return content if still_open(access, now=now) == access else None


def _piece(patient_id: UUID, copy_id: UUID, number: int) -> bytes | None:
    with rows_of(patient_id):
        pieces = TakeawayPiece.objects.filter(
            patient=patient_id, takeaway_id=copy_id, number=number
        )
        content = pieces.values_list("content", flat=True).first()
        return bytes(content) if content is not None else None


def copies_kept(access: RecordAccess, *, now: datetime) -> list[Takeaway]:
    """The viewer's own copies of a record that are being made or kept, the newest first."""
    copies = _live(access.patient.pk)
    _end_over(copies, now)
    return [each for each in copies if each.viewer_id == access.viewer.pk and each.state in LIVE]


def end_over(patient_id: UUID, *, now: datetime) -> int:
    """End a patient's copies whose hour is over, give up those that never got ready; say how many."""
    return _end_over(_live(patient_id), now)


def _end_over(copies: Iterable[Takeaway], now: datetime) -> int:
    ready = [each for each in copies if each.state == State.READY]
    others = [each for each in copies if each.state != State.READY]
    stuck = [each for each in others if each.asked_at <= now - LONGEST_MAKING]
    return end(each for each in ready if each.ends_at and each.ends_at <= now) + end(
        stuck, State.FAILED
    )


def _live(patient_id: UUID) -> list[Takeaway]:
    """All copies of a record that are being made or kept, the newest first: a handful."""
    return [made(Takeaway, values) for values in OF_PATIENT.ask(patient=patient_id)]


LIVE = (State.ASKED, State.MAKING, State.READY)
OF_PATIENT = Kept(
    lambda: (
        _of(Takeaway, named("patient"))
        .filter(state__in=LIVE)
        .order_by("-asked_at")
        .values_list(*columns_of(Takeaway))
    )
)


def end(copies: Iterable[Takeaway], state: State = State.ENDED) -> int:
    """Delete what copies hold; that there were copies stays on file."""
    count = 0
    for copy in copies:
        _of(TakeawayPiece, copy.patient_id).filter(takeaway_id=copy.id).delete()
        _of(Takeaway, copy.patient_id).filter(id=copy.id).update(state=state)
        copy.state = state
        count += 1
    return count


def is_fit(copy: Takeaway, access: RecordAccess, *, now: datetime) -> bool:
    """Whether a copy may still be fetched: in its hour, and nothing changed that decides what may be read."""
    in_time = copy.state == State.READY and copy.ends_at is not None and now < copy.ends_at
    return in_time and copy.basis == basis_of(access)


def note(
    action: str,
    copy: Takeaway,
    *,
    now: datetime,
    outcome: Outcome = Outcome.DONE,
    because: str = "",
) -> None:
    """Write down what happened to a copy (R9.1): ids, its kind and its size."""
    details = {"kind": copy.kind, "sections": len(copy.sections), "bytes": copy.size}
    if because:
        details["because"] = because
    log.record(
        action, at=now, actor_id=copy.viewer_id, patient_id=copy.patient_id,
        about=f"copy {copy.id}", outcome=outcome, details=details,
    )  # fmt: skip

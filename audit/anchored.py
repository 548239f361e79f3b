"""Whether the chains still hold what was anchored (ADR 40)."""

import struct
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from audit.anchors import Anchor, Unread, anchor_file, read_anchors
from audit.keys import HostKey, host_keys
from audit.models import AuditEvent
from audit.row_security import rows_of
from audit.verify import NO_PATIENT, Checked, of_chain

ANCHORED = "log anchored"
"""The event that says that there is an anchor: a file that was cut or taken away lacks it."""
PLACE = struct.Struct("!IQ32s")
HASHES = "select sequence, hash from audit_auditevent where %s and sequence = any(%%(sequences)s)"


class Fault(NamedTuple):
    """What is wrong, from which anchor on, and of which chain; None where it is the file."""

    anchor: int
    chain: UUID | None
    what: str


class Found(NamedTuple):
    """What the anchors say: how many there are, when the newest was made, and what is wrong."""

    anchors: int
    newest: datetime | None
    faults: list[Fault]


class Read(NamedTuple):
    """The file, read: what each chain was at each anchor, packed, the newest good anchor, the seals and what is wrong."""

    places: dict[UUID, bytearray]
    seals: dict[int, str]
    newest: Anchor | None
    faults: list[Fault]


def check_anchors(checked: Iterable[Checked], *, only: set[UUID] | None = None) -> Found:
    """Look for each anchored end on its chain, among those that were walked; `only` looks at these alone."""
    broken = {one.patient_id or NO_PATIENT: one.broken_at for one in checked}
    read = read_file(anchor_file(), host_keys())
    faults = [*read.faults, *_missing_in_file(read)]
    for chain, packed in read.places.items():
        if only is None or chain in only:
            faults += _faults_of(chain, packed, broken)
    newest = datetime.fromisoformat(read.newest.at) if read.newest else None
    return Found(len(read.seals), newest, faults)


def read_file(path: Path, keys: Iterable[HostKey]) -> Read:
    """Read the anchors and look whether each has its seal, and the one before it."""
    named = {key.name: key for key in keys}
    read, before, number = Read({}, {}, None, []), "", 0
    for found in read_anchors(path):
        if isinstance(found, Unread):
            read.faults.append(
                Fault(number + 1, None, f"line {found.line} of the file is cut off or no anchor")
            )
            continue
        key = named.get(found.key)
        if what := _wrong_with(found, key, before, number):
            read.faults.append(Fault(found.number, None, what))
        before, number = found.seal, found.number
        if key and not _is_forged(found, key):
            _take(read, found, key)
            read = read._replace(newest=found)
    return read


def _wrong_with(anchor: Anchor, key: HostKey | None, before: str, number: int) -> str:
    if key is None:
        return f"it was sealed with a key that is not in PORTAL_AUDIT_KEY (key {anchor.key[:16]})"
    if _is_forged(anchor, key):
        return "it was changed: its seal does not fit"
    if (anchor.before, anchor.number) != (before, number + 1):
        return "what stands before it is not what stood there: an anchor was taken out, put in or moved"
    return ""


def _is_forged(anchor: Anchor, key: HostKey) -> bool:
    return anchor.seal != key.seal_of(anchor.parts)


def _take(read: Read, anchor: Anchor, key: HostKey) -> None:
    read.seals[anchor.number] = anchor.seal
    for head in anchor.heads:
        chain, sequence, hash_ = head.split(" ")
        place = PLACE.pack(anchor.number, int(sequence), bytes.fromhex(hash_))
        read.places.setdefault(key.unveiled(chain), bytearray()).extend(place)


def _missing_in_file(read: Read) -> list[Fault]:
    """What the database knows of the newest anchor, where the file does not have it."""
    with rows_of(None):
        told = (
            AuditEvent.objects.filter(patient_id=None, action=ANCHORED)
            .order_by("-sequence")
            .first()
        )
    if told is None or read.seals.get(told.details["anchor"]) == told.details["seal"]:
        return []
    return [
        Fault(
            told.details["anchor"],
            None,
            "the log says that it was made, and the file does not have it",
        )
    ]


def _faults_of(chain: UUID, packed: bytearray, broken: Mapping[UUID, int | None]) -> list[Fault]:
    """The first anchor that a chain does not hold any more."""
    if chain not in broken:
        return [Fault(PLACE.unpack_from(packed)[0], chain, "the whole chain is gone")]
    places = list(PLACE.iter_unpack(packed))
    held = _hashes(chain, [sequence for _, sequence, _ in places])
    for number, sequence, hash_ in places:
        if sequence and sequence not in held:
            return [Fault(number, chain, f"event {sequence}, with which it ended then, is gone")]
        if sequence and held[sequence] != hash_:
            return [
                Fault(
                    number, chain, f"event {sequence} or one before it is not what was written then"
                )
            ]
        breaks = broken[chain]
        if breaks is not None and breaks <= sequence:
            return [Fault(number, chain, f"event {breaks} was changed since")]
    return []


def _hashes(chain: UUID, sequences: list[int]) -> dict[int, bytes]:
    patient_id = None if chain == NO_PATIENT else chain
    with rows_of(patient_id), connection.cursor() as cursor:
        values = {"patient": patient_id, "sequences": sequences}
        cursor.execute(HASHES % of_chain(patient_id), values)
        return {sequence: bytes(hash_) for sequence, hash_ in cursor.fetchall()}

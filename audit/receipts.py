"""Receipts: what a patient keeps, so that nobody can later say that their log was another (R9.1, R2.3, ADR 40).

A receipt says in clear how many events its patient could see. How many there were, and with which hash the chain
ended, is closed to everybody but the host: staff who hide an entry move the chain, and nobody may see that.
"""

import json
import re
import struct
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from cryptography.fernet import InvalidToken, MultiFernet
from django.db import connection

from audit.keys import host_keys
from audit.models import ChainHead
from audit.row_security import rows_of
from audit.verify import check

MOST_CHARACTERS = 5000
WHAT = "A receipt for the log of who looked at a GP record, and who changed the access to it"
HOW = (
    "Keep this file. Check it under Activity in your record, or ask who runs the portal to check it"
)
CLOSED = struct.Struct("!B16sQ32sQQ")
VERSION = 1
SEAL = re.compile(r"gAAAAA[\w-]{100,400}={0,2}", re.ASCII)
HASH = "select hash from audit_auditevent where patient_id = %s and sequence = %s"

NOTHING = "Choose the file of your receipt, or paste all of its text"
TOO_LONG = "This is too long for a receipt. Choose the file that you downloaded, or paste its text and nothing else"
NO_RECEIPT = "This is not a receipt. Choose the file that you downloaded, or paste all of its text, with the long line after “seal”"
TWO = "There are two receipts in this. Check one at a time"
NOT_OURS = (
    "This receipt was changed, or this portal did not make it. Try the file that you downloaded first. If that does "
    "not work either, contact who runs the portal"
)
CHANGED = "The words of this receipt are not those that it was made with. Use the file as you downloaded it"


class NoReceipt(ValueError):
    """What was given is no receipt of this portal; its words say what to do."""


class Receipt(NamedTuple):
    """An opened receipt: whose chain, where it ended then and with which hash, what its patient could see, and when."""

    patient_id: UUID
    sequence: int
    hash: bytes
    shown: int
    made_at: datetime


class Standing(NamedTuple):
    """Whether a chain still begins with a receipt, and the first event that does not fit: None where only the end tells."""

    begins_with_it: bool
    broken_at: int | None


def make_receipt(patient_id: UUID, *, shown: int, now: datetime) -> str:
    """The text of a receipt for the chain of a patient as it is; `shown` counts the events that they can see."""
    head = ChainHead.objects.filter(patient_id=patient_id).first()
    sequence, hash_ = (head.sequence, bytes(head.hash)) if head else (0, b"")
    seconds = int(now.timestamp())
    closed = CLOSED.pack(VERSION, patient_id.bytes, sequence, hash_, shown, seconds)
    seal = host_keys()[0].box().encrypt_at_time(closed, seconds).decode()
    words = {"what": WHAT, **_in_clear(shown, seconds), "seal": seal, "how": HOW}
    return json.dumps(words, indent=2) + "\n"


def read_receipt(text: str) -> Receipt:
    """Open a receipt, or its seal alone; raises NoReceipt with what to do."""
    if not text.strip():
        raise NoReceipt(NOTHING)
    if len(text) > MOST_CHARACTERS:
        raise NoReceipt(TOO_LONG)
    seals = set(SEAL.findall("".join(text.split())))
    if len(seals) != 1:
        raise NoReceipt(TWO if seals else NO_RECEIPT)
    receipt = _opened(seals.pop())
    _refuse_other_words(text, receipt)
    return receipt


def stands(receipt: Receipt) -> Standing:
    """Walk the chain of a receipt, and say whether it still begins with it."""
    found = check(receipt.patient_id)
    if found.broken_at is not None and found.broken_at <= receipt.sequence:
        return Standing(False, found.broken_at)
    return Standing(_fits(receipt), found.broken_at)


def _fits(receipt: Receipt) -> bool:
    if receipt.sequence == 0:
        return True
    with rows_of(receipt.patient_id), connection.cursor() as cursor:
        cursor.execute(HASH, [receipt.patient_id, receipt.sequence])
        row = cursor.fetchone()
    return row is not None and bytes(row[0]) == receipt.hash


def _in_clear(shown: int, seconds: int) -> dict[str, str | int]:
    return {"made": datetime.fromtimestamp(seconds, UTC).isoformat(), "events you can see": shown}


def _opened(seal: str) -> Receipt:
    try:
        closed = MultiFernet([key.box() for key in host_keys()]).decrypt(seal)
        version, patient, sequence, hash_, shown, seconds = CLOSED.unpack(closed)
    except (InvalidToken, struct.error):
        raise NoReceipt(NOT_OURS) from None
    if version != VERSION:
        raise NoReceipt(NOT_OURS)
    return Receipt(
        UUID(bytes=patient), sequence, hash_, shown, datetime.fromtimestamp(seconds, UTC)
    )


def _refuse_other_words(text: str, receipt: Receipt) -> None:
    """A receipt whose open words were changed; the seal alone has none."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return
    true = _in_clear(receipt.shown, int(receipt.made_at.timestamp()))
    if not isinstance(words, dict) or any(
        words.get(name, true[name]) != true[name] for name in true
    ):
        raise NoReceipt(CHANGED)

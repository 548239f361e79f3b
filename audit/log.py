"""Writing events down."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder

from audit.kept import Named, text_of
from audit.models import Outcome

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_device: ContextVar[str] = ContextVar("device", default="")


@contextmanager
def request_id(value: str, device: str = "") -> Iterator[None]:
    """Mark the events of one request with its id, and with the kind of device that it came from: never an address."""
    id_token, device_token = _request_id.set(value), _device.set(device)
    try:
        yield
    finally:
        _request_id.reset(id_token)
        _device.reset(device_token)


def record(
    action: str,
    *,
    at: datetime,
    actor_id: UUID | None,
    patient_id: UUID | None = None,
    duty: str = "",
    about: str = "",
    outcome: Outcome = Outcome.DONE,
    details: dict[str, Any] | None = None,
) -> None:
    """Append one event in the caller's transaction (R9.1).

    `action` is a verb phrase such as "record opened"; `about` says which section, entry or grant;
    `details` hold ids, codes and counts, never the words of a record.
    """
    if device := _device.get():
        details = (details or {}) | {DEVICE: device}
    APPEND.do({
        "id": uuid4(), "patient_id": patient_id, "at": at, "actor_id": actor_id, "duty": duty, "action": action,
        "object": about, "outcome": outcome, "request_id": _request_id.get(),
        "details": json.dumps(details, cls=DjangoJSONEncoder) if details else "{}",
    })  # fmt: skip


DEVICE = "device"
"""Where the details have the kind of device, such as "Chrome on Android"."""
COLUMNS = (
    "id", "patient_id", "at", "actor_id", "duty", "action", "object", "outcome", "request_id", "details"
)  # fmt: skip
APPEND = text_of(
    f"insert into audit_auditevent ({', '.join(COLUMNS)}, sequence, previous_hash, hash)"  # noqa: S608 - ours alone
    f" values ({', '.join(['%s'] * len(COLUMNS))}, 0, '', '')",
    list(map(Named, COLUMNS)),
)
"""A plain INSERT, since every page writes one, and the writer may not be allowed to read it back."""

"""Writing events down."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import AuditEvent, Outcome

_request_id: ContextVar[str] = ContextVar("request_id", default="")


@contextmanager
def request_id(value: str) -> Iterator[None]:
    """Mark the events of one request with its id."""
    token = _request_id.set(value)
    try:
        yield
    finally:
        _request_id.reset(token)


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
    AuditEvent.objects.bulk_create(  # a plain INSERT: the writer may not be allowed to read it back
        [
            AuditEvent(
                at=at, actor_id=actor_id, patient_id=patient_id, duty=duty, action=action,
                object=about, outcome=outcome, request_id=_request_id.get(), details=details or {},
            )
        ]
    )  # fmt: skip

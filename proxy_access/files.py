"""Taking in one file with grants, whole or not at all."""

import logging
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from audit import log
from audit.models import Outcome
from proxy_access.fhir import Unreadable, read
from proxy_access.fhir.parsing import LIMIT
from proxy_access.matching import NotTaken
from proxy_access.taking_in import take_in
from proxy_access.told_case import Taking

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileTaken:
    """What became of one file: taken, unchanged, empty or refused, and of each grant in it."""

    file: str
    outcome: str
    reason: str = ""
    grants: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return asdict(self)


def take_file(path: Path, how: Taking, *, dry_run: bool, now: datetime) -> FileTaken:
    """Take in one file; whatever is wrong with it is told and leaves no trace of it."""
    try:
        with transaction.atomic():
            grants = _take(_content(path), how, now)
            transaction.set_rollback(dry_run)
    except (Unreadable, NotTaken, ValidationError, DatabaseError) as error:
        logger.error("a file with grants was not taken in: %s", type(error).__name__)
        if not (dry_run or isinstance(error, DatabaseError)):
            _note_refused(error, now)
        return FileTaken(str(path), "refused", _why(error))
    outcomes = {grant["outcome"] for grant in grants}
    outcome = "empty" if not grants else "unchanged" if outcomes == {"unchanged"} else "taken"
    return FileTaken(str(path), outcome, grants=grants)


def _why(error: Exception) -> str:
    if isinstance(error, DatabaseError):
        return "the database did not take it: nothing is stored, try again"
    return "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _note_refused(error: Exception, now: datetime) -> None:
    """Keep that a file was refused (R9.1); of the error only its kind, since its words may quote the file."""
    log.record(
        "proxy access taken in", at=now, actor_id=None, about="a file", outcome=Outcome.REFUSED,
        details={"kind": type(error).__name__},
    )  # fmt: skip


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error


def _take(content: bytes, how: Taking, now: datetime) -> list[dict[str, str]]:
    roles = read(content)
    if len(roles) > 1 and (how.patient or how.proxy):
        raise NotTaken("it holds several grants: --patient and --proxy-email are for one")
    found = []
    for role in roles:
        taken = take_in(role, how, now=now)
        found.append(
            {
                "grant": str(taken.grant.pk), "source_id": role.source_id, "outcome": taken.outcome,
                "status": str(taken.grant.status), "reason": str(taken.grant.status_reason),
            }
        )  # fmt: skip
    return found

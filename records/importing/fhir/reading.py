"""What a reader makes of one resource, before it is known where it stands."""

from datetime import datetime
from typing import Any

import msgspec

from records.content import Content, PartialDate
from records.importing.fhir.dates import UNKNOWN
from records.importing.fhir.wording import Words
from surgeries.terms import Level


class Reading(msgspec.Struct):
    """One entry or part in the making."""

    kind: str
    title: str
    level: Level
    details: Content
    text: Content | None = None
    effective: PartialDate = UNKNOWN
    recorded_at: datetime | None = None


def level_of(words: Words) -> Level:
    """Coded things are detailed; what is only typed words needs the full level (R1.6, R1.7)."""
    return Level.FULL if words.title and not words.coded else Level.DETAILED


def stored(content: Content | None) -> dict[str, Any]:
    """Content as it is kept; nothing for none."""
    return msgspec.to_builtins(content) if content else {}

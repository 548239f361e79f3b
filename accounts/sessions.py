"""When a session ends: after some time of doing nothing, and in any case after half a day (R3.4)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

BEGAN, SEEN = "began_at", "seen_at"
AT_DESK = "at_desk"
"""Where a session keeps that it is of somebody with a duty at a surgery: it ends sooner."""


@dataclass(frozen=True, slots=True)
class End:
    """The moment at which a session ends, and whether that can still be put off."""

    at: datetime
    is_fixed: bool

    def seconds_left(self, now: datetime) -> int:
        """Whole seconds until then, rounded up; 0 once it is over."""
        return max(0, math.ceil((self.at - now).total_seconds()))


def find_end(session: SessionBase | Mapping[str, Any]) -> End | None:
    """When a session ends as things stand; None before it was first noted."""
    began, seen = session.get(BEGAN), session.get(SEEN)
    if not began or not seen:
        return None
    idle = datetime.fromisoformat(seen) + timedelta(seconds=idle_seconds(session))
    whole = datetime.fromisoformat(began) + timedelta(seconds=settings.SESSION_WHOLE_SECONDS)
    return End(min(idle, whole), is_fixed=whole <= idle)


def is_over(session: SessionBase | Mapping[str, Any], now: datetime) -> bool:
    """Whether either limit has passed."""
    end = find_end(session)
    return end is not None and end.at <= now


def note(session: SessionBase, now: datetime) -> bool:
    """Write down that the person did something, at most once a minute: each note is a database write.

    Says whether it was written.
    """
    seen = session.get(SEEN)
    is_due = not seen or now - datetime.fromisoformat(seen) > noted_every(session)
    if is_due:
        stay(session, now)
    return is_due


def stay(session: SessionBase, now: datetime) -> None:
    """Count the time of doing nothing from now on. How long there is in all does not change."""
    session.setdefault(BEGAN, now.isoformat())
    session[SEEN] = now.isoformat()


def shorten(session: SessionBase) -> None:
    """End a session sooner when nothing is done: it is of somebody who has a duty at a surgery."""
    if not session.get(AT_DESK):
        session[AT_DESK] = True


def idle_seconds(session: SessionBase | Mapping[str, Any]) -> float:
    """How long nothing may be done in a session; staff have less, since they can open many records."""
    usual: float = settings.SESSION_IDLE_SECONDS
    return min(usual, settings.SESSION_STAFF_IDLE_SECONDS) if session.get(AT_DESK) else usual


def noted_every(session: SessionBase | Mapping[str, Any]) -> timedelta:
    """By how much a session may have been used later than its note says."""
    return timedelta(seconds=min(60, idle_seconds(session) / 30))


def is_warned(session: SessionBase, end: End, now: datetime) -> bool:
    """Whether the end is so near that it is time to say so.

    A page without JavaScript cannot ask: it comes early, by as much as the note may be late. Were it sent
    back, that would count as doing something: hence the second more.
    """
    early = noted_every(session) + timedelta(seconds=1)
    return end.at - now <= timedelta(seconds=settings.SESSION_WARNING_SECONDS) + early

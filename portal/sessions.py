"""Ending a session in time, and telling each page when that will be (R3.4)."""

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from accounts import returning, sessions
from accounts.devices import end_here
from accounts.returning import Place
from accounts.sessions import End
from audit import log
from nhsuk.shell import SessionEnd
from portal.context import address


def end_session(request: HttpRequest, *, now: datetime) -> None:
    """Sign somebody out because their time is over; where they were stays known, to them alone."""
    because = "12 hours" if _is_whole_over(request, now) else "idle"
    place = given_place(request) or returning.find_place(request)
    end_here(request, now=now)
    log.record("sign-out", at=now, actor_id=request.user.pk, details={"because": because})
    logout(request)
    returning.keep(request.session, place)


def note_use(request: HttpRequest, *, now: datetime) -> None:
    """Note that the person did something, and where."""
    if sessions.note(request.session, now):
        request.session[returning.LAST] = returning.find_path(request) or "/"


def given_place(request: HttpRequest) -> Place | None:
    """The place that the page sent along on which one is asked whether one is still there."""
    sent = request.POST if request.method == "POST" else request.GET
    return returning.unseal(sent.get("from", "")) if request.path.startswith(ASKING) else None


ASKING = "/still-there"


def _is_whole_over(request: HttpRequest, now: datetime) -> bool:
    found = sessions.find_end(request.session)
    return found is not None and found.is_fixed and found.at <= now


def session_end(request: HttpRequest) -> dict[str, SessionEnd | None]:
    """What the layout needs to warn whoever is signed in; nothing for a visitor."""
    session = getattr(request, "session", None)  # absent when a request failed before it
    found = sessions.find_end(session) if session and "_auth_user_id" in session else None
    if found is None:
        return {"session_end": None}
    prepared = getattr(request, "session_end", None)
    return {"session_end": prepared or _of_page(request.session, found, timezone.now())}


def _of_page(session: SessionBase, found: End, now: datetime) -> SessionEnd:
    """The warning of an ordinary page.

    Idle time is counted from the page itself, less what the note may be late: so the same page is the same
    text each time, whatever the clock says, and for everybody.
    """
    warn_at = settings.SESSION_WARNING_SECONDS
    early = int(sessions.idle_seconds(session) - sessions.noted_every(session).total_seconds())
    left = min(early, found.seconds_left(now))
    is_last = left <= warn_at
    return describe(ask_in=left if is_last else left - warn_at, is_last=is_last)


def describe(*, ask_in: int, place: str = "", is_last: bool = False) -> SessionEnd:
    """What a page needs to warn; `place` is where to go back to, sealed, on the page that asks by itself."""
    ask_href = address("still-there")
    return SessionEnd(
        ask_in=ask_in,
        ask_href=f"{ask_href}?{urlencode({'from': place})}" if place else ask_href,
        time_href=address("time-left"),
        stay_href=address("stay"),
        place=place,
        warn_at=settings.SESSION_WARNING_SECONDS,
        is_last=is_last,
    )

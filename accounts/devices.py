"""The browsers in which a person is signed in: noting them, and signing them out."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.http import HttpRequest

from accounts import sessions
from accounts.browsers import kind_of
from accounts.mail import Message, tell
from accounts.models import SignedInDevice, User
from accounts.same_browser import mark_browser
from audit import log

HERE = "device"
"""Where a session keeps the id of its row in the list of devices."""


def note_device(request: HttpRequest, *, factor: str, now: datetime) -> SignedInDevice:
    """Put this browser on the list of its user, once both factors are there and the session has its last key.

    `factor` is one of `accounts.signing_in.KINDS`. Whoever has used the portal before is told by e-mail of a
    kind of browser that is new to them. A session that is on the list already stays the same row.
    """
    user = User.objects.get(pk=request.user.pk)  # type: ignore[misc]
    with transaction.atomic():
        _lock(user)
        _follow(request.session)
        _end_forgotten(user, now)
        device = user.signed_in_devices.filter(pk__in=_here(request.session), ended_at=None).first()
        device = device or _new_device(user, kind_of(request.headers.get("User-Agent", "")), now)
        device.factor, device.session_key = factor, request.session.session_key or ""
        device.browser_hash = mark_browser(request)
        device.save()
    request.session[HERE] = str(device.pk)
    return device


def _new_device(user: User, kind: str, now: datetime) -> SignedInDevice:
    earlier = set(user.signed_in_devices.values_list("kind", flat=True))
    if earlier and kind not in earlier:
        tell(user, Message.NEW_DEVICE)
    return SignedInDevice(user=user, kind=kind, began_at=now)


def end_here(request: HttpRequest, *, now: datetime) -> None:
    """Mark the session of this request as over; the caller ends the session itself."""
    devices = SignedInDevice.objects.filter(pk__in=_here(request.session), ended_at=None)
    devices.update(ended_at=now, session_key="")


def find_devices(user: User, *, now: datetime) -> list[SignedInDevice]:
    """Where a person is signed in at this moment, the newest first."""
    devices = list(user.signed_in_devices.filter(ended_at=None).order_by("-began_at", "id"))
    ends = _ends_of(devices)
    return [one for one in devices if one.session_key in ends and ends[one.session_key] > now]


def sign_out_device(user: User, device_id: UUID, *, now: datetime) -> bool:
    """End one session of a person's; False when they have no such device that is still signed in."""
    return _sign_out(user, user.signed_in_devices.filter(pk=device_id), now) > 0


def sign_out_others(user: User, *, keep: SessionBase, now: datetime) -> int:
    """End every session of a person's but one, and say how many ended.

    `keep` is `request.session`; call this after its key has changed (`update_session_auth_hash`).
    """
    _follow(keep)
    return _sign_out(user, user.signed_in_devices.exclude(pk__in=_here(keep)), now)


def sign_out_everywhere(user: User, *, now: datetime) -> int:
    """End every session of a person's, and say how many ended."""
    return _sign_out(user, user.signed_in_devices.all(), now)


def _sign_out(user: User, devices: models.QuerySet[SignedInDevice], now: datetime) -> int:
    with transaction.atomic():
        _lock(user)
        _end_forgotten(user, now)
        ending = list(devices.filter(ended_at=None))
        Session.objects.filter(session_key__in=[one.session_key for one in ending]).delete()
        for one in ending:
            one.ended_at, one.session_key = now, ""
            one.save(update_fields=["ended_at", "session_key"])
            log.record("device signed out", at=now, actor_id=user.pk, details={"device": one.pk})
    return len(ending)


def _end_forgotten(user: User, now: datetime) -> None:
    """Mark sessions that ended without another request: their time passed, and nobody came back."""
    devices = list(user.signed_in_devices.filter(ended_at=None))
    ends = _ends_of(devices)
    longest = timedelta(seconds=settings.SESSION_WHOLE_SECONDS)
    for one in devices:
        end = ends.get(one.session_key, min(now, one.began_at + longest))
        if end <= now:
            one.ended_at, one.session_key = end, ""
            one.save(update_fields=["ended_at", "session_key"])


def _ends_of(devices: list[SignedInDevice]) -> dict[str, datetime]:
    """When the sessions of some devices end; those that are gone are left out."""
    ends = {}
    for session in Session.objects.filter(session_key__in=[one.session_key for one in devices]):
        found = sessions.find_end(session.get_decoded())
        ends[session.session_key] = found.at if found else session.expire_date
    return ends


def _lock(user: User) -> None:
    """One at a time for each person, so that a sign-in and a "sign out everywhere" do not miss each other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _follow(session: SessionBase) -> None:
    """Let the row of a session know its present key."""
    here = SignedInDevice.objects.filter(pk__in=_here(session), ended_at=None)
    here.update(session_key=session.session_key or "")


def _here(session: SessionBase) -> list[str]:
    return [session[HERE]] if HERE in session else []

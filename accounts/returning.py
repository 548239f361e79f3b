"""Where a person was when their session ended: for that person alone, should they sign in again."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User, Viewer

KEPT = "return_to"
"""Where the session of nobody keeps a place."""
LAST = "last_page"
"""Where a session keeps the page of its last note, for browsers that do not say where they come from."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and whose it is."""

    user_id: UUID
    path: str

    def is_for(self, viewer: Viewer) -> bool:
        """Whether this person was there."""
        return viewer.is_authenticated and viewer.pk == self.user_id


def find_path(request: HttpRequest) -> str:
    """The page that somebody looks at, with its query; empty where that is no page to go back to.

    After a form was sent, and for what a script asks, it is the page that did so.
    """
    path = request.get_full_path()
    is_looked_at = request.method in ("GET", "HEAD") and (
        request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    )
    if is_looked_at and _is_page(path):
        return path
    came_from = _came_from(request)
    return came_from if _is_page(came_from) else ""


def _came_from(request: HttpRequest) -> str:
    try:
        address = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # http://[ and the like
        return ""
    is_ours = address.netloc == request.get_host()
    return address._replace(scheme="", netloc="", fragment="").geturl() if is_ours else ""


def _is_page(path: str) -> bool:
    """Whether a path is the start page or one that needs sign-in: others are of use only once, or to anyone."""
    if path == "/":
        return True
    if not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return False
    try:
        view = resolve(urlsplit(path).path).func
    except Resolver404:
        return False
    return getattr(view, "login_required", True) and not getattr(
        view, "before_second_factor", False
    )


def seal(place: Place) -> str:
    """A place as a token that only we can read or make; the same place gives the same token."""
    sealed = _box().encrypt(f"{place.user_id.hex}{place.path}".encode(), None)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(token: str) -> Place | None:
    """The place in a token; None if it is not one of ours."""
    try:
        words = _box().decrypt(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), None)
    except (binascii.Error, InvalidTag, ValueError):
        return None
    return Place(UUID(words[:32].decode()), words[32:].decode())


def _box() -> AESSIV:
    return AESSIV(salted_hmac("accounts.returning", "place", algorithm="sha512").digest())


def find_place(request: HttpRequest) -> Place | None:
    """Where the person is who sends a request, as nearly as it can be told; None for a visitor."""
    if not request.user.is_authenticated:
        return None
    path = find_path(request) or request.session.get(LAST, "/")
    return Place(request.user.pk, path)


def keep(session: SessionBase, place: Place | None) -> None:
    """Remember a place in the session of nobody, on the server only."""
    if place and place.path != "/":
        session[KEPT] = {"user": str(place.user_id), "path": place.path}


def flush_for(session: SessionBase, user: User) -> None:
    """Empty a session before a person signs in, but for the place that is theirs."""
    kept = session.get(KEPT)
    session.flush()
    if _belongs(kept, user):
        session[KEPT] = kept


def take(session: SessionBase, viewer: Viewer) -> str:
    """The path of the place that a session kept, once, and only for the person who was there; else empty."""
    kept = session.pop(KEPT) if KEPT in session else None
    return kept["path"] if kept and _belongs(kept, viewer) else ""


def _belongs(kept: dict[str, Any] | None, viewer: Viewer) -> bool:
    return bool(kept and viewer.is_authenticated and kept["user"] == str(viewer.pk))

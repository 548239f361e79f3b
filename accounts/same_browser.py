"""Whether two people sign in with one browser: whoever lends it may read what the other reads (R4.4, R4.5)."""

import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.hashing import hash_of
from accounts.models import SignedInDevice, User

COOKIE = "browser"
"""With the prefix of the other cookies where the portal is served over https."""
KEPT_SECONDS = 180 * 24 * 60 * 60
MARK = re.compile(r"[A-Za-z0-9_-]{32}")


def mark_browser(request: HttpRequest) -> str:
    """The hash of this browser's mark, which the answer gives it, new or once more; it says nothing of its owner."""
    # one that a browser got before there was a prefix is the same mark
    mark = request.COOKIES.get(settings.COOKIE_PREFIX + COOKIE) or request.COOKIES.get(COOKIE, "")
    if not MARK.fullmatch(mark):
        mark = secrets.token_urlsafe(24)
    request.browser_mark = mark  # type: ignore[attr-defined]
    return hash_of("browser", mark)


def share_a_browser(one: User, other: User) -> bool:
    """Whether both have signed in with the same browser, as far as it kept its mark."""
    marked = SignedInDevice.objects.exclude(browser_hash="")
    theirs = marked.filter(user=other).values("browser_hash")
    return one.pk != other.pk and marked.filter(user=one, browser_hash__in=theirs).exists()


class BrowserMark:
    """Gives the mark to the browser in which somebody has just signed in with both factors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with the cookie where a sign-in was just completed."""
        response = self.get_response(request)
        if mark := getattr(request, "browser_mark", ""):
            response.set_cookie(
                settings.COOKIE_PREFIX + COOKIE, mark, max_age=KEPT_SECONDS, secure=settings.SESSION_COOKIE_SECURE,
                httponly=True, samesite="Lax",
            )  # fmt: skip
        return response


__all__ = ["BrowserMark", "mark_browser", "share_a_browser"]

"""What every request passes through: an id, no caching, the limits of a session, and the sign-in."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from audit import log

GetResponse = Callable[[HttpRequest], HttpResponse]
IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)


class RequestId:
    """Gives each request an id, which its audit events carry."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the id for as long as the request lasts."""
        with log.request_id(uuid.uuid4().hex):
            return self.get_response(request)


class NotStored:
    """Keeps every page out of every cache, so that the back button shows nothing of anyone (R5.3)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the response."""
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response


class SessionLimits:
    """Ends a session after 30 minutes idle or 12 hours in all (R3.4)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign out whoever has been away too long, and note that the others are here."""
        if request.session.get("_auth_user_id"):
            now = timezone.now()
            if self.is_over(request, now):
                logout(request)
            else:
                self.note(request, now)
        return self.get_response(request)

    def is_over(self, request: HttpRequest, now: datetime) -> bool:
        """Whether either limit has passed."""
        began, seen = request.session.get("began_at"), request.session.get("seen_at")
        if not began or not seen:
            return False
        return (
            now - datetime.fromisoformat(began) > WHOLE or now - datetime.fromisoformat(seen) > IDLE
        )

    def note(self, request: HttpRequest, now: datetime) -> None:
        """Write down that the person was here, at most once a minute: each note is a database write."""
        request.session.setdefault("began_at", now.isoformat())
        seen = request.session.get("seen_at")
        if not seen or now - datetime.fromisoformat(seen) > NOTED_EVERY:
            request.session["seen_at"] = now.isoformat()


class SignInRequired(LoginRequiredMiddleware):
    """Asks for sign-in and second factor on every page that is not on the list of public pages (R3.9)."""

    def process_view(self, request, view_func, view_args, view_kwargs):  # type: ignore[no-untyped-def]
        """Send the visitor to the step that is missing; None lets the view answer."""
        asked = super().process_view(request, view_func, view_args, view_kwargs)
        if asked or not getattr(view_func, "login_required", True):
            return asked
        if request.user.is_verified() or getattr(view_func, "before_second_factor", False):
            return None
        query = QueryDict(mutable=True)
        query["next"] = request.path
        return redirect(f"{reverse('accounts:second-factor')}?{query.urlencode(safe='/')}")

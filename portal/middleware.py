"""What every request passes through: an id, no caching, the limits of a session, and the sign-in."""

import uuid
from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import sessions
from accounts.browsers import kind_of
from audit import log
from portal.sessions import end_session, note_use

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestId:
    """Gives each request an id, which its audit events carry with the kind of device."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the id, and the kind of device if the request says anything of it, for as long as it lasts."""
        said = request.headers.get("User-Agent", "")
        with log.request_id(uuid.uuid4().hex, kind_of(said) if said else ""):
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
        """Sign out whoever has been away too long; a session that begins here counts from here."""
        now = timezone.now()
        if is_signed_in(request) and sessions.is_over(request.session, now):
            end_session(request, now=now)
            request.was_ended = True  # type: ignore[attr-defined]
        response = self.get_response(request)
        if is_signed_in(request) and sessions.find_end(request.session) is None:
            sessions.stay(request.session, now)
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):  # type: ignore[no-untyped-def]
        """Note that the person is here, unless only their browser is."""
        if is_signed_in(request) and not getattr(view_func, "is_no_activity", False):
            note_use(request, now=timezone.now())


def is_signed_in(request: HttpRequest) -> bool:
    """Whether a session is anybody's, without asking the database who."""
    return bool(request.session.get("_auth_user_id"))


class SignInRequired(LoginRequiredMiddleware):
    """Asks for sign-in and second factor on every page that is not on the list of public pages (R3.9)."""

    def process_view(self, request, view_func, view_args, view_kwargs):  # type: ignore[no-untyped-def]
        """Send the visitor to the step that is missing; None lets the view answer."""
        asked = super().process_view(request, view_func, view_args, view_kwargs)
        if asked and getattr(request, "was_ended", False):
            return redirect("signed-out")
        if asked or not getattr(view_func, "login_required", True):
            return asked
        if request.user.is_verified() or getattr(view_func, "before_second_factor", False):
            return None
        query = QueryDict(mutable=True)
        query["next"] = request.path
        return redirect(f"{reverse('accounts:second-factor')}?{query.urlencode(safe='/')}")

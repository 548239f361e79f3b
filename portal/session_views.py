"""Asking whether somebody is still there, before their session ends (R3.4).

None of these pages counts as doing something, but for the button.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import returning, sessions
from accounts.returning import Place
from portal.sessions import describe, given_place


@require_safe
@login_not_required
def still_there(request: HttpRequest) -> HttpResponse:
    """Say that the session is about to end, and offer to stay; go back where somebody was active elsewhere."""
    now, found = timezone.now(), sessions.find_end(request.session)
    place = given_place(request) or returning.find_place(request)
    if place is None or found is None:
        return redirect("signed-out")
    if not (sessions.is_warned(request.session, found, now) and place.is_for(request.user)):
        return redirect(path_of(place, request))
    seconds = found.seconds_left(now)
    warning = describe(ask_in=seconds, place=returning.seal(place))
    request.session_end = warning  # type: ignore[attr-defined]
    ends_at = timezone.localtime(found.at).time()
    context = {"is_fixed": found.is_fixed, "seconds": seconds, "ends_at": ends_at}
    return render(request, "sessions/still_there.html", context)


@require_POST
@login_not_required
def stay(request: HttpRequest) -> HttpResponse:
    """Count idle time from now on, and go back; a script gets the time that is left instead."""
    if not request.user.is_authenticated:
        return redirect("signed-out")
    sessions.stay(request.session, timezone.now())
    if not request.accepts("text/html"):
        return answer_time(request)
    return redirect(path_of(given_place(request), request))


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def time_left(request: HttpRequest) -> HttpResponse:
    """How long the session still is, for the script of a page.

    The script sends the token of its forms along: that is refused (403) if by now somebody else has signed in.
    """
    return answer_time(request)


@require_safe
@login_not_required
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say why somebody was signed out, and how to go on."""
    if request.user.is_authenticated:
        return redirect("home")
    return render(
        request, "sessions/signed_out.html", {"can_go_back": returning.KEPT in request.session}
    )


for _view in (still_there, stay, time_left):
    _view.is_no_activity = True  # type: ignore[attr-defined]


def answer_time(request: HttpRequest) -> JsonResponse:
    """What is left of the session: nothing for a visitor."""
    found = sessions.find_end(request.session) if request.user.is_authenticated else None
    if found is None:
        return JsonResponse({"seconds": 0, "isFixed": True})
    seconds = found.seconds_left(timezone.now())
    return JsonResponse({"seconds": seconds, "isFixed": found.is_fixed})


def path_of(place: Place | None, request: HttpRequest) -> str:
    """Where this person was; the start page for anybody else."""
    return place.path if place and place.is_for(request.user) else "/"

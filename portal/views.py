"""The front page, whether the portal is alive, and the pages for what went wrong."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.staff import Desk, find_desk
from portal.content import front_page_cards
from portal.demo.emails import sent_emails
from portal.demo.signing_in import accounts_with_codes, is_demo
from proxy_access.ages import told_on_start
from proxy_access.inviting import invitations_of
from proxy_access.telling import tells_of_end
from records.grants import records_to_choose


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The front page: signed out what this is, signed in the records and the desk that are yours."""
    user = request.user
    if not (user.is_authenticated and user.is_verified()):  # type: ignore[attr-defined]
        return render(request, "portal/front.html", {"user": user, "cards": front_page_cards()})
    now = timezone.now()
    desk = find_desk(viewer=user, now=now)
    today = timezone.localdate(now)
    people = records_to_choose(user, on=today, at=now)
    context = {
        "user": user,
        "people": people,
        "ends_soon": any(
            tells_of_end(access.patient, today=today) for access in people if access.is_own_record
        ),
        "coming": {each.patient.pk: told_on_start(each, today=today) for each in people},
        "desk": desk if isinstance(desk, Desk) else None,
        "invitations": invitations_of(user, now=now),
    }
    return render(request, "portal/home.html", context)


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers too."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@login_not_required
def demo(request: HttpRequest) -> HttpResponse:
    """Who can sign in to the demo; there is no such page elsewhere."""
    if not is_demo():
        raise Http404
    return render(request, "portal/demo.html", {"accounts": accounts_with_codes()})


@require_safe
@login_not_required
def demo_emails(request: HttpRequest) -> HttpResponse:
    """What the demo would have sent; there is no such page elsewhere."""
    if not is_demo():
        raise Http404
    return render(request, "portal/demo_emails.html", {"emails": sent_emails()})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request made no sense, or that the database was away when a session was kept."""
    if was_away(exception):
        return not_available()
    return render(request, "errors/400.html", {}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this is not allowed."""
    return render(request, "errors/403.html", {}, status=403)


def forgery_suspected(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old or came from elsewhere."""
    return render(request, "errors/403_csrf.html", {}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is no such page: the same whether it never was or may not be known of."""
    return render(request, "errors/404.html", {}, status=404)


DATABASE_AWAY = (OperationalError, InterfaceError)
RETRY_AFTER = "10"
"""Seconds: about as long as a database takes to come back from a restart."""


def was_away(error: BaseException | None) -> bool:
    """Whether an error came of the database's being away, at however many removes."""
    while error and not isinstance(error, DATABASE_AWAY):
        error = error.__cause__ or error.__context__
    return error is not None


def not_available() -> HttpResponse:
    """Say that the database is away, and when to ask again."""
    page = render_to_string("errors/503.html")
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER})


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke, as 503 where the database was away; never shown in place of a record's state (R6.2)."""
    # without the request: nothing that could fail a second time
    if was_away(sys.exception()):
        return not_available()
    return HttpResponse(render_to_string("errors/500.html"), status=500)

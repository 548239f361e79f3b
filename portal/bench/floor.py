"""What the pages are compared with: the least that a signed-in page can do here."""

import os
from pathlib import Path

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import OnlineRegistration


@require_safe
def floor(request: HttpRequest, page: str) -> HttpResponse:
    """The bytes of a page from a template without logic, after one query by an index.

    The middleware is the portal's own, so session, user and second factor are checked as everywhere.
    """
    OnlineRegistration.objects.get(
        user=request.user,  # type: ignore[misc]
        ended_on=None,
    )
    return render(request, template_of(page), {})


@require_safe
def processes(request: HttpRequest) -> JsonResponse:
    """The ids of the two processes that answer: this one, and PostgreSQL's."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return JsonResponse({"web": os.getpid(), "database": cursor.fetchone()[0]})


def template_of(page: str) -> str:
    """The name of the template that holds a page's bytes."""
    return f"floor-{page}.html"


def keep(folder: Path, page: str, content: bytes) -> None:
    """Make a template of a page's bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    text = content.decode()
    # Jinja takes one line break off the end
    (folder / template_of(page)).write_text(f"{{% raw %}}{text}{{% endraw %}}\n", newline="")

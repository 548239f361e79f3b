"""The public pages: what the portal is, how to get a record, help; written in content/*.md."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.checks import CheckMessage, Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.content import BrokenContent, pages, trail


@require_safe
@login_not_required
def guidance(request: HttpRequest, page: str = "") -> HttpResponse:
    """One public page, by the name of its file."""
    found = pages().get(page)
    if found is None:
        raise Http404
    return render(request, "guidance/page.html", {"page": found, "trail": trail(found)})


def check_content(**_: Any) -> list[CheckMessage]:
    """Whether every public page can be read; each problem names its file."""
    try:
        pages()
    except BrokenContent as broken:
        return [Error(problem, id="portal.E001") for problem in broken.problems]
    return []

"""What a supplier's system is told when something is wrong (RFC 9457)."""

import json
import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


class Problem(Exception):
    """Something is wrong with what was asked; it becomes the answer.

    `kind` names it for a program, `detail` says in one sentence what is wrong and what to do.
    """

    def __init__(self, status: HTTPStatus, kind: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> HttpResponse:
        """The answer as `application/problem+json`."""
        body = {
            "type": f"urn:gp-record:problem:{self.kind}", "title": self.status.phrase,
            "status": self.status.value, "detail": self.detail,
        }  # fmt: skip
        return HttpResponse(
            json.dumps(body), status=self.status, content_type="application/problem+json",
            headers=self.headers,
        )  # fmt: skip


def answers_suppliers(*methods: str) -> Callable[[View], View]:
    """A view for a supplier's system: no cookie says who asks, and every fault is a problem in JSON."""

    def decorated(view: View) -> View:
        @csrf_exempt  # a key proves who asks: a browser has none that it would send by itself
        @login_not_required
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Problem(
                        HTTPStatus.METHOD_NOT_ALLOWED, "method", f"Use {' or '.join(methods)} here.",
                        Allow=", ".join(methods),
                    )  # fmt: skip
                return view(request, *args, **values)
            except Problem as problem:
                return problem.answer()

        return answered

    return decorated


def header(request: HttpRequest, name: str) -> str:
    """A header's text, "" where it is not there."""
    value: str = request.headers.get(name, "")
    return value


def is_plain(text: str) -> bool:
    """Whether a name that a system made is 1 to 200 letters, digits and marks of ASCII, without spaces."""
    return re.fullmatch(r"[\x21-\x7e]{1,200}", text) is not None

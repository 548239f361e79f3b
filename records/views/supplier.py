"""Where a supplier's system sends extracts to: a token, an extract, what became of it, and the description."""

import json
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone

from audit import log
from records.models import ReceivedExtract, Supplier
from records.supplier.assertions import NotWhoTheySay, supplier_of
from records.supplier.description import description
from records.supplier.problems import Problem, answers_suppliers, header
from records.supplier.receiving import check_headers, receive, surgery_for
from records.supplier.refusing import refuse
from records.supplier.token_form import assertion_in
from records.supplier.tokens import LIFETIME, holder_of, make_token


@answers_suppliers("POST")
def token(request: HttpRequest) -> HttpResponse:
    """Give a token for an assertion, as RFC 6749 and 7523 say; refusals are theirs too."""
    now = timezone.now()
    audience = settings.PORTAL_URL + reverse("records:supplier-token")
    try:
        supplier, kid = supplier_of(assertion_in(request), audience=audience, now=now)
    except NotWhoTheySay as error:
        return refuse(request, error, now=now)
    log.record("supplier token asked for", at=now, actor_id=supplier.pk)
    return JsonResponse({
        "access_token": make_token(supplier, kid, now=now), "token_type": "Bearer",
        "expires_in": int(LIFETIME.total_seconds()),
    })  # fmt: skip


@answers_suppliers("POST")
def extracts(request: HttpRequest) -> HttpResponse:
    """Take an extract in, and say where to ask what became of it."""
    now = timezone.now()
    supplier = _sender_of(request)
    key = check_headers(request)
    surgery = surgery_for(supplier, request.GET.get("surgery", ""), now=now)
    received = receive(request, supplier, surgery, key, now=now)
    answer = JsonResponse(_told(received), status=HTTPStatus.ACCEPTED)
    answer.headers["Location"] = _place(received)
    return answer


@answers_suppliers("GET")
def extract(request: HttpRequest, extract_id: UUID) -> HttpResponse:
    """What became of an extract that this system sent."""
    supplier = _sender_of(request)
    received = ReceivedExtract.objects.filter(supplier=supplier, pk=extract_id).first()
    if received is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, "no-extract", "This system sent no extract with that id."
        )
    return JsonResponse(_told(received))


@answers_suppliers("GET")
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of these addresses, as OpenAPI 3.1."""
    return HttpResponse(json.dumps(description(), indent=1), content_type="application/json")


@answers_suppliers("GET", "POST")
def elsewhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Say that nothing is here, as every fault is told to a program."""
    raise Problem(HTTPStatus.NOT_FOUND, "no-address", "There is nothing at this address.")


def _sender_of(request: HttpRequest) -> Supplier:
    kind, _, given = header(request, "Authorization").partition(" ")
    supplier = holder_of(given, now=timezone.now()) if kind.lower() == "bearer" else None
    if supplier is None:
        raise Problem(
            HTTPStatus.UNAUTHORIZED, "token",
            "Send a token that is still good: get one from /supplier/token.",
            WWW_Authenticate='Bearer realm="extracts"',
        )  # fmt: skip
    return supplier


def _told(received: ReceivedExtract) -> dict[str, object]:
    return {
        "id": str(received.id), "state": received.state, "reason": received.reason,
        "counts": received.counts, "received_at": received.received_at.isoformat(),
        "ended_at": received.ended_at and received.ended_at.isoformat(),
        "status": _place(received),
    }  # fmt: skip


def _place(received: ReceivedExtract) -> str:
    return settings.PORTAL_URL + reverse("records:supplier-extract", args=[received.id])

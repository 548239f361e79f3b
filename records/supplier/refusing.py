"""Attempts to get a token that are refused: how many from one place are told and written down (R9.1)."""

import logging
from datetime import datetime, timedelta
from http import HTTPStatus

from django.http import HttpRequest, JsonResponse

from accounts.addresses import client_address
from accounts.tries import Limit, may_try
from audit import log
from audit.models import Outcome
from records.supplier.assertions import NotWhoTheySay
from records.supplier.problems import Problem

logger = logging.getLogger("portal.suppliers")

FROM_ONE_PLACE = Limit("refused tokens from one place", 20, timedelta(hours=1))
FROM_ANYWHERE = Limit("refused tokens", 500, timedelta(hours=1))
"""A log that is only ever added to must not be filled by whoever likes to."""


def refuse(request: HttpRequest, error: NotWhoTheySay, *, now: datetime) -> JsonResponse:
    """Say why an assertion is refused, and write it down; raises Problem where the same place tried too often.

    Only refusals count, and a good assertion is taken however many there were: nobody can shut out a supplier by trying
    from its network, or from behind a proxy that hides who asks.
    """
    if not may_try(FROM_ONE_PLACE, client_address(request), now=now):
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS, "too-many",
            "Too many assertions from this address were refused: put it right and try again in an hour.",
            Retry_After=str(int(FROM_ONE_PLACE.within.total_seconds())),
        )  # fmt: skip
    if may_try(FROM_ANYWHERE, "", now=now):
        log.record(
            "supplier token asked for", at=now, actor_id=None, about=str(error)[:200],
            outcome=Outcome.REFUSED,
        )  # fmt: skip
    else:
        logger.warning(
            "a token was refused, and is not in the audit log: too many were in this hour"
        )
    told = {"error": "invalid_client", "error_description": f"The assertion: {error}."}
    return JsonResponse(told, status=HTTPStatus.UNAUTHORIZED)

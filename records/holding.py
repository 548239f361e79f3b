"""Reading while somebody acts for a patient: what is read counts only if it was still open once all was read (R4.8, R5.2)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils import timezone

from proxy_access.access import Refusal, hold
from records.grants import with_levels
from records.visibility import RecordAccess

Answer = Callable[[RecordAccess], HttpResponse]


def read_held(
    access: RecordAccess, answer: Answer, *, now: datetime
) -> HttpResponse | Http404 | Refusal:
    """What a page answers a proxy, while nobody ends or narrows their access; a refusal where somebody just did.

    What closes a record to all, or a death, waits for nobody who reads. So it is asked again once all is read, and what
    was read is thrown away where it is not open as it was.
    """
    given: HttpResponse | Http404 | None = None
    while given is None:
        with transaction.atomic():
            held = hold(access.access, on=timezone.localdate(now), at=now)
            if isinstance(held, Refusal):
                return held
            access = replace(access, access=held)
            given = _given(access, answer)
            after = access if _shows_nothing(given) else still_open(access, now=now)
            if after != access:
                given = None
                transaction.set_rollback(True)
        if isinstance(after, Refusal):
            return after
        access = after
    return given


def still_open(access: RecordAccess, *, now: datetime) -> RecordAccess | Refusal:
    """The same access as it is now: the grant is held until the transaction ends, the patient's decision is read anew."""
    held = hold(access.access, on=timezone.localdate(now), at=now)
    return held if isinstance(held, Refusal) else with_levels(held)


def _given(access: RecordAccess, answer: Answer) -> HttpResponse | Http404:
    try:
        return answer(access)
    except Http404 as error:  # raised from in here, it would undo its own line of the log
        return error


def _shows_nothing(given: HttpResponse | Http404) -> bool:
    """Whether it only leads elsewhere: whoever resigns has ended the access under which they do."""
    return isinstance(given, HttpResponse) and given.status_code == 302

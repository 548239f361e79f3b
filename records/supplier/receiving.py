"""Taking in what a supplier sends: whole or not at all, and once for each idempotency key."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, UnreadablePostError

from audit import log
from audit.models import Outcome
from records.importing.files import LIMIT
from records.models import ReceivedExtract, Supplier
from records.supplier import spool
from records.supplier.loading import load_received
from records.supplier.problems import Problem, header, is_plain
from surgeries.models import Surgery

Reader = Callable[[int], bytes]
"""Gives at most so many bytes more, and none at the end."""
MOST_WAITING = 1000
"""Extracts of one supplier that may wait: more means that nothing loads them."""
MOST_BYTES_WAITING = 4 * 2**30
"""What they may have together, sealed on the disk until they are loaded."""
TYPES = {"application/fhir+json", "application/json"}
BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
"""What may stand before an object: the mark of UTF-8, and white space."""
TOO_LARGE = Problem(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large",
    f"An extract may have {LIMIT // 2**20} MB: send one record at a time.",
)  # fmt: skip


def surgery_for(supplier: Supplier, ods_code: str, *, now: datetime) -> Surgery:
    """The surgery to send for; one for which the system may not send is as one that is not here."""
    is_code = re.fullmatch(r"[A-Za-z0-9]{3,10}", ods_code)
    found = (
        supplier.surgeries.filter(ods_code=ods_code.upper()) if is_code else Surgery.objects.none()
    )
    surgery: Surgery | None = found.first()
    if surgery is None:
        log.record(
            "extract sent", at=now, actor_id=supplier.pk, about="for another surgery",
            outcome=Outcome.REFUSED,
        )  # fmt: skip
        raise Problem(
            HTTPStatus.FORBIDDEN, "surgery",
            "This system may not send for that surgery: ask the surgery to have it added.",
        )  # fmt: skip
    return surgery


def check_headers(request: HttpRequest) -> str:
    """The idempotency key of a request whose headers are as they must be; raises Problem."""
    key = header(request, "Idempotency-Key")
    if not is_plain(key):
        raise Problem(
            HTTPStatus.BAD_REQUEST, "idempotency-key",
            "Send an Idempotency-Key of 1 to 200 characters without spaces, a new one for each extract.",
        )  # fmt: skip
    if request.content_type not in TYPES or header(request, "Content-Encoding"):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media-type",
            "Send application/fhir+json without a Content-Encoding.",
        )  # fmt: skip
    declared = _declared(request)
    if declared is None:
        raise Problem(
            HTTPStatus.LENGTH_REQUIRED, "length", "Send a Content-Length, not a chunked body."
        )
    if declared > LIMIT:
        raise TOO_LARGE
    return key


def receive(
    request: HttpRequest, supplier: Supplier, surgery: Surgery, key: str, *, now: datetime
) -> ReceivedExtract:
    """Keep the body of a request until it is loaded; the same key with the same body is the same extract."""
    if ReceivedExtract.objects.filter(supplier=supplier, idempotency_key=key).exists():
        # nothing more waits for this, however many do
        return _sent_before(supplier, surgery, key, _take_whole(request, spool.measure).digest)
    _refuse_more_than_may_wait(supplier, _declared(request) or 0)
    id_ = uuid4()
    kept = _take_whole(request, partial(spool.keep, id_))
    try:
        with transaction.atomic():
            received = ReceivedExtract.objects.create(
                id=id_, supplier=supplier, surgery=surgery, idempotency_key=key,
                digest=kept.digest, size=kept.size, received_at=now,
            )  # fmt: skip
            log.record("extract sent", at=now, actor_id=supplier.pk, about=f"extract {id_}",
                       details={"surgery": surgery.ods_code, "bytes": kept.size})  # fmt: skip
            load_received.enqueue(str(id_))
    except IntegrityError:
        spool.drop(id_)
        return _sent_before(supplier, surgery, key, kept.digest)
    except BaseException:
        spool.drop(id_)
        raise
    return received


def _refuse_more_than_may_wait(supplier: Supplier, size: int) -> None:
    """Raise Problem where too many extracts of a supplier wait, or so many bytes with those that are to come."""
    waiting = ReceivedExtract.objects.filter(supplier=supplier, state="waiting")
    held = waiting.aggregate(count=Count("*"), size=Coalesce(Sum("size"), 0))
    if held["count"] >= MOST_WAITING or held["size"] + size > MOST_BYTES_WAITING:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS, "too-many", "Too many extracts wait: try again later.",
            Retry_After="60",
        )  # fmt: skip


def _take_whole(request: HttpRequest, take: Callable[[Reader], spool.Kept]) -> spool.Kept:
    """What `take` makes of the body of a request; raises Problem where that is not whole or is too large."""
    size = _declared(request)
    try:
        return take(_ending_at(size, _beginning_as_json(request.read)))
    except spool.TooLarge as error:
        raise TOO_LARGE from error
    except UnreadablePostError as error:
        raise _cut_short() from error


def _ending_at(size: int | None, read: Reader) -> Reader:
    """The same, but for what ends before or after its length, or is empty."""
    taken = 0

    def checked(most: int) -> bytes:
        nonlocal taken
        piece = read(most)
        taken += len(piece)
        if not piece and (not taken or taken != size):
            raise _cut_short()
        return piece

    return checked


def _beginning_as_json(read: Reader) -> Reader:
    """The same, but for what cannot be a Bundle from its first byte on: whoever sends that is told at once."""
    is_first = True

    def checked(size: int) -> bytes:
        nonlocal is_first
        piece = read(size)
        if is_first and piece and not piece.lstrip(BEFORE_JSON).startswith(b"{"):
            raise Problem(
                HTTPStatus.BAD_REQUEST, "no-bundle", "Send one FHIR Bundle, as a JSON object."
            )
        is_first = False
        return piece

    return checked


def _cut_short() -> Problem:
    return Problem(
        HTTPStatus.BAD_REQUEST, "cut-short",
        "The body ended before its Content-Length, or is empty: send the whole extract again.",
    )  # fmt: skip


def _declared(request: HttpRequest) -> int | None:
    """The number of bytes that the request says it has, if it says."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def _sent_before(supplier: Supplier, surgery: Surgery, key: str, digest: str) -> ReceivedExtract:
    before = ReceivedExtract.objects.get(supplier=supplier, idempotency_key=key)
    if before.digest != digest or before.surgery_id != surgery.pk:
        raise Problem(
            HTTPStatus.CONFLICT, "key-of-another",
            "This Idempotency-Key was used for another extract or surgery: make a new one.",
        )  # fmt: skip
    return before

"""The one door to a patient's record, and the one for staff.

A view behind a door gets a request and an access, runs inside a transaction that can see this patient's
rows only, and leaves an audit event whether it answered, found nothing or was never reached (R9.1).
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from accounts.returning import find_path
from accounts.sessions import shorten
from accounts.staff import Desk, StaffAccess, StaffRefusal, find_desk, find_staff_access
from audit import log
from audit.models import Outcome
from audit.row_security import rows_of
from proxy_access.access import Refusal, find_access, is_involved
from proxy_access.telling import is_told_over
from records.grants import is_closed_to_all, open_record
from records.holding import read_held
from records.looking import may_look
from records.refusing import surgery_to_ask, words_for
from records.visibility import RecordAccess
from records.warnings import first_page_to_read, has_agreed
from surgeries.models import Patient, Surgery

View = Callable[..., HttpResponse]
Door = Callable[[View], View]


def opens_record(
    *,
    section: str | None = None,
    warned: bool = True,
    own: bool = False,
    action: str = "record opened",
) -> Door:
    """Let a view open a record to whom it may: the patient or someone who acts for them.

    The view is called as `view(request, access, **rest of the address)`. A `section` of the decorator or
    of the address must be open; `own` lets nobody in who acts for the patient. Only the warning pages
    themselves set `warned=False` (R5.1), and are logged under an `action` of their own: who stops there has
    opened nothing.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, patient_id: UUID, **rest: Any) -> HttpResponse:
            now = timezone.now()
            visit = _Visit(request, patient_id, now, _about(view, section, rest))
            access = open_record(viewer=request.user, patient_id=patient_id, now=now)
            if isinstance(access, Refusal):
                return visit.refuse(access)
            _put_name_of(access.patient.surgery, request)
            if warned and not has_agreed(request.session, access):
                return redirect(_warnings_first(request, access))
            wanted = section or rest.get("section")

            def answer(found: RecordAccess) -> HttpResponse:
                if own and not found.is_own_record:
                    return visit.refuse(Refusal.SECTION, access=found, own_only=True)
                if wanted and not found.allows(wanted):
                    return visit.refuse(Refusal.SECTION, access=found)
                return visit.run(action, lambda: view(request, found, **rest))

            return answer(access) if access.is_own_record else visit.held(access, answer)

        door.opens_record = True  # type: ignore[attr-defined]
        return door

    return decorate


def opens_own_access(view: View) -> View:
    """Let a view stop or start a patient's own online access: it opens where the record does, and where the
    patient declined that; to nobody but them.

    The view is called as `view(request, access, is_open=...)` with an access that holds no levels.
    """

    @wraps(view)
    def door(request: HttpRequest, patient_id: UUID) -> HttpResponse:
        now = timezone.now()
        visit = _Visit(request, patient_id, now, _about(view, None, {}))
        record = open_record(viewer=request.user, patient_id=patient_id, now=now)
        if isinstance(record, Refusal) and record is not Refusal.DECLINED:
            return visit.refuse(record)
        access = find_access(viewer=request.user, patient_id=patient_id, now=now)
        if isinstance(access, Refusal) or not access.is_own_record:
            return visit.refuse(Refusal.SECTION, access=record, own_only=True)
        _put_name_of(access.patient.surgery, request)
        is_open = isinstance(record, RecordAccess)
        return visit.run(
            "online access page opened", lambda: view(request, access, is_open=is_open)
        )

    door.opens_record = True  # type: ignore[attr-defined]
    return door


def opens_own_matters(action: str) -> Door:
    """Let a view take what a patient wants of others, whether or not their record is open; from nobody but them.

    The view is called as `view(request, access, record=..., **rest)`, with an access that holds no levels and what
    the record answers its patient now.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, patient_id: UUID, **rest: Any) -> HttpResponse:
            now = timezone.now()
            visit = _Visit(request, patient_id, now, _about(view, None, rest))
            access = find_access(
                viewer=request.user, patient_id=patient_id, now=now, own_matters=True
            )
            if isinstance(access, Refusal):
                return visit.refuse(access)
            record = open_record(viewer=request.user, patient_id=patient_id, now=now)
            if not access.is_own_record:  # to whom a closed record answers as an end does (R5.2)
                if isinstance(record, Refusal):
                    return visit.refuse(record)
                return visit.refuse(Refusal.SECTION, access=record, own_only=True)
            _put_name_of(access.patient.surgery, request)
            return visit.run(action, lambda: view(request, access, record=record, **rest))

        door.opens_record = True  # type: ignore[attr-defined]
        return door

    return decorate


opens_own_request = opens_own_matters("request page opened")
"""To what a patient asks of their surgery (R8.2)."""
opens_own_people = opens_own_matters("people page opened")
"""To who acts for a patient, and to stopping them (R4.8)."""
opens_own_activity = opens_own_matters("activity page opened")
"""To what happened around their access, also while the record itself is closed or paused (R9.2)."""


def opens_for_staff(
    *, needs: Duty | None = None, reasoned: bool = True, action: str = "staff looked"
) -> Door:
    """Let a view open a patient to the staff of their surgery; an act names the duty that it needs (R8.1).

    Whoever has no reason to look is asked for one first: only the page that asks sets `reasoned=False`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, patient_id: UUID, **rest: Any) -> HttpResponse:
            now = timezone.now()
            visit = _Visit(request, patient_id, now, _about(view, None, rest), by_staff=True)
            access = find_staff_access(
                viewer=request.user, patient_id=patient_id, needs=needs, now=now
            )
            if isinstance(access, StaffAccess) and is_involved(access.viewer, patient_id):
                # nobody reads, hides or decides as staff on themself or on whom they act for
                access = StaffRefusal.UNKNOWN
            if isinstance(access, StaffRefusal):
                return visit.refuse(access, needs=(needs,) if needs else ())
            visit.duty = access.duty
            _put_name_of(access.patient.surgery, request)
            shorten(request.session)  # of whoever was appointed since they signed in
            sends = request.method == "POST"
            if reasoned and not may_look(request.session, access, now=now, sends=sends):
                return redirect(_reason_first(request, access))
            return visit.run(action, lambda: view(request, access, **rest))

        door.opens_for_staff, door.needs = True, needs  # type: ignore[attr-defined]
        return door

    return decorate


def opens_desk_to(*needs: Duty) -> Door:
    """Let a view open a surgery's desk, where no patient is named, to staff with one of the duties; of any without."""

    def decorate(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, **rest: Any) -> HttpResponse:
            now = timezone.now()
            desk = find_desk(viewer=request.user, needs=needs, now=now)
            if not isinstance(desk, Desk):
                return _refuse_desk(request, desk, needs, now)
            _put_name_of(desk.surgery, request)
            shorten(request.session)
            return view(request, desk, **rest)

        door.opens_desk, door.needs = True, needs  # type: ignore[attr-defined]
        return door

    return decorate


opens_desk = opens_desk_to()
"""The same, to all of the surgery's staff."""


def _refuse_desk(
    request: HttpRequest, refusal: StaffRefusal, needs: tuple[Duty, ...], now: datetime
) -> HttpResponse:
    """Say no; as 404 to whoever is not staff."""
    log.record(
        "desk opened", at=now, actor_id=request.user.pk, outcome=Outcome.REFUSED,
        about=request.resolver_match.view_name if request.resolver_match else "",
        details={"because": refusal.value},
    )  # fmt: skip
    if refusal is StaffRefusal.UNKNOWN:
        raise Http404
    context = {"refusal": refusal.value, "needs": needs, "access": None, "user": request.user}
    return render(request, "staff/refused.html", context, status=403)


class _Visit:
    """One try to open one patient's pages, for the log."""

    def __init__(
        self,
        request: HttpRequest,
        patient_id: UUID,
        now: datetime,
        about: str,
        *,
        by_staff: bool = False,
    ) -> None:
        self.request, self.patient_id, self.now, self.about = request, patient_id, now, about
        self.by_staff, self.duty = by_staff, ""

    def run(self, action: str, view: Callable[[], HttpResponse]) -> HttpResponse:
        """Answer inside the patient's rows; what cannot be logged is not shown."""
        with rows_of(self.patient_id):
            try:
                response, missing = view(), None
            except Http404 as error:
                response, missing = HttpResponse(), error
            # what could not be shown was not opened
            failed = missing is not None or response.status_code >= 500
            self._log(action, Outcome.NOT_FOUND if failed else Outcome.DONE)
        if missing:
            raise missing
        return response

    def held(
        self, access: RecordAccess, answer: Callable[[RecordAccess], HttpResponse]
    ) -> HttpResponse:
        """Answer a proxy if their access lasts until all is read, and refuse it as an end otherwise (R4.8)."""
        given = read_held(access, answer, now=self.now)
        if isinstance(given, Http404):
            raise given
        if not isinstance(given, Refusal):
            return given
        self.request.surgery_name = ""  # type: ignore[attr-defined]  # an end does not say whose it was (R4.11)
        return self.refuse(given)

    def refuse(self, refusal: Refusal | StaffRefusal, **told: Any) -> HttpResponse:
        """Say no, with what to do next; as 404 where even the patient's existence is a secret."""
        action = "staff looked" if self.by_staff else "record opened"
        self._log(action, Outcome.REFUSED, because=refusal.value, **self._told(refusal))
        if refusal.value == Refusal.UNKNOWN.value:
            raise Http404
        template = "staff" if self.by_staff else "records"
        context = {
            "refusal": refusal.value,
            "user": self.request.user,
            "access": None,
            "own_only": False,
            "needs": (),
            "patient_id": self.patient_id,
            "surgery": surgery_to_ask(refusal, self.patient_id),
            "said": words_for(refusal, self.patient_id),
        }
        return render(self.request, f"{template}/refused.html", context | told, status=403)

    def _told(self, refusal: Refusal | StaffRefusal) -> dict[str, bool]:
        """Whether the patient's own activity may say of somebody who acted for them that they were refused (R4.5).

        Also where their record is closed to all, whoever closed it: a pause that only the surgery ends reads the same (ADR 38).
        """
        if refusal is not Refusal.ENDED:
            return {}
        viewer, patient_id, today = self.request.user, self.patient_id, timezone.localdate(self.now)
        is_told = is_told_over(viewer, patient_id, today=today, at=self.now)  # type: ignore[arg-type]
        return {"told": is_told or is_closed_to_all(patient_id)}

    def _log(self, action: str, outcome: Outcome, **details: str | bool) -> None:
        patient_id: UUID | None = self.patient_id
        if details.get("because") == Refusal.UNKNOWN.value:
            # a made-up id must not begin a chain of its own
            known = Patient.objects.filter(pk=self.patient_id).exists()
            patient_id = self.patient_id if known else None
            details["asked for"] = str(self.patient_id)
        log.record(
            action, at=self.now, actor_id=self.request.user.pk, patient_id=patient_id,
            duty=self.duty, about=self.about, outcome=outcome, details=details,
        )  # fmt: skip


def _put_name_of(surgery: Surgery, request: HttpRequest) -> None:
    """Let the head of the page say whose it is."""
    request.surgery_name = surgery.name  # type: ignore[attr-defined]


def _about(view: View, section: str | None, rest: dict[str, Any]) -> str:
    """Which page, section and entry, for the log: ids and words of ours only."""
    parts = [view.__name__.replace("_", " "), section, *(str(value) for value in rest.values())]
    said = " ".join(part for part in parts if part).replace("\0", "")  # no database keeps a NUL
    return said[:200]


def _reason_first(request: HttpRequest, access: StaffAccess) -> str:
    """The page that asks for the reason; what was sent is not sent again by itself."""
    if request.method == "POST":
        messages.warning(request, NOT_SAVED)
    page = reverse("records:desk-reason", args=[access.patient.pk])
    back_to = QueryDict(mutable=True)
    back_to["next"] = find_path(request)
    return f"{page}?{back_to.urlencode(safe='/')}"


NOT_SAVED = "What you sent was not saved, since your reason to look at this patient is over. Give one, then send it again"


def _warnings_first(request: HttpRequest, access: RecordAccess) -> str:
    page = reverse(
        "records:consider", args=[access.patient.pk, first_page_to_read(request.session, access)]
    )
    here = QueryDict(mutable=True)
    here["next"] = request.get_full_path()
    return f"{page}?{here.urlencode(safe='/')}" if request.method == "GET" else page

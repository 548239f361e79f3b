"""The one door to a patient's record, and the one for staff.

A view behind a door gets a request and an access, runs inside a transaction that can see this patient's
rows only, and leaves an audit event whether it answered, found nothing or was never reached (R9.1).
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import Desk, StaffAccess, StaffRefusal, find_desk, find_staff_access
from audit import log
from audit.models import Outcome
from audit.row_security import rows_of
from proxy_access.access import Refusal, find_access, is_involved
from records.grants import open_record
from records.visibility import RecordAccess
from records.warnings import first_page_to_read, has_agreed
from surgeries.models import Patient, Surgery

TOLD_TO_PATIENTS = frozenset(
    [Refusal.REGISTRATION_OVER, Refusal.PAUSED, Refusal.DENIED, Refusal.DECLINED, Refusal.NO_ACCESS]
)
"""Refusals that only the patient meets: to a proxy all of these are an access that has ended."""
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
            if (own and not access.is_own_record) or (wanted and not access.allows(wanted)):
                return visit.refuse(Refusal.SECTION, access=access)
            return visit.run(action, lambda: view(request, access, **rest))

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
            return visit.refuse(Refusal.SECTION)
        _put_name_of(access.patient.surgery, request)
        is_open = isinstance(record, RecordAccess)
        return visit.run(
            "online access page opened", lambda: view(request, access, is_open=is_open)
        )

    door.opens_record = True  # type: ignore[attr-defined]
    return door


def opens_for_staff(*, needs: Duty | None = None) -> Door:
    """Let a view open a patient to the staff of their surgery; an act names the duty that it needs (R8.1)."""

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
                return visit.refuse(access, needs=needs)
            visit.duty = access.duty
            _put_name_of(access.patient.surgery, request)
            return visit.run("staff looked", lambda: view(request, access, **rest))

        door.opens_for_staff = True  # type: ignore[attr-defined]
        return door

    return decorate


def opens_desk(view: View) -> View:
    """Let a view open a surgery's desk, where no patient is named yet, to its staff."""

    @wraps(view)
    def door(request: HttpRequest, **rest: Any) -> HttpResponse:
        now = timezone.now()
        desk = find_desk(viewer=request.user, now=now)
        if not isinstance(desk, Desk):
            outcome, because = Outcome.REFUSED, {"because": desk.value}
            log.record(
                "desk opened", at=now, actor_id=request.user.pk, outcome=outcome, details=because
            )
            raise Http404
        _put_name_of(desk.surgery, request)
        return view(request, desk, **rest)

    door.opens_desk = True  # type: ignore[attr-defined]
    return door


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
            self._log(action, Outcome.NOT_FOUND if missing else Outcome.DONE)
        if missing:
            raise missing
        return response

    def refuse(self, refusal: Refusal | StaffRefusal, **told: Any) -> HttpResponse:
        """Say no, with what to do next; as 404 where even the patient's existence is a secret."""
        action = "staff looked" if self.by_staff else "record opened"
        self._log(action, Outcome.REFUSED, because=refusal.value)
        if refusal.value == Refusal.UNKNOWN.value:
            raise Http404
        template = "staff" if self.by_staff else "records"
        context = {
            "refusal": refusal.value,
            "user": self.request.user,
            "access": None,
            "needs": None,
            "patient_id": self.patient_id,
            "surgery": _surgery_to_ask(refusal, self.patient_id),
        }
        return render(self.request, f"{template}/refused.html", context | told, status=403)

    def _log(self, action: str, outcome: Outcome, **details: str) -> None:
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


def _surgery_to_ask(refusal: Refusal | StaffRefusal, patient_id: UUID) -> Surgery | None:
    """Whom a patient can ask about their own record; nobody else is told whose it is (R4.8)."""
    if not isinstance(refusal, Refusal) or refusal not in TOLD_TO_PATIENTS:
        return None
    return Surgery.objects.get(patients=patient_id)


def _put_name_of(surgery: Surgery, request: HttpRequest) -> None:
    """Let the head of the page say whose it is."""
    request.surgery_name = surgery.name  # type: ignore[attr-defined]


def _about(view: View, section: str | None, rest: dict[str, Any]) -> str:
    """Which page, section and entry, for the log: ids and words of ours only."""
    parts = [view.__name__.replace("_", " "), section, *(str(value) for value in rest.values())]
    return " ".join(part for part in parts if part)[:200]


def _warnings_first(request: HttpRequest, access: RecordAccess) -> str:
    page = reverse(
        "records:consider", args=[access.patient.pk, first_page_to_read(request.session, access)]
    )
    here = QueryDict(mutable=True)
    here["next"] = request.get_full_path()
    return f"{page}?{here.urlencode(safe='/')}" if request.method == "GET" else page

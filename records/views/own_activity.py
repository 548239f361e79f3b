"""A patient reads what happened around their access, says what looks wrong, and takes and checks receipts (R9.2)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import answer, sent
from audit.models import AuditEvent
from audit.receipts import NoReceipt
from records.doors import opens_own_activity, opens_record
from records.models import ActivityReport
from records.models.activity_report import OPEN_REPORTS
from records.own_activity.checking import check_own, take_receipt
from records.own_activity.filter_forms import FilterForm
from records.own_activity.forms import MOST_BYTES, ReceiptForm, ReportForm
from records.own_activity.reading import find_told, page_for_patient, page_for_proxy
from records.own_activity.reporting import report_event, reports_of
from records.own_activity.telling import by_day, tell_patient, tell_proxy
from records.views.own_activity_asked import asked_of, event_before, keep

NEWEST_REPORTS, PER_PAGE = 5, 25


@require_safe
@opens_own_activity
def activity(request, access, *, record):
    """What happened, the newest first."""
    form, is_asked = asked_of(request, access)
    page = or_404(lambda: page_for_patient(access, form.wanted, before=event_before(request)))
    told = tell_patient(access, page.events, today=timezone.localdate())
    context = {
        "access": access,
        "days": by_day(told),
        "older": page.older,
        "is_first": "before" not in request.GET,
        "form": form,
        "is_asked": is_asked,
        "waiting": waiting_for(access, told),
        "reports": newest_reports(access),
    }
    return render(request, "activity/activity.html", context)


@require_POST
@opens_own_activity
def activity_filtered(request, access, *, record):
    """Keep what is asked for in the session, in no address."""
    form = FilterForm(request.POST, access=access)
    if not form.is_valid():
        return answer(request, "activity/filter.html", form, access=access)
    keep(request, access)
    return redirect("records:activity", access.patient.pk)


@require_POST
@opens_own_activity
def activity_unfiltered(request, access, *, record):
    """Show everything again."""
    keep(request, access, is_all=True)
    return redirect("records:activity", access.patient.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_activity
def activity_wrong(request, access, event_id, *, record):
    """Tell the surgery that an event looks wrong; where that waits already, how it stands."""
    event = or_404(lambda: find_told(access, event_id))
    held = ActivityReport.objects.filter(patient=access.patient, event_id=event_id)
    form, report = ReportForm(sent(request)), held.filter(state__in=OPEN_REPORTS).first()
    if not report and form.is_valid() and (report := reported(form, access, event_id)):
        messages.success(request, f"Sent to {access.patient.surgery.name}")
    if report:
        return redirect("records:activity-report", access.patient.pk, report.id)
    [told] = tell_patient(access, [event], today=timezone.localdate())
    return answer(request, "activity/looks_wrong.html", form, access=access, event=told)


@require_safe
@opens_own_activity
def activity_report(request, access, report_id, *, record):
    """What was said to look wrong, how that stands, and the answer."""
    found = ActivityReport.objects.filter(patient=access.patient, id=report_id)
    reports = reports_of(access, list(found), now=timezone.now())
    if not reports:
        raise Http404
    context = {"access": access, "reported": reports[0], "today": timezone.localdate()}
    return render(request, "activity/report.html", context)


@require_safe
@opens_own_activity
def activity_reports(request, access, *, record):
    """Everything that was said to look wrong, the newest first."""
    found = ActivityReport.objects.filter(patient=access.patient).order_by("-reported_at", "id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    reports = reports_of(access, list(page), now=timezone.now())
    context = {"access": access, "reports": reports, "page": page}
    return render(request, "activity/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_activity
def receipt(request, access, *, record):
    """Check a receipt, or take a new one."""
    form = ReceiptForm(sent(request), request.FILES or None)
    checked = checked_by(form, access) if form.is_valid() else None
    context = {"access": access, "checked": checked, "most": MOST_BYTES}
    return answer(request, "activity/receipt.html", form, **context)


@require_POST
@opens_own_activity
def receipt_file(request, access, *, record):
    """A new receipt, as a file."""
    text = take_receipt(access, now=timezone.now())
    name = f"gp-record-receipt-{timezone.localdate().isoformat()}.json"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(text, content_type="application/json", headers=headers)


@require_safe
@opens_record()
def what_you_did(request, access):
    """What somebody who acts for a patient did themself, and nothing of anybody else (R4.11)."""
    if access.is_own_record:
        raise Http404
    page = or_404(lambda: page_for_proxy(access, before=event_before(request)))
    context = {"access": access, "days": by_day(tell_proxy(page.events)), "older": page.older}
    return render(request, "activity/what_you_did.html", context)


def or_404(find):
    """What is found; an event that the viewer is not told is not there."""
    try:
        return find()
    except AuditEvent.DoesNotExist:
        raise Http404 from None


def waiting_for(access, told):
    """The reports that wait, by the event, of the events of a page."""
    waiting = ActivityReport.objects.filter(patient=access.patient, state__in=OPEN_REPORTS)
    return dict(
        waiting.filter(event_id__in=[each.id for each in told]).values_list("event_id", "id")
    )


def newest_reports(access):
    """The newest of what was said to look wrong."""
    return list(
        ActivityReport.objects.filter(patient=access.patient).order_by("-reported_at", "id")[
            :NEWEST_REPORTS
        ]
    )


def reported(form, access, event_id):
    """The report that was made; None where it could not be, with the reason on the form."""
    try:
        return report_event(access, event_id, now=timezone.now(), words=form.cleaned_data["text"])
    except ValidationError as error:
        form.add_error("text", error.messages[0])
        return None


def checked_by(form, access):
    """What a receipt says; None where it is none, with the reason on the form."""
    try:
        return check_own(access, form.cleaned_data["given"], now=timezone.now())
    except NoReceipt as error:
        form.add_error("text", str(error))
        return None

"""What patients say looks wrong in their activity, at the surgery's desk, and the answers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Duty, User
from accounts.views.asking import sent
from records.activity import tell
from records.doors import opens_for_staff
from records.models import ActivityReport
from records.own_activity.forms import ReportAnswerForm
from records.own_activity.reporting import answer_report, begin_to_look, event_of
from records.own_activity.telling import did
from records.views.desk import page_of
from records.views.desk_reviewing import name_of


@require_safe
@opens_for_staff()
def desk_reports(request, access):
    """Everything that the patient said looks wrong in their activity, the newest first."""
    page = page_of(
        ActivityReport.objects.filter(patient=access.patient).order_by("-reported_at", "id"),
        request,
    )
    context = {"access": access, "page": page, "today": timezone.localdate()}
    return render(request, "staff/activity_reports.html", context)


@require_safe
@opens_for_staff()
def desk_report(request, access, report_id):
    """One of them, with the form to answer it for those whose duty it is."""
    return report_page(request, access, report_or_404(access, report_id), ReportAnswerForm())


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def desk_report_read(request, access, report_id):
    """Tell the patient that somebody looks at it."""
    begin_to_look(report_or_404(access, report_id), by=access, now=timezone.now())
    return redirect("records:desk-activity-report", access.patient.pk, report_id)


@require_POST
@opens_for_staff(needs=Duty.DECIDE_ACCESS)
def desk_report_answered(request, access, report_id):
    """Answer the patient."""
    form, report = ReportAnswerForm(sent(request)), report_or_404(access, report_id)
    if form.is_valid() and is_answered(form, report, access):
        messages.success(request, "Your answer is saved")
        return redirect("records:desk-activity-report", access.patient.pk, report_id)
    return report_page(request, access, report_or_404(access, report_id), form)


def report_page(request, access, report, form):
    """A report as it is now."""
    event = event_of(report)
    answered_by = User.objects.filter(pk=report.answered_by_id).first()
    context = {
        "access": access,
        "report": report,
        "happening": tell([event], access)[0],
        "words": " ".join(did(event)),
        "is_own_act": event.actor_id == access.viewer.pk,
        "may_answer": access.may(Duty.DECIDE_ACCESS),
        "answered_by": name_of(answered_by),
        "today": timezone.localdate(),
        "form": form,
    }
    return render(
        request, "staff/activity_report.html", context, status=422 if form.errors else 200
    )


def report_or_404(access, report_id):
    """A report about this patient."""
    found = ActivityReport.objects.filter(patient=access.patient, id=report_id).first()
    if found is None:
        raise Http404
    return found


def is_answered(form, report, access):
    """Whether it was answered; what speaks against it is put on the form."""
    try:
        answer_report(report, by=access, now=timezone.now(), answer=form.cleaned_data["text"])
    except ValidationError as error:
        form.add_error("text", error.messages[0])
    return form.is_valid()

"""The letter about a request: read before it is printed, printed, and noted as printed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import log
from records.doors import opens_for_staff
from records.letter_pages import as_pdf
from records.models import StaffTask
from records.queue import close_tasks, open_tasks
from records.requests.letters import letter_page, letter_words, step_to_tell
from records.views.desk_requests import request_or_404

PRINT = StaffTask.Kind.PRINT_LETTER


@require_safe
@opens_for_staff()
def request_letter(request, access, request_id):
    """The words of the letter, and whether it still has to be printed."""
    made = request_or_404(access, request_id)
    waits = open_tasks(access.patient, PRINT, made.pk).exists()
    context = letter_words(made, step_or_404(made)) | {"access": access, "waits": waits}
    return render(request, "staff/request_letter.html", context)


@require_safe
@opens_for_staff()
def request_letter_pdf(request, access, request_id):
    """The letter as a PDF to print; as a page where this machine cannot make one."""
    made = request_or_404(access, request_id)
    page = letter_page(made, step_or_404(made))
    pdf = as_pdf(page)
    if pdf is None:
        return HttpResponse(page)
    headers = {"Content-Disposition": 'attachment; filename="letter.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_POST
@opens_for_staff()
def letter_printed(request, access, request_id):
    """Write down that the letter was printed; twice does nothing."""
    made, now = request_or_404(access, request_id), timezone.now()
    if close_tasks(access.patient, PRINT, by=access, now=now, about_id=made.pk):
        log.record(
            "decision letter printed", at=now, actor_id=access.viewer.pk,
            patient_id=access.patient.pk, duty=access.duty, about=f"request {made.pk}",
        )  # fmt: skip
        messages.success(request, "It is written down that the letter was printed")
    return redirect("records:desk-request", access.patient.pk, made.pk)


def step_or_404(made):
    """What the letter tells of."""
    step = step_to_tell(made)
    if step is None:
        raise Http404
    return step

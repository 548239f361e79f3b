"""What readers say looks wrong, at the surgery's desk, and the surgery's answers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Duty, User
from accounts.views.asking import sent
from records.content import PartialDate
from records.correcting_forms import AnswerForm
from records.corrections import ALLOWED, answer, seen_by_writer
from records.doors import opens_for_staff
from records.models import Correction, Entry, StaffTask
from records.threads import (
    OPEN,
    State,
    Writer,
    messages_of,
    month_after,
    writers,
)
from records.views.desk import page_of
from records.views.desk_reviewing import name_of

STATES = {
    State.SENT: "Waits for an answer",
    State.READ: "Being looked at",
    State.CORRECTED: "Record corrected",
    State.KEPT: "Record kept as it is",
    State.PASSED_ON: "Passed on",
    State.TAKEN_BACK: "Taken back by the writer",
}


@require_safe
@opens_for_staff()
def desk_corrections(request, access):
    """Everything that was said to look wrong in one record, what waits first."""
    told = Correction.objects.filter(patient=access.patient).order_by("-state_at", "id")
    ordered = sorted(told, key=lambda each: each.state not in OPEN)
    page = page_of(ordered, request)
    context = {"access": access, "page": page, "rows": rows_of_threads(access, page)}
    return render(request, "staff/corrections.html", context)


@require_safe
@opens_for_staff()
def desk_correction(request, access, correction_id):
    """One thread, with the form to answer it for those whose duty it is."""
    return thread_page(request, access, held_correction(access, correction_id))


@require_POST
@opens_for_staff(needs=Duty.REVIEW_ENTRIES)
def answer_correction(request, access, correction_id):
    """Answer whoever said that the entry looks wrong."""
    correction = held_correction(access, correction_id)
    form = AnswerForm(sent(request))
    if form.is_valid() and is_answered(form, correction, access):
        messages.success(request, "Your answer is saved")
        return redirect("records:desk-correction", access.patient.pk, correction_id)
    return thread_page(request, access, held_correction(access, correction_id), form)


def thread_page(request, access, correction, form=None):
    """A thread as it is now; its form answers to what is on the page."""
    written = messages_of(correction)
    form = form or AnswerForm()
    form.answers_to(correction.state, written[-1].id)
    people = User.objects.in_bulk({each.written_by_id for each in written})
    context = {
        "access": access,
        "row": rows_of_threads(access, [correction])[0],
        "written": [(each, name_of(people.get(each.written_by_id))) for each in written],
        "labels": STATES,
        "seen": seen_by_writer(correction, now=timezone.now()),
        "may_answer": access.may(Duty.REVIEW_ENTRIES),
        "can_be_answered": bool(ALLOWED[State(correction.state)].by_surgery),
        "form": form,
    }
    return render(request, "staff/correction.html", context, status=422 if form.errors else 200)


def rows_of_threads(access, corrections):
    """Threads with their entries, who opened them, and by when an answer is due, for a page."""
    wanted = {each.entry_id for each in corrections}
    entries = Entry.objects.seen_by_staff(access).filter(id__in=wanted)
    held = {entry.id: entry for entry in entries.defer("details", "free_text")}
    people = writers(access.patient, [each.opened_by_id for each in corrections])
    due = due_dates(access.patient)
    return [
        {
            "correction": each,
            "state": STATES[State(each.state)],
            "entry": held[each.entry_id],
            "when": when_of(held[each.entry_id]),
            "writer": people.get(each.opened_by_id, Writer("", is_patient=False)),
            "answer_by": due.get(each.id),
            "is_late": each.id in due and due[each.id] < timezone.localdate(),
        }
        for each in corrections
    ]


def due_dates(patient):
    """By when the threads that wait should be answered: a month after their tasks began."""
    tasks = StaffTask.objects.filter(patient=patient, kind="correction", closed_at=None)
    began = tasks.values_list("about_id", "opened_at")
    return {about: month_after(timezone.localdate(opened)) for about, opened in began}


def when_of(entry):
    """The clinical date of an entry."""
    return PartialDate(entry.effective_on, entry.effective_time, entry.effective_precision)


def held_correction(access, correction_id):
    """A thread about this patient's record."""
    found = Correction.objects.filter(patient=access.patient, id=correction_id).first()
    if found is None:
        raise Http404
    return found


def is_answered(form, correction, access):
    """Whether the answer was saved; what speaks against it is put on the form."""
    try:
        answer(correction, by=access, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()

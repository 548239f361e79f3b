"""Changes for many patients: seeing what one would open, making it, and undoing it."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty
from accounts.views.asking import answer, sent
from records.doors import opens_desk_to
from records.models import PracticeChange
from records.practice.cohort import WORDS, Cohort
from records.practice.forms import CohortForm, MakingForm
from records.practice.making import agree, carry_out, propose
from records.practice.previewing import Kind, ask_preview
from records.practice.proposing import sent_back_at, waiting_for_second
from records.practice.undoing import changed_by, kept_by, left_by, not_put_back, put_back, undo
from records.views.desk import note_found, page_of
from records.views.desk_change_shown import cohort_words, preview_of, shown

BOTH = (Duty.MANAGE_SETTINGS, Duty.DECIDE_ACCESS)


@require_safe
@opens_desk_to(*BOTH)
def practice_changes(request, desk):
    """Changes that were made for many patients, and those that wait for a second person."""
    made = PracticeChange.objects.filter(surgery=desk.surgery).select_related("made_by")
    now = timezone.now()
    context = {
        "desk": desk,
        "changes": page_of(made.order_by("-made_at", "id"), request),
        "waiting": list(waiting_for_second(desk, now=now)),
        "sent_back": list(sent_back_at(desk, now=now)),
    }
    return render(request, "staff/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(*BOTH)
def new_change(request, desk):
    """Which patients, and which levels: then it is counted what that would open."""
    form = CohortForm(sent(request))
    if form.is_valid():
        preview = ask_preview(desk, Kind.LEVELS, form.cohort.as_json, now=timezone.now())
        return redirect("records:desk-change-preview", preview.pk)
    return answer(request, "staff/change_new.html", form, desk=desk)


@require_safe
@opens_desk_to(*BOTH)
def change_preview(request, desk, preview_id):
    """How many patients would newly see how many entries."""
    return shown(request, desk, preview_of(desk, preview_id))


@require_POST
@opens_desk_to(Duty.DECIDE_ACCESS)
def make_change(request, desk, preview_id):
    """Make the change that was previewed, or ask for a second person where the surgery wants one."""
    preview = preview_of(desk, preview_id, kinds=(Kind.LEVELS,))
    form = MakingForm(request.POST)
    if not form.is_valid():
        return shown(request, desk, preview, form=form)
    return begun(request, preview, partial(propose, preview, **form.asked, by=desk))


@require_POST
@opens_desk_to(Duty.DECIDE_ACCESS)
def agree_to_change(request, desk, preview_id):
    """Agree as the second person; then the change is made."""
    preview = preview_of(desk, preview_id, kinds=(Kind.LEVELS,))
    return begun(request, preview, partial(agree, preview, by=desk))


def begun(request, preview, act):
    """Where an act on a preview leads: to the change, or back with the reason why not."""
    try:
        change = act(now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("records:desk-change-preview", preview.pk)
    if change is None:
        messages.success(request, "A second person has to agree now. Nothing is changed before")
        return redirect("records:desk-change-preview", preview.pk)
    return redirect("records:desk-change", change.pk)


@require_safe
@opens_desk_to(*BOTH)
def practice_change(request, desk, change_id):
    """One change: how far it is, whom it left as they are, and undoing it."""
    change = change_of(desk, change_id)
    left = left_by(change) if change.undone_at else []
    kept = kept_by(change) if change.undone_at else []
    seen = [one.patient for one in left] + [one.patient for one in kept]
    note_found(desk, seen, f"change {change.pk}")
    context = {
        "desk": desk,
        "change": change,
        "cohort": cohort_words(Cohort(**change.cohort)),
        "done": changed_by(change),
        "left": left,
        "kept": [(one.patient, WORDS[one.why]) for one in kept],
        "waiting": not_put_back(change) if change.undone_at else 0,
        "may_decide": desk.may(Duty.DECIDE_ACCESS),
    }
    return render(request, "staff/change.html", context)


@require_POST
@opens_desk_to(Duty.DECIDE_ACCESS)
def undo_change(request, desk, change_id):
    """Let each patient of a change go back to the decision before, where it still holds."""
    change = change_of(desk, change_id)
    try:
        undo(change, by=desk, now=timezone.now())
        messages.success(request, "The change is being undone")
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    return redirect("records:desk-change", change.pk)


@require_POST
@opens_desk_to(Duty.DECIDE_ACCESS)
def go_on_with_change(request, desk, change_id):
    """Go on with making or undoing a change that stopped half-way; it never decides twice."""
    change = change_of(desk, change_id)
    (put_back if change.undone_at else carry_out).enqueue(str(change.pk))
    return redirect("records:desk-change", change.pk)


def change_of(desk, change_id):
    """A change of this surgery; to anybody else it does not exist."""
    found = PracticeChange.objects.select_related("surgery", "made_by", "undone_by")
    return get_object_or_404(found, pk=change_id, surgery=desk.surgery)

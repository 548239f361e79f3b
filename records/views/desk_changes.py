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
from records.models import ChangePreview, PracticeChange
from records.practice import making
from records.practice.cohort import Cohort
from records.practice.forms import CohortForm, MakingForm
from records.practice.making import agree, carry_out, needs_second_person, propose
from records.practice.previewing import Kind, ask_preview, proposed_settings, totals_of
from records.practice.undoing import changed_by, left_by, not_put_back, put_back, undo
from records.views.desk import note_found, page_of
from surgeries.terms import Level, Section

BOTH = (Duty.MANAGE_SETTINGS, Duty.DECIDE_ACCESS)


@require_safe
@opens_desk_to(*BOTH)
def practice_changes(request, desk):
    """Changes that were made for many patients, and those that wait for a second person."""
    made = PracticeChange.objects.filter(surgery=desk.surgery).select_related("made_by")
    waiting = ChangePreview.objects.filter(surgery=desk.surgery, used_at=None, kind=Kind.LEVELS)
    context = {
        "desk": desk,
        "changes": page_of(made.order_by("-made_at", "id"), request),
        "waiting": list(
            waiting.exclude(proposed_by=None).select_related("proposed_by").order_by("-asked_at")
        ),
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
    return shown(request, desk, preview_of(desk, preview_id), MakingForm())


@require_POST
@opens_desk_to(Duty.MANAGE_SETTINGS)
def save_setting(request, desk, preview_id):
    """Set what was previewed, as long as nobody set it otherwise meanwhile."""
    preview = preview_of(desk, preview_id, kinds=(Kind.GO_LIVE, Kind.SECTIONS))
    try:
        making.save_setting(preview, by=desk, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("records:desk-settings")
    messages.success(request, f"Saved: {preview.get_kind_display()}")
    return redirect("records:desk-settings")


@require_POST
@opens_desk_to(Duty.DECIDE_ACCESS)
def make_change(request, desk, preview_id):
    """Make the change that was previewed, or ask for a second person where the surgery wants one."""
    preview = preview_of(desk, preview_id, kinds=(Kind.LEVELS,))
    form = MakingForm(request.POST)
    if not form.is_valid():
        return shown(request, desk, preview, form)
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
    note_found(desk, [one.patient for one in left], f"change {change.pk}")
    context = {
        "desk": desk,
        "change": change,
        "cohort": in_words(Cohort(**change.cohort)),
        "done": changed_by(change),
        "left": left,
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


def preview_of(desk, preview_id, *, kinds=tuple(Kind)):
    """A preview of this surgery; to anybody else it does not exist."""
    found = ChangePreview.objects.select_related("surgery", "proposed_by")
    return get_object_or_404(found, pk=preview_id, surgery=desk.surgery, kind__in=kinds)


def change_of(desk, change_id):
    """A change of this surgery; to anybody else it does not exist."""
    found = PracticeChange.objects.select_related("surgery", "made_by", "undone_by")
    return get_object_or_404(found, pk=change_id, surgery=desk.surgery)


def shown(request, desk, preview, form):
    """The page of a preview, with what it counted and the next step."""
    is_levels = preview.kind == Kind.LEVELS
    context = {
        "desk": desk,
        "preview": preview,
        "says": in_words(Cohort(**preview.proposed)) if is_levels else setting_words(preview),
        "totals": totals_of(preview),
        "unflagged": totals_of(preview, with_flagged=False),
        "left_out": sorted(preview.left_out.items()),
        "next": next_step(desk, preview),
    }
    return answer(request, "staff/change_preview.html", form, **context)


def next_step(desk, preview):
    """What this person can do with a preview now: one of a few words that the page knows."""
    if preview.used_at or preview.state != ChangePreview.State.READY:
        return "used" if preview.used_at else preview.state
    if preview.kind != Kind.LEVELS:
        return "save" if desk.may(Duty.MANAGE_SETTINGS) else "no duty"
    if not desk.may(Duty.DECIDE_ACCESS):
        return "no duty"
    if not preview.found:
        return "nobody"
    if preview.proposed_by_id:
        return "wait" if preview.proposed_by_id == desk.viewer.pk else "agree"
    return "make for two" if needs_second_person(preview) else "make"


def in_words(cohort):
    """A cohort and its new levels, as labels and words."""
    ages = f"{cohort.age_from or 16} to {cohort.age_to}" if cohort.age_to else (
        f"{cohort.age_from} and older" if cohort.age_from else "16 and older"
    )  # fmt: skip
    return [
        ("New entries now", " or ".join(Level(one).label for one in cohort.now_current)),
        ("Older entries now", " or ".join(Level(one).label for one in cohort.now_historical)),
        ("Ages", ages),
        ("New entries then", Level(cohort.current).label),
        ("Older entries then", Level(cohort.historical).label),
    ]


def setting_words(preview):
    """A setting that is proposed, as labels and words."""
    new = proposed_settings(preview)
    if "go_live_on" in new:
        return [("Go-live date then", f"{new['go_live_on'].day} {new['go_live_on']:%B %Y}")]
    names = [section.label for section in Section if section in new["restricted_sections"]]
    return [("Closed sections then", ", ".join(names) or "None")]

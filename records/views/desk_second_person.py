"""Setting what was previewed, and the second person: agreeing, sending back."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import Duty
from records.doors import opens_desk_to
from records.practice.previewing import Kind
from records.practice.proposing import send_back
from records.practice.setting import agree_to_setting, carry_out_setting, propose_setting
from records.previewing.forms import SendBackForm
from records.views.desk_change_shown import SETTINGS, form_of, next_step, preview_of, shown

ASKED = "A second person has to agree now. Nothing is changed before"


@require_POST
@opens_desk_to(Duty.MANAGE_SETTINGS)
def save_setting(request, desk, preview_id):
    """Set what was previewed, or ask for a second person where the surgery wants one."""
    preview = preview_of(desk, preview_id, kinds=SETTINGS)
    if next_step(desk, preview) not in ("save for two", "save with reason"):
        return saved(request, preview, partial(propose_setting, preview, by=desk))
    form = type(form_of(preview))(request.POST)
    if not form.is_valid():
        return shown(request, desk, preview, form=form)
    return saved(request, preview, partial(propose_setting, preview, by=desk, **form.asked))


@require_POST
@opens_desk_to(Duty.MANAGE_SETTINGS)
def agree_setting(request, desk, preview_id):
    """Agree as the second person; then it is set."""
    preview = preview_of(desk, preview_id, kinds=SETTINGS)
    return saved(request, preview, partial(agree_to_setting, preview, by=desk))


@require_POST
@opens_desk_to(Duty.MANAGE_SETTINGS)
def go_on_with_setting(request, desk, preview_id):
    """Go on with a setting that stopped half-way; it keeps nothing twice."""
    preview = preview_of(desk, preview_id, kinds=(Kind.GO_LIVE, Kind.SECTIONS))
    if preview.state == preview.State.SAVING:
        carry_out_setting.enqueue(str(preview.pk))
    return redirect("records:desk-change-preview", preview.pk)


def saved(request, preview, act):
    """Where an act on a setting leads: to all settings once it is set, else back to its page."""
    try:
        act(now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("records:desk-change-preview", preview.pk)
    preview.refresh_from_db()
    if preview.used_at and not preview.kept.exclude(why="").exists():
        messages.success(request, f"Saved: {preview.get_kind_display()}")
        return redirect("records:desk-settings")
    if preview.state == preview.State.READY and not preview.used_at:
        messages.success(request, ASKED)
    return redirect("records:desk-change-preview", preview.pk)


def sends_back(duty, kinds):
    """A view that does not agree to a change of some kinds, with why; or that takes back one's own."""

    @require_POST
    @opens_desk_to(duty)
    def sent_back(request, desk, preview_id):
        preview = preview_of(desk, preview_id, kinds=kinds)
        form = SendBackForm(request.POST)
        if not form.is_valid():
            return shown(request, desk, preview, sending=form)
        try:
            send_back(preview, by=desk, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            messages.warning(request, error.messages[0])
        else:
            messages.success(request, "Sent back, with why. Nothing is changed")
        return redirect("records:desk-change-preview", preview.pk)

    return sent_back


send_change_back = sends_back(Duty.DECIDE_ACCESS, (Kind.LEVELS,))
send_setting_back = sends_back(Duty.MANAGE_SETTINGS, SETTINGS)

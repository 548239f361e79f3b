"""The surgery's settings: reading them, and changing one group of them at a time."""

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from accounts.views.asking import answer, sent
from records.doors import opens_desk_to
from records.models import ChangePreview
from records.practice.previewing import ask_preview
from records.practice.proposing import sent_back_at, waiting_for_second
from records.practice.setting import ask_for_two, set_at_once
from records.practice.two_people import takes_two_to_set
from records.settings_forms import (
    ContactForm,
    GoLiveForm,
    HoursForm,
    NewAccountsForm,
    OtherDayForm,
    SectionsForm,
    SettingsForm,
)
from surgeries.changing import ChangedMeanwhile, seal_of
from surgeries.opening import other_days, week_words
from surgeries.terms import Section


class Group(NamedTuple):
    """Settings that are changed together."""

    title: str
    form: type[SettingsForm]
    fields: tuple[str, ...]
    does: str
    """What a change does, in words, before it is made."""


CONTACT = Group(
    "How patients reach the surgery",
    ContactForm,
    ("phone", "address", "postcode", "how_to_ask", "letter_words"),
    "Patients see this at once, also those who are not signed in.",
)
NEW_ACCOUNTS = Group(
    "New online accounts",
    NewAccountsForm,
    (
        "default_current_level",
        "default_historical_level",
        "proxy_review_age",
        "two_people_for_full",
    ),
    "The levels hold for whoever registers from now on. Nobody who has access already gets more or less by them.",
)
HOURS = Group(
    "Opening hours",
    HoursForm,
    ("opening_hours",),
    "Leave a day empty on which the surgery is closed. It counts as closed on England’s bank holidays, too. Write a time like 08:00 or 6:30pm.",
)
GO_LIVE = Group(
    "Go-live date",
    GoLiveForm,
    ("go_live_on",),
    "What is recorded on or after this date counts as new. An earlier date opens older entries for everybody for"
    " whom no date of their own is set. You see for how many before anything is saved.",
)
SECTIONS = Group(
    "Sections that stay closed",
    SectionsForm,
    ("restricted_sections",),
    "These stay closed to everybody for whom nothing else is decided. To take one off the list opens it for them. You"
    " see for how many before anything is saved.",
)


@require_safe
@opens_desk_to(Duty.MANAGE_SETTINGS)
def settings(request, desk):
    """All that the surgery has set."""
    surgery, now = desk.surgery, timezone.now()
    context = {
        "desk": desk,
        "surgery": surgery,
        "waiting": list(waiting_for_second(desk, now=now)),
        "sent_back": list(sent_back_at(desk, now=now)),
        "closed": [one.label for one in Section if one in surgery.restricted_sections],
        "week": week_words(surgery.opening_hours),
    }
    return render(request, "staff/settings.html", context)


def changes(group, *, then="records:desk-settings"):
    """A page on which one group of settings is changed at once."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @opens_desk_to(Duty.MANAGE_SETTINGS)
    def change(request, desk):
        form = form_of(group, request, desk)
        if form.is_valid() and is_saved(form, group, desk):
            messages.success(request, f"Saved: {group.title}")
            return redirect(then)
        return asked(request, desk, group, form)

    return change


def proposes(group, kind):
    """A page on which a setting is proposed that opens or closes records; counting comes before saving."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @opens_desk_to(Duty.MANAGE_SETTINGS)
    def propose(request, desk):
        form = form_of(group, request, desk)
        if form.is_valid():
            new = {
                name: str(new) if name == "go_live_on" else new for name, new in form.new.items()
            }
            proposed = {"new": new, "seen": form.cleaned_data["seen"]}
            preview = ask_preview(desk, kind, proposed, now=timezone.now())
            return redirect("records:desk-change-preview", preview.pk)
        return asked(request, desk, group, form)

    return propose


contact = changes(CONTACT)
hours = changes(HOURS)
go_live = proposes(GO_LIVE, ChangePreview.Kind.GO_LIVE)
sections = proposes(SECTIONS, ChangePreview.Kind.SECTIONS)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(Duty.MANAGE_SETTINGS)
def other_hours(request, desk):
    """Days with other hours than usual: those that are known, and one more."""
    group, today = OTHER_DAYS, timezone.localdate()
    form = form_of(group, request, desk, surgery=desk.surgery, today=today)
    if form.is_valid() and is_saved(form, group, desk):
        messages.success(request, "Saved: days with other hours")
        return redirect("records:desk-settings-days")
    surgery = desk.surgery
    days = other_days(surgery.opening_hours, surgery.opening_exceptions, on=today, ahead=366)
    return asked(request, desk, group, form, days=days, has_hours=any(surgery.opening_hours))


OTHER_DAYS = Group(
    "Days with other hours",
    OtherDayForm,
    ("opening_exceptions",),
    "They win over the ordinary week and over bank holidays.",
)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(Duty.MANAGE_SETTINGS)
def new_accounts(request, desk):
    """How access begins; what takes a second person is not saved before they agree."""
    form = form_of(NEW_ACCOUNTS, request, desk)
    if form.is_valid():
        if takes_two_to_set(desk.surgery, form.new):
            seen = form.cleaned_data["seen"]
            preview = ask_for_two(desk, form.new, seen=seen, now=timezone.now())
            return redirect("records:desk-change-preview", preview.pk)
        if is_saved(form, NEW_ACCOUNTS, desk):
            messages.success(request, f"Saved: {NEW_ACCOUNTS.title}")
            return redirect("records:desk-settings")
    return asked(request, desk, NEW_ACCOUNTS, form)


def form_of(group, request, desk, **more):
    """The form of a group, which begins with what is set."""
    initial = group.form.answers_of(desk.surgery, group.fields)
    initial["seen"] = seal_of(desk.surgery, group.fields)
    return group.form(sent(request), initial=initial, **more)


def is_saved(form, group, desk):
    """Whether the settings were changed; what speaks against it is put on the form."""
    by = {"by": desk.viewer.pk, "duty": Duty.MANAGE_SETTINGS, "now": timezone.now()}
    try:
        set_at_once(desk.surgery, form.new, seen=form.cleaned_data["seen"], **by)
    except ChangedMeanwhile as error:
        form.add_error(None, error)
        desk.surgery.refresh_from_db()
        form.data = form.data.copy()
        form.data["seen"] = seal_of(desk.surgery, group.fields)
        return False
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def asked(request, desk, group, form, **more):
    """The page with the form, and what is set now beside it where somebody was overtaken."""
    is_overtaken = form.is_bound and form.data.get("seen") != request.POST.get("seen")
    now_set = told(desk.surgery, group) if is_overtaken else []
    context = {"desk": desk, "group": group, "now_set": now_set} | more
    return answer(request, "staff/settings_form.html", form, **context)


def told(surgery, group):
    """What is set now, in words."""
    rows = []
    for field in group.fields:
        display = getattr(surgery, f"get_{field}_display", None)
        value = display() if display else getattr(surgery, field)
        rows.append((field.replace("_", " ").capitalize(), in_words(field, value)))
    return rows


def in_words(field, value):
    """One setting, as a person reads it."""
    if field == "opening_hours":
        days = [f"{day}: {hours}" for day, hours in week_words(value)]
        return "\n".join(days) or "Not known"
    if field == "opening_exceptions":
        days = [f"{day}: {' to '.join(pair) if pair else 'closed'}" for day, pair in value.items()]
        return "\n".join(days) or "None"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value) or "Nothing"

"""Who has which duty at the surgery: giving duties, and ending them."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.appointing import appoint_staff
from accounts.duties import duties_held, end_duty, keep_duty
from accounts.models import Duty, IdentityLevel, StaffRole
from accounts.set_up import set_up_link
from accounts.views.asking import answer, sent
from accounts.ways_in import is_set_up, not_set_up
from audit import log
from nhsuk.forms import Checkboxes, DateField, Radios
from proxy_access.models import ProxyGrant
from records.doors import opens_desk_to


class AppointForm(forms.Form):
    """Somebody's address, and the duties that they get."""

    email = forms.EmailField(
        label="Work email address", max_length=254,
        error_messages={"required": "Enter an email address"},
    )  # fmt: skip
    name = forms.CharField(
        label="Name", required=False, max_length=200,
        help_text="Kept only if their account has no name yet",
    )  # fmt: skip
    duties = forms.MultipleChoiceField(
        label="Duties", choices=Duty.choices,
        widget=Checkboxes(
            hints={
                "check-identity": "See who stands at the front desk, and print registration letters",
                "review-entries": "Read entries, hide them and show them again",
                "decide-access": "Open, pause and deny the record of a patient, or of many",
                "manage-settings": "All that is set for the surgery, and who has which duty",
            }
        ),
        error_messages={"required": "Tick at least one duty"},
    )  # fmt: skip


class EndForm(forms.Form):
    """When a duty ends."""

    NOW, LATER, NEVER = "now", "later", "never"

    when = forms.ChoiceField(
        label="When does this duty end?",
        choices=[
            (NOW, "At once"),
            (LATER, "After a day that I choose"),
            (NEVER, "It goes on without a last day"),
        ],
        widget=Radios(hints={NOW: "Also where they are signed in at this moment"}),
        error_messages={"required": "Choose when the duty ends"},
    )
    on = DateField(label="Last day", required=False, noun="The last day")

    def clean(self):
        """A day, where one is chosen."""
        given = self.cleaned_data
        if given.get("when") != self.LATER:
            given["on"] = None
        elif not given.get("on") and "on" not in self.errors:
            self.add_error("on", "Enter the last day")
        return given


@require_safe
@opens_desk_to(Duty.MANAGE_SETTINGS)
def staff(request, desk):
    """Everybody with a duty, since when and until when."""
    held = duties_held(desk.surgery, on=timezone.localdate())
    waiting = not_set_up(role.user for role in held)
    return render(request, "staff/staff.html", {"desk": desk, "roles": held, "waiting": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(Duty.MANAGE_SETTINGS)
def appoint(request, desk):
    """Give a person duties; somebody new needs a set-up link from whoever runs the portal."""
    form = AppointForm(sent(request))
    user = appointed(form, desk) if form.is_valid() else None
    if user is None:
        return answer(request, "staff/staff_appoint.html", form, desk=desk)
    if link := link_for(user, desk, now=timezone.now()):
        context = {"desk": desk, "link": link, "colleague": user}
        return render(request, "staff/staff_link.html", context)
    messages.success(request, "The duties are given")
    return redirect("records:desk-staff")


def appointed(form, desk):
    """Who has the duties now; None where they could not be given, with the reason on the form."""
    by = {"surgery": desk.surgery, "by": desk.viewer.pk, "now": timezone.now()}
    try:
        return appoint_staff(**form.cleaned_data, **by)
    except ValidationError as error:
        form.add_error("email", error.messages)
        return None


def link_for(user, desk, *, now):
    """The one-time link for a colleague who is new here; "" where it could hand over more than these duties.

    An account that is set up, or of somebody who is a patient, a proxy or staff elsewhere, is left alone.
    """
    is_more = (
        is_set_up(user)
        or user.identity_level != IdentityLevel.P0
        or user.online_registrations.exists()
        or user.staff_roles.exclude(surgery=desk.surgery).exists()
        or ProxyGrant.objects.filter(proxy=user).exists()
    )
    if is_more:
        return ""
    log.record(
        "set-up link made", at=now, actor_id=desk.viewer.pk, duty=Duty.MANAGE_SETTINGS,
        about=f"user {user.pk}",
    )  # fmt: skip
    return set_up_link(user)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(Duty.MANAGE_SETTINGS)
def end(request, desk, role):
    """End one duty of one person, on a day or at once."""
    held = get_object_or_404(
        StaffRole.objects.select_related("user"), pk=role, surgery=desk.surgery
    )
    form = EndForm(sent(request), initial={"on": held.ends_on})
    if form.is_valid() and is_ended(form, held, desk):
        messages.success(request, "The duty ends as you chose")
        return redirect("records:desk-staff" if has_kept(desk) else "home")
    return answer(request, "staff/staff_end.html", form, desk=desk, role=held)


def is_ended(form, role, desk):
    """Whether the end was set; what speaks against it is put on the form."""
    by = {"by": desk, "now": timezone.now()}
    try:
        if form.cleaned_data["when"] == form.NEVER:
            keep_duty(role, **by)
        else:
            end_duty(role, on=form.cleaned_data["on"], **by)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def has_kept(desk):
    """Whether whoever acted still manages the settings: they may have ended their own duty."""
    live = StaffRole.objects.live(timezone.localdate()).filter(surgery=desk.surgery)
    return live.filter(user=desk.viewer, duty=Duty.MANAGE_SETTINGS).exists()

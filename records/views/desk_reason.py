"""Asking staff why they look at a patient for whom no task waits."""

from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.views.asking import answer, sent
from nhsuk.forms import Radios
from records.doors import opens_for_staff
from records.looking import HOLDS_FOR, ReasonToLook, give_reason


class ReasonForm(forms.Form):
    """Why somebody looks, and a few words about it."""

    reason = forms.ChoiceField(
        label="Why do you need to look?",
        choices=ReasonToLook.choices,
        widget=Radios,
        error_messages={"required": "Choose why you need to look"},
    )
    words = forms.CharField(
        label="In a few words (optional, but for “Another reason”)",
        required=False,
        max_length=200,
        help_text="For example, “phoned about a letter”. Do not say what their record holds",
        widget=forms.Textarea(attrs={"rows": "2"}),
    )

    def clean(self):
        """Words for what has no name."""
        given = self.cleaned_data
        if given.get("reason") == ReasonToLook.OTHER and not given.get("words"):
            self.add_error("words", ValidationError("Say what the other reason is"))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(reasoned=False, action="reason to look asked for")
def reason_to_look(request, access):
    """Why do you look at this patient? Then on to where they wanted."""
    form = ReasonForm(sent(request))
    if form.is_valid():
        give_reason(request.session, access, **form.cleaned_data, now=timezone.now())
        return redirect(wanted(request, access))
    hours = int(HOLDS_FOR.total_seconds() // 3600)
    return answer(request, "staff/reason.html", form, access=access, hours=hours)


def wanted(request, access):
    """The staff page about this very patient that the person came for; their first page for anything else."""
    address = request.GET.get("next", "")
    first = reverse("records:desk-patient", args=[access.patient.pk])
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return first
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return first
    is_of_patient = match.kwargs.get("patient_id") == access.patient.pk
    return address if is_of_patient and getattr(match.func, "opens_for_staff", False) else first

"""Staff see whom a patient invites, identify that person, and decide where it has to be asked alone first (R4.2, R4.5)."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.desk_codes import find_by_desk_code
from accounts.forms import AddressField
from accounts.models import Duty
from accounts.same_browser import share_a_browser
from accounts.views.asking import sent
from proxy_access.models import Nomination
from records import inviting
from records.at_desk import identify_invited
from records.doors import opens_for_staff
from records.proving_forms import InvitedIdentityForm, put_on
from records.sensitive.safeguarding import safeguarding_flags
from records.views.desk_identity import NO_ACCOUNT_FITS, asked, refused

DECIDES = Duty.DECIDE_ACCESS


class GoOnForm(forms.Form):
    """The address that is the person's own, after the patient was spoken to alone."""

    email = AddressField(
        label="The person’s own email address",
        help_text="As the patient says it to you, when they are alone",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the person’s own email address"},
    )
    alone = forms.BooleanField(
        label="I have spoken to the patient alone, they want this, and I saw no sign of pressure",
        error_messages={
            "required": "Speak to the patient alone first. At any sign of pressure, end it"
        },
    )


@require_safe
@opens_for_staff()
def desk_nomination(request, access, nomination_id):
    """Whom the patient invites, what they would see, and what the patient read and agreed to."""
    return shown(request, access, nomination_or_404(access, nomination_id), GoOnForm())


@require_POST
@opens_for_staff(needs=DECIDES)
def nomination_let_go_on(request, access, nomination_id):
    """Let the patient go on."""
    held, form = nomination_or_404(access, nomination_id), GoOnForm(request.POST)
    if form.is_valid():
        try:
            email = form.cleaned_data["email"]
            inviting.let_go_on(held, email=email, by=access, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The patient can invite the person now")
            return redirect("records:desk-nomination", access.patient.pk, held.pk)
    return shown(request, access, held, form)


@require_POST
@opens_for_staff(needs=DECIDES)
def nomination_turned_down(request, access, nomination_id):
    """End it."""
    held = nomination_or_404(access, nomination_id)
    try:
        inviting.turn_down(held, by=access, now=timezone.now())
        messages.success(request, "The invitation has ended")
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    return redirect("records:desk-nomination", access.patient.pk, held.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.CHECK_IDENTITY)
@sensitive_post_parameters("code")
def nomination_identity(request, access, nomination_id):
    """Identify the person who was invited and stands at the desk."""
    held, form = nomination_or_404(access, nomination_id), InvitedIdentityForm(sent(request))
    if form.is_valid() and identified(form, held, access):
        messages.success(request, "The person is identified. They can accept the invitation now")
        return redirect("records:desk-nomination", access.patient.pk, held.pk)
    return asked(request, "staff/nomination_identity.html", access, form, nomination=held)


def identified(form, held, access):
    """The check of who they are; None, with the reason on the form, where it could not be made."""
    given, now, by = form.cleaned_data, timezone.now(), access.viewer
    user = find_by_desk_code(given["code"], given["email"], by=by, now=now)
    if user is None:  # which is on file
        return put_on(form, ValidationError(NO_ACCOUNT_FITS))
    try:
        return identify_invited(held, user, form.proof, name=given["name"], by=by, now=now)
    except ValidationError as error:
        return refused(form, error, access, "identity checked", now=now)


def shown(request, access, held, form):
    """The page of a nomination."""
    context = {
        "access": access,
        "nomination": held,
        "consent": held.consents.order_by("-agreed_at").first(),
        "form": form,
        "same_browser": held.opened_by is not None
        and share_a_browser(held.opened_by, held.made_by),
        "may_decide": access.may(DECIDES),
        "may_check": access.may(Duty.CHECK_IDENTITY),
        "safety": safeguarding_flags(access),
    }
    return render(request, "staff/nomination.html", context, status=422 if form.errors else 200)


def nomination_or_404(access, nomination_id):
    """A nomination by this patient that was agreed to: a draft is theirs alone."""
    found = Nomination.objects.agreed().filter(pk=nomination_id, patient=access.patient)
    if held := found.select_related("patient__surgery", "opened_by", "made_by", "grant").first():
        return held
    raise Http404

"""The front desk: who a person is, how they get in again, and the registration letter."""

import segno
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.desk_codes import find_by_desk_code
from accounts.letters import YOUNGEST, YOUNGEST_ALONE, end_letter, make_letter
from accounts.models import Duty, RegistrationLetter
from accounts.views.asking import answer, sent
from audit import log
from audit.models import Outcome
from records.at_desk import (
    link_to_hand_over,
    prove_again,
    register_at_desk,
    register_new_at_desk,
)
from records.doors import opens_for_staff
from records.letter_pages import as_pdf, letter_page
from records.online import TERMS_VERSION
from records.proving_forms import DeskIdentityForm, LetterMakingForm, ProofForm, put_on
from records.views.desk import letters_of, registration_of

NO_ACCOUNT_FITS = (
    "No account has this code and this email address together, or you tried too often. Ask the person to "
    "check both. After 5 tries, wait 15 minutes"
)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.CHECK_IDENTITY)
@sensitive_post_parameters("code")
def identity(request, access):
    """Register the patient who stands at the desk; who had no account gets a link on paper or screen."""
    form = DeskIdentityForm(sent(request), is_young=is_young(access.patient))
    user = registered(form, access) if form.is_valid() else None
    if user is None:
        return asked(request, "staff/identity.html", access, form)
    if form.cleaned_data["account"] == DeskIdentityForm.NEW:
        now = timezone.now()
        link = link_to_hand_over(access.patient, user, by=access.viewer, now=now)
        return handed_over(request, access, link)
    messages.success(request, "The person is identified. They can open their record now")
    return redirect("records:desk-patient", access.patient.pk)


def registered(form, access):
    """The account that is the patient's now; None where it could not be, with the reason on the form."""
    given, now, by = form.cleaned_data, timezone.now(), access.viewer
    agreed = {"by": by, "terms_version": TERMS_VERSION, "now": now}
    try:
        if given["account"] == form.NEW:
            return register_new_at_desk(access.patient, given["email"], form.proof, **agreed).user
        user = find_by_desk_code(given["code"], given["email"], by=by, now=now)
        if user is None:  # which is on file
            return put_on(form, ValidationError(NO_ACCOUNT_FITS))
        return register_at_desk(access.patient, user, form.proof, **agreed).user
    except ValidationError as error:
        return refused(form, error, access, "identity checked", now=now)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.CHECK_IDENTITY)
def new_link(request, access):
    """A new way in for a patient who lost theirs: who they are is checked again, and the link handed over."""
    registration = registration_of(access.patient, timezone.localdate())
    if registration is None:
        raise Http404
    form, now = ProofForm(sent(request)), timezone.now()
    if form.is_valid():
        try:
            link = prove_again(registration, form.proof, by=access.viewer, now=now)
        except ValidationError as error:
            refused(form, error, access, "identity checked", now=now)
        else:
            return handed_over(request, access, link)
    return asked(request, "staff/identity_new_link.html", access, form)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.CHECK_IDENTITY)
def registration_letter(request, access):
    """Make a registration letter; its codes are in this one answer and nowhere else (R3.6)."""
    patient, now = access.patient, timezone.now()
    form = LetterMakingForm(sent(request), is_young=is_young(patient))
    if form.is_valid():
        is_competent = form.cleaned_data.get("is_competent", False)
        try:
            made = make_letter(patient, by=access.viewer, now=now, is_competent=is_competent)
        except ValidationError as error:
            refused(form, error, access, "letter made", now=now)
        else:
            return answered_with(letter_page(patient, made))
    return asked(request, "staff/identity_letter.html", access, form, letters=letters_of(patient))


@require_POST
@opens_for_staff(needs=Duty.CHECK_IDENTITY)
def end_registration_letter(request, access):
    """Take a letter back."""
    because = RegistrationLetter.End.REVOKED
    if end_letter(access.patient, because, by=access.viewer, now=timezone.now()):
        messages.success(request, "The letter can no longer be used")
    return redirect("records:desk-patient", access.patient.pk)


def is_young(patient):
    """Whether the patient is 13 to 15, so that the surgery must have assessed them first (R3.8)."""
    today = timezone.localdate()
    return patient.is_under(YOUNGEST_ALONE, today) and not patient.is_under(YOUNGEST, today)


def refused(form, error, access, action, *, now):
    """Write down that an act was refused (R9.1), and show why on the form."""
    log.record(
        action, at=now, actor_id=access.viewer.pk, patient_id=access.patient.pk, duty=access.duty,
        outcome=Outcome.REFUSED, details={"because": getattr(error, "code", None) or "not allowed"},
    )  # fmt: skip
    return put_on(form, error)


def answered_with(page):
    """The letter as a PDF to print; as a page where this machine cannot make one."""
    pdf = as_pdf(page)
    if pdf is None:
        return HttpResponse(page)
    headers = {"Content-Disposition": 'attachment; filename="registration-letter.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def asked(request, template, access, form, **context):
    """A page that asks; 422 where something must be mended."""
    return answer(request, template, form, access=access, **context)


def handed_over(request, access, link):
    """The one-time link, in this answer only, to copy or to photograph."""
    picture = segno.make(link, error="m").svg_inline(
        scale=5, border=4, light="#fff", svgclass=None, lineclass=None, title="QR code of the link"
    )
    context = {"access": access, "link": link, "picture": mark_safe(picture)}  # noqa: S308
    return render(request, "staff/identity_link.html", context)

"""The extracts of a record at the desk: what each changed, and taking back one that was another person's (ADR 35)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Duty
from accounts.views.asking import sent
from records.doors import opens_for_staff
from records.extract_forms import TakeBackForm
from records.importing.telling import extracts_of, not_understood, since_loaded, tell_extracts
from records.importing.undoing import undo, why_not
from records.models import ImportedExtract
from records.views.desk import page_of


@require_safe
@opens_for_staff()
def extracts(request, access):
    """Every extract that was loaded for a patient, the newest first, with what it changed."""
    page = page_of(extracts_of(access.patient), request)
    context = {"access": access, "page": page, "told": tell_extracts(access.patient, page)}
    context["not_understood"] = not_understood(access)
    context["may_undo"] = access.may(Duty.MANAGE_SETTINGS)
    return render(request, "staff/extracts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=Duty.MANAGE_SETTINGS)
def undo_extract(request, access, extract_id):
    """Ask why an extract is to be taken back, and say what that does before it is done."""
    extract = extract_or_404(access, extract_id)
    if refusal := why_not(extract):
        return refused(request, access, refusal)
    return asked(request, access, extract, TakeBackForm(sent(request)))


@require_POST
@opens_for_staff(needs=Duty.MANAGE_SETTINGS)
def take_back_extract(request, access, extract_id):
    """Take an extract back, for the reason that was given on the page before."""
    extract = extract_or_404(access, extract_id)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return asked(request, access, extract, form)
    try:
        undo(access.patient, extract.id, by=access.viewer, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        return refused(request, access, error.messages[0])
    messages.success(request, "The extract is taken back, and the record is as it was before it")
    return redirect("records:desk-extracts", access.patient.pk)


def asked(request, access, extract, form):
    """The page that asks for the reason; with one, the page that asks whether that is what is wanted."""
    (told,) = tell_extracts(access.patient, [extract])
    context = {"access": access, "form": form, "told": told}
    context["since"] = since_loaded(access.patient, extract)
    is_told_why = form.is_bound and form.is_valid()
    template = "staff/extract_confirm.html" if is_told_why else "staff/extract_undo.html"
    return render(request, template, context, status=422 if form.errors else 200)


def refused(request, access, words):
    """Back to the extracts, with why one cannot be taken back."""
    messages.warning(request, words)
    return redirect("records:desk-extracts", access.patient.pk)


def extract_or_404(access, extract_id):
    """An extract of this patient."""
    found = ImportedExtract.objects.filter(patient=access.patient, id=extract_id).first()
    if found is None:
        raise Http404
    return found

"""Staff keep the organisations whose people act for patients: who belongs to one, and who leaves it (R4.2, R4.9)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from accounts.views.asking import answer, sent
from proxy_access.models import Organisation, OrganisationMember
from proxy_access.organisations import (
    add_member,
    add_organisation,
    end_member,
    end_organisation,
    known_to,
    listed,
    propose,
)
from records.doors import opens_desk_to, opens_for_staff
from records.organisation_forms import ActingForm, LeavingForm, OrganisationForm, PersonForm
from records.sensitive.safeguarding import safeguarding_flags

DECIDES = Duty.DECIDE_ACCESS


@require_safe
@opens_desk_to(DECIDES)
def organisations(request, desk):
    """Every organisation that the surgery knows."""
    known = known_to(desk.surgery, on=timezone.localdate())
    return render(request, "staff/organisations.html", {"desk": desk, "known": known})


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(DECIDES)
def new_organisation(request, desk):
    """Put an organisation on the list."""
    form = OrganisationForm(sent(request))
    if made := done(form, add_organisation, by=desk):
        messages.success(request, f"{made.name} is on the list. Add its people")
        return redirect("records:desk-organisation", made.pk)
    return answer(request, "staff/organisation_new.html", form, desk=desk)


@require_safe
@opens_desk_to(DECIDES)
def organisation(request, desk, organisation_id):
    """One organisation: its people, and for how many patients each acts."""
    found = of_surgery(desk, organisation_id)
    today = timezone.localdate()
    context = {
        "desk": desk,
        "organisation": found,
        "people": listed(found, on=today),
        "is_live": Organisation.objects.live(today).filter(pk=found.pk).exists(),
    }
    return render(request, "staff/organisation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(DECIDES)
def new_person(request, desk, organisation_id):
    """Let somebody belong to an organisation."""
    found = of_surgery(desk, organisation_id)
    form = PersonForm(sent(request))
    if done(form, add_member, found, by=desk):
        messages.success(request, "Added. They see nothing yet: say for whom they are to act")
        return redirect("records:desk-organisation", found.pk)
    return answer(request, "staff/organisation_person.html", form, desk=desk, organisation=found)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(DECIDES)
def person_leaves(request, desk, organisation_id, member_id):
    """End somebody's part in an organisation, and all that they see by it."""
    found = of_surgery(desk, organisation_id)
    member = get_object_or_404(
        OrganisationMember.objects.select_related("user", "organisation"),
        pk=member_id, organisation=found,
    )  # fmt: skip
    return leaves(request, desk, found, end_member, member)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_desk_to(DECIDES)
def organisation_ends(request, desk, organisation_id):
    """End an organisation, and all that its people see by it."""
    found = of_surgery(desk, organisation_id)
    return leaves(request, desk, found, end_organisation, found)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_of_organisation(request, access):
    """Write down that somebody of an organisation is to act for the patient."""
    form = ActingForm(sent(request), people_here(access))
    if grant := done(form, propose, by=access):
        messages.success(request, "Written down. They see nothing until the surgery has decided")
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    context = {"access": access, "safety": safeguarding_flags(access)}
    return answer(request, "staff/proxy_of_organisation.html", form, **context)


def leaves(request, desk, found, act, what):
    """The form of an end; what was done with it, or what speaks against it."""
    form = LeavingForm(sent(request))
    if done(form, ended, act, what, by=desk):
        messages.success(request, "It ends as you chose")
        return redirect("records:desk-organisation", found.pk)
    person = what if act is end_member else None
    context = {"desk": desk, "organisation": found, "person": person}
    return answer(request, "staff/organisation_end.html", form, **context)


def ended(act, what, *, when, **given):
    """Do what ends something; the form has put the day right already."""
    act(what, **given)
    return True


def done(form, act, *about, by):
    """What an act gives for a form's answers; None where something in them must be mended, which the form then says."""
    if not form.is_valid():
        return None
    try:
        return act(*about, **form.cleaned_data, by=by, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error if fits(error, form) else error.messages)
        return None


def fits(error, form):
    """Whether each thing that an error speaks of is a question of the form."""
    return hasattr(error, "error_dict") and set(error.error_dict) <= set(form.fields)


def of_surgery(desk, organisation_id):
    """An organisation of the desk's own surgery."""
    return get_object_or_404(Organisation, pk=organisation_id, surgery=desk.surgery)


def people_here(access):
    """Everybody of the surgery's organisations who may be chosen today."""
    live = OrganisationMember.objects.live(timezone.localdate())
    here = live.filter(organisation__surgery=access.patient.surgery)
    names = ("organisation__name", "user__name", "user__email")
    return list(here.select_related("organisation", "user").order_by(*names))

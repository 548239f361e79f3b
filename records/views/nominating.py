"""A patient invites somebody to act for them: who, what, a look at what they would see, eight facts, a code (R4.4)."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views.asking import answer, sent
from accounts.views.confirming import recently_confirmed
from proxy_access.facts import digest
from proxy_access.models import Nomination
from proxy_access.nominating import renew_code, say_what, say_who
from records import inviting
from records.doors import opens_own_people
from records.nominating_forms import AgreeForm, WhatForm, WhoForm, usual_name


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_people
def invite(request, access, *, record):
    """Begin: who it is."""
    if closed := inviting.why_not(access.patient, record, today=timezone.localdate()):
        return render(request, "people/invite_closed.html", {"access": access, "why": closed})
    form = WhoForm(sent(request), initial={"name_shown": usual_name(access.patient)})
    if form.is_valid() and (made := begun(form, access)):
        return redirect("records:invite-what", access.patient.pk, made.pk)
    return answer(request, "people/invite_who.html", form, access=access)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_people
def invite_who(request, access, *, record, nomination_id):
    """Change who it is."""
    held = nomination_or_404(access, nomination_id)
    initial = {name: getattr(held, name) for name in WhoForm.base_fields}
    form = WhoForm(sent(request), initial=initial)
    if done(form, lambda: say_who(held, form.who, by=access)):
        return redirect("records:invite-what", access.patient.pk, held.pk)
    return answer(request, "people/invite_who.html", form, access=access, nomination=held)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_people
def invite_what(request, access, *, record, nomination_id):
    """What they may see, and until when."""
    held, record = nomination_or_404(access, nomination_id), open_or_404(record)
    initial = {name: getattr(held, name) for name in WhatForm.base_fields}
    form = WhatForm(sent(request), record, initial=initial)
    today = timezone.localdate()
    if done(form, lambda: say_what(held, form.what, by=access, today=today)):
        return redirect("records:invite-look", access.patient.pk, held.pk)
    return answer(request, "people/invite_what.html", form, access=access, nomination=held)


@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
@opens_own_people
def invite_agree(request, access, *, record, nomination_id):
    """The eight facts; who agrees gets the code, in this answer only."""
    held, record = nomination_or_404(access, nomination_id), open_or_404(record)
    if not held.scopes:
        return redirect("records:invite-what", access.patient.pk, held.pk)
    form, codes = AgreeForm(sent(request)), []
    given = {"by": access, "now": timezone.now(), "today": timezone.localdate()}
    seen = request.POST.get("seen", "")
    if done(form, lambda: codes.append(inviting.agree(held, record, seen=seen, **given))):
        return code_shown(request, access, held, codes[0])
    facts = inviting.facts_here(held, record, today=timezone.localdate())
    context = {"access": access, "nomination": held, "facts": facts, "seen": digest(facts)}
    return answer(request, "people/invite_agree.html", form, **context)


@require_POST
@recently_confirmed
@opens_own_people
def invite_code(request, access, *, record, nomination_id):
    """A new code, shown in this answer only."""
    held = nomination_or_404(access, nomination_id)
    try:
        code = renew_code(held, by=access, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("records:people", access.patient.pk)
    return code_shown(request, access, held, code)


@require_POST
@opens_own_people
def invite_cancel(request, access, *, record, nomination_id):
    """Take it back."""
    held = nomination_or_404(access, nomination_id)
    try:
        inviting.cancel(held, by=access, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, f"You do not invite {held.name} any more")
    return redirect("records:people", access.patient.pk)


def code_shown(request, access, held, code):
    """What to do with the code; without one, what comes next."""
    held.refresh_from_db()
    address = settings.PORTAL_URL + reverse("records:invited")
    context = {"access": access, "nomination": held, "code": code, "address": address}
    return render(request, "people/invite_code.html", context)


def begun(form, access):
    """The new nomination; None, with the reason on the form."""
    now, today = timezone.now(), timezone.localdate()
    made = []
    done(form, lambda: made.append(inviting.begin(form.who, by=access, now=now, today=today)))
    return made[0] if made else None


def done(form, act):
    """Whether an act was done with what a form says; what speaks against it is put on the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()


def nomination_or_404(access, nomination_id):
    """A nomination of this patient's."""
    held = Nomination.objects.filter(pk=nomination_id, patient=access.patient)
    if found := held.select_related("patient__surgery", "grant").first():
        return found
    raise Http404


def open_or_404(record):
    """The record, where it is open: else there is nothing to let anybody see."""
    if hasattr(record, "levels"):
        return record
    raise Http404

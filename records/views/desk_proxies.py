"""Staff see who acts for a patient, with every change of it, and stop, start or end it (R4.5, R4.9)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Duty
from accounts.views.asking import sent
from proxy_access.access import is_paused_by_patient
from proxy_access.ages import parental
from proxy_access.changing import end_as_staff, resume_as_staff, suspend_as_staff
from proxy_access.models import GrantSource, ProxyGrant, named
from proxy_access.over import why_over
from proxy_access.steps import STANDING, Side, stopped_by
from records.doors import opens_for_staff
from records.going_on import GOES_ON
from records.people_forms import EndForm, StartForm, WhyForm
from records.queue import close_tasks
from records.sensitive.safeguarding import safeguarding_flags
from records.stopping import looked_at

DECIDES = Duty.DECIDE_ACCESS


@require_safe
@opens_for_staff()
def desk_proxy(request, access, grant_id):
    """Somebody who acts for the patient, or did: what they may see, and each change."""
    grant = grant_or_404(access, grant_id)
    is_parents = parental(timezone.localdate()).filter(pk=grant.pk).exists()
    context = facts(access, grant) | {
        "may_decide": access.may(DECIDES),
        "may_review": is_parents and access.may(DECIDES),
    }
    return render(request, "staff/proxy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_stopped(request, access, grant_id):
    """Stop it until somebody has looked at it."""
    form = WhyForm(sent(request))
    return acted(request, access, grant_id, form, stop, "The proxy access is stopped, from now on")


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_started(request, access, grant_id):
    """Take the surgery's own stop back."""
    form = StartForm(sent(request))
    return acted(request, access, grant_id, form, start, "The surgery does not stop it any more")


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_ended(request, access, grant_id):
    """End it for good, for one of the national reasons."""
    return acted(
        request, access, grant_id, EndForm(sent(request)), end, "The proxy access has ended"
    )


def stop(grant, form, **by):
    """Stop it as the form says."""
    return suspend_as_staff(grant, words=form.words, **by)


def start(grant, form, **by):
    """Start it as the form says."""
    return resume_as_staff(grant, words=form.words, **by)


def end(grant, form, **by):
    """End it as the form says; then nothing is left to decide about its going on."""
    ended = end_as_staff(grant, form.cleaned_data["reason"], words=form.words, **by)
    close_tasks(by["by"].patient, GOES_ON, about_id=grant.pk, **by)
    return ended


HEADINGS = {stop: "Stop proxy access for now", start: "Start it again", end: "End proxy access"}


def acted(request, access, grant_id, form, act, words):
    """The form of an act; what was done with it, or what speaks against it."""
    grant = grant_or_404(access, grant_id)
    if form.is_valid() and is_done(form, act, grant, access):
        messages.success(request, words)
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    context = facts(access, grant) | {"form": form, "heading": HEADINGS[act]}
    return render(request, "staff/proxy_act.html", context, status=422 if form.errors else 200)


def is_done(form, act, grant, access):
    """Whether it was done; what speaks against it is put on the form."""
    try:
        act(grant, form, by=access, now=timezone.now())
        looked_at(grant, by=access, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()


def facts(access, grant):
    """What everybody sees who has to do with a grant."""
    return {
        "access": access,
        "grant": grant,
        "sections": named(grant.scopes),
        "steps": list(grant.steps.select_related("by").order_by("-id")),
        "is_live": ProxyGrant.objects.live(timezone.localdate()).filter(pk=grant.pk).exists(),
        "why_over": why_over(grant, on=timezone.localdate()),
        "is_standing": grant.status in STANDING,
        "stopped_by_surgery": Side.SURGERY in stopped_by(grant),
        "stopped_by_patient": Side.PATIENT in stopped_by(grant),
        "is_paused": is_paused_by_patient(grant, on=timezone.localdate(), at=timezone.now()),
        "source": GrantSource.objects.filter(grant=grant).first(),
        "safety": safeguarding_flags(access),
    }


def grant_or_404(access, grant_id):
    """A grant about this patient."""
    grants = ProxyGrant.objects.with_names().select_related("decided_by", "patient")
    found = grants.filter(pk=grant_id, patient=access.patient)
    if grant := found.first():
        return grant
    raise Http404

"""A patient sees who acts for them, and stops, ends or narrows it in one step (R4.8); whoever acts for them resigns."""

from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.asking import sent
from proxy_access.ages import told_to_patient
from proxy_access.changing import end_as_patient, narrow, resign
from proxy_access.models import Pause, Whom
from proxy_access.pausing import Wanted
from proxy_access.telling import told_of, told_rejections
from records.doors import opens_own_people, opens_record
from records.inviting import nominations_of
from records.pausing import pause_record
from records.pausing_forms import DAYS, RETURN
from records.people_forms import LessForm
from records.stopping import start_again, stop_for_now
from records.views.pausing import pause_facts
from records.visibility import RecordAccess


@require_safe
@opens_own_people
def people(request, access, *, record):
    """Everybody who acts for the patient, and what can be done at once."""
    patient, today = access.patient, timezone.localdate()
    told = told_of(patient, today=today)
    context = {
        "access": access,
        "people": told,
        "is_open": isinstance(record, RecordAccess),
        "invited": nominations_of(patient),
        "rejections": told_rejections(patient),
        "coming": {
            one.grant.pk: "" if one.is_over else told_to_patient(one.grant, patient, today=today)
            for one in told
        },
        "now": timezone.now(),
        "days": DAYS,
    }
    context |= stopped_facts(request, access, context["now"])
    return render(request, "people/people.html", context)


@require_POST
@opens_own_people
def person_stopped(request, access, *, record, grant_id):
    """Stop it for now."""
    how_long = request.POST.get("how_long", RETURN)
    stop = stop_for_now if how_long == RETURN else partial(stop_for_days, how_long=how_long)
    return done(request, access, grant_id, stop, "{} cannot see your record now")


@require_POST
@opens_own_people
def person_started(request, access, *, record, grant_id):
    """Take one's own stop back."""
    return done(request, access, grant_id, start_again, "You no longer stop {}")


@require_POST
@opens_own_people
def person_ended(request, access, *, record, grant_id):
    """End it at once."""
    return done(request, access, grant_id, end_as_patient, "{} cannot see your record any more")


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_people
def person_narrowed(request, access, *, record, grant_id):
    """Let somebody see less, or for a shorter time."""
    told = told_or_404(access, grant_id)
    form = LessForm(sent(request), told.grant)
    if form.is_valid() and is_narrowed(form, told.grant, access):
        messages.success(request, f"Saved. It holds for {told.name} from now on")
        return redirect("records:people", access.patient.pk)
    context = {"access": access, "told": told, "form": form}
    return render(request, "people/less.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def stop_acting(request, access):
    """Stop acting for the patient, as whoever does."""
    if access.is_own_record:
        raise Http404
    if request.method != "POST":
        return render(request, "people/stop_acting.html", {"access": access})
    resign(access.access, now=timezone.now())
    messages.success(request, f"You no longer act for {access.patient.full_name}")
    return redirect("home")


def done(request, access, grant_id, act, words):
    """Act, say so, and go back to the list; asked for twice, it is done once."""
    told = told_or_404(access, grant_id)
    try:
        act(told.grant, by=access, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, words.format(told.name))
    return redirect("records:people", access.patient.pk)


def stop_for_days(grant, *, by, now, how_long):
    """Stop one person until some days are over; raises ValidationError for a number of days that is not offered."""
    if how_long not in DAYS:
        raise ValidationError("Choose for how long from the list")
    until = now + timedelta(days=int(how_long))
    pause_record(Wanted(Whom.ONE, until, grant=grant), by=by, now=now)


def stopped_facts(request, access, now):
    """What the page says of those whom the patient paused, all at once or alone."""
    alone = Pause.objects.in_force(now).filter(patient=access.patient, whom=Whom.ONE)
    return {
        "stopped": pause_facts(request, access, Whom.PROXIES, now, "records:people"),
        "paused_alone": {each.grant_id: each for each in alone.order_by("made_at")},
    }


def is_narrowed(form, grant, access):
    """Whether it was narrowed; what speaks against it is put beside its question."""
    now = timezone.now()
    given = {name: form.cleaned_data[name] for name in ("scopes", "ends_on")}
    try:
        narrow(grant, by=access, now=now, today=timezone.localdate(now), **given)
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()


def told_or_404(access, grant_id):
    """Somebody whom the patient is told of."""
    for told in told_of(access.patient, today=timezone.localdate()):
        if told.grant.pk == grant_id:
            return told
    raise Http404

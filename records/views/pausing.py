"""A patient pauses their record or whoever acts for them, and comes back (R5.2)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.signing_in import confirmed
from accounts.views.asking import sent
from proxy_access.access import Refusal
from proxy_access.models import Pause, Whom
from proxy_access.pausing import needs_factor
from records.doors import opens_own_matters
from records.pausing import ask_to_open, open_again, pause_record
from records.pausing_forms import PauseForm

opens_own_pause = opens_own_matters("online access page opened")
"""On file as the page on which access is stopped: what the patient reads of it does not say who paused (ADR 38)."""


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_pause
def online_access(request, access, *, record):
    """Pause my record, or see that it is paused and come back."""
    now = timezone.now()
    form = PauseForm(sent(request), now=now, today=timezone.localdate(now))
    if form.is_valid() and is_paused(form, Whom.EVERYONE, access, now):
        return redirect("records:pause", access.patient.pk)
    context = {"access": access, "form": form, "asks_surgery": record is Refusal.PAUSED}
    context |= pause_facts(request, access, Whom.EVERYONE, now, "records:pause")
    return render(request, "pausing/pause.html", context, status=422 if form.errors else 200)


@require_POST
@opens_own_pause
def come_back(request, access, *, record):
    """Open my record again before the time."""
    return come_back_to(request, access, Whom.EVERYONE, "records:pause")


@require_POST
@opens_own_pause
def ask_surgery(request, access, *, record):
    """Ask the surgery to open what only they can."""
    try:
        ask_to_open(by=access, record=record, now=timezone.now())
    except ValidationError as error:
        messages.info(request, error.messages[0])
    else:
        messages.success(request, ASKED.format(access.patient.surgery.name))
    return redirect("records:pause", access.patient.pk)


ASKED = "{} know that you want it open. They speak to you first"


@require_POST
@opens_own_pause
def pause_people(request, access, *, record):
    """Stop everybody who acts for me, in one step."""
    now = timezone.now()
    form = PauseForm(sent(request), now=now, today=timezone.localdate(now))
    if form.is_valid() and is_paused(form, Whom.PROXIES, access, now):
        messages.success(request, "Nobody who acts for you can see your record now")
    else:
        messages.warning(
            request, " ".join(str(each) for one in form.errors.values() for each in one)
        )
    return redirect("records:people", access.patient.pk)


@require_POST
@opens_own_pause
def people_come_back(request, access, *, record):
    """Let them see it again."""
    return come_back_to(request, access, Whom.PROXIES, "records:people")


def is_paused(form, whom, access, now):
    """Whether it was paused; what speaks against it is put on the form."""
    try:
        pause_record(form.wanted(whom), by=access, now=now)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return form.is_valid()


def come_back_to(request, access, whom, page):
    """Come back, or use the second step first; then the page on which it is seen."""
    try:
        open_again(whom, by=access, now=timezone.now(), confirmed=confirmed(request.session))
    except ValidationError as error:
        if error.code == "factor":
            return redirect(second_step(page, access))
        messages.info(request, error.messages[0])
    else:
        messages.success(request, "It is not paused any more")
    return redirect(page, access.patient.pk)


def pause_facts(request, access, whom, now, page):
    """What a page says of the pauses of a kind."""
    held = list(Pause.objects.in_force(now).of(access.patient, whom))
    ends = [each.until for each in held if each.until]
    return {
        "paused": bool(held),
        "until": max(ends) if held and len(ends) == len(held) else None,
        "through_surgery": any(each.through_surgery for each in held),
        "second_step": second_step(page, access)
        if needs_factor(held, confirmed(request.session), now=now)
        else "",
    }


def second_step(page, access):
    """Where the second step is asked for again; it leads back to the page."""
    going_to = urlencode({"next": reverse(page, args=[access.patient.pk])})
    return f"{reverse('accounts:confirm')}?{going_to}"

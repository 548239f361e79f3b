"""A patient lets somebody go on before it ends, and whoever acts for them asks for it (R4.6)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from nhsuk.wording import date_words
from proxy_access.renewing import renew_as_patient
from proxy_access.terms import ends_soon
from records.doors import opens_own_people, opens_record
from records.going_on import ask
from records.views.people import told_or_404
from records.visibility import RecordAccess

NOT_OPEN = "Your record is not open online, so nobody can see it. Let them go on once it is open"


@require_POST
@opens_own_people
def person_goes_on(request, access, *, record, grant_id):
    """Let somebody go on for another term."""
    told = told_or_404(access, grant_id)
    try:
        until = renewed(request, access, record, told)
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        messages.success(request, f"{told.name} can go on until {date_words(until)}")
    return redirect("records:people", access.patient.pk)


def renewed(request, access, record, told):
    """The day until which it goes on; raises ValidationError where it does not."""
    if not isinstance(record, RecordAccess):
        raise ValidationError(NOT_OPEN)
    now, until = timezone.now(), day_sent(request)
    renew_as_patient(told.grant, until=until, by=access, now=now, today=timezone.localdate(now))
    return until


def day_sent(request):
    """The day that the patient was shown; raises ValidationError for none."""
    try:
        found = parse_date(request.POST.get("until", ""))
    except ValueError:
        found = None
    if found is None:
        raise ValidationError("Read until when it would go on, then press the button again")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@opens_record()
def go_on(request, access):
    """Ask to go on acting for the patient."""
    today = timezone.localdate()
    if access.is_own_record or not ends_soon(access.access.grant, today=today):
        raise Http404
    if request.method != "POST":
        return render(request, "people/go_on.html", {"access": access})
    ask(access.access, now=timezone.now(), today=today)
    messages.success(request, "You asked to go on. Until somebody lets you, the end date stays")
    return redirect("records:home", access.patient.pk)

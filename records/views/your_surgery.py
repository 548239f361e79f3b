"""A patient's page about their surgery, from which they can also ask for a talk without a trace (R5.2, ADR 39).

Both are one address, and nothing is said afterwards: the way that it was sent looks like looking up the phone number.
"""

from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.views.asking import sent
from records.doors import opens_own_matters
from records.quiet_help import ask_for_help
from records.quiet_help_forms import TalkForm
from surgeries.opening import contact_of, read_by


@require_http_methods(["GET", "HEAD", "POST"])
@opens_own_matters("surgery page opened")
def your_surgery(request, access, *, record):
    """Where my surgery is, when it is open, and how to ask for a talk."""
    now, surgery = timezone.now(), access.patient.surgery
    form = TalkForm(sent(request))
    if form.is_valid() and is_asked(form, access, now):
        return redirect("records:your-surgery", access.patient.pk)
    context = contact_of(surgery, now) | {"access": access, "form": form}
    context["read_by"] = timezone.localtime(read_by(surgery, now))
    return render(request, "pausing/your_surgery.html", context, status=422 if form.errors else 200)


def is_asked(form, access, now):
    """Whether it was sent; what speaks against it is put on the form."""
    try:
        ask_for_help(**form.cleaned_data, by=access, now=now)
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()

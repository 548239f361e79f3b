"""Staff let somebody go on who acts for a patient by a law or a court (R4.6)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.views.asking import sent
from records.doors import opens_for_staff
from records.going_on import let_go_on
from records.people_forms import GoOnForm
from records.views.desk_proxies import DECIDES, facts, grant_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@opens_for_staff(needs=DECIDES)
def proxy_goes_on(request, access, grant_id):
    """Let it go on until another day."""
    grant = grant_or_404(access, grant_id)
    form = GoOnForm(sent(request))
    if form.is_valid() and is_done(form, grant, access):
        messages.success(request, "The proxy access goes on")
        return redirect("records:desk-proxy", access.patient.pk, grant.pk)
    context = facts(access, grant) | {"form": form, "heading": "Let it go on"}
    return render(request, "staff/proxy_act.html", context, status=422 if form.errors else 200)


def is_done(form, grant, access):
    """Whether it goes on; what speaks against it is put on the form."""
    now, until = timezone.now(), form.cleaned_data["ends_on"]
    basis = form.cleaned_data["basis_ends_on"]
    try:
        let_go_on(
            grant, until, by=access, now=now, today=timezone.localdate(now), words=form.words, basis_ends_on=basis
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(None, error)
    return form.is_valid()

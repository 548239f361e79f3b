"""Recovery codes: shown until their owner has kept them, and made anew."""

import json

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.factor_forms import KeptForm
from accounts.recovery_codes import make_codes, note_kept
from accounts.sealing import seal, unseal
from accounts.views.asking import answer, sent
from accounts.views.confirming import recently_confirmed

SHOWN = "recovery_codes"


def keep_for_showing(request, codes):
    """Let the person see new codes in this session, until they say that they have kept them."""
    request.session[SHOWN] = {"user": str(request.user.pk), "codes": seal(json.dumps(codes))}


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("codes")
def recovery_codes(request):
    """The ten codes, to print or copy; the next page comes once they are kept."""
    codes = codes_to_show(request)
    if not codes:
        return redirect("accounts:factors")
    form = KeptForm(sent(request))
    if form.is_valid():
        del request.session[SHOWN]
        note_kept(request.user, now=timezone.now())
        messages.success(request, "Your recovery codes are ready to use")
        return redirect("home")
    return answer(request, "accounts/recovery_codes.html", form, codes=codes)


def codes_to_show(request):
    """The codes that this person has not kept yet."""
    kept = request.session.get(SHOWN) or {}
    if kept.get("user") != str(request.user.pk):
        return []
    return json.loads(unseal(kept["codes"]) or "[]")


@require_POST
@recently_confirmed
def make_recovery_codes(request):
    """Ten new codes, for whoever has a password that they go with."""
    if not request.user.has_usable_password():
        return redirect("accounts:factors")
    keep_for_showing(request, make_codes(request.user, now=timezone.now()))
    return redirect("accounts:recovery-codes")

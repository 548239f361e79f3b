"""Three ways to prove who one is: NHS login, a letter, and the front desk."""

from functools import wraps

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.desk_codes import make_desk_code
from accounts.models import OnlineRegistration
from accounts.nhs_login import is_configured
from accounts.views.asking import answer, sent
from records.online import TERMS_VERSION, register_by_letter
from records.proving_forms import GoingForm, LetterForm

NOT_RIGHT = (
    "We could not use these details. Check each of them against your letter. If they are right, the letter "
    "can no longer be used: ask your surgery for a new one. After many tries, wait an hour"
)


def for_the_unproved(view):
    """Let a view answer who has still to prove who they are; nothing is looked up before P9 (R3.1)."""

    @wraps(view)
    def door(request):
        user = request.user
        live = OnlineRegistration.objects.live(timezone.localdate())
        if user.is_identified and live.filter(user=user).exists():
            return redirect("home")
        return view(request)

    return door


@require_safe
@for_the_unproved
def prove(request):
    """The three ways."""
    return render(request, "proving/prove.html", {"has_nhs_login": is_configured()})


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_unproved
@sensitive_post_parameters("account_id", "linkage_key")
def letter(request):
    """The codes of a registration letter; whatever is not right, the answer is one and the same (R3.6)."""
    form = LetterForm(sent(request))
    if form.is_valid():
        registration = register_by_letter(
            request.user, form.typed, terms_version=TERMS_VERSION, now=timezone.now()
        )
        if registration:
            messages.success(request, "You have proved who you are")
            return redirect("home")
        form.add_error(None, NOT_RIGHT)
    return answer(request, "proving/letter_codes.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_unproved
def desk_code(request):
    """What to take to the surgery; who asks for a code gets a new one, shown in this answer only."""
    form, code = GoingForm(sent(request)), ""
    if form.is_valid():
        surgery = form.cleaned_data["surgery"]
        code = make_desk_code(request.user, surgery=surgery, now=timezone.now())
    return answer(request, "proving/desk_code.html", form, code=code, email=request.user.email)

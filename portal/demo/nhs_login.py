"""The pages and addresses of the demo's stand-in for NHS login; there are none outside a demo."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import NhsLogin, OnlineRegistration
from nhsuk.forms import Radios
from portal.demo import stand_in
from portal.demo.signing_in import is_demo
from records.doors import View
from records.views.nhs_login import redirect_uri
from surgeries.models import Patient

ASKED = "demo nhs login asked"
SHARE, LOW, REFUSE = "P9", "P5", "refuse"


class ChoiceForm(forms.Form):
    """Who to be, and what happens at the stand-in."""

    person = forms.ChoiceField(
        label="Who are you?", widget=Radios, error_messages={"required": "Choose who you are"}
    )
    ending = forms.ChoiceField(
        label="What happens at NHS login?",
        widget=Radios,
        initial=SHARE,
        choices=[
            (SHARE, "You have proved who you are, and agree to share your details"),
            (LOW, "You have not proved who you are yet (level P5)"),
            (REFUSE, "You do not agree to share your details"),
        ],
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]


def of_the_demo(view: View) -> View:
    """Serve an address in a demo only."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not is_demo():
            raise Http404
        return view(request)

    return guarded


def address_of(name: str) -> str:
    """The whole address of one of the stand-in's own."""
    return settings.PORTAL_URL + reverse(f"demo-nhs-login-{name}")


@require_safe
@login_not_required
@of_the_demo
def configuration(request: HttpRequest) -> HttpResponse:
    """What any OpenID provider publishes of itself."""
    about = {
        "issuer": settings.NHS_LOGIN_ISSUER,
        "authorization_endpoint": address_of("authorize"),
        "token_endpoint": address_of("token"),
        "userinfo_endpoint": address_of("userinfo"),
        "jwks_uri": address_of("keys"),
    }
    return JsonResponse(about)


@require_safe
@login_not_required
@of_the_demo
def keys(request: HttpRequest) -> HttpResponse:
    """The public key of the stand-in."""
    about = {"use": "sig", "alg": stand_in.ALGORITHM}
    return JsonResponse({"keys": [stand_in.own_key().as_dict(private=False) | about]})


@require_safe
@login_not_required
@of_the_demo
def authorize(request: HttpRequest) -> HttpResponse:
    """The page on which a visitor of the demo chooses who to be."""
    asked = request.GET.dict()
    must = {"client_id": settings.NHS_LOGIN_CLIENT_ID, "redirect_uri": redirect_uri()}
    if any(asked.get(name) != value for name, value in must.items()):
        return render(request, "errors/400.html", {}, status=400)
    form = ChoiceForm(people=people())
    context = {"form": form, "asked": signing.dumps(asked, salt=ASKED)}
    return render(request, "demo/nhs_login.html", context)


@require_http_methods(["POST"])
@login_not_required
@of_the_demo
def choose(request: HttpRequest) -> HttpResponse:
    """Back to the portal with a code, or with the refusal."""
    kept = request.POST.get("asked", "")
    try:
        asked = signing.loads(kept, salt=ASKED, max_age=stand_in.CODE_SECONDS)
    except signing.BadSignature:
        return render(request, "errors/400.html", {}, status=400)
    form = ChoiceForm(request.POST, people=people())
    if not form.is_valid():
        context = {"form": form, "asked": kept}
        return render(request, "demo/nhs_login.html", context, status=422)
    chosen = ending(asked, **form.cleaned_data) | {"state": asked.get("state", "")}
    return redirect(f"{redirect_uri()}?{urlencode(chosen)}")


@csrf_exempt
@require_POST
@login_not_required
@of_the_demo
def token(request: HttpRequest) -> HttpResponse:
    """The tokens for a code."""
    try:
        found = stand_in.exchange(request.POST.dict(), token_endpoint=address_of("token"))
    except stand_in.NotGiven as refusal:
        return JsonResponse({"error": refusal.error}, status=400)
    return JsonResponse(found)


@require_safe
@login_not_required
@of_the_demo
def userinfo(request: HttpRequest) -> HttpResponse:
    """Who somebody is."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        return JsonResponse(stand_in.tell_about(given))
    except stand_in.NotGiven as refusal:
        return JsonResponse({"error": refusal.error}, status=401)


def ending(asked: dict[str, str], *, person: str, ending: str) -> dict[str, str]:
    """What the portal is told in the address."""
    if ending == REFUSE:
        return {"error": "access_denied", "error_description": "ConsentNotGiven"}
    return {"code": stand_in.make_code(asked, Patient.objects.get(pk=person), ending)}


def people() -> list[tuple[str, str]]:
    """The made-up patients, with what each is good for here."""
    patients = Patient.objects.filter(left_on=None, died_on=None).order_by("given_names")
    held = set(OnlineRegistration.objects.filter(ended_on=None).values_list("patient", flat=True))
    joined = set(NhsLogin.objects.values_list("subject", flat=True))
    today = timezone.localdate()

    def about(patient: Patient) -> str:
        if f"stand-in-{patient.pk}" in joined:
            return "has used NHS login here before"
        if patient.is_under(16, today):
            return "is under 16"
        return "has an account here" if patient.pk in held else "has no account here yet"

    return [(str(one.pk), f"{one.full_name}: {about(one)}") for one in patients]

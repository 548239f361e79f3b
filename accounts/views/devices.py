"""The list of browsers in which a person is signed in, and signing them out."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import devices

FACTORS = {
    "app": "Authenticator app",
    "passkey": "Passkey",
    "recovery code": "Recovery code",
    "NHS login": "NHS login",
}


@require_safe
def signed_in_devices(request):
    """Where you are signed in."""
    found = devices.find_devices(request.user, now=timezone.now())
    context = {"devices": found, "here": request.session.get(devices.HERE, ""), "factors": FACTORS}
    return render(request, "accounts/devices.html", context)


@require_POST
def sign_out_device(request, device_id):
    """Sign out one browser; signing out this one is signing out."""
    if str(device_id) == request.session.get(devices.HERE):
        raise Http404
    if not devices.sign_out_device(request.user, device_id, now=timezone.now()):
        raise Http404
    messages.success(request, "That device is signed out")
    return redirect("accounts:devices")


@require_POST
def sign_out_others(request):
    """Sign out every browser but this one."""
    devices.sign_out_others(request.user, keep=request.session, now=timezone.now())
    messages.success(request, "All your other devices are signed out")
    return redirect("accounts:devices")

"""Making an account."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import making
from accounts.account_forms import AddressForm
from accounts.addresses import client_address
from accounts.views.asking import answer, sent


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def create(request):
    """An e-mail address, and one same answer whosever it is."""
    if request.user.is_authenticated:
        return redirect("home")
    form = AddressForm(sent(request))
    if form.is_valid():
        email = form.cleaned_data["email"]
        making.ask_for_account(email, network_address=client_address(request), now=timezone.now())
        return render(request, "accounts/check_email.html", {"email": email})
    return answer(request, "accounts/create.html", form)

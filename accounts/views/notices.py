"""The link below an e-mail that stops such e-mails: for whoever has it, without signing in."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.notices import find_stop, stop_all


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@csrf_exempt
def stop_emails(request, token):
    """A page with a button, which changes nothing; one request by button or mail program stops them (RFC 8058).

    The link is what lets them, and a mail program has no cookie: so there is none to ask for. The page is the same
    whosever it is, and whether or not they were stopped before.
    """
    choice = find_stop(token)
    if choice is None:
        return render(request, "accounts/stop_link_over.html", status=404)
    if request.method != "POST":
        return render(request, "accounts/stop_emails.html")
    stop_all(choice, now=timezone.now())
    return render(request, "accounts/emails_stopped.html")

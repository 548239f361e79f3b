"""What we tell a person by e-mail, in plain words, and what of it they can choose (R5.4)."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.mail import SUBJECTS, Message, words_of
from accounts.models import Kind, User
from accounts.notices import choice_of, is_safe
from accounts.views.asking import answer, sent
from proxy_access.mailboxes import sharers_of
from records.choosing_notices import choose, chosen, records_told_of
from records.notices_forms import NoticesForm

OWN_LINK = "(a link that is only for you)"


@require_http_methods(["GET", "HEAD", "POST"])
def what_we_tell_you(request):
    """Every kind with its choice, an example of the e-mail, and what is always sent."""
    user, now = User.objects.get(pk=request.user.pk), timezone.now()
    choice = choice_of(user)
    offered = records_told_of(user, now=now)
    form = NoticesForm(
        sent(request), answers=chosen(user, choice), offered=offered, email=user.email
    )
    if form.is_valid() and is_kept(request, form, user, now):
        return redirect("records:notices")
    return answer(
        request, "accounts/notices.html", form, example=example(), **mailbox(choice, user, now)
    )


def mailbox(choice, user, now):
    """Whether anything is sent to this person's mailbox but what keeps the account safe, and whether it is shared."""
    sharers = sharers_of(user, on=timezone.localdate(now))
    safe = is_safe(Kind.PEOPLE, choice, email=user.email, sharers=sharers)
    return {"is_safe": safe, "is_shared": bool(sharers)}


def is_kept(request, form, user, now):
    """Whether it was kept; what speaks against it is put beside its question."""
    try:
        is_changed = choose(user, form.answers, now=now)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    if is_changed:
        messages.success(request, "Saved. We have sent you an email to say that you changed this")
    else:
        messages.info(request, "Nothing was changed")
    return True


def example():
    """The e-mail as it is sent, with its sender and its subject."""
    words = words_of(Message.SOMETHING_NEW, link=settings.PORTAL_URL, stop=OWN_LINK)
    return {
        "sender": settings.DEFAULT_FROM_EMAIL,
        "subject": SUBJECTS[Message.SOMETHING_NEW],
        "lines": [line for line in words.splitlines() if line],
    }

"""Making an account with nothing but an e-mail address; whoever asks learns nothing about that address."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from accounts.mail import Message, tell
from accounts.models import User
from accounts.tries import Limit, may_try
from accounts.ways_in import may_be_set_up_by_email
from audit import log

TO_ONE_ADDRESS = Limit("email asked for", tries=3, within=timedelta(hours=1))
FROM_ONE_NETWORK = Limit("account asked for", tries=20, within=timedelta(hours=1))


def ask_for_account(email: str, *, network_address: str, now: datetime) -> None:
    """Have a message sent to an address, in lower case, that tells its owner how to go on.

    Nothing is looked up here: known or unknown, the same queries run in the same time, and a task decides
    later what to write. Beyond the limits nothing happens, and the asker is not told.
    """
    with transaction.atomic():
        # both are counted, whatever the first says
        within_limits = [
            may_try(FROM_ONE_NETWORK, network_address, now=now),
            may_try(TO_ONE_ADDRESS, email, now=now),
        ]
        if all(within_limits):
            decide_and_send.enqueue(email)


@task
def decide_and_send(email: str) -> None:
    """Make the account if the address has none, and tell its owner what there is to do.

    Of two tasks for one address at once, one makes the account and the other finds it.
    """
    now = timezone.now()
    nothing_set = {"is_self_made": True, "password": make_password(None)}
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(email=email, defaults=nothing_set)
        if is_new:
            log.record("account made", at=now, actor_id=user.pk)
        tell(user, message_for(user))


def message_for(user: User) -> Message:
    """What the owner of an address is told when somebody wants an account with it.

    The address of a closed account stays its own: nobody makes a new account with it by themselves, since
    the surgery's decisions may hang on the old one (R1.13). The surgery can help.
    """
    if user.closed_at or not user.is_active:
        return Message.ACCOUNT_WAS_CLOSED
    if may_be_set_up_by_email(user):
        return Message.SET_UP_ACCOUNT
    return Message.HAS_ACCOUNT_ALREADY


__all__ = ["TO_ONE_ADDRESS", "ask_for_account", "decide_and_send", "message_for"]

"""Whoever acts for a patient asks to go on: the patient reads it, or their surgery where it rests on a law (R4.6)."""

from datetime import date, datetime

from django.db import transaction

from accounts.staff import StaffAccess
from proxy_access.access import Access
from proxy_access.models import ProxyGrant
from proxy_access.renewing import ask_to_go_on, renew_as_staff
from proxy_access.steps import Words
from records.models import StaffTask
from records.queue import close_tasks, open_task

GOES_ON = StaffTask.Kind.PROXY_GOES_ON


def ask(by: Access, *, now: datetime, today: date) -> None:
    """Ask to go on; where it is not the patient who lets them, somebody at the surgery is to decide before it ends."""
    with transaction.atomic():
        held = ask_to_go_on(by, now=now, today=today)
        if not held.rests_on_agreement:
            open_task(
                by.patient, GOES_ON, now=now, about_id=held.pk, due_on=held.ends_on,
                because="Decide whether it is still needed and safe, or let it end",
            )  # fmt: skip


def let_go_on(
    grant: ProxyGrant,
    ends_on: date,
    *,
    by: StaffAccess,
    now: datetime,
    today: date,
    words: Words,
    basis_ends_on: date | None = None,
) -> None:
    """Let somebody go on who acts by a law or a court; there is no more to decide."""
    with transaction.atomic():
        renew_as_staff(
            grant, ends_on=ends_on, by=by, now=now, today=today, words=words, basis_ends_on=basis_ends_on
        )  # fmt: skip
        close_tasks(by.patient, GOES_ON, by=by, now=now, about_id=grant.pk)

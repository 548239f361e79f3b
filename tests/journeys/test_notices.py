"""Choosing what we tell you, the e-mail, and stopping it by its link, in a real browser (R5.4)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from audit.row_security import rows_of
from records.models import NewsChoice
from records.news import note_moved
from records.telling_of_news import tell_of_news
from tests.cast import make_entry, make_grant, make_proxy_grant, make_user
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def comes(patient):
    """An entry, a while after somebody chose to be told of it."""
    now = timezone.now()
    NewsChoice.objects.update(entries_until=now - timedelta(hours=2))
    at = now - timedelta(hours=1)
    with rows_of(patient.pk):
        make_entry(patient, added_at=at, changed_at=at, recorded_at=at, title="HIV 1 antibody")
    note_moved(patient, at=at)
    mail.outbox.clear()
    tell_of_news(now=now)


def test_choosing_being_told_and_stopping(visit, another_visitor, patient, patient_user):
    """Given a patient who wants to hear of news, when something comes, then one e-mail says so and nothing more; its
    link stops the next ones for whoever has it, without signing in."""
    make_grant(patient, historical="full")
    own = visit(patient_user)
    own.goto("/account")
    own.follow("Change what we tell you")
    picture(own, "before-choosing")
    own.page.get_by_label("My own record").check()
    own.press("Save")
    assert own.reads("Choose who reads your emails")
    picture(own, "who-reads")
    own.page.get_by_label("Only me").check()
    own.page.get_by_label("Between the hours that I choose below").check()
    own.press("Save")
    assert own.page.get_by_text("Saved.").is_visible()
    own.page.get_by_label("At any time, also at night").check()
    own.press("Save")
    own.page.get_by_text("See the whole email").click()
    assert own.reads("There is something new in your GP record account")
    picture(own, "chosen")

    comes(patient)
    [email] = mail.outbox
    assert "HIV" not in email.body
    [stop] = re.findall(r"/stop-emails/\S+", email.body)
    another_visitor.page.set_content(email.alternatives[0][0])
    picture(another_visitor, "the-email")

    another_visitor.goto(stop)
    picture(another_visitor, "stop")
    assert NewsChoice.objects.filter(viewer__notice_choice__entries=True).exists()
    another_visitor.press("Stop these emails")
    assert another_visitor.reads("These emails are stopped")
    picture(another_visitor, "stopped")
    own.goto("/account/what-we-tell-you")
    assert not own.page.get_by_label("My own record").is_checked()
    another_visitor.goto("/stop-emails/nonsense")
    picture(another_visitor, "link-over")


def test_a_mailbox_that_somebody_else_reads(visit, patient, patient_user):
    """Given somebody who acts for the patient from the same mailbox, the page asks whether that is safe."""
    make_grant(patient, historical="full")
    make_proxy_grant(patient, make_user("ada+cara@example.test", name="Cara Helper"))
    own = visit(patient_user)
    own.goto("/account/what-we-tell-you")
    assert own.reads("Is it safe to email you?")
    picture(own, "shared")
    own.page.get_by_label("Only me").check()
    own.press("Save")
    assert own.reads("Choose one of the other answers")
    own.page.get_by_label("Other people too, and it is not safe, or I am not sure").check()
    own.press("Save")
    own.page.get_by_label("Other people too, and that is safe").check()
    own.press("Save")
    assert not own.reads("Is it safe to email you?")

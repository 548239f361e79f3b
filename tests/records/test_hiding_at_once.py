"""Two of the staff act on what is hidden, and on its task, at the same moment."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Duty
from accounts.staff import StaffAccess, desk_of
from audit.row_security import rows_of
from records.models import Redaction, StaffTask
from records.queue import hold_task
from records.review import hide, keep_hidden, unhide
from surgeries.models import Patient
from tests.cast import make_entry, make_staff, sign_in


def looking(surgery, patient, name):
    on = timezone.localdate()
    user = make_staff(surgery, f"{name}@example.test", Duty.REVIEW_ENTRIES)
    return StaffAccess(desk_of(user, on=on, surgery=surgery), patient, Duty.REVIEW_ENTRIES)


def acts_on(redaction, by):
    now, later = timezone.now(), timezone.localdate() + timedelta(days=60)
    return {
        "shown again": lambda: unhide(redaction, by=by, now=now),
        "kept": lambda: keep_hidden(redaction.act_id, by=by, now=now, review_on=later),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["shown again", "kept"])
def test_what_is_hidden_and_its_task_change_at_once_and_neither_fails(surgery, patient, act):
    """Both hold the patient first, so that none waits for what the other one waits for."""
    first, second = (looking(surgery, patient, name) for name in ("joel", "jane"))
    now, soon = timezone.now(), timezone.localdate() + timedelta(days=30)
    redaction = hide(make_entry(patient), by=first, now=now, reason="x", review_on=soon)
    with rows_of(patient.pk):
        task = StaffTask.objects.get(kind="review-hidden")
    holds, begun, failed = threading.Event(), threading.Event(), []

    def take():
        try:
            with transaction.atomic():
                Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
                holds.set()
                begun.wait(1)  # while the other one goes as far as they can
                hold_task(task, by=second, seen=0, now=timezone.now())
        except Exception as error:
            failed.append(error)
        connections.close_all()

    taking = threading.Thread(target=take)
    taking.start()
    holds.wait()
    try:
        with rows_of(patient.pk):
            acts_on(redaction, first)[act]()
    except Exception as error:
        failed.append(error)
    taking.join()
    assert [str(one) for one in failed if "deadlock" in str(one)] == []
    with rows_of(patient.pk):
        assert bool(Redaction.objects.get().undone_at) is (act == "shown again")


@pytest.mark.django_db(transaction=True)
def test_what_a_colleague_shows_again_at_that_moment_cannot_be_kept_hidden(surgery, patient):
    by = looking(surgery, patient, "joel")
    client = sign_in(Client(), make_staff(surgery, "jane@example.test", Duty.REVIEW_ENTRIES))
    redaction = hide(make_entry(patient), by=by, now=timezone.now(), reason="x")
    holds, answers = threading.Event(), []

    def keep():
        holds.wait()
        day = {"review_on-day": "1", "review_on-month": "1", "review_on-year": "2090"}
        page = f"/surgery/patients/{patient.pk}/hidden/{redaction.act_id}"
        answers.append(client.post(page, day))
        connections.close_all()

    client.raise_request_exception = False
    keeping = threading.Thread(target=keep)
    keeping.start()
    with rows_of(patient.pk):
        unhide(redaction, by=by, now=timezone.now())
        holds.set()
        time.sleep(4)  # so that they wait for this to end
    keeping.join()
    assert answers[0].status_code == 302
    assert "showed this again" in client.get(answers[0].url).text

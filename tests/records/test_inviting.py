"""An invitation and what is hidden, decided and asked beside it: also when two people act at the same moment (R4.4)."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.utils import timezone

from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.facts import digest, facts_of
from proxy_access.inviting import decline, try_code
from proxy_access.models import Nomination, ProxyConsent, ProxyGrant
from proxy_access.nominating import renew_code, say_what
from records import inviting
from records.dry_run import DryRun
from records.grants import with_levels
from records.models import Redaction, StaffTask
from records.own_hiding import hide_from, hidings_of
from records.queue import hold_patient
from tests.cast import make_grant, make_user
from tests.proxy_access.test_nominating import MEDICINES, RUTH
from tests.records.views.record import make_medicine

at_once = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own(patient, patient_user):
    make_grant(patient)
    return access_of(patient_user, patient.pk, on=timezone.localdate())


@pytest.fixture
def record(own):
    return with_levels(own)


@pytest.fixture
def ruth(db):
    return make_user("ruth@example.test", name="Ruth Makepiece")


@pytest.fixture
def medicine(own):
    return make_medicine(own.patient)


def drafted(own, who=RUTH):
    now, today = timezone.now(), timezone.localdate()
    made = inviting.begin(who, by=own, now=now, today=today)
    what = MEDICINES._replace(ends_on=today + timedelta(days=365))
    return say_what(made, what, by=own, today=today)


def agree(made, own, *, hidden=0):
    facts, now, today = facts_of(made, hidden=hidden), timezone.now(), timezone.localdate()
    record = with_levels(own)
    return inviting.agree(made, record, seen=digest(facts), by=own, now=now, today=today)


def opened(own, ruth):
    """An invitation whose code was given."""
    made = drafted(own)
    assert try_code(ruth, agree(made, own), now=timezone.now()) == made
    return Nomination.objects.select_related("patient").get(pk=made.pk)


def hide(made, medicine, record):
    with rows_of(record.patient.pk):
        inviting.hide_first(made, medicine.id, by=record, now=timezone.now())


def accept(made, ruth):
    return inviting.accept(made, by=ruth, now=timezone.now())


def hidden_from(patient, person_id):
    with rows_of(patient.pk):
        held = Redaction.objects.filter(patient=patient, proxy_id=person_id, undone_at=None)
        return set(held.values_list("entry_id", flat=True))


@pytest.mark.django_db
def test_what_is_hidden_from_a_page_of_before_they_accepted_is_hidden_from_them(
    own, record, ruth, medicine
):
    made = opened(own, ruth)
    accept(made, ruth)
    hide(made, medicine, record)  # `made` is as the page was: not accepted
    assert hidden_from(own.patient, ruth.pk) == {medicine.id}


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["cancel", "decline"])
def test_nothing_is_hidden_under_an_invitation_that_is_over(own, record, ruth, medicine, end):
    made = opened(own, ruth)
    if end == "cancel":
        inviting.cancel(made, by=own, now=timezone.now())
    else:
        decline(made, by=ruth, now=timezone.now())
    for act in (inviting.hide_first, inviting.show_first):
        with pytest.raises(ValidationError, match="over"), rows_of(own.patient.pk):
            act(made, medicine.id, by=record, now=timezone.now())
    assert hidden_from(own.patient, made.pk) == set()


@at_once
def test_what_is_hidden_while_they_accept_is_hidden_from_them(own, record, ruth, medicine):
    """Whichever of the two waits for the other."""
    made = opened(own, ruth)
    hiding = threading.Thread(
        target=lambda: (hide(made, medicine, record), connections.close_all())
    )
    with transaction.atomic():
        accept(made, ruth)
        hiding.start()
        time.sleep(1)  # so that the patient waits for this to end
    hiding.join()
    assert hidden_from(own.patient, ruth.pk) == {medicine.id}


@at_once
def test_they_accept_while_it_is_hidden_and_it_is_hidden_from_them(own, record, ruth, medicine):
    made = opened(own, ruth)
    accepting = threading.Thread(target=lambda: (accept(made, ruth), connections.close_all()))
    with rows_of(own.patient.pk):
        inviting.hide_first(made, medicine.id, by=record, now=timezone.now())
        accepting.start()
        time.sleep(1)
    accepting.join()
    assert hidden_from(own.patient, ruth.pk) == {medicine.id}


def both(first, second):
    """Two acts at the same moment; what each came to."""
    start, answers = threading.Barrier(2), []

    def act(one):
        start.wait()
        try:
            answers.append(one() or "done")
        except ValidationError as error:
            answers.append(error.messages[0])
        connections.close_all()

    threads = [threading.Thread(target=act, args=[one]) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    return answers


@at_once
def test_agreed_to_twice_at_once_is_agreed_to_once(own):
    made = drafted(own)
    answers = both(lambda: agree(made, own), lambda: agree(made, own))
    assert ProxyConsent.objects.count() == 1
    assert sum("agreed to this invitation already" in answer for answer in answers) == 1


@at_once
def test_accepted_twice_at_once_is_one_grant_and_one_task(own, ruth):
    made = opened(own, ruth)
    both(lambda: accept(made, ruth), lambda: accept(made, ruth))
    assert ProxyGrant.objects.count() == 1
    assert StaffTask.objects.count() == 1


@at_once
def test_accepted_while_it_is_taken_back_leaves_nothing_to_decide(own, ruth):
    made = opened(own, ruth)
    both(lambda: accept(made, ruth), lambda: inviting.cancel(made, by=own, now=timezone.now()))
    made.refresh_from_db()
    assert made.state == "cancelled"
    assert not ProxyGrant.objects.filter(status="proposed").exists()
    assert not StaffTask.objects.filter(closed_at=None).exists()


@pytest.mark.django_db
def test_taken_back_from_a_page_of_before_they_accepted_the_task_is_done_too(own, ruth):
    made = opened(own, ruth)
    accept(made, ruth)
    inviting.cancel(made, by=own, now=timezone.now())
    assert ProxyGrant.objects.get().status == "entered-in-error"
    assert StaffTask.objects.get().closed_at


@pytest.mark.django_db
def test_what_another_tab_made_of_it_is_not_agreed_to(own):
    """R4.4: the facts are of what will be seen, not of what was asked for before."""
    made = drafted(own)
    wider = MEDICINES._replace(scopes=["documents"], ends_on=made.ends_on)
    say_what(Nomination.objects.get(pk=made.pk), wider, by=own, today=timezone.localdate())
    with pytest.raises(ValidationError, match="Read it again"):
        agree(made, own)
    assert not ProxyConsent.objects.exists()


@pytest.mark.django_db
def test_what_was_shown_again_meanwhile_is_not_agreed_to(own, record, medicine):
    made = drafted(own)
    hide(made, medicine, record)
    with rows_of(own.patient.pk):
        inviting.show_first(made, medicine.id, by=record, now=timezone.now())
        with pytest.raises(ValidationError, match="Read it again"):
            agree(made, own, hidden=1)
        assert agree(made, own)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "again",
    [RUTH, RUTH._replace(email="ruth+new@example.test", name="Ruth"), RUTH._replace(email="r@example.test")],
)  # fmt: skip
def test_what_was_hidden_for_an_invitation_is_hidden_when_they_are_invited_again(
    own, record, medicine, again
):
    """The patient mends an address, and does not open by that what they had hidden."""
    made = drafted(own)
    hide(made, medicine, record)
    inviting.cancel(made, by=own, now=timezone.now())
    with rows_of(own.patient.pk):
        run = DryRun(drafted(own, again), record, timezone.localdate())
        assert (run.hidden, run.counts()) == (1, {})


@pytest.mark.django_db
def test_what_was_shown_to_whoever_accepted_is_not_hidden_when_they_are_invited_again(
    own, record, ruth, medicine
):
    made = opened(own, ruth)
    hide(made, medicine, record)
    accept(made, ruth)
    other = make_medicine(own.patient, "m2")
    now = timezone.now()
    with rows_of(own.patient.pk):
        inviting.show_first(Nomination.objects.get(pk=made.pk), medicine.id, by=record, now=now)
        hide_from(record, [other.id], proxy_id=ruth.pk, now=now)
        inviting.cancel(made, by=own, now=now)
        again = drafted(own)
    assert hidden_from(own.patient, again.pk) == {other.id}


@pytest.mark.django_db
def test_for_another_person_it_begins_with_nothing_hidden(own, record, medicine):
    made = drafted(own)
    hide(made, medicine, record)
    other = drafted(own, RUTH._replace(email="bea@example.test", name="Bea Makepiece"))
    assert hidden_from(own.patient, other.pk) == set()


@pytest.mark.django_db
def test_the_patient_reads_from_whom_they_hide_by_name_while_it_is_for_somebody(
    own, record, ruth, medicine
):
    made = opened(own, ruth)
    hide(made, medicine, record)
    with rows_of(own.patient.pk):
        assert [each.from_whom for each in hidings_of(record)] == ["Ruth Makepiece"]
        accept(made, ruth)
        ruth.name = "A name that the patient was not told"
        ruth.save()
        assert [(each.proxy_id, each.from_whom) for each in hidings_of(record)] == [
            (ruth.pk, "Ruth Makepiece")
        ]  # R3.1, R4.5: as long as nobody has decided
        inviting.cancel(made, by=own, now=timezone.now())
        assert [each.from_whom for each in hidings_of(record)] == ["Ruth Makepiece"]
        hide_from(record, [medicine.id], proxy_id=uuid4(), now=timezone.now())
        assert len(hidings_of(record)) == 2


@at_once
def test_a_new_code_while_they_accept_is_one_or_the_other(own, ruth):
    made = opened(own, ruth)
    answers = both(lambda: accept(made, ruth), lambda: renew_code(made, by=own, now=timezone.now()))
    made.refresh_from_db()
    assert sum("is over" in str(answer) for answer in answers) == 1
    assert bool(made.code_hash) is (made.state == "sent")
    assert ProxyGrant.objects.count() == StaffTask.objects.count() == (made.state == "accepted")


@at_once
def test_taking_back_and_hiding_from_everyone_do_not_wait_for_each_other(
    own, record, ruth, medicine
):
    """What waits for the surgery's decision opens nothing, so that hiding need not wait for it."""
    made = opened(own, ruth)
    accept(made, ruth)
    holds, failed = threading.Event(), []

    def take_back():
        try:
            with transaction.atomic():
                hold_patient(own.patient)
                holds.set()
                time.sleep(1)  # while the other one goes as far as they can
                inviting.cancel(made, by=own, now=timezone.now())
        except Exception as error:
            failed.append(error)
        connections.close_all()

    taking = threading.Thread(target=take_back)
    taking.start()
    holds.wait()
    hide_from(record, [medicine.id], proxy_id=None, now=timezone.now())
    taking.join()
    assert failed == []
    assert ProxyGrant.objects.get().status == "entered-in-error"

"""Asking the surgery for a talk leaves no trace for whoever holds the phone, and staff read it in time (R5.2, R2.5, ADR 39)."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.pausing import Wanted, pause
from records.models import HelpAnswered, HelpAsked, StaffTask
from records.quiet_help import MOST
from surgeries.opening import read_by
from tests.cast import make_grant, make_proxy_grant, make_staff, sign_in
from tests.clock import NOW, TODAY
from tests.pages import bare
from tests.records.views.record import home_of, reader

pytestmark = pytest.mark.django_db

HOURS = {
    day: ["08:00", "18:30"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}
CALL = {"reach": "call-when", "when": "Weekdays 10am to noon"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def own(client, patient, patient_user):
    patient.surgery.opening_hours = HOURS
    patient.surgery.save()
    make_grant(patient)
    return reader(client, patient_user, patient)


@pytest.fixture
def address(patient):
    return reverse("records:your-surgery", args=[patient.pk])


def asked(patient):
    with rows_of(patient.pk):
        return list(HelpAsked.objects.filter(patient=patient).order_by("at"))


def events(patient):
    """What is on file about a patient, as it stands for their own page."""
    with rows_of(patient.pk):
        found = AuditEvent.objects.filter(patient_id=patient.pk).order_by("sequence")
        return [(each.action, each.object, each.outcome, each.details) for each in found]


def desk_of(patient, *duties):
    return sign_in(Client(), make_staff(patient.surgery, "d@example.test", *duties))


def at(name, patient):
    return reverse(f"records:{name}", args=[patient.pk])


def everything(client, patient):
    """All that the patient's phone can show: pages, the session and what it keeps."""
    paths = ["/", at("your-surgery", patient), home_of(patient), at("people", patient), "/account"]
    paths += ["/account/devices", at("online-access", patient), at("pause", patient)]
    paths += [at("full-record", patient), at("corrections", patient)]
    pages = [bare(client.get(path).text) for path in paths]
    return pages, sorted(client.session.keys()), list(client.session.get("_messages", ()))


@pytest.mark.parametrize("form", [{"reach": "next-visit"}, {"reach": "nothing"}, CALL])
def test_nothing_on_the_phone_says_that_it_was_sent(own, patient, address, form):
    """R5.2: pages, messages, session and mailbox are as they were; the address is that of the phone number."""
    before = everything(own, patient)
    response = own.post(address, form)
    assert (response.status_code, response.url) == (302, address)
    assert everything(own, patient) == before
    assert mail.outbox == []
    assert len(asked(patient)) == 1


def test_the_patients_own_log_holds_what_looking_up_the_phone_number_leaves(own, patient, address):
    """R2.3, R9.2: neither a line, nor a count on a receipt, nor an actor gives it away."""
    for _ in range(2):
        own.get(address)
    looked = events(patient)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    own.get(address)
    own.post(address, CALL)
    assert looked
    assert events(patient)[len(looked) :] == looked
    others = AuditEvent.objects.exclude(pk__in=before).exclude(patient_id=patient.pk)
    assert [(each.action, each.actor_id, each.patient_id) for each in others] == [
        ("help asked for", None, None)
    ]
    made = asked(patient)[0]
    assert others[0].object == f"help {made.id}"
    assert "Weekdays" not in str(others[0].details)


def test_the_activity_tells_neither_of_it_nor_of_its_page(own, patient, address):
    """R5.2, R2.3."""
    for _ in range(3):
        own.get(address)
    activity = reverse("records:activity", args=[patient.pk])

    def words():
        page = own.get(activity).text.partition("<main")[2]
        return set(re.findall(r"[A-Za-z]{3,}", re.sub(r"[0-9a-f-]{36}", "", bare(page))))

    for _ in range(2):
        words()  # that the activity was looked at stands in it, too
    before = words()
    own.post(address, CALL)
    assert words() == before


def test_before_it_is_sent_the_page_says_what_it_does(own, address):
    """R5.2: who reads it and by when, what they do not do, and 999 with 55."""
    page = own.get(address).text
    for words in (
        "by 3 June 2024 at 6:30pm",
        "do not call, text, email, write or leave a message",
        "call 999",
        "press 55",
        "looks as it did before",
    ):
        assert words in page
    assert '<details class="nhsuk-details">' in page


def test_staff_find_it_the_same_day_with_how_to_reach_the_patient(own, patient, address):
    """R2.5: what not to do stands in the queue too."""
    own.post(address, CALL)
    task = StaffTask.objects.get()
    assert (task.kind, task.due_on, task.patient) == ("help", TODAY, patient)
    assert "Do not call, text, email, write or leave a message" in task.because
    desk = desk_of(patient, Duty.REVIEW_ENTRIES)
    assert "A patient asks" in desk.get(reverse("records:desk")).text
    led = desk.get(reverse("records:desk-task", args=[patient.pk, task.pk]), follow=True)
    for words in ("Weekdays 10am to noon", "Do not tell", "safeguarding lead", "need the duty"):
        assert words in led.text


def test_what_staff_do_with_it_is_not_told_in_the_patients_log_either(own, patient, address):
    """R2.3: that staff looked at the patient is, as ever; never why."""
    own.post(address, CALL)
    task = StaffTask.objects.get()
    desk = desk_of(patient)
    desk.post(reverse("records:desk-task-take", args=[patient.pk, task.pk]), {"seen": task.version})
    desk.get(at("desk-contact", patient))
    form = {"text": "Seen with the safeguarding lead", "seen": str(asked(patient)[0].id)}
    assert desk.post(at("desk-contact-done", patient), form).status_code == 302
    told = " ".join(map(str, events(patient)))
    assert "staff looked" in told
    assert not re.search(r"help|talk", told)
    task.refresh_from_db()
    assert task.closed_at is not None
    kept = AuditEvent.objects.get(action="help answered")
    assert (kept.patient_id, kept.duty) == (None, "decide-access")
    assert "Seen with the safeguarding lead" in desk.get(at("desk-contact", patient)).text


def test_a_task_of_this_kind_ends_only_with_what_was_done(own, patient, address):
    own.post(address, CALL)
    desk = desk_of(patient)
    page = at("desk-contact-done", patient)
    assert desk.post(page, {"text": " ", "seen": str(asked(patient)[0].id)}).status_code == 422
    desk.post(reverse("records:desk-task-done", args=[patient.pk, StaffTask.objects.get().pk]))
    assert StaffTask.objects.get().closed_at is None


def test_what_the_patient_says_meanwhile_is_read_before_it_is_done(own, patient, address, clock):
    """Two at once: staff end what they saw, and no more."""
    own.post(address, CALL)
    seen = str(asked(patient)[0].id)
    clock.shift(timedelta(minutes=1))
    own.post(address, {"reach": "nothing"})
    desk = desk_of(patient)
    response = desk.post(at("desk-contact-done", patient), {"text": "Done", "seen": seen})
    assert (response.status_code, "said more meanwhile" in response.text) == (422, True)
    both = " ".join(str(each.id) for each in asked(patient))
    desk.post(at("desk-contact-done", patient), {"text": "Done", "seen": both})
    desk.post(at("desk-contact-done", patient), {"text": "Done", "seen": both})  # once more
    with rows_of(patient.pk):
        assert HelpAnswered.objects.count() == 1


def test_sent_twice_it_is_told_once_and_after_an_answer_anew(own, patient, address, clock):
    for _ in range(2):
        own.post(address, CALL)
    assert (len(asked(patient)), StaffTask.objects.count()) == (1, 1)
    clock.shift(timedelta(minutes=1))
    desk = desk_of(patient)
    desk.post(at("desk-contact-done", patient), {"text": "Done", "seen": str(asked(patient)[0].id)})
    clock.shift(timedelta(minutes=1))
    own.post(address, CALL)
    assert (len(asked(patient)), StaffTask.objects.filter(closed_at=None).count()) == (2, 1)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose how it is safe to talk"),
        ({"reach": "shout"}, "Choose how it is safe to talk"),
        ({"reach": "call-when"}, "Enter when a call is safe"),
        ({"reach": "call-when", "when": " \u00a0 "}, "Enter when a call is safe"),
        ({"reach": "call-when", "when": "x" * 201}, "200"),
        ({"reach": "call-when", "when": "10\x0012"}, "Null"),
    ],
)
def test_what_cannot_be_is_refused_with_the_form_open(own, patient, address, form, words):
    response = own.post(address, form)
    assert response.status_code == 422
    assert words in response.text
    assert '<details class="nhsuk-details" open>' in response.text
    assert asked(patient) == []


def test_how_much_waits_cannot_be_counted_from_the_phone(own, patient, address):
    """R5.2: whoever tries out when it is too much would learn that something waited before."""
    sent = [own.post(address, CALL | {"when": f"{n} o’clock"}) for n in range(MOST + 2)]
    assert {(each.status_code, each.url) for each in sent} == {(302, address)}
    waiting = asked(patient)
    assert len(waiting) == MOST
    form = {"text": "Seen", "seen": " ".join(str(each.id) for each in waiting)}
    assert desk_of(patient).post(at("desk-contact-done", patient), form).status_code == 302


def test_the_words_are_shown_as_they_are(own, patient, address):
    own.post(address, CALL | {"when": "<script>alert(1)</script> \u202e Łódź 👋"})
    page = desk_of(patient).get(at("desk-contact", patient)).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("state", ["paused", "denied", "declined"])
def test_it_is_there_when_the_record_is_not(own, patient, patient_user, address, state):
    """R5.2: whoever paused it needs it most."""
    if state == "paused":
        by = access_of(patient_user, patient.pk, on=TODAY, at=NOW)
        pause(Wanted(through_surgery=True), by=by, now=NOW)
    else:
        make_grant(patient, "none", "none", decision=state)
    assert own.get(address).status_code == 200
    assert own.post(address, {"reach": "nothing"}).status_code == 302
    assert len(asked(patient)) == 1


def test_nobody_else_gets_there_and_no_other_surgery_reads_it(
    own, patient, address, proxy_user, stranger, other_staff, staff
):
    """R4.11, R8.1"""
    make_proxy_grant(patient, proxy_user)
    proxy, bilal = reader(Client(), proxy_user, patient), sign_in(Client(), stranger)
    assert [each.post(address, CALL).status_code for each in (proxy, bilal, Client())] == [
        403, 404, 302,
    ]  # fmt: skip
    assert asked(patient) == []
    own.post(address, CALL)
    elsewhere, here = sign_in(Client(), other_staff), sign_in(Client(), staff)
    for name in ("desk-contact", "desk-task"):
        extra = [StaffTask.objects.get().pk] if name == "desk-task" else []
        page = reverse(f"records:{name}", args=[patient.pk, *extra])
        assert elsewhere.get(page).status_code == 404
        assert here.get(page).status_code in (200, 302)
    make_proxy_grant(patient, staff)  # staff who act for the patient are not staff to them
    assert here.get(at("desk-contact", patient)).status_code == 404
    assert "A patient asks" not in here.get(reverse("records:desk")).text


def london(day, hour, minute=0):
    return timezone.make_aware(datetime(2024, 6, day, hour, minute))


@pytest.mark.parametrize(
    ("hours", "exceptions", "now", "due"),
    [
        (HOURS, {}, london(3, 10), london(3, 18, 30)),
        (HOURS, {}, london(3, 17, 30), london(3, 18, 30)),
        (HOURS, {}, london(3, 17, 31), london(4, 10)),
        (HOURS, {}, london(3, 7), london(3, 10)),
        (HOURS, {}, london(7, 20), london(10, 10)),  # Friday evening: Monday
        (HOURS, {"2024-06-04": None}, london(3, 18), london(5, 10)),
        (HOURS, {"2024-06-04": ["08:00", "09:00"]}, london(3, 18), london(4, 9)),
        ({}, {}, london(3, 10), london(4, 12)),
        ({}, {}, london(7, 10), london(10, 12)),
        ({"monday": "nonsense"}, {}, london(3, 10), london(4, 12)),
    ],
)
def test_by_when_somebody_reads_it(surgery, hours, exceptions, now, due):
    """R5.2: the same day while the surgery is open for an hour more, else soon after it opens."""
    surgery.opening_hours, surgery.opening_exceptions = hours, exceptions
    assert read_by(surgery, now) == due

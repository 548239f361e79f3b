"""The pages on which the access of many patients is changed, and undone."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import AccessGrant, ChangePreview, PracticeChange
from tests.cast import make_grant, make_staff, sign_in
from tests.records.practice.test_changes import levels_of, make_reader

pytestmark = pytest.mark.django_db

AT = "/surgery/changes/"
COHORT = {
    "now_current": ["full"], "now_historical": ["summary"], "age_from": "", "age_to": "",
    "current": "full", "historical": "detailed",
}  # fmt: skip
MAKE = {"flagged": "leave", "reason": "Agreed at the meeting", "reason_for_patient": ""}


@pytest.fixture
def at_desk(client, staff):
    return sign_in(client, staff)


@pytest.fixture
def reader(surgery):
    return make_reader(surgery)


def preview(client, **answers):
    answered = client.post(AT + "new", COHORT | answers)
    assert answered.status_code == 302
    return answered.url


def make(client, **answers):
    return client.post(preview(client) + "make", MAKE | answers).url


def test_from_the_cohort_to_the_change_and_back(at_desk, reader):
    counted = preview(at_desk)
    page = at_desk.get(counted).text
    for words in (
        "Patients changed",
        "1 patient</dd>",
        "A flag is a prompt to read, not a decision",
    ):
        assert words in page
    made = at_desk.post(counted + "make", MAKE).url
    assert levels_of(reader)[2] == "detailed"
    page = at_desk.get(made).text
    assert "1 of 1 patient" in page
    assert at_desk.post(made + "undo").url == made
    assert levels_of(reader)[2] == "summary"
    assert "Each patient is back at the decision before" in at_desk.get(made).text
    assert "Agreed at the meeting" in at_desk.get(AT).text


def test_undoing_is_not_said_to_be_done_before_it_is(at_desk, settings, reader):
    """Whoever undoes to close what was opened must not believe that it is closed while it is open."""
    made = make(at_desk)
    at_once = settings.TASKS
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    at_desk.post(made + "undo")
    page = at_desk.get(made).text
    assert levels_of(reader)[2] == "detailed"
    assert "1 patient still has" in page
    assert "back at the decision before" not in page
    settings.TASKS = at_once
    at_desk.post(made + "go-on")
    page = at_desk.get(made).text
    assert levels_of(reader)[2] == "summary"
    assert "Each patient is back at the decision before" in page
    assert "Go on with it" not in page


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"now_current": []}, "Tick at least one level that patients have now"),
        ({"current": ""}, "Choose a level for new entries"),
        ({"current": "summary", "historical": "full"}, "can&#39;t be higher"),
        ({"age_from": "15"}, "must be a number from 16 to 130"),
        ({"age_from": "abc"}, "must be a number from 16 to 130"),
        ({"age_from": "40", "age_to": "30"}, "can&#39;t be below the youngest"),
    ],
)
def test_a_cohort_that_cannot_be_says_what_to_mend(at_desk, answers, words):
    answered = at_desk.post(AT + "new", COHORT | answers)
    assert answered.status_code == 422
    assert words in answered.text
    assert not ChangePreview.objects.exists()


def test_a_change_without_a_reason_is_refused_on_the_same_page(at_desk, reader):
    counted = preview(at_desk)
    answered = at_desk.post(counted + "make", MAKE | {"reason": ""})
    assert answered.status_code == 422
    assert "Enter the reason for the change" in answered.text
    assert "Entries newly open" in answered.text
    assert levels_of(reader)[2] == "summary"


def test_whoever_manages_the_settings_prepares_a_change_and_does_not_make_it(
    client, surgery, reader
):
    sign_in(client, make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS))
    counted = preview(client)
    page = client.get(counted).text
    assert "you need the duty “Decide access”" in page
    assert 'name="reason"' not in page
    assert client.post(counted + "make", MAKE).status_code == 403
    assert levels_of(reader)[2] == "summary"


def test_whoever_decides_access_does_not_save_a_setting(client, surgery, reader, staff):
    sign_in(client, make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS))
    counted = ChangePreview.objects.create(
        surgery=surgery, kind="go-live", proposed={"new": {"go_live_on": "2021-01-01"}, "seen": ""},
        asked_by=staff, asked_at=timezone.now(), state="ready",
    )  # fmt: skip
    address = f"/surgery/previews/{counted.pk}/"
    assert "you need the duty “Manage the surgery&#39;s settings”" in client.get(address).text
    assert client.post(address + "save").status_code == 403
    assert client.post(address + "make", MAKE).status_code == 404


def test_a_second_person_agrees_where_the_surgery_wants_two(at_desk, surgery, reader):
    surgery.two_people_for_full = True
    surgery.save()
    counted = preview(at_desk, historical="full")
    assert "Ask a second person to agree" in at_desk.get(counted).text
    assert at_desk.post(counted + "make", MAKE).url == counted
    assert "Another person with the duty “Decide access” has to agree" in at_desk.get(counted).text
    assert levels_of(reader)[2] == "summary"
    other = sign_in(Client(), make_staff(surgery, "second@example.test", Duty.DECIDE_ACCESS))
    assert counted in other.get(AT).text
    assert "Agreed at the meeting" in other.get(counted).text
    assert other.post(counted + "agree").url.startswith(AT)
    assert levels_of(reader)[2] == "full"


def test_what_was_counted_long_ago_says_so(at_desk, reader):
    counted = preview(at_desk)
    ChangePreview.objects.update(asked_at=timezone.now() - timezone.timedelta(days=2))
    assert "more than a day ago" in at_desk.post(counted + "make", MAKE, follow=True).text
    assert levels_of(reader)[2] == "summary"


def test_whom_undoing_left_is_listed_with_why_and_that_is_on_file(at_desk, staff, reader):
    made = make(at_desk)
    make_grant(reader, "none", "none", decision="denied")
    at_desk.post(made + "undo")
    page = at_desk.get(made).text
    assert "Ada Testwell" in page
    assert "access denied on" in page
    with rows_of(reader.pk):
        found = AuditEvent.objects.filter(patient_id=reader.pk, action="staff found patient")
        assert found.get().actor_id == staff.pk


def test_undoing_twice_says_so(at_desk, reader):
    made = make(at_desk)
    at_desk.post(made + "undo")
    assert "undone already" in at_desk.post(made + "undo", follow=True).text
    assert AccessGrant.objects.of(reader).count() == 3


@pytest.mark.parametrize("rest", ["", "make", "save", "agree"])
def test_previews_of_another_surgery_do_not_exist(at_desk, other_staff, reader, rest):
    counted = preview(at_desk)
    other = sign_in(Client(), other_staff)
    answered = other.post(counted + rest, MAKE) if rest else other.get(counted)
    assert answered.status_code == 404


@pytest.mark.parametrize("rest", ["", "undo", "go-on"])
def test_changes_of_another_surgery_do_not_exist(at_desk, other_staff, reader, rest):
    made = make(at_desk)
    other = sign_in(Client(), other_staff)
    answered = other.post(made + rest) if rest else other.get(made)
    assert answered.status_code == 404
    assert "Agreed at the meeting" not in other.get(AT).text


DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def work():
    call_command("db_worker", batch=True, startup_delay=0, interval=0, reload=False, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_counting_and_changing_are_tasks_of_the_worker(settings, client, surgery, staff):
    """No request waits for them, and each page says how far they are."""
    settings.TASKS = DATABASE
    reader = make_reader(surgery)
    sign_in(client, staff)
    counted = preview(client)
    assert "Being counted" in client.get(counted).text
    assert 'name="reason"' not in client.get(counted).text
    work()
    assert "Entries newly open" in client.get(counted).text
    made = client.post(counted + "make", MAKE).url
    assert "0 of 1 patient" in client.get(made).text
    assert levels_of(reader)[2] == "summary"
    work()
    assert "1 of 1 patient" in client.get(made).text
    assert levels_of(reader)[2] == "detailed"
    client.post(made + "undo")
    work()
    assert levels_of(reader)[2] == "summary"


def test_the_list_costs_the_same_however_many_there_are(
    at_desk, surgery, staff, django_assert_max_num_queries
):
    for _ in range(20):
        PracticeChange.objects.create(
            surgery=surgery, cohort={}, current_level="full", historical_level="full", reason="x",
            made_by=staff, made_at=timezone.now(),
        )  # fmt: skip
    at_desk.get(AT)
    with django_assert_max_num_queries(
        8
    ):  # session, user, factor, duties, changes, count, waiting, sent back
        at_desk.get(AT)

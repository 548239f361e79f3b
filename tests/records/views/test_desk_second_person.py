"""The pages on which one settings manager is not enough: asking, finding, agreeing, sending back (R8.6)."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from records.models import AccessGrant, ChangePreview
from records.practice.setting import carry_out_setting
from surgeries.models import Surgery
from tests.cast import make_entry, make_staff, sign_in
from tests.clock import NOW
from tests.records.practice.test_changes import make_reader, one_asked
from tests.records.views.test_desk_changes import MAKE, preview
from tests.records.views.test_desk_settings import ACCOUNTS, GO_LIVE, changed, events, send

pytestmark = pytest.mark.django_db

AT = "/surgery/settings/"
REASON = {"reason": "Agreed at the meeting", "flagged": "leave"}


@pytest.fixture
def renu(surgery):
    return make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS)


@pytest.fixture
def at_desk(client, renu):
    return sign_in(client, renu)


@pytest.fixture
def second(surgery):
    return sign_in(Client(), make_staff(surgery, "second@example.test", Duty.MANAGE_SETTINGS))


@pytest.fixture
def two_people(surgery):
    Surgery.objects.update(two_people_for_full=True, restricted_sections=["documents"])


def reader(surgery, number=0):
    patient = make_reader(surgery, number, entries=0)
    make_entry(patient, recorded_at=NOW.replace(year=2022))
    return patient


WEIGHTY = [
    ("go-live", GO_LIVE, {"go_live_on": date(2021, 1, 1)}),
    ("sections", {"restricted_sections": []}, {"restricted_sections": []}),
    ("new-accounts", ACCOUNTS | {"default_current_level": "full", "default_historical_level": "full"},
     {"default_historical_level": "full"}),
    ("new-accounts", ACCOUNTS | {"two_people_for_full": "False"}, {"two_people_for_full": False}),
]  # fmt: skip


def is_set(new):
    return {field: getattr(changed(), field) for field in new} == new


@pytest.mark.parametrize(("page", "answers", "new"), WEIGHTY)
def test_what_is_weighty_takes_a_second_settings_manager(
    at_desk, second, surgery, two_people, page, answers, new
):
    reader(surgery)
    asked = send(at_desk, page, answers).url
    assert "Ask a second person to agree" in at_desk.get(asked).text
    assert at_desk.post(f"{asked}save", REASON).url == asked
    assert not is_set(new)
    assert "Waits for a second person" in at_desk.get(asked).text
    at_desk.post(f"{asked}agree-to-setting")
    assert not is_set(new)
    for where in ("/surgery/", AT):
        assert "waits for your agreement" in second.get("/surgery/").text
        assert f'href="{asked}"' in second.get(AT).text, where
    page = second.get(asked).text
    assert "Agreed at the meeting" in page
    assert second.post(f"{asked}agree-to-setting").url == AT
    assert is_set(new)
    actions = AuditEvent.objects.filter(action__startswith="setting").order_by("sequence")
    assert [event.action for event in actions] == [
        "setting proposed", "setting agreed", "settings changed"
    ]  # fmt: skip


@pytest.mark.parametrize(("page", "answers", "new"), WEIGHTY)
def test_where_the_rule_is_off_one_is_enough(at_desk, surgery, page, answers, new):
    Surgery.objects.update(restricted_sections=["documents"], default_historical_level="summary")
    reader(surgery)
    sent = send(at_desk, page, answers).url
    if sent != AT:
        assert "Save this setting" in at_desk.get(sent).text
        assert at_desk.post(f"{sent}save", REASON).url == AT
    assert is_set(new)


def test_to_switch_the_rule_on_takes_one(at_desk, surgery):
    assert send(at_desk, "new-accounts", ACCOUNTS).url == AT
    assert changed().two_people_for_full


def test_what_closes_takes_one_and_no_reason(at_desk, second, surgery, two_people):
    later = GO_LIVE | {"go_live_on-year": "2025"}
    counted = send(at_desk, "go-live", later).url
    assert 'name="reason"' not in at_desk.get(counted).text
    assert at_desk.post(f"{counted}save").url == AT
    assert changed().go_live_on == date(2025, 1, 1)


def test_a_setting_that_opens_takes_a_reason(at_desk, surgery):
    reader(surgery)
    counted = send(at_desk, "go-live", GO_LIVE).url
    answered = at_desk.post(f"{counted}save", {"flagged": "leave"})
    assert answered.status_code == 422
    assert "Enter the reason for the change" in answered.text
    assert events() == []


def test_the_second_person_sends_it_back_with_why(at_desk, second, surgery, two_people):
    asked = send(at_desk, "new-accounts", ACCOUNTS | {"two_people_for_full": "False"}).url
    at_desk.post(f"{asked}save", REASON)
    answered = second.post(f"{asked}send-setting-back", {"because": ""})
    assert answered.status_code == 422
    assert "Enter why you do not agree" in answered.text
    assert second.post(f"{asked}send-setting-back", {"because": "Not without Joel"}).url == asked
    page = at_desk.get(AT).text
    assert "Not without Joel" in page
    assert "Wait for a second person" not in page
    assert "waits for your agreement" not in second.get("/surgery/").text
    assert "Not without Joel" in at_desk.get(asked).text
    assert at_desk.post(f"{asked}save", REASON | {"reason": "He agrees"}).url == asked
    assert second.post(f"{asked}agree-to-setting").url == AT
    assert not changed().two_people_for_full


def test_whoever_wants_it_takes_it_back(at_desk, second, surgery, two_people):
    asked = send(at_desk, "new-accounts", ACCOUNTS | {"two_people_for_full": "False"}).url
    at_desk.post(f"{asked}save", REASON)
    assert "Why do you take it back?" in at_desk.get(asked).text
    at_desk.post(f"{asked}send-setting-back", {"because": "A slip"})
    assert "Nobody has asked" in second.post(f"{asked}agree-to-setting", follow=True).text
    assert changed().two_people_for_full


def test_a_change_for_many_is_sent_back_too(client, staff, surgery, two_people):
    make_reader(surgery)
    sign_in(client, staff)
    counted = preview(client, historical="full")
    client.post(f"{counted}make", MAKE)
    other = sign_in(Client(), make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS))
    assert "/surgery/changes/#second-person" in other.get("/surgery/").text
    assert counted in other.get("/surgery/changes/").text
    other.post(f"{counted}send-back", {"because": "Read them first"})
    assert "Read them first" in client.get("/surgery/changes/").text
    assert "Read them first" in client.get(counted).text
    assert AccessGrant.objects.count() == 1


@pytest.mark.parametrize("others", [[], [Duty.DECIDE_ACCESS]])
def test_the_only_settings_manager_is_told_how_to_go_on(at_desk, surgery, two_people, others):
    if others:
        make_staff(surgery, "joel@example.test", *others)
    asked = send(at_desk, "new-accounts", ACCOUNTS | {"two_people_for_full": "False"}).url
    told = "Nobody else at your surgery has the duty “Manage the surgery&#39;s settings”"
    assert told in at_desk.get(asked).text
    at_desk.post(f"{asked}save", REASON)
    page = at_desk.get(asked).text
    assert told in page
    assert 'href="/surgery/staff/"' in page


def test_who_is_not_alone_is_not_told_so(at_desk, second, surgery, two_people):
    asked = send(at_desk, "new-accounts", ACCOUNTS | {"two_people_for_full": "False"}).url
    assert "there is nobody who could agree" not in at_desk.get(asked).text


def test_who_was_kept_as_they_were_is_listed_with_why_and_that_is_on_file(
    at_desk, renu, surgery, patient_user
):
    patient = reader(surgery, 1)
    one_asked(patient, "refused")
    counted = send(at_desk, "go-live", GO_LIVE).url
    page = at_desk.get(counted).text
    assert "1: their own request was refused" in page
    assert at_desk.post(f"{counted}save", REASON).url == counted
    page = at_desk.get(counted).text
    assert "Keep what they had" in page
    assert "Ada Testwell</a>: their own request was refused" in page
    with rows_of(patient.pk):
        found = AuditEvent.objects.filter(patient_id=patient.pk, action="staff found patient")
        assert {event.actor_id for event in found} == {renu.pk}


def test_a_setting_that_stopped_half_way_says_so_and_goes_on(at_desk, surgery, settings):
    reader(surgery)
    counted = send(at_desk, "go-live", GO_LIVE).url
    at_once = settings.TASKS
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    assert at_desk.post(f"{counted}save", REASON).url == counted
    page = at_desk.get(counted).text
    assert "0 of 1 patients looked at" in page
    assert changed().go_live_on == date(2023, 10, 31)
    settings.TASKS = at_once
    at_desk.post(f"{counted}go-on")
    assert changed().go_live_on == date(2021, 1, 1)
    at_desk.post(f"{counted}go-on")
    carry_out_setting.enqueue(str(ChangePreview.objects.get().pk))
    assert len(events()) == 1


def test_a_count_that_has_not_begun_does_not_say_none_of_all(at_desk, surgery, staff):
    waiting = ChangePreview.objects.create(
        surgery=surgery, kind="go-live", proposed={"new": {"go_live_on": "2021-01-01"}, "seen": ""},
        asked_by=staff, asked_at=timezone.now(),
    )  # fmt: skip
    page = at_desk.get(f"/surgery/previews/{waiting.pk}/").text
    assert "of all" not in page
    assert "It begins in a moment" in page
    ChangePreview.objects.update(total=3, done=1)
    assert "1 of 3 patients done" in at_desk.get(f"/surgery/previews/{waiting.pk}/").text


def test_the_page_of_a_change_says_that_it_answers_no_request(client, staff, surgery):
    make_reader(surgery, 0)
    one_asked(make_reader(surgery, 1), "sent")
    sign_in(client, staff)
    assert "A change for many answers no request" in client.get("/surgery/changes/new").text
    page = client.get(preview(client)).text
    assert "It answers no request" in page
    assert "1: they asked for their full record: answer that for them alone" in page


def test_whom_undoing_left_since_it_would_open_something_unread_is_listed(client, staff, surgery):
    patient = make_reader(surgery, historical="detailed")
    sign_in(client, staff)
    lower = {"now_historical": ["detailed"], "historical": "summary"}
    made = client.post(preview(client, **lower) + "make", MAKE).url
    one_asked(patient, "refused", timezone.now())
    client.post(f"{made}undo")
    page = client.get(made).text
    assert "Ada Testwell</a>: their own request was refused" in page
    assert "still has" not in page
    assert "Go on with it" not in page

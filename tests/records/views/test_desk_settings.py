"""Whoever manages the surgery's settings changes them: what is wrong is said, and nobody's change is lost."""

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import Duty
from audit.models import AuditEvent
from records.models import ChangePreview
from surgeries.models import Surgery
from tests.cast import make_entry, make_grant, make_online, make_staff, make_user, sign_in
from tests.clock import NOW

pytestmark = pytest.mark.django_db

AT = "/surgery/settings/"
CONTACT = {
    "phone": "01632 960001", "address": "1 River Road\nSampleford", "postcode": "AB1 2CD",
    "how_to_ask": "Ring the bell", "letter_words": "With kind regards",
}  # fmt: skip
ACCOUNTS = {
    "default_current_level": "detailed", "default_historical_level": "none",
    "proxy_review_age": "13", "two_people_for_full": "True",
}  # fmt: skip


@pytest.fixture
def renu(surgery):
    return make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS)


@pytest.fixture
def at_desk(client, renu):
    return sign_in(client, renu)


def seal(client, page):
    text = client.get(AT + page).text
    return text.split('name="seen" value="')[1].split('"')[0]


def send(client, page, answers, **more):
    return client.post(AT + page, {"seen": seal(client, page)} | answers | more)


def changed():
    return Surgery.objects.get(ods_code="Z99001")


def events():
    return list(AuditEvent.objects.filter(action="settings changed"))


@pytest.mark.parametrize(
    ("page", "answers", "now"),
    [
        ("contact", CONTACT, {"phone": "01632 960001", "letter_words": "With kind regards"}),
        (
            "new-accounts",
            ACCOUNTS,
            {
                "default_current_level": "detailed",
                "proxy_review_age": 13,
                "two_people_for_full": True,
            },
        ),
    ],
)
def test_settings_are_saved_with_old_and_new_values_on_file(at_desk, renu, page, answers, now):
    assert send(at_desk, page, answers).url == AT
    surgery = changed()
    assert {field: getattr(surgery, field) for field in now} == now
    (event,) = events()
    assert (event.actor_id, event.duty) == (renu.pk, Duty.MANAGE_SETTINGS)
    assert set(now) <= set(event.details["new"]) == set(event.details["old"])
    assert event.details["new"] | now == event.details["new"]


def test_saving_what_is_set_already_is_not_on_file(at_desk):
    send(at_desk, "contact", CONTACT)
    send(at_desk, "contact", CONTACT)
    assert len(events()) == 1


@pytest.mark.parametrize("page", ["contact", "new-accounts"])
def test_the_form_begins_with_what_is_set(at_desk, page):
    send(at_desk, page, CONTACT if page == "contact" else ACCOUNTS)
    text = at_desk.get(AT + page).text
    assert ("Ring the bell" if page == "contact" else 'value="13" checked') in text


@pytest.mark.parametrize(
    ("page", "answers", "words"),
    [
        ("new-accounts", {"default_current_level": ""}, "Choose a level for new entries"),
        ("new-accounts", {"default_current_level": "summary", "default_historical_level": "full"}, "can&#39;t be higher"),
        ("new-accounts", {"proxy_review_age": "10"}, "Choose one of the answers"),
        ("contact", {"phone": "0" * 41}, "40 characters"),
        ("go-live", {}, "Enter the go-live date"),
        ("go-live", {"go_live_on-day": "31", "go_live_on-month": "2", "go_live_on-year": "2024"}, "must be a real date"),
        ("sections", {"restricted_sections": ["diary"]}, "Choose one of the answers"),
        ("opening-hours", {"monday_from": "8", "monday_to": ""}, 'href="#id_monday_to">Monday: enter when the surgery closes'),
        ("opening-hours", {"monday_from": "", "monday_to": "18:00"}, 'href="#id_monday_from">Monday: enter when the surgery opens'),
        ("opening-hours", {"monday_from": "late", "monday_to": "18:00"}, "enter a time like 08:00 or 6:30pm"),
        ("opening-hours", {"monday_from": "18:00", "monday_to": "8:00"}, "must close after it opens"),
        ("other-hours", {}, "Enter the day"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_says_what_to_mend(at_desk, page, answers, words):
    response = send(at_desk, page, (ACCOUNTS if page == "new-accounts" else {}) | answers)
    assert response.status_code == 422
    assert words in response.text
    assert "There is a problem" in response.text
    assert events() == []
    assert not ChangePreview.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_told_and_nothing_is_lost(at_desk):
    before = seal(at_desk, "contact")
    Surgery.objects.update(phone="01632 960999", how_to_ask="Theirs")
    response = at_desk.post(AT + "contact", CONTACT | {"seen": before})
    assert response.status_code == 422
    assert "Somebody else changed these settings" in response.text
    assert "Theirs" in response.text  # what is set now
    assert "Ring the bell" in response.text  # what was typed
    assert changed().how_to_ask == "Theirs"
    again = response.text.split('name="seen" value="')[1].split('"')[0]
    assert at_desk.post(AT + "contact", CONTACT | {"seen": again}).url == AT
    assert changed().how_to_ask == "Ring the bell"


def test_a_change_of_other_settings_is_no_reason_to_stop(at_desk):
    before = seal(at_desk, "contact")
    Surgery.objects.update(proxy_review_age=12)
    assert at_desk.post(AT + "contact", CONTACT | {"seen": before}).url == AT


@pytest.mark.parametrize("page", ["contact", "new-accounts", "opening-hours", "other-hours"])
def test_a_form_without_its_seal_changes_nothing(at_desk, page):
    assert at_desk.post(AT + page, CONTACT | ACCOUNTS).status_code == 422
    assert events() == []


HOURS = {"monday_from": "8", "monday_to": "6:30 pm", "tuesday_from": "08:00", "tuesday_to": "12.30"}


def test_opening_hours_are_kept_as_the_public_page_reads_them(at_desk, client, surgery):
    send(at_desk, "opening-hours", HOURS)
    assert changed().opening_hours == {"monday": ["08:00", "18:30"], "tuesday": ["08:00", "12:30"]}
    assert "8am to 6:30pm" in client.get(f"/surgeries/{surgery.pk}").text
    assert 'value="18:30"' in at_desk.get(AT + "opening-hours").text


def day(on, what, **times):
    return {"on-day": on.day, "on-month": on.month, "on-year": on.year, "what": what, **times}


FAR = date(2099, 12, 24)


def test_a_day_with_other_hours_is_added_changed_and_taken_off_the_list(at_desk):
    send(at_desk, "other-hours", day(FAR, "closed"))
    assert changed().opening_exceptions == {"2099-12-24": None}
    send(at_desk, "other-hours", day(FAR, "open", opens="8am", closes="12"))
    assert changed().opening_exceptions == {"2099-12-24": ["08:00", "12:00"]}
    send(at_desk, "other-hours", day(FAR, "usual"))
    assert changed().opening_exceptions == {}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (day(date(2020, 1, 1), "closed"), "must be today or later"),
        (day(FAR, ""), "Choose what is different"),
        (day(FAR, "open"), 'href="#id_opens">Enter when the surgery opens'),
        (day(FAR, "open"), 'href="#id_closes">Enter when the surgery closes'),
        (day(FAR, "open", opens="9"), 'href="#id_closes">Enter when the surgery closes'),
        (day(FAR, "open", opens="12", closes="8"), "The surgery must close after it opens"),
    ],
)
def test_a_day_that_cannot_be_is_refused(at_desk, answers, words):
    response = send(at_desk, "other-hours", answers)
    assert response.status_code == 422
    assert words in response.text


REASON = {"reason": "Agreed at the meeting", "flagged": "leave"}
GO_LIVE = {"go_live_on-day": "1", "go_live_on-month": "1", "go_live_on-year": "2021"}


@pytest.fixture
def reader(patient):
    """A patient with an entry of before the go-live date."""
    make_online(patient, make_user("reader@example.test"))
    make_grant(patient)
    make_entry(patient, recorded_at=NOW.replace(year=2022))
    return patient


def test_the_go_live_date_is_saved_only_after_it_was_said_what_it_opens(at_desk, reader):
    counted = send(at_desk, "go-live", GO_LIVE).url
    assert changed().go_live_on == date(2023, 10, 31)
    page = at_desk.get(counted).text
    assert (
        'Would newly see something</dt><dd class="nhsuk-summary-list__value">1 patient</dd>' in page
    )
    assert at_desk.post(f"{counted}save", REASON).url == AT
    assert changed().go_live_on == date(2021, 1, 1)
    (event,) = events()
    assert (event.details["old"], event.details["new"]) == (
        {"go_live_on": "2023-10-31"}, {"go_live_on": "2021-01-01"}
    )  # fmt: skip


def test_sections_are_saved_only_after_it_was_said_what_they_open(at_desk, reader):
    Surgery.objects.update(restricted_sections=["consultations"])
    make_entry(reader, "new")
    counted = send(at_desk, "sections", {"restricted_sections": ["documents"]}).url
    assert (
        'Entries newly open</dt><dd class="nhsuk-summary-list__value">1</dd>'
        in at_desk.get(counted).text
    )
    at_desk.post(f"{counted}save", REASON)
    assert changed().restricted_sections == ["documents"]


def test_a_setting_that_was_changed_after_the_counting_is_not_overwritten(at_desk, reader):
    counted = send(at_desk, "go-live", GO_LIVE).url
    Surgery.objects.update(go_live_on=date(2024, 1, 1))
    assert "Somebody else changed" in at_desk.post(f"{counted}save", REASON, follow=True).text
    assert changed().go_live_on == date(2024, 1, 1)


def test_a_setting_that_was_counted_long_ago_is_counted_again_first(at_desk, reader):
    counted = send(at_desk, "go-live", GO_LIVE).url
    ChangePreview.objects.update(asked_at=NOW)
    assert "more than a day ago" in at_desk.post(f"{counted}save", REASON, follow=True).text
    ChangePreview.objects.update(asked_at=timezone.now(), state="counting")
    assert "not counted yet" in at_desk.post(f"{counted}save", REASON, follow=True).text
    assert changed().go_live_on == date(2023, 10, 31)


def test_all_settings_are_on_one_page(at_desk):
    page = at_desk.get(AT).text
    assert "31 October 2023" in page
    assert "Everything, with free text" in page

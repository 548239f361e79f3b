"""What whoever runs the surgery's side does: settings, a change of many patients, and somebody who leaves."""

from datetime import date

import pytest

from accounts.models import Duty
from records.models import AccessGrant
from surgeries.models import Surgery
from tests.cast import make_entry, make_grant, make_online, make_staff, make_user
from tests.clock import NOW
from tests.journeys.conftest import Visitor, WithoutScript
from tests.journeys.pictures import picture
from tests.records.practice.test_changes import one_asked

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def reader(patient):
    """A patient with three older entries that are not open."""
    make_online(patient, make_user("reader@example.test"))
    make_grant(patient)
    for number in range(3):
        make_entry(patient, f"old {number}", recorded_at=NOW.replace(year=2015))
    return patient


@pytest.fixture
def renu(surgery):
    return make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS)


def historical(patient):
    return AccessGrant.objects.of(patient).first().historical_level


def change_many(visitor):
    """From the desk to the change, and back again."""
    visitor.goto("/surgery/")
    visitor.follow("Changes for many patients")
    visitor.press("New change")
    visitor.press("See what this would open")
    assert visitor.reads("Tick at least one level that patients have now")
    page = visitor.page
    for name, value in (
        ("now_current", "full"), ("now_historical", "summary"), ("current", "full"), ("historical", "detailed")
    ):  # fmt: skip
        page.locator(f"main input[name={name}][value={value}]").check()
    visitor.press("See what this would open")
    assert visitor.reads("Entries newly open")
    visitor.press("Change access now")
    assert visitor.reads("Enter the reason for the change")
    page.get_by_label("Reason, for the surgery").fill("Agreed at the meeting")
    visitor.press("Change access now")
    assert visitor.reads("1 of 1 patient")


def test_a_change_of_many_patients_is_seen_made_and_undone(visitor, let_in, reader, staff):
    """Given older entries that are closed, when staff see what opens and make the change, then it is open;
    when they undo it, then it is closed again."""
    let_in(staff)
    visitor.sign_in(staff)
    change_many(visitor)
    assert historical(reader) == "detailed"
    visitor.press("Undo this change")
    assert visitor.reads("Each patient is back at the decision before")
    assert historical(reader) == "summary"


def test_a_change_of_many_patients_without_javascript(browser, live_server, let_in, reader, staff):
    let_in(staff)
    context = browser.new_context(java_script_enabled=False)
    visitor = WithoutScript(context.new_page(), live_server.url)
    visitor.sign_in(staff)
    change_many(visitor)
    visitor.press("Undo this change")
    assert historical(reader) == "summary"
    context.close()


def test_a_leavers_rights_end_at_once_in_another_browser(
    visitor, another_visitor, let_in, reader, renu, surgery
):
    """Given a colleague who looks at a patient, when their duties are ended, then their next page is not found."""
    joel = make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)
    let_in(renu, joel)
    colleague: Visitor = another_visitor
    colleague.sign_in(joel)
    page = f"/surgery/patients/{reader.pk}/access"
    assert colleague.goto(page).status == 200
    visitor.sign_in(renu)
    visitor.goto("/surgery/")
    visitor.follow("Who has which duty")
    visitor.click(visitor.page.get_by_role("link", name="“Decide access” of joel"))
    visitor.press("Save")
    assert visitor.reads("Choose when the duty ends")
    visitor.page.get_by_label("At once").check()
    visitor.press("Save")
    assert not visitor.reads("joel@example.test")
    assert colleague.goto(page).status == 404
    assert colleague.goto("/surgery/").status == 404


def test_settings_with_errors_and_a_go_live_date_that_opens_entries(visitor, let_in, reader, renu):
    """Given older entries, when the go-live date moves before them, then it is said what that opens first."""
    let_in(renu)
    visitor.sign_in(renu)
    visitor.goto("/surgery/settings/")
    visitor.follow("Change the opening hours")
    visitor.fill("Monday from", "8am")
    visitor.press("Save")
    assert visitor.reads("Monday: enter when the surgery closes")
    visitor.fill("Monday until", "6:30pm")
    visitor.press("Save")
    assert visitor.reads("8am to 6:30pm")
    visitor.follow("Days with other hours")
    visitor.follow("Settings of the surgery")
    visitor.follow("Change how patients reach the surgery")
    Surgery.objects.update(phone="01632 960999")
    visitor.fill("Phone number", "01632 960001")
    visitor.press("Save")
    assert visitor.reads("Somebody else changed these settings")
    assert visitor.reads("01632 960999")
    visitor.press("Save")
    visitor.follow("Change the go-live date")
    for part, typed in (("Day", "1"), ("Month", "1"), ("Year", "2015")):
        visitor.fill(part, typed)
    visitor.press("See what this does")
    assert visitor.reads("Entries newly open")
    visitor.press("Save this setting")
    assert visitor.reads("Enter the reason for the change")
    visitor.page.get_by_label("Reason, for the surgery").fill("Agreed at the meeting")
    visitor.press("Save this setting")
    assert Surgery.objects.get(ods_code="Z99001").go_live_on == date(2015, 1, 1)
    for name in ("Change the sections that stay closed", "Change how access begins", "Reports"):
        visitor.goto("/surgery/settings/")
        visitor.follow(name)
    visitor.goto("/surgery/staff/appoint")


def test_an_earlier_go_live_date_waits_for_a_second_person(
    visitor, another_visitor, let_in, reader, other_patient, renu, surgery
):
    """Given a surgery that wants two people, when one wants an earlier date, then a colleague finds it and agrees;
    to a patient whose request was refused nothing opens."""
    Surgery.objects.update(two_people_for_full=True)
    make_online(other_patient, make_user("bilal@example.test"))
    make_grant(other_patient)
    make_entry(other_patient, recorded_at=NOW.replace(year=2015))
    one_asked(other_patient, "refused")
    let_in(renu)
    visitor.sign_in(renu)
    visitor.goto("/surgery/settings/go-live")
    for part, typed in (("Day", "1"), ("Month", "1"), ("Year", "2015")):
        visitor.fill(part, typed)
    visitor.press("See what this does")
    assert visitor.reads("there is nobody who could agree")
    picture(visitor, "go-live-alone")
    colleague = make_staff(surgery, "joan@example.test", Duty.MANAGE_SETTINGS)
    let_in(colleague)
    visitor.page.get_by_label("Reason, for the surgery").fill("Agreed at the meeting")
    visitor.press("Ask a second person to agree")
    assert visitor.reads("They find it on their desk")
    picture(visitor, "go-live-waits")
    another_visitor.sign_in(colleague)
    another_visitor.goto("/surgery/")
    picture(another_visitor, "go-live-on-the-desk")
    another_visitor.follow("1 change waits for your agreement")
    picture(another_visitor, "go-live-in-the-settings")
    another_visitor.click(
        another_visitor.page.get_by_role("link", name="The go-live date: wanted by")
    )
    another_visitor.press("Send it back")
    assert another_visitor.reads("Enter why you do not agree")
    picture(another_visitor, "go-live-agree")
    another_visitor.press("I agree: save this setting")
    assert another_visitor.reads("Keep what they had")
    picture(another_visitor, "go-live-kept")
    assert Surgery.objects.get(ods_code="Z99001").go_live_on == date(2015, 1, 1)
    assert AccessGrant.objects.of(other_patient).first().starts_on == date(2023, 10, 31)


def test_staff_are_asked_why_they_look_and_led_on(visitor, let_in, reader, staff):
    let_in(staff)
    visitor.sign_in(staff, reason=False)
    visitor.goto(f"/surgery/patients/{reader.pk}/record/")
    visitor.press("Go on")
    assert visitor.reads("Choose why you need to look")
    visitor.page.get_by_label("A complaint or an incident").check()
    visitor.press("Go on")
    assert visitor.page.url.endswith(f"/surgery/patients/{reader.pk}/record/")

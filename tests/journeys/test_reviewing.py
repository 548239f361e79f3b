"""Staff read what a full record would open before they open it: by keyboard alone, and without JavaScript."""

import pytest
from django.utils import timezone

from accounts.models import Duty
from audit.row_security import rows_of
from records.importing.gpconnect import read
from records.importing.store import store
from records.models import AccessGrant, Redaction
from tests.cast import make_grant, make_staff
from tests.conftest import SHARED
from tests.journeys.conftest import Visitor, load_demo_record
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

REAL = SHARED / "gpc-structured-gp2gp" / "full-record"
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture
def both(surgery):
    return make_staff(surgery, "both@example.test", Duty.REVIEW_ENTRIES, Duty.DECIDE_ACCESS)


@pytest.fixture
def full_record(patient):
    """A real full record where there is one beside this checkout, else somebody's of the demo."""
    now = timezone.now()
    make_grant(patient, historical="none")
    found = sorted(REAL.rglob("*Livermore*.json"))
    if found:
        store(read(found[0].read_bytes()), patient, by=None, now=now)
    else:
        load_demo_record("ada", patient, timezone.localdate(now), now)
    return patient


def propose(visitor, patient, historical="Everything, with free text"):
    visitor.goto(f"/surgery/patients/{patient.pk}/access")
    page = visitor.page
    page.get_by_role("group", name="Older entries").get_by_label(historical, exact=True).check()
    visitor.fill("Reason, for the surgery", "They asked for it all")
    visitor.fill("Words for the patient (optional)", "Here is your record")
    visitor.press("Save the decision")
    assert visitor.reads("What the decision would open")
    assert visitor.reads("A flag is a prompt to read, never a decision")


def tab_to(visitor, name, role="link", most=60):
    """Get to a thing by the Tab key alone."""
    page = visitor.page
    wanted = page.get_by_role(role, name=name, exact=True).first
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


def enter(visitor, name, role="link", most=120):
    tab_to(visitor, name, role, most)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.check()


def key(visitor, pressed):
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press(pressed)
    visitor.check()


def test_a_full_record_is_reviewed_by_keyboard_alone_and_granted_in_part(
    visitor, let_in, full_record, both
):
    """Given flagged entries, when three are hidden and the rest are shown, then all but these three open."""
    let_in(both)
    visitor.sign_in(both)
    propose(visitor, full_record)
    picture(visitor, "review")
    enter(visitor, "Read the next flagged entry", role="button")
    picture(visitor, "entry")
    hidden = 0
    while visitor.reads("Why you should read it"):
        if hidden < 3:
            visitor.page.keyboard.press("2")  # leads to the box for the reason
            visitor.page.keyboard.type("About somebody else, 1 and 3")
            key(visitor, "Enter")
            hidden += 1
        else:
            key(visitor, "1")
    assert hidden == 3
    assert visitor.reads("3 will be hidden")
    enter(visitor, "Accept what is not flagged as it is", role="button")
    picture(visitor, "review-done")
    enter(visitor, "Go on to the decision", role="button")
    picture(visitor, "decision")
    enter(visitor, "Make the decision", role="button")
    assert visitor.reads("The decision is made")
    assert AccessGrant.objects.of(full_record).first().historical_level == "full"
    with rows_of(full_record.pk):
        hidings = list(Redaction.objects.filter(patient=full_record))
    assert [one.reason for one in hidings] == ["About somebody else, 1 and 3"] * 3


def test_keys_do_nothing_outside_the_entry_or_where_somebody_types(
    visitor, let_in, full_record, both
):
    """WCAG 2.1.4: a single key counts only while the entry has the focus."""
    let_in(both)
    visitor.sign_in(both)
    propose(visitor, full_record)
    visitor.press("Read the next flagged entry")
    here = visitor.page.url
    visitor.page.get_by_label("Reason for hiding it").focus()
    visitor.page.keyboard.type("1 3")
    visitor.page.locator("header a").first.focus()
    visitor.page.keyboard.press("1")
    visitor.page.wait_for_timeout(300)
    assert visitor.page.url == here
    assert visitor.page.get_by_label("Reason for hiding it").input_value() == "1 3"


def test_the_same_without_javascript(new_context, live_server, let_in, full_record, both):
    let_in(both)
    visitor = Visitor(new_context(java_script_enabled=False).new_page(), live_server.url)
    visitor.check = lambda: None  # axe needs a script
    visitor.sign_in(both)
    propose(visitor, full_record)
    visitor.press("Read the next flagged entry")
    assert not visitor.page.get_by_text("Keys, while this entry has the focus").is_visible()
    visitor.press("Hide it")
    assert visitor.reads("Enter the reason for hiding this")
    visitor.fill("Reason for hiding it", "Harm")
    visitor.press("Hide it")
    while visitor.reads("Why you should read it"):
        visitor.press("Show it")
    visitor.press("Accept what is not flagged as it is")
    visitor.press("Go on to the decision")
    visitor.press("Make the decision")
    assert visitor.reads("The decision is made")


def test_a_second_person_agrees(visitor, another_visitor, let_in, full_record, both, surgery):
    """Given the rule of two people, when one has finished, then nothing opens until another agrees."""
    surgery.two_people_for_full = True
    surgery.save()
    second = make_staff(surgery, "second@example.test", Duty.DECIDE_ACCESS)
    let_in(both, second)
    visitor.sign_in(both)
    propose(visitor, full_record)
    visitor.press("Read the next flagged entry")
    while visitor.reads("Why you should read it"):
        visitor.press("Show it")
    visitor.press("Accept what is not flagged as it is")
    visitor.press("Go on to the decision")
    visitor.press("Send to a second person")
    assert visitor.reads("A second person has to agree before anything opens")
    review = full_record.grant_reviews.get()
    another_visitor.sign_in(second)
    another_visitor.goto(f"/surgery/patients/{full_record.pk}/reviews/{review.pk}/agreement")
    picture(another_visitor, "agreement")
    assert AccessGrant.objects.of(full_record).first().historical_level == "none"
    another_visitor.press("I agree: make the decision")
    assert AccessGrant.objects.of(full_record).first().historical_level == "full"

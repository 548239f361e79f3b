"""A young person hides a visit from a parent, and a parent's access at 11 and 16 with the clock moved, in a real browser."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import Duty
from proxy_access.models import LegalBasis
from surgeries.terms import Section
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
)
from tests.journeys.pictures import picture
from tests.records.views.record import make_medicine

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

FAR = date(2090, 1, 1)


def child_of(surgery, parent, born):
    child = make_patient(surgery, given_names="Sam", family_name="Childe", date_of_birth=born)
    make_grant(child, historical="full")
    grant = make_proxy_grant(
        child, parent, legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY, ends_on=FAR,
        scopes=list(Section), starts_on=date(2020, 1, 1),
    )  # fmt: skip
    return child, grant


@pytest.fixture
def parent(db):
    return make_user("parent@example.test", name="Pat Parent")


def read(visitor, path):
    """A page of the record, through the pages before it."""
    visitor.goto(path)
    while "before-you-open" in visitor.page.url:
        visitor.click(visitor.page.locator("main form button[type=submit]").first)
    return visitor.page.inner_text("main")


@contextmanager
def on(day):
    with time_machine.travel(datetime(day.year, day.month, day.day, 10, tzinfo=UTC)):
        yield


def test_a_young_person_hides_a_visit_and_the_parent_finds_no_trace(visit, surgery, parent):
    """Given a parent who reads the record of somebody of 14, when they hide a visit with what it made, then on no page
    that the parent opens is anything of it; and it is back when they show it again."""
    child, _ = child_of(surgery, parent, date(2012, 5, 20))
    sam = make_user("sam@example.test", name="Sam Childe")
    make_online(child, sam)
    home = f"/records/{child.pk}/"
    pages = [f"{home}{page}" for page in ("", "consultations", "medicines", "timeline")]
    other = make_entry(child, "other", title="Sprained ankle", kind="consultation")
    with_parent = visit(parent)
    before = [read(with_parent, page) for page in pages]
    pill = make_medicine(child, "pill", title="Microgynon 30 tablets")
    made = [{"items": [{"entry": str(pill.id)}]}]
    seen = make_entry(
        child, "visit", title="Contraception visit", kind="consultation",
        details={"topics": [{"title": "", "headings": made}]},
    )  # fmt: skip
    assert "Contraception visit" in read(with_parent, pages[1])
    own = visit(sam)
    read(own, f"{home}entries/{seen.id}")
    own.follow("Hide this from people who act for you")
    picture(own, "hide")
    own.click(own.page.get_by_role("button", name="Hide it"))
    own.check()
    assert own.reads("Choose who should not see it")
    own.page.get_by_label("Everyone who acts for you, now or later").check()
    assert own.page.get_by_label("Microgynon 30 tablets").is_checked()
    own.press("Hide it")
    picture(own, "hidden-entry")
    assert "You now hide these 2 entries" in own.page.content()
    assert own.reads("You hide this from everyone who acts for you")
    assert [read(with_parent, page) for page in pages] == before
    for entry in (seen, pill):
        assert with_parent.page.goto(f"{own.base}{home}entries/{entry.id}").status == 404
    own.goto(f"{home}people")
    picture(own, "people-of-a-young-person")
    own.follow("See what you hide")
    picture(own, "what-you-hide")
    assert own.reads("Contraception visit")
    own.click(own.page.get_by_role("button", name="Show all 2 that you hid together again").first)
    own.check()
    assert own.reads("You hide nothing from people who act for you")
    assert "Contraception visit" in read(with_parent, pages[1])
    assert other.title in read(with_parent, pages[1])


def test_a_parents_access_at_11_and_at_16(visit, surgery, parent):
    """Given the parent of a child, when the child turns 11, then staff decide and nothing ends by itself; when they
    turn 16, then the record is closed from that morning on, with no job run."""
    child, _ = child_of(surgery, parent, date(2016, 5, 20))
    make_medicine(child, "pill", title="Inhaler")
    make_entry(child, "seen", title="Surgery visit", kind="consultation")
    joel = make_staff(surgery, "joel@example.test", Duty.DECIDE_ACCESS)
    home = f"/records/{child.pk}/"
    with on(date(2027, 4, 25)):
        own = visit(parent)
        own.goto("/")
        assert own.reads("On 20 May 2027 Sam is 11")
        picture(own, "start-of-a-parent-before-11")
        desk = visit(joel)
        desk.goto("/surgery/")
        desk.follow("Birthdays at which something changes")
        picture(desk, "birthdays")
        assert desk.reads("11 on 20 May 2027")
        desk.goto("/surgery/")
        desk.click(desk.page.get_by_role("link", name="A child’s age: look again").first)
        desk.check()
        picture(desk, "age-review")
        desk.page.get_by_label("Able to decide, and does not want it as it is").check()
        desk.page.get_by_label("They see less, or for a shorter time").check()
        desk.page.get_by_label("Consultations and events").uncheck()
        desk.page.get_by_label("Reason, for colleagues").fill("Seen alone, by Dr Fairsample")
        desk.page.get_by_label("Yes", exact=True).check()
        desk.press("Save")
        assert "They see less from now on" in desk.page.content()
    with on(date(2027, 5, 20)):
        own = visit(parent)
        assert "Inhaler" in read(own, home)
        assert "Surgery visit" not in read(own, f"{home}timeline")
    with on(date(2032, 5, 19)):
        own = visit(parent)
        own.goto("/")
        assert own.reads("On 20 May 2032, when Sam is 16, your access ends")
        assert "Inhaler" in read(own, home)
    with on(date(2032, 5, 20)):
        own = visit(parent)
        assert "ended" in read(own, home).lower()
        picture(own, "ended-at-16")
        desk = visit(joel)
        desk.goto("/surgery/")
        assert desk.reads("A young person is 16: see what they want instead")

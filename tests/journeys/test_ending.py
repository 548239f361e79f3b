"""Access that ends by itself or goes on, several who act for one, and one who acts for several, in a real browser (R4.2, R4.6)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from proxy_access.models import ProxyGrant
from surgeries.terms import Section
from tests.cast import make_grant, make_patient, make_proxy_grant, make_user
from tests.journeys.conftest import Visitor, WithoutScript
from tests.journeys.pictures import picture
from tests.journeys.test_stopping import press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

MIDNIGHT = datetime.fromisoformat("2027-06-03T23:00:00Z")  # in London
LAST_DAY = datetime(2027, 6, 3).date()


@pytest.fixture
def begin(new_context, live_server, let_in):
    """A browser of its own for each person."""

    def begun(user, kind=Visitor):
        context = new_context(java_script_enabled=kind is Visitor)
        visitor = kind(context.new_page(), live_server.url)
        let_in(user)
        visitor.sign_in(user)
        return visitor

    return begun


@pytest.fixture
def record(patient, patient_user):
    make_grant(patient, historical="full")
    return patient


def named(email, name):
    return make_user(email, name=name)


@pytest.mark.parametrize("kind", [Visitor, WithoutScript])
def test_somebody_asks_to_go_on_and_the_patient_lets_them(begin, record, patient_user, kind):
    """Given access that ends in 20 days, when the patient presses one button, then it goes on as it was."""
    today = timezone.localdate()
    proxy = named("carer@example.test", "Ruth Makepiece")
    make_proxy_grant(
        record, proxy, scopes=[Section.MEDICINES], starts_on=today - timedelta(days=80),
        ends_on=today + timedelta(days=20),
    )  # fmt: skip
    other, own = begin(proxy, kind), begin(patient_user, kind)
    read(other, record)
    assert other.reads("Your access to this record ends after")
    picture(other, "ends-soon")
    other.click(other.page.get_by_role("link", name="Ask to go on"))
    other.check()
    picture(other, "ask-to-go-on")
    press(other, "Ask to go on")
    assert other.reads("Until somebody lets you, the end date stays")
    assert other.reads("You asked on")
    picture(other, "asked-to-go-on")
    own.goto("/")
    assert own.reads("somebody’s access ends soon")
    own.click(own.page.get_by_role("link", name="See, invite and stop people who act for you"))
    own.check()
    picture(own, "let-go-on")
    assert own.reads("Ruth Makepiece asked on")
    press(own, "Let them go on until")
    assert own.reads("Ruth Makepiece can go on until")
    assert not own.reads("Ends soon")
    assert ProxyGrant.objects.get().ends_on == today + timedelta(days=120)
    read(other, record)
    assert not other.reads("Your access to this record ends after")


def test_at_midnight_after_its_last_day_the_next_page_is_closed(begin, record):
    """Given somebody who reads on the last day, when the clock comes to midnight, then the page they ask for is closed."""
    proxy = named("carer@example.test", "Ruth Makepiece")
    make_proxy_grant(record, proxy, scopes=[Section.MEDICINES], ends_on=LAST_DAY)
    with time_machine.travel(MIDNIGHT - timedelta(minutes=5)) as clock:
        other = begin(proxy)
        assert "record" in read(other, record).lower()
        assert other.reads("Your access to this record ends after 3 June 2027")
        clock.move_to(MIDNIGHT)
        other.goto(f"/records/{record.pk}/medicines")
        assert other.reads("Your access to this record has ended")
        picture(other, "ended-at-midnight")
        other.goto("/")
        assert not other.reads("People you act for")


def test_two_who_act_for_one_patient_see_each_their_own_parts(begin, record):
    """Given two with different parts, when each reads, then neither sees the other's part, nor that there is another."""
    ends_on = timezone.localdate() + timedelta(days=200)
    parts = {"Ruth Makepiece": Section.MEDICINES, "Tom Makepiece": Section.CONSULTATIONS}
    for name, part in parts.items():
        user = named(f"{name[:3].lower()}@example.test", name)
        make_proxy_grant(record, user, scopes=[part], ends_on=ends_on)
        visitor = begin(user)
        read(visitor, record)
        assert visitor.reads("Acting for") or "Acting for" in visitor.page.content()
        for each in parts.values():
            response = visitor.goto(f"/records/{record.pk}/{each.value}")
            assert response.status == (200 if each is part else 403)
            assert "Makepiece" not in visitor.page.inner_text("main").replace(name, "")


def test_one_who_acts_for_three_chooses_and_loses_only_one(begin, surgery, patient_user, record):
    """Given one who acts for three, when one of them ends it, then the other two are open as before."""
    proxy = named("carer@example.test", "Ruth Makepiece")
    ends_on = timezone.localdate() + timedelta(days=200)
    people = [
        record,
        make_patient(surgery, "9990000026", family_name="Demoson", given_names="Bilal"),
        make_patient(surgery, "9990000034", family_name="Enghraifft", given_names="Sian"),
    ]
    for person in people:
        if person is not record:
            make_grant(person, historical="full")
        make_proxy_grant(person, proxy, scopes=[Section.MEDICINES], ends_on=ends_on)
    visitor, own = begin(proxy), begin(patient_user)
    visitor.goto("/")
    picture(visitor, "acts-for-three")
    for person in people:
        visitor.goto("/")
        visitor.click(visitor.page.get_by_role("link", name=person.full_name))
        assert "before-you-open" in visitor.page.url  # weighed for each of them (R5.1)
        read(visitor, person)
        assert f"Acting for {person.full_name}" in visitor.page.inner_text("body")
    own.goto(f"/records/{record.pk}/people")
    press(own, "End it now")
    visitor.goto("/")
    assert not visitor.reads(record.full_name)
    for person in people[1:]:
        assert visitor.goto(f"/records/{person.pk}/medicines").status == 200
    assert visitor.goto(f"/records/{record.pk}/medicines").status == 403

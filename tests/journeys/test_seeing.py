"""Staff see a record as the patient and as a proxy, hide from one proxy, and undo it, in a real browser."""

from datetime import date

import pytest
from django.utils import timezone

from audit.row_security import rows_of
from records.models import Entry, OpenedResult, Redaction, Visit
from surgeries.terms import Section
from tests.cast import make_grant, make_proxy_grant
from tests.journeys.conftest import Visitor, WithoutScript, load_demo_record
from tests.journeys.pictures import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def record(patient, patient_user, proxy_user):
    """A real record, all of it open, and somebody who acts for the patient."""
    now = timezone.now()
    load_demo_record("ada", patient, timezone.localdate(now), now)
    make_grant(patient, historical="full", decided_at=now)
    scopes = [Section.MEDICINES, Section.CONSULTATIONS, Section.TEST_RESULTS]
    make_proxy_grant(patient, proxy_user, scopes=scopes, ends_on=date(2090, 1, 1))
    return patient


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def desk(request, new_context, live_server):
    kind = Visitor if request.param else WithoutScript
    return kind(new_context(java_script_enabled=request.param).new_page(), live_server.url)


def hidden(patient):
    with rows_of(patient.pk):
        return Redaction.objects.filter(patient=patient, undone_at=None).count()


def test_staff_look_as_the_patient_and_a_proxy_hide_from_one_and_undo_it(
    desk, let_in, record, proxy_user, staff
):
    """Given a full record and a proxy, when staff see it as either, hide a medicine from the proxy where they saw it
    and undo that, then each view shows what it should and nothing was done in anybody's name."""
    let_in(staff)
    desk.sign_in(staff)
    desk.goto(f"/surgery/patients/{record.pk}/")
    picture(desk, "patient")
    desk.follow("See the record as the patient does today")
    assert "You see this as Ada Testwell would on" in desk.page.inner_text("body")
    picture(desk, "as-home")
    desk.click(desk.page.locator("main .nhsuk-card__link", has_text="Medicines"))
    desk.check()
    assert desk.reads("Why this is visible to Ada Testwell")
    picture(desk, "as-medicines")
    desk.click(desk.page.locator(".app-seen-as a", has_text="does not see"))
    desk.check()
    picture(desk, "not-visible")
    desk.follow("Another person or day")
    desk.page.get_by_label("Cara Helper, who acts for the patient").check()
    picture(desk, "choose")
    desk.press("See the record")
    assert "You see this as Cara Helper would on" in desk.page.inner_text("body")
    home = desk.page.url
    desk.goto(f"{home}medicines")
    with rows_of(record.pk):
        title = Entry.objects.of(record).filter(section="medicines", root_id=None).first().title
    shown = desk.page.locator("main > ul, main .app-cards").all_inner_texts()
    assert any(title in text for text in shown)
    desk.click(
        desk.page.locator(".app-why li", has_text=title).get_by_role("link", name="Hide").first
    )
    desk.check()
    picture(desk, "hide")
    desk.page.locator("[name=audience][value=one-proxy]").check()
    desk.page.locator("[name=proxy]").select_option(label="Cara Helper")
    desk.page.locator("[name=reason]").fill("Ada asked for this at the desk")
    desk.press("Hide this entry")
    assert desk.page.url == f"{home}medicines"
    assert hidden(record) == 1
    assert desk.reads("The entry is hidden")
    assert desk.page.locator("main .app-cards", has_text=title).count() == 0
    picture(desk, "as-hidden")
    desk.press("Undo")
    assert desk.page.url == f"{home}medicines"
    assert hidden(record) == 0
    assert desk.page.locator("main .app-cards", has_text=title).count() == 1
    desk.goto(home)
    desk.click(desk.page.locator("main form[role=search] button"))
    desk.check()
    assert desk.reads("You can change nothing here")
    desk.click(desk.page.locator(".app-seen-as a", has_text="Back to the patient"))
    desk.check()
    for rest in ("hidden/", "activity/"):
        desk.goto(f"/surgery/patients/{record.pk}/{rest}")
        picture(desk, rest.strip("/"))
    with rows_of(record.pk):
        assert not OpenedResult.objects.filter(patient=record).exists()
        assert not Visit.objects.filter(patient=record).exists()


def test_a_consultation_is_hidden_with_what_it_made_and_shown_again_later(
    desk, let_in, record, staff
):
    """Given a consultation that made something, when staff hide both in one act and look again later, then all of it
    shows again in one step."""
    let_in(staff)
    desk.sign_in(staff)
    with rows_of(record.pk):
        visits = Entry.objects.of(record).filter(kind="consultation", root_id=None, released=True)
        visit = next(
            one for one in visits.order_by("id") if '"entry"' in str(one.details).replace("'", '"')
        )
    desk.goto(f"/surgery/patients/{record.pk}/entries/{visit.id}/hide")
    boxes = desk.page.locator("[name=also]")
    for number in range(boxes.count()):
        boxes.nth(number).check()
    many = boxes.count() + 1
    picture(desk, "hide-together")
    desk.page.locator("[name=audience][value=everyone]").check()
    desk.page.locator("[name=reason]").fill("Somebody else could be harmed")
    desk.press("Hide this entry")
    assert hidden(record) == many
    desk.goto(f"/surgery/patients/{record.pk}/hidden/")
    desk.click(desk.page.locator("main a", has_text="Show again, or change the day").first)
    desk.check()
    picture(desk, "hidden-act")
    desk.click(desk.page.locator("main form button").first)
    desk.check()
    assert hidden(record) == 0

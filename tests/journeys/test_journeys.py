"""What people come to do, in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.staff import StaffAccess
from audit.row_security import rows_of
from records.models import AccessGrant, Entry
from records.review import hide
from surgeries.terms import Level, Section
from tests.cast import make_grant, make_proxy_grant
from tests.journeys.conftest import Visitor, load_demo_record

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def record(patient):
    """The patient has a real record: medicines, allergies, results and consultations of many years."""
    now = timezone.now()
    load_demo_record("ada", patient, timezone.localdate(now), now)
    return patient


def entries(patient, section):
    with rows_of(patient.pk):
        return list(Entry.objects.of(patient).filter(section=section, root_id=None, released=True))


def test_patient_with_the_summary_sees_medicines_and_allergies_only(
    visitor, let_in, record, patient_user
):
    """Given the summary level, when the patient signs in and weighs the four things, then they see two
    sections and are told how to ask for more."""
    make_grant(record, Level.SUMMARY, Level.SUMMARY)
    let_in(patient_user)
    visitor.sign_in(patient_user)
    visitor.click(visitor.page.locator(f"main a[href='/records/{record.pk}/']"))
    visitor.agree()
    for section in (Section.MEDICINES, Section.ALLERGIES):
        visitor.goto(f"/records/{record.pk}/{section}")
        assert all(visitor.reads(entry.title) for entry in entries(record, section))
    for section in (Section.TEST_RESULTS, Section.CONSULTATIONS, Section.DOCUMENTS):
        assert visitor.goto(f"/records/{record.pk}/{section}").status == 403
        assert not any(visitor.reads(entry.title) for entry in entries(record, section))


def read_what_would_open(desk):
    """Show each flagged entry, accept the rest, and make the decision (R8.6)."""
    if desk.page.get_by_role("button", name="Read the next flagged entry").count():
        desk.press("Read the next flagged entry")
    while desk.reads("Why you should read it"):
        desk.press("Show it")
    desk.press("Accept what is not flagged as it is")
    desk.press("Go on to the decision")
    desk.press("Make the decision")


def test_staff_grant_the_full_record_and_the_patient_sees_the_history(
    visitor, another_visitor, let_in, record, patient_user, staff
):
    """Given the summary level, when staff find the patient and open everything, then the patient reads
    consultations of years ago."""
    make_grant(record, Level.SUMMARY, Level.SUMMARY)
    let_in(patient_user, staff)
    desk = another_visitor
    desk.sign_in(staff)
    desk.goto("/surgery/")
    desk.page.get_by_label("NHS number").fill(record.nhs_number)
    desk.click(desk.page.locator("main form[method=post] button").first)
    desk.check()
    desk.goto(f"/surgery/patients/{record.pk}/")
    desk.goto(f"/surgery/patients/{record.pk}/record/")
    desk.goto(f"/surgery/patients/{record.pk}/access")
    for name, value in (("decision", "granted"), ("current", "full"), ("historical", "full")):
        desk.page.locator(f"[name={name}][value={value}]").check()
    desk.page.locator("[name=reason]").fill("Record read from beginning to end")
    desk.page.locator("[name=reason_for_patient]").fill("You asked for everything")
    desk.click(desk.page.locator("main form[method=post] button").first)
    desk.check()
    read_what_would_open(desk)
    granted = AccessGrant.objects.of(record).first()
    assert (granted.current_level, granted.historical_level, granted.decided_by) == (
        "full",
        "full",
        staff,
    )

    visitor.sign_in(patient_user)
    visitor.goto(f"/records/{record.pk}/")
    visitor.agree()
    for section in Section:
        visitor.goto(f"/records/{record.pk}/{section}")
        shown = entries(record, section)
        if shown:
            visitor.goto(f"/records/{record.pk}/entries/{shown[0].id}")
            assert visitor.reads(shown[0].title)
    oldest = min(entries(record, Section.CONSULTATIONS), key=lambda one: one.effective_on)
    assert oldest.effective_on < timezone.localdate() - timedelta(days=3650)
    visitor.goto(f"/records/{record.pk}/entries/{oldest.id}")
    assert visitor.reads(oldest.title)


def test_staff_hide_an_entry_and_show_it_again(
    visitor, another_visitor, let_in, record, patient_user, staff
):
    make_grant(record, Level.FULL, Level.FULL)
    let_in(patient_user, staff)
    entry = entries(record, Section.TEST_RESULTS)[0]
    page = f"/records/{record.pk}/entries/{entry.id}"
    visitor.sign_in(patient_user)
    visitor.goto(page)
    visitor.agree()
    assert visitor.reads(entry.title)

    desk = another_visitor
    desk.sign_in(staff)
    desk.goto(f"/surgery/patients/{record.pk}/entries/{entry.id}")
    desk.goto(f"/surgery/patients/{record.pk}/entries/{entry.id}/hide")
    desk.page.locator("[name=audience][value=everyone]").check()
    desk.page.locator("[name=reason]").fill("Names a third person")
    desk.click(desk.page.locator("main form[method=post] button").first)
    desk.check()
    assert visitor.goto(page).status == 404

    desk.goto(f"/surgery/patients/{record.pk}/entries/{entry.id}")
    desk.click(desk.page.locator("main form[action*=unhide] button").first)
    assert visitor.goto(page).status == 200


def test_deep_link_comes_back_after_sign_in_and_warnings(visitor, let_in, record, patient_user):
    """R5.1: on every way in."""
    make_grant(record, Level.FULL, Level.FULL)
    let_in(patient_user)
    page = f"/records/{record.pk}/entries/{entries(record, Section.CONSULTATIONS)[0].id}"
    visitor.goto(page)
    assert "/sign-in" in visitor.page.url
    visitor.sign_in_here(patient_user)
    visitor.agree()
    assert visitor.page.url.endswith(page)


def test_signed_out_nothing_is_left_behind(visitor, let_in, record, patient_user):
    """R5.3: not with the back button either."""
    make_grant(record, Level.FULL, Level.FULL)
    let_in(patient_user)
    visitor.sign_in(patient_user)
    visitor.goto(f"/records/{record.pk}/")
    visitor.agree()
    visitor.goto(f"/records/{record.pk}/medicines")
    medicine = entries(record, Section.MEDICINES)[0].title
    assert visitor.reads(medicine)
    visitor.press("Sign out")
    visitor.page.go_back()
    visitor.page.wait_for_load_state()
    assert not visitor.reads(medicine)
    visitor.goto(f"/records/{record.pk}/medicines")
    assert "/sign-in" in visitor.page.url


def test_stranger_gets_404(visitor, let_in, record, stranger):
    make_grant(record, Level.FULL, Level.FULL)
    let_in(stranger)
    visitor.sign_in(stranger)
    for page in ("", "medicines", f"entries/{entries(record, Section.MEDICINES)[0].id}"):
        assert visitor.goto(f"/records/{record.pk}/{page}").status == 404


def test_proxy_sees_what_they_were_let_see(visitor, let_in, record, proxy_user, staff):
    """R4.3, R2.2, R4.11"""
    make_grant(record, Level.FULL, Level.FULL)
    make_proxy_grant(record, proxy_user, ends_on=timezone.localdate() + timedelta(days=30))
    hidden, shown = entries(record, Section.TEST_RESULTS)[:2]
    access = StaffAccess(desk=type("Desk", (), {"viewer": staff}), patient=record, duty="")
    hide(hidden, by=access, now=timezone.now(), reason="Asked by the patient", audience="proxies")
    let_in(proxy_user)
    visitor.sign_in(proxy_user)
    visitor.goto(f"/records/{record.pk}/")
    visitor.agree()
    assert f"Acting for {record.full_name}" in visitor.page.inner_text("body")
    assert visitor.goto(f"/records/{record.pk}/entries/{shown.id}").status == 200
    assert visitor.goto(f"/records/{record.pk}/entries/{hidden.id}").status == 404
    assert visitor.goto(f"/records/{record.pk}/consultations").status == 403


def test_whole_journey_works_without_javascript(
    new_context, live_server, let_in, record, patient_user
):
    make_grant(record, Level.SUMMARY, Level.SUMMARY)
    let_in(patient_user)
    visitor = Visitor(new_context(java_script_enabled=False).new_page(), live_server.url)
    visitor.check = lambda: None  # axe is JavaScript
    visitor.sign_in(patient_user)
    visitor.goto(f"/records/{record.pk}/")
    visitor.agree()
    assert any(visitor.reads(entry.title) for entry in entries(record, Section.ALLERGIES))

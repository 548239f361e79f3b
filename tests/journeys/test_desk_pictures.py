"""Pages of the desk and of an account of which other tests know the words alone; only where pictures are wanted (`bin/screens`)."""

from datetime import timedelta

import pytest
from django.core.files.storage import InMemoryStorage, storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Duty
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.inviting import try_code
from records.importing.extract import NOT_UNDERSTOOD
from records.models import Document, Entry, Paper
from surgeries.terms import Level
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_passkey,
    make_patient,
    make_staff,
    make_user,
    sign_in,
)
from tests.journeys.axe import assert_faultless
from tests.journeys.conftest import load_demo_record, with_password
from tests.journeys.pictures import FOLDER
from tests.journeys.test_every_page import follow, over_by, picture, send
from tests.records.papers.made import desk_document_of, make_document, spoil
from tests.records.views.record import hide_from, reader
from tests.records.views.test_desk_nominations import nominated

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not FOLDER, reason="only for pictures"),
]


@pytest.fixture
def own(surgery):
    """A patient with a record of the demo, of whose older entries nothing is open, and their account."""
    now = timezone.now()
    patient = make_patient(surgery)
    user = make_user("ada@example.test", name="Ada Testwell")
    make_online(patient, user)
    make_grant(patient, Level.FULL, Level.NONE)
    load_demo_record("ada", patient, timezone.localdate(now), now)
    return patient, user


@pytest.fixture
def staff(surgery):
    return make_staff(surgery, "desk@example.test", *Duty)


@pytest.fixture
def looking(open_in, live_server):
    """Keeps pictures of pages as somebody sees them on a phone."""

    def looking(client, folder, begin):
        page = open_in(client)

        def look(name, path=None):
            if path is not None:
                page.goto(live_server.url + (path if path.startswith("/") else begin + path))
            assert over_by(page) <= 0, name
            assert_faultless(page, name)
            picture(page, folder, name)
            return page

        return look

    return looking


@pytest.fixture
def look(looking, own, staff):
    return looking(sign_in(Client(), staff), "desk", f"/surgery/patients/{own[0].pk}/")


def test_the_record_at_the_desk(own, look, monkeypatch):
    """Sections and entries of each kind, hidden ones, safety, who sees what, and what happened."""
    patient, _user = own
    monkeypatch.setitem(storages._storages, "documents", InMemoryStorage())
    make_entry(patient, "x1", title="Domestic abuse", effective_on=timezone.localdate())
    lost = make_document(patient, "x2", title="Knee letter")
    with rows_of(patient.pk):
        found = Document.objects.get(patient=patient, entry_id=lost.id)
        spoil(Paper.objects.get(patient=patient, id=found.paper_id), b"%PDF-1.7 another")
        of_kinds = {each.kind: each for each in Entry.objects.of(patient).filter(root_id=None)}
    hide_from(patient, of_kinds["medicine"])
    for key, title in (("x3", "Penicillin"), ("x4", "Latex")):
        gone = {"withdrawn_at": timezone.now(), "withdrawn_because": NOT_UNDERSTOOD}
        make_entry(patient, key, section="allergies", kind="allergy", title=title, **gone)
    look("record", "record/")
    look("extracts", "extracts/")
    look("section-allergies", "record/allergies/")
    look("section-medicines", "record/medicines/")
    look("section-test-results", "record/test-results/")
    for kind, entry in of_kinds.items():
        look(f"entry-{kind}", f"entries/{entry.id}/")
    look("safeguarding", "safeguarding")
    look("document-failed", desk_document_of(lost))
    look("see-as", "as/")
    today = timezone.localdate()
    look("as-home", f"as/patient/{today}/")
    look("as-elsewhere", f"as/patient/{today}/find")
    look("as-not-visible", f"as/patient/{today}/not-visible")
    make_grant(patient, Level.SUMMARY, Level.SUMMARY, decided_at=timezone.now())
    look("as-closed-section", f"as/patient/{today}/documents")
    look("as-closed", f"as/patient/{today - timedelta(days=20000)}/")
    look("hidden", "hidden/")
    look("activity", "activity/")


def test_requests_and_reviews_at_the_desk(own, look):
    patient, _ = own
    make_entry(patient, "x1", title="Domestic abuse", origin="transferred")
    make_entry(patient, "x2", title="Sore throat", origin="transferred")
    look("requests-none", "requests/")
    page = look("request-new", "requests/new")
    follow(page, "main form button[type=submit]")
    look("request-new-nothing")
    today = timezone.localdate()
    for name, value in (("day", today.day), ("month", today.month), ("year", today.year)):
        page.locator(f"main input[name$='{name}']").fill(str(value))
    page.locator("main textarea").fill("By phone, for an insurer")
    follow(page, "main form button[type=submit]")
    look("request")
    at = page.url[page.url.index("/surgery") :].rstrip("/")
    look("requests", "requests/")
    for rest in ("review", "refuse", "put-off", "withdrawn"):
        look(f"request-{rest}", f"{at}/{rest}")
    look("access", "access")
    page.get_by_role("group", name="Older entries").get_by_label(
        "Everything, with free text", exact=True
    ).check()
    page.get_by_label("Reason, for the surgery", exact=True).fill("They asked for it all")
    follow(page, "main form button[type=submit]")
    look("preview")
    at = page.url[page.url.index("/surgery") :].rstrip("/")
    look("preview-rest", f"{at}/rest")


def test_nominations_and_reports_at_the_desk(own, look):
    patient, user = own
    by = access_of(user, patient.pk, on=timezone.localdate())
    who = make_user("ruth@example.test", level="P0", is_self_made=True, name="Ruth Makepiece")
    made, code = nominated(by)
    try_code(who, code, now=timezone.now())
    look("nomination", f"nominations/{made.pk}/")
    page = look("nomination-identity", f"nominations/{made.pk}/identity")
    follow(page, "main form button[type=submit]")
    look("nomination-identity-nothing")
    alone, _ = nominated(by, user.email)
    look("nomination-alone", f"nominations/{alone.pk}/")
    look("reports-none", "activity/reports/")


def test_what_looks_wrong_to_a_patient_at_the_desk(own, look, looking):
    patient, user = own
    colleague = make_staff(patient.surgery, "b@example.test", *Duty)
    looking(sign_in(Client(), colleague), "desk", f"/surgery/patients/{patient.pk}/")("looked", "")
    mine = looking(reader(Client(), user, patient), "desk", f"/records/{patient.pk}/")
    page = mine("own-activity", "activity")
    found = page.locator("main a[href*='looks-wrong']").first
    page.goto(page.url.split("/records")[0] + found.get_attribute("href"))
    send(page, text="I was abroad on this day")
    mine("own-report")
    page = look("reports", "activity/reports/")
    follow(page, "main a[href*='/activity/reports/']")
    look("report")
    follow(page, "main form[action$='answer'] button[type=submit]")
    look("report-nothing")


def test_what_a_desk_refuses_and_who_is_new(own, looking, surgery):
    patient, _ = own
    some = make_staff(surgery, "iris@example.test", Duty.CHECK_IDENTITY)
    look = looking(sign_in(Client(), some), "desk", f"/surgery/patients/{patient.pk}/")
    look("refused", "access")
    chief = make_staff(surgery, "renu@example.test", Duty.MANAGE_SETTINGS)
    look = looking(sign_in(Client(), chief), "desk", "/surgery/")
    page = look("appoint", reverse("records:desk-staff-appoint"))
    page.locator("main [name=email]").fill("new@example.test")
    page.locator("main [name=name]").fill("Nora New")
    page.locator("main form input[type=checkbox]").first.check()
    follow(page, "main form button[type=submit]")
    look("staff-link")
    look("staff", reverse("records:desk-staff"))


def test_pages_of_an_account(own, visitor):
    _patient, user = own
    with_password(user)
    make_passkey(user)
    visitor.sign_in(user)
    for name in ("account", "devices", "factors", "change-email", "change-password", "close"):
        visitor.goto(reverse(f"accounts:{name}"))
        visitor.page.set_viewport_size({"width": 320, "height": 800})
        picture(visitor.page, "account", name)
        if name in ("change-email", "change-password", "close"):
            visitor.click(visitor.page.locator("main form button[type=submit]").first)
            visitor.check()
            visitor.page.set_viewport_size({"width": 320, "height": 800})
            picture(visitor.page, "account", f"{name}-nothing")


def test_somebody_who_tried_too_often(own, live_server, visitor):
    with_password(own[1])
    for number in range(12):
        visitor.page.goto(live_server.url + "/sign-in")
        if not visitor.page.locator("main input[type=password]").count():
            break
        visitor.fill("Email address", own[1].email)
        visitor.page.locator("main input[type=password]").fill(f"wrong {number}")
        visitor.click(visitor.page.locator("main form button[type=submit]").first)
        if "Too many" in visitor.page.title():
            break
    visitor.page.set_viewport_size({"width": 320, "height": 800})
    picture(visitor.page, "account", "locked")
    assert "Too many" in visitor.page.title()
